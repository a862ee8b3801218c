import { largeWorldId, writeLargeAccessWorld } from '@castellan/testkit';
import { createTestDatabase, type TestDatabase } from '@castellan/testkit/database';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Access } from './access.ts';
import { createAccess } from './create-access.ts';

const serviceId = largeWorldId('service', 1);
const crowd = largeWorldId('workspace', 1);
const type = 'order';

let database: TestDatabase;
let viewer: { readonly userId: string; readonly workspaceId: string; readonly granted: null };
let crowded: string;

// A world with a crowd: everybody is in one workspace, in one group of it, holds one role of it, and is shared one resource.
beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  await writeLargeAccessWorld((text) => pool.query(text), {
    users: 900,
    workspaces: 60,
    resources: 6000,
    shares: 12_000,
  });
  const [group, role, typeId] = [
    largeWorldId('group', 60),
    largeWorldId('role', 60),
    largeWorldId('type', 1),
  ];
  await pool.query(
    `INSERT INTO members (workspace_id, user_id, role, created_at) SELECT $1, id, 'viewer', now() FROM users ON CONFLICT DO NOTHING`,
    [crowd],
  );
  await pool.query(
    `INSERT INTO group_members (workspace_id, group_id, user_id, created_at) SELECT $1, $2, id, now() FROM users ON CONFLICT DO NOTHING`,
    [crowd, group],
  );
  await pool.query(
    `INSERT INTO role_members (workspace_id, role_id, user_id, created_at) SELECT $1, $2, id, now() FROM users ON CONFLICT DO NOTHING`,
    [crowd, role],
  );
  await pool.query(
    `INSERT INTO role_actions (role_id, action_id, created_at) SELECT id, $1, now() FROM roles ON CONFLICT DO NOTHING`,
    [largeWorldId('action', 1)],
  );
  const { rows } = await pool.query<{ id: string; key: string }>(
    `SELECT id, key FROM resources WHERE workspace_id = $1 AND visibility = 'private' ORDER BY id LIMIT 1`,
    [crowd],
  );
  crowded = rows[0]!.key;
  await pool.query(
    `INSERT INTO resource_shares (id, workspace_id, type_id, resource_id, user_id, permission, created_at)
     SELECT gen_random_uuid(), $1, $2, $3, id, 'view', now() FROM users ON CONFLICT DO NOTHING`,
    [crowd, typeId, rows[0]!.id],
  );
  // One person to whom nearly everything is shown, and next to nothing given to edit.
  const { rows: people } = await pool.query<{ id: string }>(
    `SELECT u.id FROM users u JOIN members m ON m.user_id = u.id
     WHERE m.workspace_id = $1 AND m.role = 'viewer' AND u.state = 'active' ORDER BY u.id LIMIT 1`,
    [crowd],
  );
  viewer = { userId: people[0]!.id, workspaceId: crowd, granted: null };
  await pool.query(
    `INSERT INTO resources (id, type_id, key, workspace_id, visibility, created_at, updated_at)
     SELECT gen_random_uuid(), $1, 'shown-' || n, $2, 'private', now(), now() FROM generate_series(1, 3000) n`,
    [typeId, crowd],
  );
  await pool.query(
    `INSERT INTO resource_shares (id, workspace_id, type_id, resource_id, user_id, permission, created_at)
     SELECT gen_random_uuid(), $1, $2, id, $3, 'view', now() FROM resources WHERE key LIKE 'shown-%'`,
    [crowd, typeId, viewer.userId],
  );
  await pool.query('VACUUM ANALYZE');
});
afterAll(() => database.drop());

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Node[];
}

