import { accessSimulate, type PlannedChange } from '@castellan/contract';
import type { TestCaller, TestPlatform } from '@castellan/testkit';

const people = 10_000;
const resources = 5000;

/** How long simulations took that touch a crowd. */
export interface Crowd {
  readonly people: number;
  readonly resources: number;
  readonly simulations: readonly {
    readonly kind: string;
    /** How many people gain or lose something. */
    readonly affected: number;
    readonly tookMs: number;
  }[];
}

/**
 * One group of 10,000 people with whom 5,000 resources are shared, and which holds a role of 500 actions. Another group has
 * the same people and nearly the same shares, 19 more have some of the people each and some of the shares; there are owners
 * and shares with single people.
 */
export async function simulateCrowd({
  house,
  admin,
}: {
  readonly house: TestPlatform;
  readonly admin: TestCaller;
}): Promise<Crowd> {
  const { id: workspaceId } = await house.workspace();
  await house.service('crowded');
  const id = async (text: string): Promise<string> =>
    (await house.query<{ id: string }>(text, [workspaceId]))[0]!.id;
  for (const statement of furnishing) await house.query(statement, [workspaceId]);
  await house.query('ANALYZE');
  const named = (table: string, name: string): Promise<string> =>
    id(`SELECT id FROM ${table} WHERE workspace_id = $1 AND name = '${name}'`);
  const [groupId, roleId, otherRoleId] = [
    await named('groups', 'G0'),
    await named('roles', 'R0'),
    await named('roles', 'R20'),
  ];
  const userId = await id(
    `SELECT user_id AS id FROM members WHERE workspace_id = $1 AND role = 'viewer' LIMIT 1`,
  );
  const actions = await house.query<{ id: string }>(
    'SELECT action_id AS id FROM role_actions WHERE role_id = $1',
    [roleId],
  );
  const action_ids = actions.map((action) => action.id);
  const service_id = await id(`SELECT id FROM services WHERE name = 'crowded' AND $1 <> ''`);
  const changes: PlannedChange[] = [
    { kind: 'group_deleted', group_id: groupId },
    { kind: 'role_deleted', role_id: roleId },
    { kind: 'role_actions', role_id: roleId, add: [], remove: action_ids },
    { kind: 'role_group_removed', role_id: roleId, group_id: groupId },
    { kind: 'role_group_added', role_id: otherRoleId, group_id: groupId },
    { kind: 'actions_withdrawn', service_id, action_ids },
    { kind: 'group_member_removed', group_id: groupId, user_id: userId },
    { kind: 'member_removed', workspace_id: workspaceId, user_id: userId },
    { kind: 'member_role_changed', workspace_id: workspaceId, user_id: userId, role: 'admin' },
  ];
  const simulations = [];
  for (const change of changes) {
    const started = performance.now();
    const { result } = await admin.call(accessSimulate, { body: { change } });
    const tookMs = Math.round(performance.now() - started);
    simulations.push({ kind: change.kind, affected: result.peopleCount, tookMs });
  }
  return { people, resources, simulations };
}

// `text` makes a condition one of each row: what is random and names no row is drawn once for all.
const sometimes = (share: string, text: string): string => `random() < ${share} + 0 * length(${text}::text)`;

