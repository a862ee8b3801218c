import { and, eq } from 'drizzle-orm';
import { changesOf } from '../../platform/activity/event.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { groupMembers, groups, members, users, workspaces } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { requireWorkspace, type WorkspaceName } from './membership.ts';
import { countEndingOfGroup } from './what-ends.ts';

interface GroupRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly workspace: WorkspaceName;
}

function targetOf(group: Pick<GroupRecord, 'id' | 'name' | 'workspace'>) {
  return {
    target: { kind: 'group', id: group.id, label: group.name },
    workspace: group.workspace,
  } as const;
}

/** @throws Refusal `not_found` */
async function lockGroup(tx: Transaction, groupId: string): Promise<GroupRecord> {
  const [group] = await tx.db
    .select({
      id: groups.id,
      name: groups.name,
      description: groups.description,
      workspace: { id: workspaces.id, name: workspaces.name },
    })
    .from(groups)
    .innerJoin(workspaces, eq(workspaces.id, groups.workspaceId))
    .where(eq(groups.id, groupId))
    .for('update', { of: groups });
  if (!group) throw new Refusal('not_found');
  return group;
}

/** @throws Refusal `not_found` (the workspace); the broken constraint `groups__name_unique` */
export async function createGroup(
  tx: Transaction,
  workspaceId: string,
  { name, description = '' }: { readonly name: string; readonly description?: string | undefined },
): Promise<string> {
  const workspace = await requireWorkspace(tx, workspaceId);
  const id = newId();
  await tx.db
    .insert(groups)
    .values({ id, workspaceId: workspace.id, name, description, createdAt: tx.now, updatedAt: tx.now });
  tx.record({ action: 'group_created', ...targetOf({ id, name, workspace }) });
  return id;
}

/** @throws Refusal `not_found`; the broken constraint `groups__name_unique` */
export async function changeGroup(
  tx: Transaction,
  groupId: string,
  changes: { readonly name?: string | undefined; readonly description?: string | undefined },
): Promise<void> {
  const before = await lockGroup(tx, groupId);
  const detail = changesOf({ name: before.name, description: before.description }, changes);
  if (Object.keys(detail).length === 0) return;
  const { name = before.name, description = before.description } = changes;
  await tx.db.update(groups).set({ name, description, updatedAt: tx.now }).where(eq(groups.id, groupId));
  tx.record({ action: 'group_updated', ...targetOf({ ...before, name }), detail });
}

/** Deletes a group with the roles it holds and what is shared with it; its members stay in the workspace. @throws Refusal `not_found` */
export async function deleteGroup(tx: Transaction, groupId: string): Promise<void> {
  const group = await lockGroup(tx, groupId);
  const detail = await countEndingOfGroup(tx, groupId);
  await tx.db.delete(groups).where(eq(groups.id, groupId));
  tx.record({ action: 'group_deleted', ...targetOf(group), detail });
}

/**
 * Adds a member of the group's workspace to it; who is in already stays in.
 * @throws Refusal `not_found` when the group is missing, or the person is not of its workspace
 */
export async function addGroupMember(tx: Transaction, groupId: string, userId: string): Promise<void> {
  const group = await lockGroup(tx, groupId);
  const [member] = await tx.db
    .select({ id: users.id, name: users.name })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.workspaceId, group.workspace.id), eq(members.userId, userId)))
    .for('key share', { of: members });
  if (!member) throw new Refusal('not_found');
  const added = await tx.db
    .insert(groupMembers)
    .values({ workspaceId: group.workspace.id, groupId, userId, createdAt: tx.now })
    .onConflictDoNothing()
    .returning({ userId: groupMembers.userId });
  if (added.length > 0) recordMembership(tx, 'group_member_added', group, member);
}

/** @throws Refusal `not_found` when the group is missing, or the person is not in it */
export async function removeGroupMember(tx: Transaction, groupId: string, userId: string): Promise<void> {
  const group = await lockGroup(tx, groupId);
  const [member] = await tx.db
    .select({ id: users.id, name: users.name })
    .from(groupMembers)
    .innerJoin(users, eq(users.id, groupMembers.userId))
    .where(inGroup(groupId, userId))
    .for('update', { of: groupMembers });
  if (!member) throw new Refusal('not_found');
  await tx.db.delete(groupMembers).where(inGroup(groupId, userId));
  recordMembership(tx, 'group_member_removed', group, member);
}

function inGroup(groupId: string, userId: string) {
  return and(eq(groupMembers.groupId, groupId), eq(groupMembers.userId, userId));
}

function recordMembership(
  tx: Transaction,
  action: 'group_member_added' | 'group_member_removed',
  group: GroupRecord,
  member: { readonly id: string; readonly name: string },
): void {
  tx.record({
    action,
    target: { kind: 'user', id: member.id, label: member.name },
    workspace: group.workspace,
    detail: { group_id: group.id, group: group.name },
  });
}
