import type { ResourceRight } from '@castellan/contract';
import type { AccessWorld, WorldResource, WorldWorkspace } from './world.ts';

/** About whom: a person, where, and, of a delegate, what it was granted. */
export interface WorldSubject {
  readonly userId: string;
  readonly workspaceId: string | null;
  readonly granted: ReadonlySet<string> | null;
}

/*
 * The rules of access as plain as they can be said, slowly, over lists: what the product's answers are held against. It shares
 * nothing with the product on purpose, not even the order of rights, and must stay so.
 */

/** Whether the rules let somebody do an action. */
export function mayAct(world: AccessWorld, subject: WorldSubject, actionName: string): boolean {
  const action = world.actions.find((one) => one.name === actionName);
  if (action === undefined || action.absent) return false;
  if (!isActive(world, subject.userId)) return false;
  const workspace = world.workspaces.find((one) => one.id === subject.workspaceId);
  if (workspace === undefined || roleIn(workspace, subject.userId) === null) return false;
  if (subject.granted !== null && !subject.granted.has(actionName)) return false;
  for (const role of workspace.roles) {
    if (!role.actions.includes(actionName)) continue;
    if (role.userIds.includes(subject.userId)) return true;
    for (const group of workspace.groups)
      if (role.groupIds.includes(group.id) && group.userIds.includes(subject.userId)) return true;
  }
  return false;
}

/** Whether the rules let somebody do something to a resource. */
export function mayTouch(
  world: AccessWorld,
  subject: WorldSubject,
  asked: { readonly type: string; readonly key: string; readonly right: ResourceRight },
): boolean {
  const resource = world.resources.find((one) => one.type === asked.type && one.key === asked.key);
  if (resource === undefined) return false;
  if (subject.workspaceId !== null && subject.workspaceId !== resource.workspaceId) return false;
  if (!isActive(world, subject.userId)) return false;
  if (subject.granted !== null && !grantCovers(subject.granted, asked.type, asked.right)) return false;
  return rightsOf(world, subject.userId, resource).includes(asked.right);
}

/** Whether the rules let somebody do something to every resource of a type in the workspace that is named, whatever there is. */
export function mayTouchAll(
  world: AccessWorld,
  subject: WorldSubject,
  type: string,
  right: ResourceRight,
): boolean {
  const workspace = world.workspaces.find((one) => one.id === subject.workspaceId);
  if (workspace === undefined || !isActive(world, subject.userId)) return false;
  if (subject.granted !== null && !grantCovers(subject.granted, type, right)) return false;
  const role = roleIn(workspace, subject.userId);
  return role === 'owner' || role === 'admin';
}

/** Everything that the rules let a person do to a resource. */
function rightsOf(world: AccessWorld, userId: string, resource: WorldResource): ResourceRight[] {
  const workspace = world.workspaces.find((one) => one.id === resource.workspaceId)!;
  const role = roleIn(workspace, userId);
  if (role === null) return [];
  if (resource.ownerId === userId) return ['view', 'edit', 'manage'];
  if (role === 'owner' || role === 'admin') return ['view', 'edit', 'manage'];
  const rights: ResourceRight[] = [];
  if (resource.visibility === 'workspace') {
    rights.push('view');
    if (role === 'editor') rights.push('edit');
  }
  for (const share of resource.shares) {
    const group = workspace.groups.find((one) => one.id === share.groupId);
    if (share.userId !== userId && !group?.userIds.includes(userId)) continue;
    rights.push('view');
    if (share.permission === 'edit') rights.push('edit');
  }
  return rights;
}

function grantCovers(granted: ReadonlySet<string>, type: string, right: ResourceRight): boolean {
  if (granted.has(`${type}:manage`)) return true;
  if (granted.has(`${type}:edit`) && right !== 'manage') return true;
  return granted.has(`${type}:view`) && right === 'view';
}

function isActive(world: AccessWorld, userId: string): boolean {
  return world.users.some((user) => user.id === userId && user.state === 'active');
}

function roleIn(workspace: WorldWorkspace, userId: string): string | null {
  return workspace.members.find((member) => member.userId === userId)?.role ?? null;
}
