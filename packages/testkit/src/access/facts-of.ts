import type { AccessFacts } from '@castellan/server';
import type { WorldSubject } from './reference.ts';
import type { AccessWorld, WorldResource, WorldWorkspace } from './world.ts';

/** The facts of a question about an action, taken from a world as the server's queries take them from its tables. */
export function actionFactsOf(world: AccessWorld, subject: WorldSubject, name: string): AccessFacts {
  const action = world.actions.find((one) => one.name === name) ?? null;
  const workspace = world.workspaces.find(({ id }) => id === subject.workspaceId);
  return {
    ...personOf(world, workspace, subject),
    action,
    roles: (workspace?.roles ?? [])
      .filter(({ actions }) => actions.includes(name))
      .flatMap(({ id, name: roleName, userIds, groupIds }) => [
        ...(userIds.includes(subject.userId) ? [{ id, name: roleName, group: null }] : []),
        ...groupsOf(workspace, subject.userId)
          .filter((group) => groupIds.includes(group.id))
          .map((group) => ({ id, name: roleName, group })),
      ]),
    resource: null,
    shares: [],
  };
}

/** The facts of a question about a resource, likewise. */
export function resourceFactsOf(
  world: AccessWorld,
  subject: WorldSubject,
  resource: WorldResource | undefined,
): AccessFacts {
  const seen =
    resource && (subject.workspaceId === null || subject.workspaceId === resource.workspaceId)
      ? resource
      : undefined;
  const workspace = world.workspaces.find(({ id }) => id === seen?.workspaceId);
  const groups = new Map(groupsOf(workspace, subject.userId).map((group) => [group.id, group]));
  return {
    ...personOf(world, workspace, subject),
    action: null,
    roles: [],
    resource: seen ?? null,
    shares: (seen?.shares ?? [])
      .filter(({ userId, groupId }) => userId === subject.userId || groups.has(groupId ?? ''))
      .map(({ groupId, permission }) => ({ permission, group: groups.get(groupId ?? '') ?? null })),
  };
}

function personOf(
  world: AccessWorld,
  workspace: WorldWorkspace | undefined,
  { userId, granted }: WorldSubject,
): Pick<AccessFacts, 'person' | 'membership' | 'granted'> {
  return {
    person: world.users.find(({ id }) => id === userId) ?? null,
    membership: workspace?.members.find((member) => member.userId === userId) ?? null,
    granted,
  };
}

function groupsOf(
  workspace: WorldWorkspace | undefined,
  userId: string,
): readonly { readonly id: string; readonly name: string }[] {
  return (workspace?.groups ?? []).filter(({ userIds }) => userIds.includes(userId));
}
