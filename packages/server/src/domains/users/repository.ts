import type { UserState } from '@castellan/contract';
import { and, asc, eq, inArray, isNull, notInArray } from 'drizzle-orm';
import { invitations, users } from '../../platform/database/schema.ts';
import { type Queryable, sql, type Transaction } from '../../platform/database/transaction.ts';

/** What the rules about a person need. */
export interface UserRecord {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly state: UserState;
  readonly isAdmin: boolean;
  readonly hasPassword: boolean;
}

const record = {
  id: users.id,
  email: users.email,
  name: users.name,
  state: users.state,
  isAdmin: users.isAdmin,
  hasPassword: sql<boolean>`${users.passwordHash} IS NOT NULL`,
};

/** Locks people's rows, always in the order of their ids, so that two bulk changes can't wait for each other. */
export async function lockUsers(tx: Transaction, ids: readonly string[]): Promise<UserRecord[]> {
  return tx.db
    .select(record)
    .from(users)
    .where(inArray(users.id, [...ids]))
    .orderBy(asc(users.id))
    .for('update');
}

export async function findUserByEmail(tx: Transaction, email: string): Promise<UserRecord | undefined> {
  const [found] = await tx.db.select(record).from(users).where(eq(users.email, email));
  return found;
}

export async function insertUser(
  tx: Transaction,
  user: { readonly id: string; readonly email: string; readonly name: string },
): Promise<void> {
  await tx.db.insert(users).values({ ...user, state: 'invited', createdAt: tx.now, updatedAt: tx.now });
}

/** @returns whether it was made: not when the e-mail has an account */
export async function insertUserUnlessTaken(
  tx: Transaction,
  user: Pick<typeof users.$inferInsert, 'id' | 'email' | 'name'> &
    Partial<Pick<typeof users.$inferInsert, 'state' | 'emailVerifiedAt' | 'emailVerifiedBy'>>,
): Promise<boolean> {
  const made = await tx.db
    .insert(users)
    .values({ state: 'invited', ...user, createdAt: tx.now, updatedAt: tx.now })
    .onConflictDoNothing({ target: users.email })
    .returning({ id: users.id });
  return made.length > 0;
}

export async function updateUser(
  tx: Transaction,
  userId: string,
  changes: Partial<Pick<typeof users.$inferInsert, 'name' | 'state' | 'isAdmin' | 'adminDemotedAt'>>,
): Promise<void> {
  await tx.db
    .update(users)
    .set({ ...changes, updatedAt: tx.now })
    .where(eq(users.id, userId));
}

export async function deleteUserRow(tx: Transaction, userId: string): Promise<void> {
  await tx.db.delete(users).where(eq(users.id, userId));
}

export async function deactivateAll(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.db
    .update(users)
    .set({ state: 'deactivated', updatedAt: tx.now })
    .where(inArray(users.id, [...ids]));
}

/** Whoever has a way to sign in is active again; the others are back to being invited. */
export async function reactivateAll(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.db
    .update(users)
    .set({
      state: sql`CASE WHEN ${users.passwordHash} IS NULL
          AND NOT EXISTS (SELECT FROM identities i WHERE i.user_id = ${users.id})
          AND NOT EXISTS (SELECT FROM passkeys k WHERE k.user_id = ${users.id})
        THEN 'invited' ELSE 'active' END`,
      updatedAt: tx.now,
    })
    .where(inArray(users.id, [...ids]));
}

export async function revokeOpenInvitations(tx: Transaction, userIds: readonly string[]): Promise<void> {
  await tx.db
    .update(invitations)
    .set({ revokedAt: tx.now })
    .where(
      and(
        inArray(invitations.userId, [...userIds]),
        isNull(invitations.usedAt),
        isNull(invitations.revokedAt),
      ),
    );
}

/** Whether somebody administers who is not among these. */
export async function hasOtherAdministrator(db: Queryable, ids: readonly string[]): Promise<boolean> {
  const [other] = await db
    .select({ id: users.id })
    .from(users)
    .where(and(users.isAdmin, eq(users.state, 'active'), notInArray(users.id, [...ids])))
    .limit(1);
  return other !== undefined;
}
