import type { AccessWorld, WorldResource, WorldWorkspace } from './world.ts';

type Query = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

interface Pair {
  readonly key: string;
  readonly value: string;
}

/** Reads a world back from the database, table by table, as it is after whatever was done to it. */
export async function readAccessWorld(query: Query, before: AccessWorld): Promise<AccessWorld> {
  const { serviceId, serviceName } = before;
  const known = (await query<{ id: string }>('SELECT id FROM workspaces')).map(({ id }) => id);
  const workspaceIds = before.workspaces.map(({ id }) => id).filter((id) => known.includes(id));
  const actions = await query<{ id: string; name: string; absent: boolean }>(
    'SELECT id, name, absent_since IS NOT NULL AS absent FROM service_actions WHERE service_id = $1',
    [serviceId],
  );
  const types = await query<{ id: string; name: string }>(
    'SELECT id, name FROM resource_types WHERE service_id = $1',
    [serviceId],
  );
  return {
    serviceId,
    serviceName,
    users: await query<AccessWorld['users'][number]>('SELECT id, state FROM users WHERE id = ANY ($1)', [
      before.users.map(({ id }) => id),
    ]),
    actions,
    types,
    workspaces: await Promise.all(workspaceIds.map((id) => readWorkspace(query, id, actions))),
    resources: await readResources(query, types),
  };
}

async function readWorkspace(
  query: Query,
  id: string,
  actions: AccessWorld['actions'],
): Promise<WorldWorkspace> {
  const rows = (text: string) => query<Pair>(text, [id]);
  const members = await query<WorldWorkspace['members'][number]>(
    'SELECT user_id AS "userId", role FROM members WHERE workspace_id = $1',
    [id],
  );
  const groups = await query<{ id: string; name: string }>(
    'SELECT id, name FROM groups WHERE workspace_id = $1',
    [id],
  );
  const roles = await query<{ id: string; name: string }>(
    'SELECT id, name FROM roles WHERE workspace_id = $1',
    [id],
  );
  const inGroups = await rows(
    'SELECT group_id AS key, user_id AS value FROM group_members WHERE workspace_id = $1',
  );
  const heldByMembers = await rows(
    'SELECT role_id AS key, user_id AS value FROM role_members WHERE workspace_id = $1',
  );
  const heldByGroups = await rows(
    'SELECT role_id AS key, group_id AS value FROM role_groups WHERE workspace_id = $1',
  );
  const inRoles = await query<Pair>(
    'SELECT role_id AS key, action_id AS value FROM role_actions WHERE role_id = ANY ($1)',
    [roles.map((role) => role.id)],
  );
  const of = (pairs: readonly Pair[], key: string): string[] =>
    pairs.filter((pair) => pair.key === key).map(({ value }) => value);
  return {
    id,
    members,
    groups: groups.map((group) => ({ ...group, userIds: of(inGroups, group.id) })),
    roles: roles.map((role) => ({
      ...role,
      actions: of(inRoles, role.id).flatMap((actionId) =>
        actions.filter((action) => action.id === actionId).map(({ name }) => name),
      ),
      userIds: of(heldByMembers, role.id),
      groupIds: of(heldByGroups, role.id),
    })),
  };
}

async function readResources(query: Query, types: AccessWorld['types']): Promise<WorldResource[]> {
  const typeIds = types.map(({ id }) => id);
  const resources = await query<Omit<WorldResource, 'type' | 'shares'> & { typeId: string }>(
    `SELECT id, type_id AS "typeId", key, workspace_id AS "workspaceId", owner_id AS "ownerId", visibility
     FROM resources WHERE type_id = ANY ($1)`,
    [typeIds],
  );
  const shares = await query<WorldResource['shares'][number] & { resourceId: string }>(
    `SELECT resource_id AS "resourceId", user_id AS "userId", group_id AS "groupId", permission
     FROM resource_shares WHERE type_id = ANY ($1)`,
    [typeIds],
  );
  return resources.map(({ typeId, ...resource }) => ({
    ...resource,
    type: types.find(({ id }) => id === typeId)!.name,
    shares: shares.filter(({ resourceId }) => resourceId === resource.id),
  }));
}
