import { activityExport, activityList, activityRead, type RouteQuery } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import Papa from 'papaparse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
const [ada, bo, orders, billing] = [1, 2, 3, 4].map(
  (number) => `00000000-0000-7000-8000-00000000000${number}`,
) as [string, string, string, string];
const start = Date.parse('2026-01-01T00:00:00Z');
const many = 25_000;

beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
  await house.platform.settled();
  // One event a minute. Every 5,000th is a deletion, and the order of time is not quite that of the log.
  await house.query(
    `INSERT INTO activity_events (sequence, id, action, actors, actor_id, target_kind, target_id, target_label, workspace_id, workspace_name, detail, at)
     SELECT g + 100, gen_random_uuid(), CASE WHEN g % 5000 = 0 THEN 'user_deleted' WHEN g % 2 = 0 THEN 'user_login' ELSE 'user_updated' END,
            jsonb_build_array(jsonb_build_object('kind', 'user', 'id', a.id, 'label', a.label)), a.id, 'user',
            CASE WHEN g % 1000 = 0 THEN $2::uuid ELSE a.id END, '=label', CASE WHEN g % 3 = 0 THEN $3::uuid WHEN g % 5000 = 1 THEN $4::uuid END,
            CASE WHEN g % 3 = 0 OR g % 5000 = 1 THEN 'W' END, '{"name":{"before":"a","after":"b"}}', $5::timestamptz + g * interval '1 minute' - (g % 3) * interval '4 minutes'
     FROM generate_series(1, $6) g, (VALUES ($1::uuid, 'Ada')) a (id, label)`,
    [ada, bo, orders, billing, new Date(start), many],
  );
  await house.query('ANALYZE activity_events');
});
afterAll(() => house.close());

type Filters = Partial<RouteQuery<typeof activityList>>;

/** Follows the cursor to the end, over short pages too. */
async function walk(query: Filters): Promise<{ sequences: number[]; pages: number }> {
  const sequences: number[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const { result } = await admin.call(activityList, { query: { ...query, ...(cursor ? { cursor } : {}) } });
    sequences.push(...result.items.map((event) => event.sequence));
    cursor = result.nextCursor;
    pages++;
  } while (cursor);
  return { sequences, pages };
}

const expected = async (condition: string): Promise<number[]> =>
  (
    await house.query<{ sequence: string }>(
      `SELECT sequence FROM activity_events WHERE ${condition} ORDER BY sequence DESC`,
    )
  ).map((row) => Number(row.sequence));

