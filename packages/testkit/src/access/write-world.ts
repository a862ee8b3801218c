import type { AccessWorld } from './world.ts';

type Query = (text: string, values: readonly unknown[]) => Promise<unknown>;

/** Writes a world to a migrated database, a statement for each table. Its ids are its own: many worlds share one database. */
export async function writeAccessWorld(query: Query, world: AccessWorld): Promise<void> {
  const insert = async (table: string, rows: readonly object[]): Promise<void> => {
    if (rows.length === 0) return;
    const columns = Object.keys(rows[0]!).join(', ');
    await query(
      `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`,
      [JSON.stringify(rows)],
    );
  };
  const now = new Date().toISOString();
  const made = { created_at: now, updated_at: now };
  const named = (id: string): { name: string } => ({ name: `Of ${id}` });
  await insert('services', [
    { id: world.serviceId, name: world.serviceName, description: '', origins: [], created_at: now },
  ]);
  await insert(
    'users',
    world.users.map(({ id, state }) => ({
      ...{ id, state, ...named(id), email: `${id}@worlds.example`, is_admin: false, has_signed_in: false },
      ...made,
    })),
  );
  await insert(
    'workspaces',
    world.workspaces.map(({ id }) => ({ id, slug: `w-${id}`, ...named(id), description: '', ...made })),
  );
  await insert(
    'service_actions',
    world.actions.map(({ id, name, absent }) => ({
      ...{ id, service_id: world.serviceId, name, description: '', absent_since: absent ? now : null },
      ...made,
    })),
  );
  for (const workspace of world.workspaces) await writeWorkspace(insert, workspace, world.actions, now);
  await insert(
    'resource_types',
    world.types.map(({ id, name }) => ({ id, service_id: world.serviceId, name, created_at: now })),
  );
  const typeIds = new Map(world.types.map(({ id, name }) => [name, id]));
  await insert(
    'resources',
    world.resources.map(({ id, type, key, workspaceId, ownerId, visibility }) => ({
      ...{ id, type_id: typeIds.get(type), key, workspace_id: workspaceId, owner_id: ownerId, visibility },
      ...made,
    })),
  );
  await insert(
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

async function writeWorkspace(
  insert: (table: string, rows: readonly object[]) => Promise<void>,
  { id, members, groups, roles }: AccessWorld['workspaces'][number],
  actions: AccessWorld['actions'],
  now: string,
): Promise<void> {
  const inside = { workspace_id: id, created_at: now };
  const actionIds = new Map(actions.map((action) => [action.name, action.id]));
  await insert(
    'members',
    members.map(({ userId, role }) => ({ ...inside, user_id: userId, role })),
  );
  await insert(
    'groups',
    groups.map((group) => ({ ...inside, id: group.id, name: group.name, description: '', updated_at: now })),
  );
  await insert(
    'group_members',
    groups.flatMap((group) =>
      group.userIds.map((userId) => ({ ...inside, group_id: group.id, user_id: userId })),
    ),
  );
  await insert(
    'roles',
    roles.map((role) => ({ ...inside, id: role.id, name: role.name, description: '', updated_at: now })),
  );
  await insert(
    'role_actions',
    roles.flatMap((role) =>
      role.actions.map((name) => ({ role_id: role.id, action_id: actionIds.get(name), created_at: now })),
    ),
  );
  await insert(
    'role_members',
    roles.flatMap((role) => role.userIds.map((userId) => ({ ...inside, role_id: role.id, user_id: userId }))),
  );
  await insert(
    'role_groups',
    roles.flatMap((role) =>
      role.groupIds.map((groupId) => ({ ...inside, role_id: role.id, group_id: groupId })),
    ),
  );
}
