import type { AccessChange } from '@castellan/contract';
import { accordingToRules } from './ask-explain.ts';
import type { AskedQuestion } from './make-proposed-change.ts';
import type { AccessWorld, WorldResource, WorldWorkspace } from './world.ts';

/*
 * What can be done about a no, done in a world of plain lists. Like the reference it shares nothing with the product: with it one
 * can try every set of changes that is shorter than the one which an explanation calls the shortest.
 */

/** A question, and the world in which it is asked. */
interface Situation {
  readonly world: AccessWorld;
  readonly asked: AskedQuestion;
}

/** One thing to do; `null` where it can't be done, or would do nothing. */
type PlainMove = (situation: Situation) => Situation | null;

/** Whether the changes that were proposed turn the decision in the world as the rules see it. */
export function turnsByRules(
  world: AccessWorld,
  asked: AskedQuestion,
  changes: readonly AccessChange[],
): boolean {
  let situation: Situation = { world, asked };
  for (const change of changes) situation = moveOf(change, situation)(situation) ?? situation;
  return isYes(situation);
}

/**
 * Tries every set of fewer than `length` changes, of all kinds that there are, also of those that no explanation proposes; but
 * whoever is added to a workspace gets the least role that is enough by itself, since an admin may everything at once.
 * @returns how many were tried, and whether one of them is enough
 */
export function tryShorterChanges(
  world: AccessWorld,
  asked: AskedQuestion,
  length: number,
): { readonly tried: number; readonly isEnough: boolean } {
  const moves = asked.action === undefined ? resourceMoves(world, asked) : actionMoves(world, asked);
  let tried = 0;
  const isEnoughFrom = (situation: Situation, next: number, left: number): boolean => {
    tried++;
    if (isYes(situation)) return true;
    if (left === 0) return false;
    for (let index = next; index < moves.length; index++) {
      const further = moves[index]!(situation);
      if (further && isEnoughFrom(further, index + 1, left - 1)) return true;
    }
    return false;
  };
  const isEnough = isEnoughFrom({ world, asked }, 0, length - 1);
  return { tried, isEnough };
}

const isYes = ({ world, asked }: Situation): boolean => accordingToRules(world, asked);

const newRoleId = 'the role that is created';

function moveOf(change: AccessChange, { world, asked }: Situation): PlainMove {
  const { userId } = asked;
  const target = change.targetId ?? '';
  const placeId = change.targetId ?? world.workspaces[0]!.id;
  switch (change.kind) {
    case 'activate_user':
      return activate;
    case 'widen_grant':
      return widenGrant;
    case 'register_action':
      return registerAction;
    case 'add_member':
      return addMember(placeId, change.role!);
    case 'make_workspace_admin':
      return makeAdmin(placeId);
    case 'create_role':
      return createRole(placeId);
    case 'add_action_to_role':
      return inRole(target, ({ actions }) => ({ actions: [...actions, asked.action!] }));
    case 'give_role':
      return inRole(change.targetId ?? newRoleId, ({ userIds }) => ({ userIds: [...userIds, userId] }));
    case 'register_resource':
      return registerResource(placeId);
    case 'share_resource':
    case 'raise_share':
      return inResource(({ shares }) => ({
        shares: [...shares, { userId, groupId: null, permission: change.permission! }],
      }));
  }
}

function actionMoves(world: AccessWorld, { userId, workspaceId, action }: AskedQuestion): PlainMove[] {
  const { id, roles, groups } = world.workspaces.find((one) => one.id === workspaceId)!;
  return [
    activate,
    registerAction,
    addMember(id, 'owner'),
    ...roles
      .filter(({ actions }) => !actions.includes(action!))
      .map((role) => inRole(role.id, ({ actions }) => ({ actions: [...actions, action!] }))),
    createRole(id),
    ...[...roles.map((role) => role.id), newRoleId].map((roleId) =>
      inRole(roleId, ({ userIds }) => (userIds.includes(userId) ? null : { userIds: [...userIds, userId] })),
    ),
    ...groups.map((group) => joinGroup(group.id)),
    widenGrant,
  ];
}

function resourceMoves(world: AccessWorld, asked: AskedQuestion): PlainMove[] {
  const { userId } = asked;
  const resource = resourceOf({ world, asked });
  const least = ({ view: 'viewer', edit: 'editor', manage: 'admin' } as const)[asked.permission!];
  if (!resource) {
    const places = world.workspaces.filter(
      ({ id }) => asked.workspaceId === undefined || id === asked.workspaceId,
    );
    return [
      activate,
      ...places.map(({ id }) => addMember(id, least)),
      ...places.map(({ id }) => registerResource(id)),
      widenGrant,
    ];
  }
  const { groups } = world.workspaces.find(({ id }) => id === resource.workspaceId)!;
  return [
    activate,
    addMember(resource.workspaceId, least),
    ...(asked.permission === 'manage' ? [makeAdmin(resource.workspaceId)] : []),
    inResource(() => ({ ownerId: userId })),
    inResource(() => ({ visibility: 'workspace' })),
    inResource(({ shares }) => ({ shares: [...shares, { userId, groupId: null, permission: 'edit' }] })),
    ...groups.flatMap(({ id }) => [
      joinGroup(id),
      inResource(({ shares }) => ({
        shares: [...shares, { userId: null, groupId: id, permission: 'edit' }],
      })),
    ]),
    widenGrant,
  ];
}

