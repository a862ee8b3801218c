import type { Visibility } from '@castellan/contract';
import type { NewEvent } from '../platform/activity/event.ts';
import { newId } from '../platform/database/identifiers.ts';
import {
  resourceShares,
  resourceTypes,
  roleActions,
  roleGroups,
  roleMembers,
  roles,
  serviceActions,
} from '../platform/database/schema.ts';
import { sql, type Transaction } from '../platform/database/transaction.ts';

/** One of the sample's workspaces with those who are in it. */
export interface SamplePlace {
  readonly id: string;
  readonly slug: string;
  readonly memberIds: readonly string[];
  readonly groups: readonly { readonly id: string; readonly name: string }[];
}

/** What the sample product can do, by the names under which it registers it at each start. */
const actions = {
  'orders:read': 'See orders and their lines',
  'orders:create': 'Take an order',
  'orders:refund': 'Give money back',
  'customers:read': 'See customers and how to reach them',
} as const;
type ActionName = keyof typeof actions;

/** The custom roles of each workspace; `keyholder` is whose place it shows, `groups` name groups of any workspace. */
const roleSeeds: readonly {
  readonly name: string;
  readonly description: string;
  readonly actions: readonly ActionName[];
  readonly keyholder?: string;
  readonly groups: readonly string[];
  /** How many of the workspace hold it themselves. */
  readonly share: number;
}[] = [
  {
    name: 'Approver',
    description: 'Signs off refunds.',
    actions: ['orders:read', 'orders:refund'],
    keyholder: 'Mateo Silva',
    groups: ['Finance'],
    share: 0.03,
  },
  {
    name: 'Order desk',
    description: 'Takes orders on the telephone and in the shop.',
    actions: ['orders:read', 'orders:create', 'customers:read'],
    keyholder: 'Linnéa Andersson',
    groups: ['Sales', 'Shops', 'Online', 'Workshop'],
    share: 0.1,
  },
  {
    name: 'Support',
    description: 'Answers customers, and changes nothing.',
    actions: ['orders:read', 'customers:read'],
    keyholder: 'Noor Haddad',
    groups: ['Customer care', 'Warehouse', 'Events'],
    share: 0.15,
  },
];

/** As many as the sample product makes, by the same numbers. */
const ordersAltogether = 3600;
const dayMs = 24 * 3600 * 1000;

/**
 * Gives the sample house roles, the actions that they are made of, and what is shared in it.
 *
 * @returns the past that it had
 */
export async function fillAccess(
  tx: Transaction,
  serviceId: string,
  places: readonly SamplePlace[],
  people: readonly { readonly id: string; readonly name: string }[],
  random: () => number,
): Promise<{ event: NewEvent; at: Date }[]> {
  const actionIds = await insertActions(tx, serviceId);
  const typeId = newId();
  await tx.db.insert(resourceTypes).values({ id: typeId, serviceId, name: 'order', createdAt: tx.now });
  const told: { event: NewEvent; at: Date }[] = [];
  const weights = places.map((_, index) => 1 / (index + 1));
  const altogether = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, place] of places.entries()) {
    told.push(...(await insertRoles(tx, place, people, actionIds, random)));
    const count = Math.round((ordersAltogether * weights[index]!) / altogether);
    await insertOrders(tx, { ...place, typeId }, count, random);
  }
  return told;
}

async function insertActions(tx: Transaction, serviceId: string): Promise<Record<ActionName, string>> {
  const rows = Object.entries(actions).map(([name, description]) => ({
    id: newId(),
    serviceId,
    name,
    description,
    createdAt: tx.now,
    updatedAt: tx.now,
  }));
  await tx.db.insert(serviceActions).values(rows);
  return Object.fromEntries(rows.map(({ id, name }) => [name, id])) as Record<ActionName, string>;
}

