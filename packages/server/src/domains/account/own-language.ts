import { eq } from 'drizzle-orm';
import { users } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import type { Language } from './messages/language.ts';

/** The language of an account; `undefined` until its person was first seen. */
export async function readOwnLanguage(db: Queryable, userId: string): Promise<Language | undefined> {
  const [row] = await db.select({ language: users.language }).from(users).where(eq(users.id, userId));
  return row?.language ?? undefined;
}

/** Keeps the language that a person chose: pages and mail speak it from now on, in every browser they sign in with. */
export async function keepOwnLanguage(tx: Transaction, userId: string, language: Language): Promise<void> {
  await tx.db.update(users).set({ language }).where(eq(users.id, userId));
}

/**
 * The language of an account at a sign-in: the one that was chosen or, of somebody who is here for the first time, the one
 * that their browser speaks, which is kept.
 */
export async function languageAtSignIn(tx: Transaction, userId: string, seen: Language): Promise<Language> {
  const own = await readOwnLanguage(tx.db, userId);
  if (own === undefined) await keepOwnLanguage(tx, userId, seen);
  return own ?? seen;
}