describe('P12 the timeline', () => {
  it('is newest first, its length known from its ends, and goes on behind a cursor', async () => {
    const first = (await admin.call(activityList)).result;
    expect(first.items.map((event) => event.sequence)).toEqual(
      Array.from({ length: 50 }, (_, index) => many + 100 - index),
    );
    expect(first).toMatchObject({ page: 1, pageSize: 50 });
    const next = (await admin.call(activityList, { query: { cursor: first.nextCursor!, limit: 3 } })).result;
    expect(next.items.map((event) => event.sequence)).toEqual([many + 50, many + 49, many + 48]);
    expect(next.total).toBeUndefined();
    expect(next.pageSize).toBe(3);
  });

  const minute = (count: number) => new Date(start + count * 60_000);
  it.each<[string, Filters, string]>([
    ['action', { action: 'user_deleted' }, `action = 'user_deleted'`],
    ['target', { targetId: bo }, `target_id = '${bo}'`],
    [
      'actor and action',
      { actorId: ada, action: 'user_deleted' },
      `actor_id = '${ada}' AND action = 'user_deleted'`,
    ],
    [
      'workspace and action',
      { workspaceId: billing, action: 'user_updated' },
      `workspace_id = '${billing}' AND action = 'user_updated'`,
    ],
    ['a combination that nothing meets', { actorId: ada, action: 'group_created' }, 'false'],
    [
      'everything together',
      {
        actorId: ada,
        targetId: bo,
        workspaceId: orders,
        action: 'user_login',
        since: minute(100),
        until: minute(20_000),
      },
      `actor_id = '${ada}' AND target_id = '${bo}' AND workspace_id = '${orders}' AND action = 'user_login' AND at >= '${minute(100).toISOString()}' AND at < '${minute(20_000).toISOString()}'`,
    ],
    [
      'a span of time',
      { since: minute(5000), until: minute(5100) },
      `at >= '${minute(5000).toISOString()}' AND at < '${minute(5100).toISOString()}'`,
    ],
    ['a time before everything', { until: minute(-100) }, 'false'],
    ['a time after everything', { since: new Date(Date.now() + 864e5) }, 'false'],
  ])('by %s meets exactly what matches, newest first', async (_name, query, condition) => {
    const { sequences } = await walk({ ...query, pageSize: 40 });
    expect(sequences).toEqual(await expected(condition));
  });

  it('reads a bounded part of the log for a rare combination: short pages that say where to go on', async () => {
    const { sequences, pages } = await walk({ actorId: ada, action: 'user_deleted' });
    expect(sequences).toHaveLength(5);
    expect(pages).toBe(3);
  });

  it('counts one filter exactly up to 10,000, then says that it is an estimate', async () => {
    const totalOf = async (query: Filters) => {
      const { total, totalIsEstimate } = (await admin.call(activityList, { query })).result;
      return [total, totalIsEstimate];
    };
    expect(await totalOf({ action: 'user_deleted' })).toEqual([5, undefined]);
    expect(await totalOf({ actorId: ada })).toEqual([10_000, true]);
    expect(await totalOf({ actorId: ada, action: 'user_login' })).toEqual([undefined, undefined]);
  });

  it('refuses a cursor of other filters, and filters that are wrong', async () => {
    const { nextCursor } = (await admin.call(activityList, { query: { actorId: ada } })).result;
    const foreign = await admin.call(activityList, { query: { actorId: bo, cursor: nextCursor! } });
    expect(foreign.fields).toEqual(['cursor']);
    for (const query of ['action=nothing', 'since=yesterday', 'actor_id=1', 'limit=0', 'limit=201']) {
      const answer = await admin.call({ ...activityList, path: `/admin/activity?${query}` });
      expect(answer.code).toBe('validation_failed');
    }
  });

  it('shows one event with all that is known of it', async () => {
    const item = (await admin.call(activityList, { query: { targetId: bo, limit: 1 } })).result.items[0]!;
    const one = (await admin.call(activityRead, { params: { id: item.id } })).result;
    expect(one).toEqual(item);
    expect(one).toMatchObject({
      actors: [{ kind: 'user', id: ada, label: 'Ada' }],
      target: { kind: 'user', id: bo, label: '=label' },
      detail: { name: { before: 'a', after: 'b' } },
      service: null,
    });
    const missing = await admin.call(activityRead, { params: { id: bo } });
    expect(missing.code).toBe('not_found');
  });
});

describe('P12 activity as CSV', () => {
  it('streams what matches, newest first, and tells who took it with which filters', async () => {
    const answer = await admin.call(activityExport, {
      query: { actorId: ada, until: new Date(start + 2500 * 60_000) },
    });
    expect(answer.headers['content-disposition']).toBe('attachment; filename="activity.csv"');
    const { data } = Papa.parse<Record<string, string>>(answer.text.trim(), { header: true });
    const sequences = data.map((row) => Number(row.sequence));
    expect(sequences).toEqual(
      await expected(`actor_id = '${ada}' AND at < '${new Date(start + 2500 * 60_000).toISOString()}'`),
    );
    expect(sequences.length).toBeGreaterThan(2000);
    expect(data[0]).toMatchObject({ actors: 'Ada', target: "'=label" });
    await house.platform.settled();
    const { items } = (await admin.call(activityList, { query: { action: 'activity_exported' } })).result;
    expect(items[0]).toMatchObject({
      actors: [{ kind: 'operator', id: admin.person.id }],
      detail: { actor_id: ada, until: new Date(start + 2500 * 60_000).toISOString() },
    });
  });
});
