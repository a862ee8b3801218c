import { randomUUID } from 'node:crypto';
import { permissionsList, type ResourcePermissions, type RouteQuery } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../platform/database/identifiers.ts';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
let workspaceIds: string[];
let ownerIds: string[];
const resources = 25_000;

/** Two services, five types, a large workspace and a small one; the first thousand are of another kind than the rest. */
beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
  for (const service of ['orders', 'documents']) await house.service(service);
  await house.query(
    `INSERT INTO resource_types SELECT gen_random_uuid(), s.id, type.name, now()
     FROM (VALUES ('orders', 'order'), ('orders', 'invoice'), ('orders', 'note'), ('documents', 'letter'), ('documents', 'note'))
       type (service, name) JOIN services s ON s.name = type.service`,
  );
  ownerIds = [(await house.person({ name: 'One' })).id, (await house.person({ name: 'Two' })).id];
  workspaceIds = [(await house.workspace()).id, (await house.workspace()).id];
  await house.query(
    `INSERT INTO resources (id, type_id, key, workspace_id, owner_id, visibility, created_at, updated_at)
     SELECT i.id, t.id, CASE WHEN i.n <= 1000 THEN 'OLD-' ELSE 'A_' END || i.n, $2::uuid,
            CASE WHEN i.n % 3 > 0 THEN ($3::uuid[])[i.n % 3] END, CASE WHEN i.n % 8 = 0 OR i.n % 5000 = 77 THEN 'workspace' ELSE 'private' END,
            now(), now()
     FROM unnest($1::uuid[]) WITH ORDINALITY i (id, n)
     JOIN services s ON s.name = CASE WHEN i.n <= 1000 THEN 'documents' ELSE 'orders' END
     JOIN resource_types t ON t.service_id = s.id
       AND t.name = CASE WHEN i.n <= 1000 THEN (ARRAY['letter', 'note'])[1 + i.n % 2] ELSE (ARRAY['order', 'invoice', 'note'])[1 + i.n % 3] END`,
    [Array.from({ length: resources }, newId), workspaceIds[0], ownerIds],
  );
  await house.query('UPDATE resources SET workspace_id = $1 WHERE key LIKE $2', [workspaceIds[1], '%77']);
  await house.query('ANALYZE resources, resource_types');
});
afterAll(() => house.close());

type Query = Partial<RouteQuery<typeof permissionsList>>;
const list = async (query: Query) => (await admin.call(permissionsList, { query })).result;

async function walk(query: Query): Promise<ResourcePermissions[]> {
  const items: ResourcePermissions[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ ...query, pageSize: 200, ...(cursor ? { cursor } : {}) });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}

async function expected(condition: string, values: readonly unknown[] = []): Promise<string[]> {
  const rows = await house.query<{ id: string }>(
    `SELECT r.id FROM resources r JOIN resource_types t ON t.id = r.type_id JOIN services s ON s.id = t.service_id
     WHERE ${condition} ORDER BY r.id DESC`,
    values,
  );
  return rows.map((row) => row.id);
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** How the database reads resources for the keys of a page; a sort of them would be one of the plan's nodes, too. */
async function scansOf(query: Query): Promise<string[]> {
  const sent = await house.queriesOf(() => list(query));
  const keys = sent.find(({ text }) => text.includes('id::text AS position'))!;
  const [row] = await house.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    `EXPLAIN (FORMAT JSON) ${keys.text}`,
    keys.values,
  );
  const visit = (node: PlanNode): string[] => [
    ...(node['Relation Name'] === 'resources' || node['Node Type'] === 'Incremental Sort'
      ? [node['Index Name'] ?? node['Node Type']]
      : []),
    ...(node.Plans ?? []).flatMap(visit),
  ];
  return visit(row!['QUERY PLAN'][0]!.Plan);
}

const idsOf = (items: readonly ResourcePermissions[]) => items.map((item) => item.id);

