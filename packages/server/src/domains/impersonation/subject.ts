import { eq } from 'drizzle-orm';
import { operatorGrants, users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';

/** The account that somebody acts as. */
export interface ImpersonationSubject {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Locks the account that a product named, and sees that it may be acted as: nobody acts as an operator, nor as somebody
 * whose next sign-in would make them one (P3).
 * @throws Refusal `impersonation_subject_unknown`, `impersonation_of_operator`
 */
export async function lockSubject(
  tx: Transaction,
  subjectId: string,
  adminEmails: readonly string[],
): Promise<ImpersonationSubject> {
  const [user] = uuid.test(subjectId)
    ? await tx.db
        .select({
          id: users.id,
          name: users.name,
          email: users.email,
          state: users.state,
          isAdmin: users.isAdmin,
        })
        .from(users)
        .where(eq(users.id, subjectId))
        // Whoever makes an operator of them locks them for update: one of the two comes first.
        .for('share')
    : [];
  if (!user) throw new Refusal('impersonation_subject_unknown');
  const [grant] = await tx.db
    .select({ role: operatorGrants.role })
    .from(operatorGrants)
    .where(eq(operatorGrants.userId, user.id))
    .limit(1);
  if (user.isAdmin || grant || adminEmails.includes(user.email))
    throw new Refusal('impersonation_of_operator');
  if (user.state !== 'active') throw new Refusal('impersonation_subject_unknown');
  return user;
}
