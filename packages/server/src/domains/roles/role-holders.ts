import { and, eq } from 'drizzle-orm';
import { groups, members, roleGroups, roleMembers, users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { lockRole, type RoleRecord } from './role-record.ts';

interface Holder {
  readonly id: string;
  readonly name: string;
}

/**
 * Gives a role to a member of its workspace; who holds it keeps it (P8). Somebody who is being removed at the same moment
 * is gone before, or loses it with the membership.
 * @throws Refusal `not_found` when the role is missing, or the person is not of its workspace
 */
export async function giveRoleToMember(tx: Transaction, roleId: string, userId: string): Promise<void> {
  const role = await lockRole(tx, roleId);
  const [member] = await tx.db
    .select({ id: users.id, name: users.name })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.workspaceId, role.workspace.id), eq(members.userId, userId)))
    .for('key share', { of: members });
  if (!member) throw new Refusal('not_found');
  const given = await tx.db
    .insert(roleMembers)
    .values({ workspaceId: role.workspace.id, roleId, userId, createdAt: tx.now })
    .onConflictDoNothing()
    .returning({ userId: roleMembers.userId });
  if (given.length > 0) tell(tx, 'role_member_added', role, { kind: 'user', ...member });
}

/** @throws Refusal `not_found` when the role is missing, or the person does not hold it themselves */
export async function takeRoleFromMember(tx: Transaction, roleId: string, userId: string): Promise<void> {
  const role = await lockRole(tx, roleId);
  const held = and(eq(roleMembers.roleId, roleId), eq(roleMembers.userId, userId));
  const [member] = await tx.db
    .select({ id: users.id, name: users.name })
    .from(roleMembers)
    .innerJoin(users, eq(users.id, roleMembers.userId))
    .where(held)
    .for('update', { of: roleMembers });
  if (!member) throw new Refusal('not_found');
  await tx.db.delete(roleMembers).where(held);
  tell(tx, 'role_member_removed', role, { kind: 'user', ...member });
}

/**
 * Gives a role to a group of its workspace, and so to everybody in it; one that holds it keeps it (P8).
 * @throws Refusal `not_found` when the role is missing, or the group is not of its workspace
 */
export async function giveRoleToGroup(tx: Transaction, roleId: string, groupId: string): Promise<void> {
  const role = await lockRole(tx, roleId);
  const [group] = await tx.db
    .select({ id: groups.id, name: groups.name })
    .from(groups)
    .where(and(eq(groups.workspaceId, role.workspace.id), eq(groups.id, groupId)))
    .for('key share');
  if (!group) throw new Refusal('not_found');
  const given = await tx.db
    .insert(roleGroups)
    .values({ workspaceId: role.workspace.id, roleId, groupId, createdAt: tx.now })
    .onConflictDoNothing()
    .returning({ groupId: roleGroups.groupId });
  if (given.length > 0) tell(tx, 'role_group_added', role, { kind: 'group', ...group });
}

/** @throws Refusal `not_found` when the role is missing, or the group does not hold it */
export async function takeRoleFromGroup(tx: Transaction, roleId: string, groupId: string): Promise<void> {
  const role = await lockRole(tx, roleId);
  const held = and(eq(roleGroups.roleId, roleId), eq(roleGroups.groupId, groupId));
  const [group] = await tx.db
    .select({ id: groups.id, name: groups.name })
    .from(roleGroups)
    .innerJoin(groups, eq(groups.id, roleGroups.groupId))
    .where(held)
    .for('update', { of: roleGroups });
  if (!group) throw new Refusal('not_found');
  await tx.db.delete(roleGroups).where(held);
  tell(tx, 'role_group_removed', role, { kind: 'group', ...group });
}

function tell(
  tx: Transaction,
  action: 'role_member_added' | 'role_member_removed' | 'role_group_added' | 'role_group_removed',
  role: RoleRecord,
  { kind, id, name }: Holder & { readonly kind: 'user' | 'group' },
): void {
  tx.record({
    action,
    target: { kind, id, label: name },
    workspace: role.workspace,
    detail: { role_id: role.id, role: role.name },
  });
}
