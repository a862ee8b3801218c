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
const permissions = ['view', 'edit'] as const;

/**
 * A world of 20 to 26 people, 3 or 4 workspaces and 30 to 40 resources. How crowded it is differs from seed to seed:
 * from hardly any member, role and share to nearly all there can be.
 */
export function randomAccessWorld(seed: number): AccessWorld {
  const chance = chanceOf(seed);
  const list = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index));
  const serviceId = chance.id();
  const users = list(20 + chance.below(7), () => ({ id: chance.id(), state: chance.pick(states) }));
  const actions = list(6, (index) => ({
    id: chance.id(),
    name: `${chance.pick(['orders', 'notes'])}:act-${index}`,
    absent: chance.happens(0.2),
  }));
  const userIds = users.map(({ id }) => id);
  const actionNames = actions.map(({ name }) => name);
  const workspaces = list(3 + chance.below(2), () => randomWorkspace(chance, userIds, actionNames));
  const types = ['order', 'note'].map((name) => ({ id: chance.id(), name }));
  const shareDensity = chance.next() * 0.25;
  const resources = list(30 + chance.below(11), (index) =>
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
