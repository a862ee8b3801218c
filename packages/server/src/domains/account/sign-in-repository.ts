import type { UserState } from '@castellan/contract';
import { eq, sql } from 'drizzle-orm';
import { users } from '../../platform/database/schema.ts';
import { type Queryable, rowsOf, type Transaction } from '../../platform/database/transaction.ts';

/** Whom a way in is about. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly state: UserState;
  readonly passwordHash: string | null;
  readonly isAdmin: boolean;
  readonly adminDemotedAt: Date | null;
  readonly emailVerifiedAt: Date | null;
}

const columns = {
  id: users.id,
  email: users.email,
  name: users.name,
  state: users.state,
  passwordHash: users.passwordHash,
  isAdmin: users.isAdmin,
  adminDemotedAt: users.adminDemotedAt,
  emailVerifiedAt: users.emailVerifiedAt,
};

/** The account of an e-mail address. */
export async function findPersonByEmail(db: Queryable, email: string): Promise<Person | undefined> {
  const [row] = await db.select(columns).from(users).where(eq(users.email, email));
  return row;
}

/** A person as they are now, locked until the transaction ends: before anything of theirs, as everywhere. */
export async function lockPerson(
  tx: Transaction,
  by: { readonly id: string } | { readonly email: string },
): Promise<Person | undefined> {
  const [row] = await tx.db
    .select(columns)
    .from(users)
    .where('id' in by ? eq(users.id, by.id) : eq(users.email, by.email))
    .for('update');
  return row;
}

/** One workspace that a person can act in. */
export interface OwnWorkspace {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

/** The workspaces of a person by name; the first 200. */
export async function workspacesOfPerson(db: Queryable, userId: string): Promise<OwnWorkspace[]> {
  return rowsOf(
    db,
    sql`SELECT w.id, w.name, m.role FROM members m JOIN workspaces w ON w.id = m.workspace_id
        WHERE m.user_id = ${userId} ORDER BY w.name_key, w.id LIMIT 200`,
  );
}