async function insertRoles(
  tx: Transaction,
  place: SamplePlace,
  people: readonly { readonly id: string; readonly name: string }[],
  actionIds: Readonly<Record<ActionName, string>>,
  random: () => number,
): Promise<{ event: NewEvent; at: Date }[]> {
  const operator = { kind: 'operator' as const, id: people[0]!.id, label: people[0]!.name };
  const told: { event: NewEvent; at: Date }[] = [];
  // Who is named at the start holds what is said of them, and nothing by chance.
  const names = new Set(roleSeeds.map(({ keyholder }) => keyholder));
  const named = new Set(people.filter(({ name }) => names.has(name)).map(({ id }) => id));
  for (const seed of roleSeeds) {
    const [id, createdAt] = [newId(), new Date(tx.now.getTime() - (20 + random() * 60) * dayMs)];
    const workspaceId = place.id;
    const { name, description } = seed;
    await tx.db.insert(roles).values({ id, workspaceId, name, description, createdAt, updatedAt: createdAt });
    await tx.db
      .insert(roleActions)
      .values(seed.actions.map((action) => ({ roleId: id, actionId: actionIds[action], createdAt })));
    const keyholder = people.find((person) => person.name === seed.keyholder)?.id;
    const holders = place.memberIds.filter((userId) => {
      const isChosen = random() < seed.share;
      return userId === keyholder || (isChosen && !named.has(userId));
    });
    if (holders.length > 0)
      await tx.db
        .insert(roleMembers)
        .values(holders.map((userId) => ({ workspaceId, roleId: id, userId, createdAt })));
    const groups = place.groups.filter((group) => seed.groups.includes(group.name));
    if (groups.length > 0)
      await tx.db
        .insert(roleGroups)
        .values(groups.map((group) => ({ workspaceId, roleId: id, groupId: group.id, createdAt })));
    const target = { kind: 'role' as const, id, label: name };
    told.push({ at: createdAt, event: { action: 'role_created', actors: [operator], target } });
  }
  return told;
}

/** Orders of one workspace, the last one the newest; most are their owner's alone, some are shown or shared. */
async function insertOrders(
  tx: Transaction,
  place: SamplePlace & { readonly typeId: string },
  count: number,
  random: () => number,
): Promise<void> {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const { id: workspaceId, typeId } = place;
  const orders = Array.from({ length: count }, (_, index) => ({
    id: newId(),
    key: `${place.slug}-${1001 + index}`,
    ownerId: pick(place.memberIds),
    visibility: (random() < 0.35 ? 'workspace' : 'private') satisfies Visibility,
    // The square root makes later days busier: a shop that grows.
    createdAt: new Date(tx.now.getTime() - (1 - Math.sqrt((index + random()) / count)) * 180 * dayMs),
  }));
  const column = (of: (order: (typeof orders)[number]) => string) => `{${orders.map(of).join(',')}}`;
  await tx.db.execute(
    sql`INSERT INTO resources (id, type_id, key, workspace_id, owner_id, visibility, created_at, updated_at)
        SELECT q.id, ${typeId}, q.key, ${workspaceId}, q.owner_id, q.visibility, q.created_at, q.created_at
        FROM unnest(${column((order) => order.id)}::uuid[], ${column((order) => order.key)}::text[],
          ${column((order) => order.ownerId)}::uuid[], ${column((order) => order.visibility)}::text[],
          ${column((order) => order.createdAt.toISOString())}::timestamptz[])
          AS q (id, key, owner_id, visibility, created_at)`,
  );
  const shares: (typeof resourceShares.$inferInsert)[] = [];
  for (const { id: resourceId, ownerId, createdAt } of orders) {
    const dice = random();
    const permission = random() < 0.3 ? 'edit' : 'view';
    const given = { id: newId(), workspaceId, typeId, resourceId, permission, createdAt } as const;
    const userId = pick(place.memberIds);
    if (dice < 0.08) shares.push({ ...given, groupId: pick(place.groups).id });
    else if (dice < 0.3 && userId !== ownerId) shares.push({ ...given, userId });
  }
  await tx.db.insert(resourceShares).values(shares);
}