const furnishing = [
  `WITH new AS (
     INSERT INTO users (id, email, name, state, created_at, updated_at)
     SELECT gen_random_uuid(), 'crowd-' || n || '@crowd.example', 'Person ' || n,
            CASE WHEN n % 50 = 0 THEN 'deactivated' ELSE 'active' END, now(), now()
     FROM generate_series(1, ${people}) n RETURNING id
   )
   INSERT INTO members (workspace_id, user_id, role, created_at)
   SELECT $1, id, CASE WHEN random() < 0.05 THEN 'admin' WHEN random() < 0.4 THEN 'editor' ELSE 'viewer' END, now() FROM new`,
  `INSERT INTO groups (id, workspace_id, name, created_at, updated_at)
   SELECT gen_random_uuid(), $1, 'G' || n, now(), now() FROM generate_series(0, 20) n`,
  `INSERT INTO group_members (workspace_id, group_id, user_id, created_at)
   SELECT $1, g.id, m.user_id, now() FROM groups g JOIN members m USING (workspace_id)
   WHERE workspace_id = $1 AND (g.name IN ('G0', 'G1') OR ${sometimes('0.05', 'm.user_id')})`,
  `INSERT INTO resource_types (id, service_id, name, created_at)
   SELECT gen_random_uuid(), id, 'order', now() FROM services WHERE name = 'crowded' AND $1::uuid IS NOT NULL`,
  `INSERT INTO resources (id, type_id, key, workspace_id, owner_id, visibility, created_at, updated_at)
   SELECT gen_random_uuid(), t.id, 'r' || n, $1, p.ids[1 + floor(random() * ${people})::int],
          CASE WHEN n % 3 = 0 THEN 'workspace' ELSE 'private' END, now(), now()
   FROM resource_types t JOIN services s ON s.id = t.service_id AND s.name = 'crowded',
        (SELECT array_agg(user_id) AS ids FROM members WHERE workspace_id = $1) p, generate_series(1, ${resources}) n`,
  `INSERT INTO resource_shares (id, workspace_id, type_id, resource_id, group_id, permission, created_at)
   SELECT gen_random_uuid(), r.workspace_id, r.type_id, r.id, g.id, CASE WHEN random() < 0.5 THEN 'edit' ELSE 'view' END, now()
   FROM resources r JOIN groups g USING (workspace_id)
   WHERE workspace_id = $1 AND ${sometimes(`CASE g.name WHEN 'G0' THEN 1 WHEN 'G1' THEN 0.98 ELSE 0.1 END`, 'r.id')}`,
  `INSERT INTO resource_shares (id, workspace_id, type_id, resource_id, user_id, permission, created_at)
   SELECT DISTINCT ON (r.id, m.user_id) gen_random_uuid(), r.workspace_id, r.type_id, r.id, m.user_id, 'edit', now()
   FROM resources r CROSS JOIN generate_series(1, 2) n
   CROSS JOIN (SELECT array_agg(user_id) AS ids FROM members WHERE workspace_id = $1) p
   JOIN members m ON m.workspace_id = r.workspace_id AND m.user_id = p.ids[1 + abs(hashtext(r.id::text || n)) % ${people}]
   WHERE r.workspace_id = $1`,
  `INSERT INTO service_actions (id, service_id, name, created_at, updated_at)
   SELECT gen_random_uuid(), id, 'crowded:act-' || n, now(), now()
   FROM services, generate_series(1, 500) n WHERE services.name = 'crowded' AND $1::uuid IS NOT NULL`,
  `INSERT INTO roles (id, workspace_id, name, created_at, updated_at)
   SELECT gen_random_uuid(), $1, 'R' || n, now(), now() FROM generate_series(0, 20) n`,
  `INSERT INTO role_actions (role_id, action_id, created_at)
   SELECT r.id, a.id, now() FROM roles r JOIN service_actions a ON a.name LIKE 'crowded:%'
   WHERE r.workspace_id = $1 AND (r.name = 'R0' OR ${sometimes('0.5', 'a.id')})`,
  `INSERT INTO role_groups (workspace_id, role_id, group_id, created_at)
   SELECT $1, r.id, g.id, now() FROM roles r JOIN groups g USING (workspace_id)
   WHERE workspace_id = $1 AND substr(g.name, 2) = substr(r.name, 2) AND r.name <> 'R20'`,
  `INSERT INTO role_members (workspace_id, role_id, user_id, created_at)
   SELECT $1, r.id, m.user_id, now() FROM roles r JOIN members m USING (workspace_id)
   WHERE workspace_id = $1 AND ${sometimes('0.02', 'm.user_id')}`,
];
