import { eq } from 'drizzle-orm';
import type { Queries } from '../database/connect.ts';
import { people } from '../database/schema.ts';

/** Somebody of whom this product knows: by their id at Castellan, with the name that they had when they were last here. */
export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
}

/** Keeps the name of whoever comes, for lists. */
export async function rememberPerson(queries: Queries, person: Person): Promise<void> {
  const { name, email } = person;
  await queries
    .insert(people)
    .values(person)
    .onConflictDoUpdate({ target: people.userId, set: { name, email } });
}

/** A person who was here. */
export async function findPerson(queries: Queries, userId: string): Promise<Person | undefined> {
  const [person] = await queries.select().from(people).where(eq(people.userId, userId));
  return person;
}
