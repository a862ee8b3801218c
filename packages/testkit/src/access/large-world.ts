/** How much of everything {@link writeLargeAccessWorld} makes. */
export interface LargeWorldSize {
  readonly users: number;
  readonly workspaces: number;
  readonly resources: number;
  /** Half of them with people, half with groups. */
  readonly shares: number;
}

type Query = (text: string, values?: readonly unknown[]) => Promise<unknown>;

/** The id of the n-th row of a kind, 1 for the first, so that who asks needs no list of them. */
export function largeWorldId(
  kind: 'user' | 'workspace' | 'group' | 'role' | 'service' | 'type' | 'action',
  n: number,
): string {
  return `${kinds[kind]}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

const kinds = {
  user: '00000001',
  workspace: '00000002',
  group: '00000003',
  role: '00000004',
  service: '00000005',
  type: '00000006',
  action: '00000007',
  resource: '00000008',
  share: '00000009',
};

const idOf = (kind: keyof typeof kinds, n: string): string =>
  `('${kinds[kind]}-0000-4000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
/** A number that looks random, from 1 to `end`, the same for the same inputs. */
const anyOf = (end: string, salt: number): string =>
  `(1 + abs(hashint8extended(n::bigint, ${salt})) % (${end}))::bigint`;

/**
 * A world as large as a product's, made inside the database: person `n` is a member of 3 workspaces, each workspace has 4 groups
 * and 2 roles, resource `r-<n>` lies in workspace `1 + n % workspaces`. One service, `large`, with the type `order` and the action
 * `orders:act-1` up to 20.
 */
export async function writeLargeAccessWorld(query: Query, size: LargeWorldSize): Promise<void> {
  const { users, workspaces, resources, shares } = size;
  const insert = (table: string, columns: string, select: string, count: number): Promise<unknown> =>
    query(
      `INSERT INTO ${table} (${columns}) SELECT ${select} FROM generate_series(1, ${count}) n ON CONFLICT DO NOTHING`,
    );
  /** The workspace and the n-th of 30 people of it: who is in workspace `w` is `(w - 1 + k * workspaces) % users` for each k. */
  const perWorkspace = Math.max(1, Math.floor((users * 3) / workspaces));
  const memberOf = (w: string, k: string): string =>
    idOf('user', `1 + ((${w} * 7 + ${k} * ${Math.max(1, Math.floor(users / perWorkspace))}) % ${users})`);
  const w = `(1 + n % ${workspaces})`;
  await query(
    `INSERT INTO services (id, name, created_at) VALUES ('${largeWorldId('service', 1)}', 'large', now())`,
  );
  await insert(
    'users',
    'id, email, name, state, created_at, updated_at',
    `${idOf('user', 'n')}, 'person-' || n || '@large.example', 'Person ' || n, CASE WHEN n % 20 = 0 THEN 'deactivated' ELSE 'active' END, now(), now()`,
    users,
  );
  await insert(
    'workspaces',
    'id, slug, name, created_at, updated_at',
    `${idOf('workspace', 'n')}, 'large-' || n, 'Workspace ' || n, now(), now()`,
    workspaces,
  );
  await insert(
    'members',
    'workspace_id, user_id, role, created_at',
    `${idOf('workspace', w)}, ${memberOf(w, `(n / ${workspaces})`)},
     CASE WHEN n / ${workspaces} = 0 THEN 'owner' WHEN n / ${workspaces} = 1 THEN 'admin' WHEN n / ${workspaces} % 3 = 0 THEN 'editor' ELSE 'viewer' END, now()`,
    workspaces * perWorkspace,
  );
  await insert(
    'groups',
    'id, workspace_id, name, created_at, updated_at',
    `${idOf('group', 'n')}, ${idOf('workspace', w)}, 'Group ' || n, now(), now()`,
    workspaces * 4,
  );
  // Each third member is in each group, by chance.
  await query(
    `INSERT INTO group_members (workspace_id, group_id, user_id, created_at)
     SELECT g.workspace_id, g.id, m.user_id, now() FROM groups g JOIN members m USING (workspace_id)
     WHERE abs(hashtextextended(g.id::text || m.user_id::text, 1)) % 3 = 0`,
  );
  await insert(
    'service_actions',
    'id, service_id, name, created_at, updated_at',
    `${idOf('action', 'n')}, '${largeWorldId('service', 1)}', 'orders:act-' || n, now(), now()`,
    20,
  );
  await insert(
    'roles',
    'id, workspace_id, name, created_at, updated_at',
    `${idOf('role', 'n')}, ${idOf('workspace', w)}, 'Role ' || n, now(), now()`,
    workspaces * 2,
  );
  await query(
    `INSERT INTO role_actions (role_id, action_id, created_at)
     SELECT r.id, a.id, now() FROM roles r CROSS JOIN service_actions a
     WHERE abs(hashtextextended(r.id::text || a.id::text, 2)) % 4 = 0`,
  );
  await query(
    `INSERT INTO role_members (workspace_id, role_id, user_id, created_at)
     SELECT r.workspace_id, r.id, m.user_id, now() FROM roles r JOIN members m USING (workspace_id)
     WHERE abs(hashtextextended(r.id::text || m.user_id::text, 3)) % 6 = 0`,
  );
  await query(
    `INSERT INTO role_groups (workspace_id, role_id, group_id, created_at)
     SELECT r.workspace_id, r.id, g.id, now() FROM roles r JOIN groups g USING (workspace_id)
     WHERE abs(hashtextextended(r.id::text || g.id::text, 4)) % 3 = 0`,
  );
  await query(
    `INSERT INTO resource_types (id, service_id, name, created_at) VALUES ('${largeWorldId('type', 1)}', '${largeWorldId('service', 1)}', 'order', now())`,
  );
  await insert(
    'resources',
    'id, type_id, key, workspace_id, owner_id, visibility, created_at, updated_at',
    `${idOf('resource', 'n')}, '${largeWorldId('type', 1)}', 'r-' || n, ${idOf('workspace', w)},
     ${memberOf(w, anyOf(String(perWorkspace), 5))}, CASE WHEN n / ${workspaces} % 5 = 0 THEN 'workspace' ELSE 'private' END, now(), now()`,
    resources,
  );
  const resource = `(1 + n % ${resources})`;
  const toPerson = `(${anyOf('2', 8)} = 1)`;
  const home = `(1 + ${resource} % ${workspaces})`;
  await insert(
    'resource_shares',
    'id, workspace_id, type_id, resource_id, user_id, group_id, permission, created_at',
    `${idOf('share', 'n')}, ${idOf('workspace', home)}, '${largeWorldId('type', 1)}', ${idOf('resource', resource)},
     CASE WHEN ${toPerson} THEN ${memberOf(home, anyOf(String(perWorkspace - 1), 6))} END,
     CASE WHEN NOT ${toPerson} THEN ${idOf('group', `${home} - 1 + ${workspaces} * (${anyOf('4', 7)} - 1) + CASE WHEN ${home} = 1 THEN ${workspaces} ELSE 0 END`)} END,
     CASE WHEN n % 3 = 0 THEN 'edit' ELSE 'view' END, now()`,
    shares,
  );
  await query('VACUUM ANALYZE');
}
