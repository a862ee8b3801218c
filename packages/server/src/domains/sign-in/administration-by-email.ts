import { eq } from 'drizzle-orm';
import { identityProviders, users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';

interface Candidate {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly isAdmin: boolean;
  readonly adminDemotedAt: Date | null;
  readonly emailVerifiedAt: Date | null;
}

/**
 * ADMIN_EMAILS (P3): makes a person an administrator on sign-in when their e-mail is listed, verified by its mailbox or by
 * a provider that may let operators in, and nobody has taken administration from them.
 * @returns whether the person administers Castellan now
 */
export async function grantAdministrationByEmail(
  tx: Transaction,
  user: Candidate,
  adminEmails: readonly string[],
): Promise<boolean> {
  if (user.isAdmin) return true;
  if (!adminEmails.includes(user.email) || user.emailVerifiedAt === null || user.adminDemotedAt !== null)
    return false;
  if (!(await isVouchedFor(tx, user.id))) return false;
  await tx.db.update(users).set({ isAdmin: true, updatedAt: tx.now }).where(eq(users.id, user.id));
  tx.record({
    action: 'user_promoted',
    actors: [{ kind: 'system', id: null, label: 'ADMIN_EMAILS' }],
    target: { kind: 'user', id: user.id, label: user.name },
    detail: { by: 'ADMIN_EMAILS' },
  });
  return true;
}

/** Whether the word on an e-mail is enough: a provider that may not let operators in can't make one by vouching for it. */
async function isVouchedFor(tx: Transaction, userId: string): Promise<boolean> {
  const [row] = await tx.db
    .select({ verifiedBy: users.emailVerifiedBy, adminAllowed: identityProviders.adminAllowed })
    .from(users)
    .leftJoin(identityProviders, eq(identityProviders.id, users.emailVerifiedBy))
    .where(eq(users.id, userId));
  return row !== undefined && (row.verifiedBy === null || row.adminAllowed === true);
}
