import type pg from 'pg';

/** How large a world of resources and shares is. */
export interface WorldSize {
  readonly users: number;
  readonly workspaces: number;
  readonly resources: number;
}

/** A thousand resources: what fits into every cache. */
export const smallWorld: WorldSize = { users: 1_000, workspaces: 100, resources: 1_000 };
/** A million resources with three million shares. */
export const largeWorld: WorldSize = { users: 100_000, workspaces: 10_000, resources: 1_000_000 };

export const membersEach = 20;
const groupsEach = 3;
export const resourceType = 'document';

/** One check, in the ids of the wire. */
export interface WorldQuestion {
  readonly userId: string;
  readonly key: string;
  readonly right: 'view' | 'edit';
}

const idOf = (kind: string, number: number): string =>
  `01900000-000${kind}-7000-8000-${number.toString(16).padStart(12, '0')}`;
const sqlId = (kind: string, number: string): string =>
  `('01900000-000${kind}-7000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`;

/** The person at one place of a workspace's list of members. */
export const userAt = ({ users }: WorldSize, workspace: number, place: number): number =>
  (workspace * (membersEach / 2) + place) % users;
export const roleAt = (place: number): 'owner' | 'admin' | 'editor' | 'viewer' =>
  place === 0 ? 'owner' : place === 1 ? 'admin' : place < 6 ? 'editor' : 'viewer';
export const ownerPlace = ({ workspaces }: WorldSize, resource: number): number =>
  Math.floor(resource / workspaces) % membersEach;
export const isVisible = (resource: number): boolean => resource % 10 === 0;
/** With whom each resource is shared: two people and a group. */
export const sharesOf = (resource: number) => ({
  viewer: (resource + 7) % membersEach,
  editor: (resource + 11) % membersEach,
  group: resource % groupsEach,
});
export const groupOf = (place: number): number => place % groupsEach;
export const userId = (number: number): string => idOf('1', number);
export const resourceKey = (number: number): string => `doc-${number}`;

/**
 * Writes a world into a database that has the service `bench`: every workspace has twenty members and three groups, every
 * resource an owner, two shares with people and one with a group. Indexes and references of the shares are made afterwards.
 */
export async function fillWorld(pool: pg.Pool, size: WorldSize): Promise<void> {
  const { users, workspaces, resources } = size;
  const member = `${sqlId('1', `(w * ${membersEach / 2} + j) % ${users}`)}`;
  const run = (text: string) => pool.query(text);
  await run(`INSERT INTO users (id, email, name, state, created_at, updated_at)
    SELECT ${sqlId('1', 'i')}, 'world-' || i || '@bench.example', 'Person ' || i, 'active', now(), now()
    FROM generate_series(0, ${users - 1}) i`);
  await run(`INSERT INTO workspaces (id, slug, name, created_at, updated_at)
    SELECT ${sqlId('2', 'w')}, 'world-' || w, 'World ' || w, now(), now() FROM generate_series(0, ${workspaces - 1}) w`);
  await run(`INSERT INTO members (workspace_id, user_id, role, created_at)
    SELECT ${sqlId('2', 'w')}, ${member}, CASE WHEN j = 0 THEN 'owner' WHEN j = 1 THEN 'admin' WHEN j < 6 THEN 'editor' ELSE 'viewer' END, now()
    FROM generate_series(0, ${workspaces - 1}) w, generate_series(0, ${membersEach - 1}) j`);
  await run(`INSERT INTO groups (id, workspace_id, name, created_at, updated_at)
    SELECT ${sqlId('3', `w * ${groupsEach} + g`)}, ${sqlId('2', 'w')}, 'Group ' || g, now(), now()
    FROM generate_series(0, ${workspaces - 1}) w, generate_series(0, ${groupsEach - 1}) g`);
  await run(`INSERT INTO group_members (workspace_id, group_id, user_id, created_at)
    SELECT ${sqlId('2', 'w')}, ${sqlId('3', `w * ${groupsEach} + j % ${groupsEach}`)}, ${member}, now()
    FROM generate_series(0, ${workspaces - 1}) w, generate_series(0, ${membersEach - 1}) j`);
  await run(`INSERT INTO resource_types (id, service_id, name, created_at)
    SELECT ${sqlId('4', '0')}, id, '${resourceType}', now() FROM services WHERE name = 'bench'`);
  const restore = await setAside(pool, 'resource_shares');
  await run(`INSERT INTO resources (id, type_id, key, workspace_id, owner_id, visibility, created_at, updated_at)
    SELECT ${sqlId('5', 'r')}, ${sqlId('4', '0')}, 'doc-' || r, ${sqlId('2', `r % ${workspaces}`)},
      ${sqlId('1', `(r % ${workspaces} * ${membersEach / 2} + (r / ${workspaces}) % ${membersEach}) % ${users}`)},
      CASE WHEN r % 10 = 0 THEN 'workspace' ELSE 'private' END, now(), now()
    FROM generate_series(0, ${resources - 1}) r`);
  const shared = (place: string): string =>
    sqlId('1', `(r % ${workspaces} * ${membersEach / 2} + (r + ${place}) % ${membersEach}) % ${users}`);
  await run(`INSERT INTO resource_shares (id, workspace_id, type_id, resource_id, user_id, group_id, permission, created_at)
    SELECT ${sqlId('6', 'r * 3 + s')}, ${sqlId('2', `r % ${workspaces}`)}, ${sqlId('4', '0')}, ${sqlId('5', 'r')},
      CASE s WHEN 0 THEN ${shared('7')} WHEN 1 THEN ${shared('11')} END,
      CASE s WHEN 2 THEN ${sqlId('3', `r % ${workspaces} * ${groupsEach} + r % ${groupsEach}`)} END,
      CASE s WHEN 1 THEN 'edit' ELSE 'view' END, now()
    FROM generate_series(0, ${resources - 1}) r, generate_series(0, 2) s`);
  await restore();
  await run('VACUUM ANALYZE');
}

