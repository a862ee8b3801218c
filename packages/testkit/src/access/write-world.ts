import type { AccessWorld } from './world.ts';

type Query = (text: string, values: readonly unknown[]) => Promise<unknown>;

/** Writes a world to a migrated database. */
export function writeAccessWorld(query: Query, world: AccessWorld): Promise<void> {
  return writeAccessWorlds(query, [world]);
}

/** Writes worlds beside each other to a migrated database: a statement for each table, however many worlds they are. */
export async function writeAccessWorlds(query: Query, worlds: readonly AccessWorld[]): Promise<void> {
  const rows = new Map<string, object[]>(tables.map((table) => [table, []]));
  for (const world of worlds) addWorld((table, more) => rows.get(table)!.push(...more), world);
  for (const [table, all] of rows) {
    if (all.length === 0) continue;
    const columns = Object.keys(all[0]!).join(', ');
    await query(
      `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`,
      [JSON.stringify(all)],
    );
  }
}

/** Has the tables of worlds analyzed when asked alone: while thousands of worlds are written, autovacuum would hardly pause. */
export async function leaveTablesAlone(query: Query): Promise<void> {
  for (const table of tables) await query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`, []);
}

/** Each table after those that its rows refer to. */
const tables = [
  'services',
  'users',
  'workspaces',
  'service_actions',
  'members',
  'groups',
  'group_members',
  'roles',
  'role_actions',
  'role_members',
  'role_groups',
  'resource_types',
  'resources',
  'resource_shares',
] as const;

type Add = (table: (typeof tables)[number], rows: readonly object[]) => void;

function addWorld(add: Add, world: AccessWorld): void {
  const now = new Date().toISOString();
  const made = { created_at: now, updated_at: now };
  const named = (id: string): { name: string } => ({ name: `Of ${id}` });
  add('services', [
    { id: world.serviceId, name: world.serviceName, description: '', origins: [], created_at: now },
  ]);
  add(
    'users',
    world.users.map(({ id, state }) => ({
      ...{ id, state, ...named(id), email: `${id}@worlds.example`, is_admin: false, has_signed_in: false },
      ...made,
    })),
  );
  add(
    'workspaces',
    world.workspaces.map(({ id }) => ({ id, slug: `w-${id}`, ...named(id), description: '', ...made })),
  );
  add(
    'service_actions',
    world.actions.map(({ id, name, absent }) => ({
      ...{ id, service_id: world.serviceId, name, description: '', absent_since: absent ? now : null },
      ...made,
    })),
  );
  for (const workspace of world.workspaces) addWorkspace(add, workspace, world.actions, now);
  add(
    'resource_types',
    world.types.map(({ id, name }) => ({ id, service_id: world.serviceId, name, created_at: now })),
  );
  const typeIds = new Map(world.types.map(({ id, name }) => [name, id]));
  add(
    'resources',
    world.resources.map(({ id, type, key, workspaceId, ownerId, visibility }) => ({
      ...{ id, type_id: typeIds.get(type), key, workspace_id: workspaceId, owner_id: ownerId, visibility },
      ...made,
    })),
  );
  add(
    'resource_shares',
    world.resources.flatMap((resource) =>
      resource.shares.map(({ userId, groupId, permission }) => ({
        id: crypto.randomUUID(),
        workspace_id: resource.workspaceId,
        type_id: typeIds.get(resource.type),
        resource_id: resource.id,
        user_id: userId,
        group_id: groupId,
        permission,
        created_at: now,
      })),
    ),
  );
}

function addWorkspace(
  add: Add,
  { id, members, groups, roles }: AccessWorld['workspaces'][number],
  actions: AccessWorld['actions'],
  now: string,
): void {
  const inside = { workspace_id: id, created_at: now };
  const actionIds = new Map(actions.map((action) => [action.name, action.id]));
  add(
    'members',
    members.map(({ userId, role }) => ({ ...inside, user_id: userId, role })),
  );
  add(
    'groups',
    groups.map((group) => ({ ...inside, id: group.id, name: group.name, description: '', updated_at: now })),
  );
  add(
    'group_members',
    groups.flatMap((group) =>
      group.userIds.map((userId) => ({ ...inside, group_id: group.id, user_id: userId })),
    ),
  );
  add(
    'roles',
    roles.map((role) => ({ ...inside, id: role.id, name: role.name, description: '', updated_at: now })),
  );
  add(
    'role_actions',
    roles.flatMap((role) =>
      role.actions.map((name) => ({ role_id: role.id, action_id: actionIds.get(name), created_at: now })),
    ),
  );
  add(
    'role_members',
    roles.flatMap((role) => role.userIds.map((userId) => ({ ...inside, role_id: role.id, user_id: userId }))),
  );
  add(
    'role_groups',
    roles.flatMap((role) =>
      role.groupIds.map((groupId) => ({ ...inside, role_id: role.id, group_id: groupId })),
    ),
  );
}
