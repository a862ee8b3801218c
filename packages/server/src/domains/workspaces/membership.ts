import type { WorkspaceRole } from '@castellan/contract';
import { eq } from 'drizzle-orm';
import { members, workspaces } from '../../platform/database/schema.ts';
import { rowsOf, sql, type Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { endGrants } from '../grants/grant-store.ts';
import { countEndingOfMember } from './what-ends.ts';

/** A workspace as events name it. */
export interface WorkspaceName {
  readonly id: string;
  readonly name: string;
}

interface Person {
  readonly id: string;
  readonly name: string;
}

/**
 * A workspace that will not be deleted before this transaction ends.
 * @throws Refusal `not_found`
 */
export async function requireWorkspace(tx: Transaction, workspaceId: string): Promise<WorkspaceName> {
  const [workspace] = await tx.db
    .select({ id: workspaces.id, name: workspaces.name })
    .from(workspaces)
    .where(eq(workspaces.id, workspaceId))
    .for('key share');
  if (!workspace) throw new Refusal('not_found');
  return workspace;
}

/**
 * Adds a person to a workspace.
 * @throws the broken constraint `members__pk`, which answers as `already_member`
 */
export async function addMember(
  tx: Transaction,
  workspace: WorkspaceName,
  person: Person,
  role: WorkspaceRole,
): Promise<void> {
  await tx.db
    .insert(members)
    .values({ workspaceId: workspace.id, userId: person.id, role, createdAt: tx.now });
  tx.record({
    action: 'member_invited',
    target: { kind: 'user', id: person.id, label: person.name },
    workspace,
    detail: { role },
  });
}

interface LockedMember extends Person {
  readonly role: WorkspaceRole;
}

/**
 * Locks a membership together with those of every owner, in one order, so that of two who leave at once the
 * second sees what the first left behind.
 * @throws Refusal `not_found`
 */
async function lockMember(
  tx: Transaction,
  workspaceId: string,
  userId: string,
): Promise<{ readonly member: LockedMember; readonly isLastOwner: boolean }> {
  const locked = await rowsOf<LockedMember>(
    tx.db,
    sql`SELECT m.user_id AS id, m.role, u.name FROM members m JOIN users u ON u.id = m.user_id
        WHERE m.workspace_id = ${workspaceId} AND (m.role = 'owner' OR m.user_id = ${userId})
        ORDER BY m.user_id FOR UPDATE OF m`,
  );
  const member = locked.find((row) => row.id === userId.toLowerCase());
  if (!member) throw new Refusal('not_found');
  const otherOwners = locked.filter((row) => row.role === 'owner' && row.id !== member.id);
  return { member, isLastOwner: member.role === 'owner' && otherOwners.length === 0 };
}

/**
 * Changes what a member may do.
 * @throws Refusal `not_found`, `last_owner` (P6)
 */
export async function changeMemberRole(
  tx: Transaction,
  workspaceId: string,
  userId: string,
  role: WorkspaceRole,
): Promise<void> {
  const workspace = await requireWorkspace(tx, workspaceId);
  const { member, isLastOwner } = await lockMember(tx, workspaceId, userId);
  if (member.role === role) return;
  if (isLastOwner) throw new Refusal('last_owner');
  await tx.db.execute(
    sql`UPDATE members SET role = ${role} WHERE workspace_id = ${workspaceId} AND user_id = ${userId}`,
  );
  tx.record({
    action: 'member_role_changed',
    target: { kind: 'user', id: member.id, label: member.name },
    workspace,
    detail: { role: { before: member.role, after: role } },
  });
}

/**
 * Removes a member: their groups, roles and shares in the workspace go by cascade, their sessions in it end. What they own
 * stays theirs, and counts for nothing until they are back.
 * @throws Refusal `not_found`, `last_owner` (P6)
 */
export async function removeMember(tx: Transaction, workspaceId: string, userId: string): Promise<void> {
  const workspace = await requireWorkspace(tx, workspaceId);
  const { member, isLastOwner } = await lockMember(tx, workspaceId, userId);
  if (isLastOwner) throw new Refusal('last_owner');
  const ending = await countEndingOfMember(tx, workspaceId, userId);
  await tx.db.execute(sql`DELETE FROM members WHERE workspace_id = ${workspaceId} AND user_id = ${userId}`);
  const sessions = await endGrants(tx, { userId, workspaceId }, 'member_removed');
  tx.record({
    action: 'member_removed',
    target: { kind: 'user', id: member.id, label: member.name },
    workspace,
    detail: { role: member.role, ...ending, sessions },
  });
}

/**
 * The workspaces that would have no owner without this person. Their owners' rows stay locked, and every row of the
 * person: who leaves becomes no owner meanwhile, on whose word another one could be let go.
 */
export async function lockSoleOwnerships(tx: Transaction, userId: string): Promise<WorkspaceName[]> {
  const locked = await rowsOf<{ id: string; name: string; user_id: string; role: WorkspaceRole }>(
    tx.db,
    sql`SELECT w.id, w.name, m.user_id, m.role FROM members m JOIN workspaces w ON w.id = m.workspace_id
        WHERE m.user_id = ${userId} OR (m.role = 'owner'
          AND m.workspace_id IN (SELECT workspace_id FROM members WHERE user_id = ${userId} AND role = 'owner'))
        ORDER BY m.workspace_id, m.user_id FOR UPDATE OF m`,
  );
  const owners = locked.filter(({ role }) => role === 'owner');
  const mine = owners.filter((owner) => owner.user_id === userId.toLowerCase());
  return mine
    .filter((own) => owners.every((owner) => owner.id !== own.id || owner.user_id === own.user_id))
    .map(({ id, name }) => ({ id, name }))
    .sort((one, other) => one.name.localeCompare(other.name));
}