/** Takes a table's constraints and indexes away and gives back what makes them again: millions of rows come in faster. */
async function setAside(pool: pg.Pool, table: string): Promise<() => Promise<void>> {
  const constraints = await pool.query<{ name: string; text: string }>(
    `SELECT conname AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint
     WHERE conrelid = $1::regclass AND contype IN ('p', 'u', 'f') ORDER BY contype DESC`,
    [table],
  );
  for (const { name } of constraints.rows) await pool.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  const indexes = await pool.query<{ name: string; text: string }>(
    `SELECT indexname AS name, indexdef AS text FROM pg_indexes WHERE tablename = $1`,
    [table],
  );
  for (const { name } of indexes.rows) await pool.query(`DROP INDEX ${name}`);
  return async () => {
    for (const { text } of indexes.rows) await pool.query(text);
    for (const { name, text } of constraints.rows)
      await pool.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${text}`);
  };
}

/** Numbers below a bound, the same for the same seed. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Checks of resources picked at random, nine in ten about members of their workspace; the same for the same seed. */
export function questionsOf(size: WorldSize, count: number, seed = 1): WorldQuestion[] {
  const next = numbersFrom(seed);
  return Array.from({ length: count }, () => {
    const resource = next(size.resources);
    const member = userAt(size, resource % size.workspaces, next(membersEach));
    return {
      userId: userId(next(10) === 0 ? next(size.users) : member),
      key: resourceKey(resource),
      right: next(2) === 0 ? 'view' : 'edit',
    } as const;
  });
}

/** What a product asks before it shows a page: one person, nine times in ten a member, and so many resources of one workspace. */
export function pagesOf(size: WorldSize, count: number, together: number, seed = 1): WorldQuestion[][] {
  const next = numbersFrom(seed);
  return Array.from({ length: count }, () => {
    const workspace = next(size.workspaces);
    const member = userAt(size, workspace, next(membersEach));
    const person = userId(next(10) === 0 ? next(size.users) : member);
    const right = next(2) === 0 ? 'view' : 'edit';
    return Array.from({ length: together }, () => ({
      userId: person,
      key: resourceKey(workspace + next(size.resources / size.workspaces) * size.workspaces),
      right,
    }));
  });
}