describe('P10 the list of resources', () => {
  it('shows each with its names, the newest first', async () => {
    const { items, totalIsEstimate, total } = await list({ pageSize: 3 });
    expect(items.map((item) => item.resourceId)).toEqual(['A_25000', 'A_24999', 'A_24998']);
    expect(items[0]).toMatchObject({
      service: 'orders',
      type: 'invoice',
      workspaceId: workspaceIds[0],
      ownerName: 'One',
      visibility: 'workspace',
      shareCount: 0,
    });
    expect(items[1]).toMatchObject({ ownerId: null, ownerName: null });
    expect([totalIsEstimate, Math.abs(total! - resources) / resources < 0.05]).toEqual([true, true]);
  });

  it('finds exactly what each filter, and all of them together, leave', async () => {
    const [, small] = workspaceIds;
    const [one] = ownerIds;
    for (const [query, condition, values] of [
      [{ workspaceId: small }, 'r.workspace_id = $1', [small]],
      [{ service: 'documents' }, `s.name = 'documents'`, []],
      [{ type: 'letter' }, `t.name = 'letter'`, []],
      [{ service: 'documents', type: 'note' }, `s.name = 'documents' AND t.name = 'note'`, []],
      [{ visibility: 'workspace' }, `r.visibility = 'workspace'`, []],
      [
        { visibility: 'workspace', service: 'documents' },
        `r.visibility = 'workspace' AND s.name = 'documents'`,
        [],
      ],
      [
        { visibility: 'workspace', workspaceId: small },
        `r.visibility = 'workspace' AND r.workspace_id = $1`,
        [small],
      ],
      [{ workspaceId: small, type: 'note' }, `t.name = 'note' AND r.workspace_id = $1`, [small]],
      [{ ownerId: one, service: 'documents' }, `r.owner_id = $1 AND s.name = 'documents'`, [one]],
      [{ ownerId: one, workspaceId: small }, `r.owner_id = $1 AND r.workspace_id = $2`, [one, small]],
      [{ search: 'OLD-' }, `r.key LIKE 'OLD-%'`, []],
      [{ search: 'A_12' }, `r.key LIKE 'A\\_12%'`, []],
      [{ search: 'OLD-9', workspaceId: small }, `r.key LIKE 'OLD-9%' AND r.workspace_id = $1`, [small]],
      [
        {
          search: 'OLD-',
          workspaceId: small,
          ownerId: one,
          service: 'documents',
          type: 'note',
          visibility: 'private',
        },
        `r.key LIKE 'OLD-%' AND r.workspace_id = $1 AND r.owner_id = $2 AND s.name = 'documents' AND t.name = 'note' AND r.visibility = 'private'`,
        [small, one],
      ],
    ] as const satisfies readonly (readonly [Query, string, readonly unknown[]])[]) {
      const ids = await expected(condition, values);
      expect(ids.length, condition).toBeGreaterThan(0);
      expect(idsOf(await walk(query)), condition).toEqual(ids);
      expect(await list(query), condition).toMatchObject({ total: ids.length });
    }
  });

  it('finds nothing by what is unknown, and takes the characters of a search as they are', async () => {
    for (const query of [
      { service: 'no-such-service' },
      { type: 'no-such-type' },
      { service: 'documents', type: 'order' },
      { workspaceId: randomUUID() },
      { ownerId: randomUUID() },
      { search: 'nothing' },
      { search: '%' },
      { search: 'OLD_' },
      { search: 'A\\_' },
    ])
      expect(await list(query), JSON.stringify(query)).toMatchObject({ items: [], total: 0 });
  });

  it('pages by number too, and estimates what is beyond 10,000', async () => {
    const ids = await expected(`s.name = 'orders'`);
    const third = await list({ service: 'orders', page: 3, pageSize: 7 });
    expect(idsOf(third.items)).toEqual(ids.slice(14, 21));
    expect(third.totalIsEstimate).toBe(true);
    expect(Math.abs(third.total! - ids.length) / ids.length).toBeLessThan(0.15);
    const refused = await admin.call(permissionsList, { query: { cursor: third.nextCursor! } });
    expect([refused.code, refused.fields]).toEqual(['validation_failed', ['cursor']]);
  });

  it('reads each page from the end of an index that has its order, wherever what is asked for lies', async () => {
    const [large, small] = workspaceIds;
    for (const [query, index] of [
      [{}, 'resources__pk'],
      [{ workspaceId: large }, 'resources__by_workspace'],
      [{ workspaceId: small, visibility: 'workspace' }, 'resources__by_workspace'],
      [{ service: 'documents' }, 'resources__by_type'],
      [{ type: 'letter', visibility: 'workspace' }, 'resources__by_type'],
      [{ visibility: 'workspace' }, 'resources__by_type'],
      [{ workspaceId: large, service: 'orders' }, 'resources__share_key'],
      [{ ownerId: ownerIds[0] }, 'resources__by_owner_newest'],
      [{ ownerId: ownerIds[0], visibility: 'workspace' }, 'resources__by_owner_newest'],
      [{ ownerId: ownerIds[0], workspaceId: large }, 'resources__by_owner'],
      [{ ownerId: ownerIds[0], workspaceId: large, type: 'note' }, 'resources__by_owner'],
    ] as const satisfies readonly (readonly [Query, string])[])
      expect(await scansOf(query), JSON.stringify(query)).toEqual([index]);
  });

  it('takes as many queries for 200 as for one', async () => {
    const queriesOf = async (pageSize: number): Promise<number> =>
      (await house.queriesOf(() => list({ pageSize, workspaceId: workspaceIds[1]! }))).length;
    // The caller's session, the keys, the table's size, the total, the rows.
    expect(await queriesOf(1)).toBe(5);
    expect(await queriesOf(200)).toBe(5);
  });
});
