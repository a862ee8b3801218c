import type { Factors } from '@castellan/contract';
import { asc, eq } from 'drizzle-orm';
import { passkeys, recoveryCodes, totpFactors, users } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { countRecoveryCodes, replaceRecoveryCodes } from './recovery-codes.ts';

/** A person whose factors change, locked. */
export interface FactorOwner {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly secondFactors: readonly ('totp' | 'passkey')[];
}

/** Locks the person whose factors are to change, before any row of theirs. @throws Refusal `not_found` */
export async function lockOwner(tx: Transaction, userId: string): Promise<FactorOwner> {
  const [row] = await tx.db
    .select({ id: users.id, name: users.name, email: users.email, secondFactors: users.secondFactors })
    .from(users)
    .where(eq(users.id, userId))
    .for('update');
  if (!row) throw new Refusal('not_found');
  return row;
}

/** @throws Refusal `not_found` when there is no such person */
export async function requireUser(db: Queryable, userId: string): Promise<void> {
  const [row] = await db.select({ id: users.id }).from(users).where(eq(users.id, userId));
  if (!row) throw new Refusal('not_found');
}

/** What a person has beside the password; an authenticator app counts once a code confirmed it. */
export async function listFactors(db: Queryable, userId: string): Promise<Factors> {
  const [[totp], keys, recoveryCodesLeft] = await Promise.all([
    db.select().from(totpFactors).where(eq(totpFactors.userId, userId)),
    db
      .select()
      .from(passkeys)
      .where(eq(passkeys.userId, userId))
      .orderBy(asc(passkeys.createdAt), asc(passkeys.id)),
    countRecoveryCodes(db, userId),
  ]);
  return {
    totp: totp?.confirmedAt ? { addedAt: totp.confirmedAt, lastUsedAt: totp.lastUsedAt } : null,
    passkeys: keys.map(({ id, name, createdAt, lastUsedAt, backedUp, suspectedAt }) => ({
      id,
      name,
      createdAt,
      lastUsedAt,
      isBackedUp: backedUp,
      suspectedAt,
    })),
    recoveryCodesLeft,
  };
}

/**
 * Writes the kinds of factor that a person has now to where sign-ins read them. Recovery codes stand in for factors: who
 * has no factor left has none of them either.
 */
export async function writeHeldFactors(tx: Transaction, userId: string): Promise<('totp' | 'passkey')[]> {
  const { totp, passkeys: keys } = await listFactors(tx.db, userId);
  const secondFactors = [
    ...(totp ? (['totp'] as const) : []),
    ...(keys.length > 0 ? (['passkey'] as const) : []),
  ];
  await tx.db.update(users).set({ secondFactors, updatedAt: tx.now }).where(eq(users.id, userId));
  if (secondFactors.length === 0) await tx.db.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
  return secondFactors;
}

/**
 * Writes down a factor that was just added.
 * @returns recovery codes, to be shown once, when the person had none
 */
export async function factorAdded(
  tx: Transaction,
  owner: FactorOwner,
  detail: { readonly kind: 'totp' | 'passkey'; readonly name?: string },
): Promise<string[] | undefined> {
  await writeHeldFactors(tx, owner.id);
  tx.record({ action: 'factor_added', target: { kind: 'user', id: owner.id, label: owner.name }, detail });
  return (await countRecoveryCodes(tx.db, owner.id)) === 0 ? replaceRecoveryCodes(tx, owner.id) : undefined;
}
