import { type OperatorRole, operatorRoleSatisfies } from '@castellan/contract';
import { eq } from 'drizzle-orm';
import { users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { Administrator, Operator, OperatorGrant } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { grantsOfOperator } from './grants-of-operator.ts';

/** The greater of two roles. */
const greater = (left: OperatorRole | null, right: OperatorRole): OperatorRole =>
  left !== null && operatorRoleSatisfies(left, right) ? left : right;

/** The greatest role that some grants give for a service, `null` for none; `serviceId` null asks about every service. */
function roleIn(grants: readonly OperatorGrant[], serviceId: string | null): OperatorRole | null {
  return grants
    .filter((grant) => grant.serviceId === null || grant.serviceId === serviceId)
    .reduce<OperatorRole | null>((most, grant) => greater(most, grant.role), null);
}

/**
 * What an operator is to a service as of their request: the greater of their grant for it and their grant for every
 * service. An administrator owns all.
 *
 * @param principal who asks, as authentication read them
 * @param serviceId the service; `null` asks about every service at once
 * @returns the role, or `null` for none
 */
export function operatorRoleFor(
  principal: Administrator | Operator,
  serviceId: string | null,
): OperatorRole | null {
  return principal.kind === 'administrator' ? 'owner' : roleIn(principal.roles, serviceId);
}

/**
 * Reads an operator's role for a service again inside the transaction of a write. Whoever changes grants locks the person
 * first, and the write holds that lock already (`confirmRight`): the answer stands until the commit.
 *
 * @returns the role
 * @throws Refusal `operator_role_missing`
 */
export async function confirmOperatorRole(
  tx: Transaction,
  principal: Administrator | Operator,
  serviceId: string | null,
  required: OperatorRole,
): Promise<OperatorRole> {
  // `confirmRight` has read `is_admin` of an administrator in this transaction.
  if (principal.kind === 'administrator') return 'owner';
  const role = roleIn(await grantsOfOperator(tx.db, principal.userId), serviceId);
  if (role === null || !operatorRoleSatisfies(role, required)) throw new Refusal('operator_role_missing');
  return role;
}

/**
 * What somebody is to a service at this moment, with their row locked until the commit: for whoever is not the caller, such as
 * the operator who approved a call.
 *
 * @returns the role, `null` for none and for who is not active
 */
export async function roleOfSomebody(
  tx: Transaction,
  userId: string,
  serviceId: string | null,
): Promise<OperatorRole | null> {
  const [person] = await tx.db
    .select({ state: users.state, isAdmin: users.isAdmin })
    .from(users)
    .where(eq(users.id, userId))
    .for('share');
  if (person?.state !== 'active') return null;
  return person.isAdmin ? 'owner' : roleIn(await grantsOfOperator(tx.db, userId), serviceId);
}
