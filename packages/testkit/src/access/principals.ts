import type { Chance } from './random-world.ts';
import type { WorldSubject } from './reference.ts';
import type { AccessWorld, WorldWorkspace } from './world.ts';

/** How somebody stands in the world that a question is about. */
export type Principal = 'member' | 'group member' | 'delegate' | 'stranger' | 'deactivated';

/**
 * What somebody is: `deactivated` also when only invited; a `stranger` is nobody in the world, or no member where it would
 * count; of the others a `delegate` acts for them or not; and a `group member` is in a group there.
 */
export function principalOf(world: AccessWorld, { userId, workspaceId, granted }: WorldSubject): Principal {
  const person = world.users.find(({ id }) => id === userId);
  if (!person) return 'stranger';
  if (person.state !== 'active') return 'deactivated';
  const places = world.workspaces.filter(
    (workspace) => (workspaceId === null || workspace.id === workspaceId) && isMember(workspace, userId),
  );
  if (places.length === 0) return 'stranger';
  if (granted !== null) return 'delegate';
  return places.some((workspace) => isInGroup(workspace, userId)) ? 'group member' : 'member';
}

/** One subject of each kind, in one workspace or in any; a world has somebody of each. */
export function oneOfEach(world: AccessWorld, chance: Chance): Readonly<Record<Principal, WorldSubject>> {
  const standing: (readonly [Principal, WorldSubject])[] = [];
  const strange: WorldSubject[] = [];
  for (const workspace of world.workspaces)
    for (const { id: userId, state } of world.users) {
      const subject = { userId, workspaceId: workspace.id, granted: null };
      if (!isMember(workspace, userId)) strange.push(subject);
      else if (state === 'active') standing.push([principalOf(world, subject), subject]);
    }
  const inactiveId = chance.pick(world.users.filter(({ state }) => state !== 'active')).id;
  const theirs = world.workspaces.filter((workspace) => isMember(workspace, inactiveId));
  const granted = new Set(chance.some(grantable(world), 0.2 + chance.next() * 0.8));
  const standingAs = (principal: Principal): WorldSubject =>
    chance.pick(standing.filter(([one]) => one === principal))[1];
  const inactive = {
    userId: inactiveId,
    workspaceId: theirs.length > 0 ? chance.pick(theirs).id : null,
    granted: null,
  };
  const each = {
    member: standingAs('member'),
    'group member': standingAs('group member'),
    delegate: { ...chance.pick(standing)[1], granted },
    stranger: chance.pick(strange),
    deactivated: inactive,
  };
  return Object.fromEntries(
    Object.entries(each).map(([principal, subject]) => {
      const anywhere = { ...subject, workspaceId: null };
      // Somebody who is in no group here may be in one elsewhere.
      const isSame = principalOf(world, anywhere) === principal;
      return [principal, isSame && chance.happens(0.3) ? anywhere : subject];
    }),
  ) as Record<Principal, WorldSubject>;
}

/** Everything that a delegate can be granted in a world. */
export function grantable(world: AccessWorld): string[] {
  return [
    ...world.actions.map(({ name }) => name),
    ...world.types.flatMap(({ name }) => ['view', 'edit', 'manage'].map((right) => `${name}:${right}`)),
  ];
}

const isMember = ({ members }: WorldWorkspace, userId: string): boolean =>
  members.some((member) => member.userId === userId);
const isInGroup = ({ groups }: WorldWorkspace, userId: string): boolean =>
  groups.some(({ userIds }) => userIds.includes(userId));
