import type { AccessWorld, WorldResource, WorldWorkspace } from './world.ts';

/** Numbers that look random and are the same for the same seed (mulberry32). */
export interface Chance {
  /** From 0 up to and without 1. */
  next(): number;
  /** A whole number from 0 up to and without `end`. */
  below(end: number): number;
  /** Whether something happens that happens in this share of cases. */
  happens(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** Those of a list that happen to be chosen, each by itself. */
  some<T>(from: readonly T[], probability: number): T[];
  /** An id as the database has them. */
  id(): string;
}

/** A source of {@link Chance} from a seed. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  const hex = (): string =>
    below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return {
    next,
    below,
    happens: (probability) => next() < probability,
    pick: (from) => from[below(from.length)]!,
    some: (from, probability) => from.filter(() => next() < probability),
    id() {
      const digits = hex() + hex() + hex() + hex();
      return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20)}`;
    },
  };
}

const workspaceRoles = ['viewer', 'viewer', 'viewer', 'editor', 'editor', 'admin', 'owner'] as const;
const states = [
  'active',
  'active',
  'active',
  'active',
  'active',
  'active',
  'invited',
  'deactivated',
] as const;
/** Of the first people of a world. */
const certainStates = ['deactivated', 'active', 'active'] as const;
const permissions = ['view', 'edit'] as const;

/** How small a world may be. */
export const leastOfWorld = { people: 20, workspaces: 3, resources: 30 } as const;

/**
 * A world of 20 to 26 people, 3 or 4 workspaces and 30 to 40 resources. How crowded it is differs from seed to seed:
 * from hardly any member, role and share to nearly all there can be. But somebody of each kind is always there: a member by
 * themselves, a member in a group, no member of some workspace, and one whose account is deactivated.
 */
export function randomAccessWorld(seed: number): AccessWorld {
  const chance = chanceOfWorld(seed);
  const list = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index));
  const serviceId = chance.id();
  const users = list(leastOfWorld.people + chance.below(7), (index) => ({
    id: chance.id(),
    state: certainStates[index] ?? chance.pick(states),
  }));
  const actions = list(6, (index) => ({
    id: chance.id(),
    name: `${chance.pick(['orders', 'notes'])}:act-${index}`,
    absent: chance.happens(0.2),
  }));
  const userIds = users.map(({ id }) => id);
  const actionNames = actions.map(({ name }) => name);
  const workspaces = list(leastOfWorld.workspaces + chance.below(2), (index) => {
    const possible = index === 1 ? userIds.filter((id) => id !== users[3]!.id) : userIds;
    const workspace = randomWorkspace(chance, possible, actionNames);
    return index === 0 ? withCertainMembers(workspace, userIds, chance) : workspace;
  });
  const types = ['order', 'note'].map((name) => ({ id: chance.id(), name }));
  const shareDensity = chance.next() * 0.25;
  const resources = list(leastOfWorld.resources + chance.below(11), (index) =>
    randomResource(chance, {
      workspace: chance.pick(workspaces),
      userIds,
      // The same key names one resource of each type.
      type: types[index % 2]!.name,
      key: `r-${Math.floor(index / 2)}`,
      shareDensity,
    }),
  );
  return {
    serviceId,
    serviceName: `world-${serviceId.slice(0, 8)}-${serviceId.slice(24)}`,
    users,
    workspaces,
    actions,
    types,
    resources,
  };
}

/** Chance whose ids are of one world alone, so that many worlds lie in one database, their rows among each other. */
function chanceOfWorld(seed: number): Chance {
  const chance = chanceOf(seed);
  const ending = (seed >>> 0).toString(16).padStart(8, '0');
  return { ...chance, id: () => chance.id().slice(0, -ending.length) + ending };
}

/** The same workspace with the last of three people in it and in none of its groups, and the second in its first group. */
function withCertainMembers(
  workspace: WorldWorkspace,
  [, inGroup, alone]: readonly string[],
  chance: Chance,
): WorldWorkspace {
  const { members } = workspace;
  const missing = [inGroup!, alone!].filter((id) => !members.some(({ userId }) => userId === id));
  const [first = { id: chance.id(), name: 'Group 0', userIds: [] }, ...others] = workspace.groups;
  const rest = (userIds: readonly string[]): string[] =>
    userIds.filter((id) => id !== inGroup && id !== alone);
  return {
    ...workspace,
    members: [
      ...members,
      ...missing.map((userId) => ({ userId, role: chance.pick(workspaceRoles.slice(0, 5)) })),
    ],
    groups: [
      { ...first, userIds: [...rest(first.userIds), inGroup!] },
      ...others.map((group) => ({ ...group, userIds: group.userIds.filter((id) => id !== alone) })),
    ],
  };
}

function randomWorkspace(
  chance: Chance,
  everybody: readonly string[],
  actionNames: readonly string[],
): WorldWorkspace {
  const members = chance
    .some(everybody, 0.2 + chance.next() * 0.7)
    .map((userId) => ({ userId, role: chance.pick(workspaceRoles) }));
  const ids = members.map(({ userId }) => userId);
  const [inGroups, inRoles] = [chance.next() * 0.5, chance.next() * 0.3];
  const groups = Array.from({ length: chance.below(5) }, (_, index) => ({
    id: chance.id(),
    name: `Group ${index}`,
    userIds: chance.some(ids, inGroups),
  }));
  const roles = Array.from({ length: chance.below(5) }, (_, index) => ({
    id: chance.id(),
    name: `Role ${index}`,
    actions: chance.some(actionNames, 0.4),
    userIds: chance.some(ids, inRoles),
    groupIds: chance.some(
      groups.map(({ id }) => id),
      0.4,
    ),
  }));
  return { id: chance.id(), members, groups, roles };
}

function randomResource(
  chance: Chance,
  facts: {
    readonly workspace: WorldWorkspace;
    readonly userIds: readonly string[];
    readonly type: string;
    readonly key: string;
    readonly shareDensity: number;
  },
): WorldResource {
  const { workspace, userIds, type, key, shareDensity } = facts;
  return {
    id: chance.id(),
    type,
    key,
    workspaceId: workspace.id,
    // Some owners are no members (any more), and some resources have none.
    ownerId: chance.happens(0.15) ? null : chance.pick(userIds),
    visibility: chance.happens(0.4) ? 'workspace' : 'private',
    shares: [
      ...chance
        .some(workspace.members, shareDensity)
        .map(({ userId }) => ({ userId, groupId: null, permission: chance.pick(permissions) })),
      ...chance
        .some(workspace.groups, shareDensity)
        .map(({ id }) => ({ userId: null, groupId: id, permission: chance.pick(permissions) })),
    ],
  };
}
