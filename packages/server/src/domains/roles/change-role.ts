import { count, eq } from 'drizzle-orm';
import { changesOf } from '../../platform/activity/event.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { roleActions, roleGroups, roleMembers, roles } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { requireWorkspace } from '../workspaces/membership.ts';
import { firstActionNames, putActions } from './role-actions.ts';
import { lockRole, roleTarget } from './role-record.ts';

/** How many actions the event of a role's end names; it counts all. */
const namedAtMost = 100;

/**
 * Makes a role in a workspace, with its first actions (P8).
 * @throws Refusal `not_found` (the workspace), `validation_failed` (an action); the broken constraint `roles__name_unique`
 */
export async function createRole(
  tx: Transaction,
  workspaceId: string,
  {
    name,
    description = '',
    actionIds = [],
  }: {
    readonly name: string;
    readonly description?: string | undefined;
    readonly actionIds?: readonly string[] | undefined;
  },
): Promise<string> {
  const workspace = await requireWorkspace(tx, workspaceId);
  const role = { id: newId(), name, description, workspace };
  await tx.db.insert(roles).values({
    id: role.id,
    workspaceId: workspace.id,
    name,
    description,
    createdAt: tx.now,
    updatedAt: tx.now,
  });
  tx.record({ action: 'role_created', ...roleTarget(role) });
  await putActions(tx, role, actionIds);
  return role.id;
}

/** Edits name and description (P8). @throws Refusal `not_found`; the broken constraint `roles__name_unique` */
export async function changeRole(
  tx: Transaction,
  roleId: string,
  changes: { readonly name?: string | undefined; readonly description?: string | undefined },
): Promise<void> {
  const before = await lockRole(tx, roleId);
  const detail = changesOf({ name: before.name, description: before.description }, changes);
  if (Object.keys(detail).length === 0) return;
  const { name = before.name, description = before.description } = changes;
  await tx.db.update(roles).set({ name, description, updatedAt: tx.now }).where(eq(roles.id, roleId));
  tx.record({ action: 'role_updated', ...roleTarget({ ...before, name }), detail });
}

/** Deletes a role; whoever held its actions only by it loses them at once (P8). @throws Refusal `not_found` */
export async function deleteRole(tx: Transaction, roleId: string): Promise<void> {
  const role = await lockRole(tx, roleId);
  const countOf = async (table: typeof roleActions | typeof roleMembers | typeof roleGroups) => {
    const [row] = await tx.db.select({ total: count() }).from(table).where(eq(table.roleId, roleId));
    return row?.total ?? 0;
  };
  const detail = {
    description: role.description,
    actions: await countOf(roleActions),
    action_names: await firstActionNames(tx.db, roleId, namedAtMost),
    members: await countOf(roleMembers),
    groups: await countOf(roleGroups),
  };
  await tx.db.delete(roles).where(eq(roles.id, roleId));
  tx.record({ action: 'role_deleted', ...roleTarget(role), detail });
}