/** What a statement read of each table, as the database says itself, with the plan that it keeps for all values. */
async function readBy(ask: (access: Access) => Promise<unknown>): Promise<Map<string, number>> {
  const sent: { name: string; text: string; values: unknown[] }[] = [];
  const watched = {
    query: async (query: (typeof sent)[number]) => {
      sent.push(query);
      return database.pool.query(query);
    },
  } as unknown as Pool; // Of a pool, access uses `query` alone.
  await ask(createAccess({ pool: watched }));
  expect(sent).toHaveLength(1);
  const [{ text, values } = { text: '', values: [] as unknown[] }] = sent;
  const types = new Map(
    [...text.matchAll(/\$(\d+)::(\w+(?:\[\])?)/g)].map(([, n, name]) => [Number(n), name]),
  );
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    // What fits on a few pages is read whole, rightly; in a world that is a thousand times as large it is not.
    await client.query('SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off');
    await client.query(
      `PREPARE watched (${values.map((_, index) => types.get(index + 1)).join(', ')}) AS ${text}`,
    );
    const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ readonly Plan: Node }] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE watched (${values.map((value, index) => `${literal(value)}::${types.get(index + 1)}`).join(', ')})`,
    );
    return countReads(rows[0]!['QUERY PLAN'][0].Plan);
  } finally {
    await client.query('ROLLBACK');
    await client.query('DEALLOCATE watched');
    client.release();
  }
}

function literal(value: unknown): string {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return `ARRAY[${value.map(literal).join(', ')}]`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function countReads(node: Node, counts = new Map<string, number>()): Map<string, number> {
  const table = node['Relation Name'];
  if (table !== undefined) {
    const rows =
      node['Actual Rows'] +
      (node['Rows Removed by Filter'] ?? 0) +
      (node['Rows Removed by Index Recheck'] ?? 0);
    counts.set(table, Math.round((counts.get(table) ?? 0) + rows * node['Actual Loops']));
  }
  for (const child of node.Plans ?? []) countReads(child, counts);
  return counts;
}

/** Tables that are small in every world: planners read them whole, rightly. */
const small = new Set(['resource_types', 'service_actions', 'services']);

function mostOf(counts: Map<string, number>): number {
  return Math.max(0, ...[...counts].filter(([table]) => !small.has(table)).map(([, rows]) => rows));
}

describe('no question reads more rows of a table than its answer needs, however many there are', () => {
  it('a check of a resource that is shared with everybody', async () => {
    const question = { subject: viewer, serviceId, type, key: crowded, right: 'edit' } as const;
    expect(mostOf(await readBy((access) => access.checkResources([question])))).toBeLessThanOrEqual(4);
  });

  it('a check of an action that every role has', async () => {
    const question = { subject: viewer, serviceId, action: 'orders:act-1' };
    expect(mostOf(await readBy((access) => access.checkActions([question])))).toBeLessThanOrEqual(8);
  });

  it('the actions of a person', async () => {
    expect(mostOf(await readBy((access) => access.actionsOf(viewer, serviceId)))).toBeLessThanOrEqual(60);
  });

  it.each(['view', 'edit', 'manage'] as const)('the resources that a person may %s', async (right) => {
    const question = { subject: viewer, serviceId, type, right, limit: 10 };
    // A page from each of: owned, visible, shared with them, and with each of two groups; then each key.
    expect(mostOf(await readBy((access) => access.accessible(question)))).toBeLessThanOrEqual(100);
  });

  it('the resources of somebody who may everything', async () => {
    const { rows } = await database.pool.query<{ user_id: string }>(
      `SELECT m.user_id FROM members m JOIN users u ON u.id = m.user_id
       WHERE m.role = 'admin' AND m.workspace_id = $1 AND u.state = 'active'`,
      [crowd],
    );
    const subject = { ...viewer, userId: rows[0]!.user_id };
    const question = { subject, serviceId, type, right: 'view', limit: 10 } as const;
    expect(mostOf(await readBy((access) => access.accessible(question)))).toBeLessThanOrEqual(1);
    expect(
      mostOf(await readBy((access) => access.accessible({ ...question, enumerate: true }))),
    ).toBeLessThanOrEqual(25);
  });

  it.each(['view', 'edit', 'manage'] as const)('the people who may %s a resource', async (right) => {
    const question = { serviceId, type, key: crowded, right, limit: 10 };
    const counts = await readBy((access) => access.subjectsOfResource(question));
    // What is shared for `view` lies beside what is shared for `edit` here: one entry of an index for each share.
    counts.set('resource_shares', right === 'edit' ? 0 : (counts.get('resource_shares') ?? 0));
    expect(mostOf(counts)).toBeLessThanOrEqual(100);
  });

  it('the people who may do an action', async () => {
    const question = { serviceId, workspaceId: crowd, action: 'orders:act-1', limit: 10 };
    expect(mostOf(await readBy((access) => access.subjectsOfAction(question)))).toBeLessThanOrEqual(80);
  });
});
