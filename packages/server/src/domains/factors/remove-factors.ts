import { eq } from 'drizzle-orm';
import { systemOrigin } from '../../platform/activity/event.ts';
import { passkeys, pendingSignIns, totpFactors, users } from '../../platform/database/schema.ts';
import type { Database, Transaction } from '../../platform/database/transaction.ts';
import { endGrants } from '../grants/grant-store.ts';
import { listFactors, lockOwner, writeHeldFactors } from './held-factors.ts';

/**
 * Takes all second factors from somebody who lost them; the password alone signs them in from then on. Whoever holds what
 * was lost may be signed in with it: all sessions end, and sign-ins that wait for a factor do, too.
 * @throws Refusal `not_found`
 */
export async function removeFactors(
  tx: Transaction,
  userId: string,
): Promise<{ readonly removed: number; readonly endedSessions: number }> {
  const owner = await lockOwner(tx, userId);
  const held = await listFactors(tx.db, owner.id);
  const removed = held.passkeys.length + (held.totp ? 1 : 0);
  await tx.db.delete(totpFactors).where(eq(totpFactors.userId, owner.id));
  if (removed === 0) return { removed, endedSessions: 0 };
  await tx.db.delete(passkeys).where(eq(passkeys.userId, owner.id));
  await tx.db.delete(pendingSignIns).where(eq(pendingSignIns.userId, owner.id));
  await writeHeldFactors(tx, owner.id);
  const endedSessions = await endGrants(tx, { userIds: [owner.id] }, 'factors_removed');
  tx.record({
    action: 'factors_removed',
    target: { kind: 'user', id: owner.id, label: owner.name },
    detail: {
      totp: held.totp !== null,
      passkeys: held.passkeys.map(({ name }) => name),
      ended_sessions: endedSessions,
    },
  });
  return { removed, endedSessions };
}

/** The same from the server's own command line: whoever holds the server decides. */
export async function removeFactorsByEmail(
  database: Database,
  email: string,
): Promise<'unknown' | { readonly removed: number; readonly endedSessions: number }> {
  return database.write(systemOrigin, async (tx) => {
    const [user] = await tx.db
      .select({ id: users.id })
      .from(users)
      .where(eq(users.email, email.trim().toLowerCase()));
    return user ? removeFactors(tx, user.id) : 'unknown';
  });
}
