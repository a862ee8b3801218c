import { everyService } from '@castellan/contract';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { rolesOfOperator } from '../operators/grants-of-operator.ts';
import { lockSoleOwnerships } from '../workspaces/membership.ts';
import { countEndingOfUser } from '../workspaces/what-ends.ts';
import { keepAnAdministrator } from './administrators.ts';
import { lockUser, personTarget } from './change-user.ts';
import { deleteUserRow } from './repository.ts';

/** Workspaces that a refusal names before it says "and others". */
const namedAtMost = 10;

/**
 * Deletes an account; memberships, groups, roles, shares, sessions and links go with it by cascade, its activity stays. What
 * it owned has no owner from then on.
 * @throws Refusal `not_found`, `last_administrator`, `last_owner`
 */
export async function deleteUser(tx: Transaction, userId: string): Promise<void> {
  const user = await lockUser(tx, userId);
  await keepAnAdministrator(tx, [user]);
  const owned = await lockSoleOwnerships(tx, userId);
  if (owned.length > 0) {
    const names = owned.slice(0, namedAtMost).map((workspace) => workspace.name);
    const others = owned.length - names.length;
    throw new Refusal('last_owner', {
      detail: `${user.name} is the only owner of ${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}.`,
    });
  }
  const ending = await countEndingOfUser(tx, userId);
  const roles = (await rolesOfOperator(tx.db, { id: userId, isAdmin: false })).map(({ service, role }) => ({
    service: service?.name ?? everyService,
    role,
  }));
  await deleteUserRow(tx, userId);
  tx.record({
    action: 'user_deleted',
    target: personTarget(user),
    // The row is gone: what is told about it later is what the event holds.
    detail: {
      ...{ email: user.email, name: user.name, state: user.state, is_admin: user.isAdmin },
      ...(roles.length > 0 ? { operator_roles: roles } : {}),
      ...ending,
    },
  });
}
