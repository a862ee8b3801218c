import type { AccessWorld, WorldResource, WorldWorkspace } from './world.ts';

type Query = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** Reads a world back from the database, table by table, as it is after whatever was done to it. */
export async function readAccessWorld(query: Query, before: AccessWorld): Promise<AccessWorld> {
  const [world] = await readAccessWorlds(query, [before]);
  return world!;
}

/** Reads worlds back, in their order: a query for each table, however many worlds they are. */
export async function readAccessWorlds(query: Query, before: readonly AccessWorld[]): Promise<AccessWorld[]> {
  const serviceIds = before.map(({ serviceId }) => serviceId);
  const workspaceIds = before.flatMap(({ workspaces }) => workspaces.map(({ id }) => id));
  const userIds = before.flatMap(({ users }) => users.map(({ id }) => id));
  const users = byKey(
    await query<Keyed & AccessWorld['users'][number]>(
      'SELECT id AS of, id, state FROM users WHERE id = ANY ($1)',
      [userIds],
    ),
  );
  const actions = byKey(
    await query<Keyed & AccessWorld['actions'][number]>(
      'SELECT service_id AS of, id, name, absent_since IS NOT NULL AS absent FROM service_actions WHERE service_id = ANY ($1)',
      [serviceIds],
    ),
  );
  const types = byKey(
    await query<Keyed & AccessWorld['types'][number]>(
      'SELECT service_id AS of, id, name FROM resource_types WHERE service_id = ANY ($1)',
      [serviceIds],
    ),
  );
  const actionNames = new Map([...actions.values()].flat().map(({ id, name }) => [id, name]));
  const workspaces = await readWorkspaces(query, workspaceIds, actionNames);
  const resources = await readResources(query, [...types.values()].flat());
  return before.map((world) => {
    const itsTypes = types.get(world.serviceId) ?? [];
    return {
      serviceId: world.serviceId,
      serviceName: world.serviceName,
      users: world.users.flatMap(({ id }) => (users.get(id) ?? []).map(({ state }) => ({ id, state }))),
      actions: (actions.get(world.serviceId) ?? []).map(({ id, name, absent }) => ({ id, name, absent })),
      types: itsTypes.map(({ id, name }) => ({ id, name })),
      workspaces: world.workspaces.flatMap(({ id }) => workspaces.get(id) ?? []),
      resources: itsTypes.flatMap(({ id }) => resources.get(id) ?? []),
    };
  });
}

interface Keyed {
  readonly of: string;
}

interface Pair extends Keyed {
  readonly value: string;
}

interface Named extends Keyed {
  readonly id: string;
  readonly name: string;
}

async function readWorkspaces(
  query: Query,
  ids: readonly string[],
  actionNames: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, WorldWorkspace>> {
  const rows = async <Row extends Keyed>(text: string): Promise<ReadonlyMap<string, Row[]>> =>
    byKey(await query<Row>(text, [ids]));
  const known = await rows<Keyed>('SELECT id AS of FROM workspaces WHERE id = ANY ($1)');
  const members = await rows<Keyed & WorldWorkspace['members'][number]>(
    'SELECT workspace_id AS of, user_id AS "userId", role FROM members WHERE workspace_id = ANY ($1)',
  );
  const groups = await rows<Named>(
    'SELECT workspace_id AS of, id, name FROM groups WHERE workspace_id = ANY ($1)',
  );
  const roles = await rows<Named>(
    'SELECT workspace_id AS of, id, name FROM roles WHERE workspace_id = ANY ($1)',
  );
  const inGroups = await rows<Pair>(
    'SELECT group_id AS of, user_id AS value FROM group_members WHERE workspace_id = ANY ($1)',
  );
  const heldByMembers = await rows<Pair>(
    'SELECT role_id AS of, user_id AS value FROM role_members WHERE workspace_id = ANY ($1)',
  );
  const heldByGroups = await rows<Pair>(
    'SELECT role_id AS of, group_id AS value FROM role_groups WHERE workspace_id = ANY ($1)',
  );
  const inRoles = await rows<Pair>(
    `SELECT role_id AS of, action_id AS value FROM role_actions
     WHERE role_id = ANY (ARRAY(SELECT id FROM roles WHERE workspace_id = ANY ($1)))`,
  );
  const valuesOf = (pairs: ReadonlyMap<string, Pair[]>, id: string): string[] =>
    (pairs.get(id) ?? []).map(({ value }) => value);
  return new Map(
    ids.flatMap((id): [string, WorldWorkspace][] =>
      known.has(id)
        ? [
            [
              id,
              {
                id,
                members: (members.get(id) ?? []).map(({ userId, role }) => ({ userId, role })),
                groups: (groups.get(id) ?? []).map((group) => ({
                  id: group.id,
                  name: group.name,
                  userIds: valuesOf(inGroups, group.id),
                })),
                roles: (roles.get(id) ?? []).map((role) => ({
                  id: role.id,
                  name: role.name,
                  actions: valuesOf(inRoles, role.id).flatMap((action) => actionNames.get(action) ?? []),
                  userIds: valuesOf(heldByMembers, role.id),
                  groupIds: valuesOf(heldByGroups, role.id),
                })),
              },
            ],
          ]
        : [],
    ),
  );
}

async function readResources(
  query: Query,
  types: AccessWorld['types'],
): Promise<ReadonlyMap<string, WorldResource[]>> {
  const typeIds = types.map(({ id }) => id);
  const shares = byKey(
    await query<Keyed & WorldResource['shares'][number]>(
      `SELECT resource_id AS of, user_id AS "userId", group_id AS "groupId", permission
       FROM resource_shares WHERE type_id = ANY ($1)`,
      [typeIds],
    ),
  );
  const typeNames = new Map(types.map(({ id, name }) => [id, name]));
  const resources = await query<Keyed & Omit<WorldResource, 'type' | 'shares'>>(
    `SELECT type_id AS of, id, key, workspace_id AS "workspaceId", owner_id AS "ownerId", visibility
     FROM resources WHERE type_id = ANY ($1)`,
    [typeIds],
  );
  const whole = new Map<string, WorldResource[]>();
  for (const [typeId, ofType] of byKey(resources))
    whole.set(
      typeId,
      ofType.map(({ of: _, ...resource }) => ({
        ...resource,
        type: typeNames.get(typeId)!,
        shares: (shares.get(resource.id) ?? []).map(({ userId, groupId, permission }) => ({
          userId,
          groupId,
          permission,
        })),
      })),
    );
  return whole;
}

function byKey<Row extends Keyed>(rows: readonly Row[]): Map<string, Row[]> {
  const lists = new Map<string, Row[]>();
  for (const row of rows) {
    const list = lists.get(row.of);
    if (list) list.push(row);
    else lists.set(row.of, [row]);
  }
  return lists;
}