const activate: PlainMove = ({ world, asked }) => {
  if (world.users.some(({ id, state }) => id === asked.userId && state === 'active')) return null;
  const users = world.users.map((user) =>
    user.id === asked.userId ? { ...user, state: 'active' as const } : user,
  );
  return { world: { ...world, users }, asked };
};

const widenGrant: PlainMove = ({ world, asked }) => {
  const { grantedActions, action, type, permission } = asked;
  if (!grantedActions) return null;
  return {
    world,
    asked: { ...asked, grantedActions: [...grantedActions, action ?? `${type}:${permission}`] },
  };
};

const registerAction: PlainMove = ({ world, asked }) => {
  if (!world.actions.some(({ name, absent }) => absent && name === asked.action)) return null;
  const actions = world.actions.map((one) => (one.name === asked.action ? { ...one, absent: false } : one));
  return { world: { ...world, actions }, asked };
};

const addMember =
  (workspaceId: string, role: 'viewer' | 'editor' | 'admin' | 'owner'): PlainMove =>
  (situation) =>
    inWorkspace(situation, workspaceId, ({ members }) =>
      members.some(({ userId }) => userId === situation.asked.userId)
        ? null
        : { members: [...members, { userId: situation.asked.userId, role }] },
    );

const makeAdmin =
  (workspaceId: string): PlainMove =>
  (situation) =>
    inWorkspace(situation, workspaceId, ({ members }) =>
      members.some(({ userId }) => userId === situation.asked.userId)
        ? {
            members: members.map((member) =>
              member.userId === situation.asked.userId ? { ...member, role: 'admin' } : member,
            ),
          }
        : null,
    );

const createRole =
  (workspaceId: string): PlainMove =>
  (situation) =>
    inWorkspace(situation, workspaceId, ({ roles }) => ({
      roles: [
        ...roles,
        { id: newRoleId, name: 'new', actions: [situation.asked.action!], userIds: [], groupIds: [] },
      ],
    }));

const inRole =
  (
    roleId: string,
    change: (role: WorldWorkspace['roles'][number]) => Partial<WorldWorkspace['roles'][number]> | null,
  ): PlainMove =>
  (situation) => {
    const workspace = situation.world.workspaces.find(({ roles }) => roles.some(({ id }) => id === roleId));
    const role = workspace?.roles.find(({ id }) => id === roleId);
    const changed = role && change(role);
    if (!workspace || !changed) return null;
    return inWorkspace(situation, workspace.id, ({ roles }) => ({
      roles: roles.map((one) => (one.id === roleId ? { ...one, ...changed } : one)),
    }));
  };

const joinGroup =
  (groupId: string): PlainMove =>
  (situation) => {
    const { userId } = situation.asked;
    const workspace = situation.world.workspaces.find(({ groups }) =>
      groups.some(({ id }) => id === groupId),
    )!;
    return inWorkspace(situation, workspace.id, ({ groups }) =>
      groups.some(({ id, userIds }) => id === groupId && userIds.includes(userId))
        ? null
        : {
            groups: groups.map((group) =>
              group.id === groupId ? { ...group, userIds: [...group.userIds, userId] } : group,
            ),
          },
    );
  };

const registerResource =
  (workspaceId: string): PlainMove =>
  ({ world, asked }) => {
    if (resourceOf({ world, asked })) return null;
    const resource: WorldResource = {
      id: 'the resource that is registered',
      type: asked.type!,
      key: asked.resourceId!,
      workspaceId,
      ownerId: asked.userId,
      visibility: 'private',
      shares: [],
    };
    return { world: { ...world, resources: [...world.resources, resource] }, asked };
  };

const inResource =
  (change: (resource: WorldResource) => Partial<WorldResource>): PlainMove =>
  ({ world, asked }) => {
    const resource = resourceOf({ world, asked });
    if (!resource) return null;
    const changed = { ...resource, ...change(resource) };
    return {
      world: { ...world, resources: world.resources.map((one) => (one === resource ? changed : one)) },
      asked,
    };
  };

function inWorkspace(
  { world, asked }: Situation,
  workspaceId: string,
  change: (workspace: WorldWorkspace) => Partial<WorldWorkspace> | null,
): Situation | null {
  const workspace = world.workspaces.find(({ id }) => id === workspaceId);
  const changed = workspace && change(workspace);
  if (!changed) return null;
  const workspaces = world.workspaces.map((one) => (one === workspace ? { ...one, ...changed } : one));
  return { world: { ...world, workspaces }, asked };
}

function resourceOf({ world, asked }: Situation): WorldResource | undefined {
  return world.resources.find(({ type, key }) => type === asked.type && key === asked.resourceId);
}
