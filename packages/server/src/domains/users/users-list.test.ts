import { type RouteQuery, userSorts, usersExport, usersList } from '@castellan/contract';
import { createTestPlatform, type TestCaller, type TestPlatform } from '@castellan/testkit';
import Papa from 'papaparse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let house: TestPlatform;
let admin: TestCaller;
let workspaceId: string;
const people = 130;

beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
  // Names repeat, moments repeat, and a third never signed in: each order has ties and gaps to get wrong.
  await house.query(
    `INSERT INTO users (id, email, name, state, password_hash, created_at, updated_at)
     SELECT gen_random_uuid(), 'person' || g || '@example.com', (ARRAY['Ada', 'ada', 'Zoe', 'Émile', 'Bo'])[1 + g % 5] || ' Number' || g % 20,
            CASE WHEN g % 10 = 0 THEN 'deactivated' WHEN g % 10 < 4 THEN 'invited' ELSE 'active' END, 'x',
            now() - (g % 11) * interval '1 hour', now()
     FROM generate_series(1, $1) g`,
    [people - 1],
  );
  await house.query(
    `INSERT INTO user_logins SELECT id, date_trunc('day', now()) - (g % 7) * interval '1 day'
     FROM (SELECT id, substring(email FROM '[0-9]+')::int AS g FROM users WHERE email LIKE 'person%') people WHERE g % 3 > 0`,
  );
  const workspace = await house.workspace();
  workspaceId = workspace.id;
  await house.query(
    `INSERT INTO members SELECT $1, id, 'viewer', now() FROM users WHERE email ~ '^person[0-9]0?@'`,
    [workspaceId],
  );
});
afterAll(() => house.close());

interface Walk {
  readonly ids: string[];
  readonly pages: number;
}

async function walk(query: Partial<RouteQuery<typeof usersList>>): Promise<Walk> {
  const ids: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const answer = await admin.call(usersList, { query: { ...query, ...(cursor ? { cursor } : {}) } });
    ids.push(...answer.result.items.map((user) => user.id));
    cursor = answer.result.nextCursor;
    pages++;
  } while (cursor);
  return { ids, pages };
}

const columnOf = {
  name: 'name_key',
  email: 'email',
  created_at: 'created_at',
  last_login_at: 'last_login_at',
};

describe('P4 the list of people', () => {
  it.each(userSorts)('by %s meets everybody once, in order, who never signed in last', async (sort) => {
    const descending = sort.startsWith('-');
    const column = columnOf[sort.replace('-', '') as keyof typeof columnOf];
    const direction = descending ? 'DESC' : 'ASC';
    const expected = await house.query<{ id: string }>(
      `SELECT id FROM users LEFT JOIN user_logins ON user_id = id ORDER BY ${column} ${direction} NULLS LAST, id ${direction}`,
    );
    const { ids, pages } = await walk({ sort, pageSize: 17 });
    expect(ids).toEqual(expected.map((row) => row.id));
    expect(pages).toBe(Math.ceil(people / 17));
  });

  it('has 50 on a page unless told, an exact total on the first page, and none behind a cursor', async () => {
    const first = (await admin.call(usersList)).result;
    expect(first).toMatchObject({ page: 1, pageSize: 50, total: people });
    expect(first.items).toHaveLength(50);
    expect(first.totalIsEstimate).toBeUndefined();
    const next = (await admin.call(usersList, { query: { cursor: first.nextCursor! } })).result;
    expect(next.total).toBeUndefined();
    expect(next.page).toBeUndefined();
    const jumped = (await admin.call(usersList, { query: { page: 2 } })).result;
    expect(jumped.items.map((user) => user.id)).toEqual(next.items.map((user) => user.id));
    expect(jumped).toMatchObject({ page: 2, total: people });
    const last = (await admin.call(usersList, { query: { page: 3 } })).result;
    expect(last.nextCursor).toBeUndefined();
    expect(last.items).toHaveLength(people - 100);
    expect((await admin.call(usersList, { query: { page: 99 } })).result.items).toEqual([]);
  });

  it('finds by the beginning of any word of name or address, in each order, page by page', async () => {
    const expected = await house.query<{ id: string }>(
      `SELECT id FROM users WHERE name ~* '\\mnumber1' AND name ~* '\\mzoe'`,
    );
    for (const sort of userSorts) {
      const { ids } = await walk({ search: 'NUMBER1 zo', sort, pageSize: 2 });
      expect(new Set(ids)).toEqual(new Set(expected.map((row) => row.id)));
      expect(ids).toHaveLength(expected.length);
    }
    expect(expected.length).toBeGreaterThan(4);
    const byAddress = await admin.call(usersList, { query: { search: 'person77@example.com' } });
    expect(byAddress.result).toMatchObject({ total: 1, items: [{ email: 'person77@example.com' }] });
    expect((await admin.call(usersList, { query: { search: 'umber' } })).result.total).toBe(0);
    expect((await admin.call(usersList, { query: { search: "'; --:*&|!" } })).result.total).toBe(0);
    expect((await admin.call(usersList, { query: { search: 'émi' } })).result.total).toBe(26);
  });

  it('filters by state, administration and workspace, together with a search', async () => {
    const count = async (condition: string): Promise<number> =>
      Number(
        (await house.query<{ count: string }>(`SELECT count(*) FROM users WHERE ${condition}`))[0]!.count,
      );
    for (const state of ['invited', 'active', 'deactivated'] as const) {
      const { result } = await admin.call(usersList, { query: { state } });
      expect(result.total).toBe(await count(`state = '${state}'`));
      expect(new Set(result.items.map((user) => user.state))).toEqual(new Set([state]));
    }
    expect((await admin.call(usersList, { query: { isAdmin: true } })).result.total).toBe(1);
    expect((await admin.call(usersList, { query: { isAdmin: false } })).result.total).toBe(people - 1);
    const inWorkspace = (await admin.call(usersList, { query: { workspaceId, sort: 'email' } })).result;
    expect(inWorkspace.total).toBe(await count(`email ~ '^person[0-9]0?@'`));
    expect(inWorkspace.items.every((user) => user.workspaceCount === 1)).toBe(true);
    const both = (
      await admin.call(usersList, { query: { workspaceId, state: 'deactivated', search: 'person' } })
    ).result;
    expect(both.total).toBe(await count(`email ~ '^person[0-9]0?@' AND state = 'deactivated'`));
    const nowhere = { workspaceId: '00000000-0000-7000-8000-000000000000' };
    expect((await admin.call(usersList, { query: nowhere })).result).toMatchObject({ total: 0, items: [] });
  });

  it('refuses a cursor of another order, filter or list, a changed one, and one that is none', async () => {
    const { nextCursor } = (await admin.call(usersList, { query: { sort: 'email', pageSize: 5 } })).result;
    const cursor = nextCursor!;
    const changed = `${cursor.slice(0, -3)}${cursor.endsWith('AAA') ? 'BBB' : 'AAA'}`;
    for (const query of [
      { cursor, sort: 'name' },
      { cursor, sort: 'email', state: 'active' },
      { cursor, sort: 'email', search: 'a' },
      { cursor: changed, sort: 'email' },
      { cursor: 'x', sort: 'email' },
    ] as const) {
      const answer = await admin.call(usersList, { query });
      expect([answer.code, answer.fields]).toEqual(['validation_failed', ['cursor']]);
    }
  });

  it('refuses pages of no or too many people, and unknown orders and filters', async () => {
    for (const query of [
      'page_size=0',
      'page_size=201',
      'page=0',
      'sort=password_hash',
      'state=lost',
      'x=1',
    ]) {
      const answer = await admin.call({ ...usersList, path: `/admin/users?${query}` });
      expect(answer.code).toBe('validation_failed');
    }
  });

  it('takes as many queries for 200 people as for one', async () => {
    const queriesOf = async (query: { pageSize: number; search?: string }): Promise<number> =>
      (await house.queriesOf(() => admin.call(usersList, { query }))).length;
    // The caller's session, the keys, the table's size, the total, the rows.
    expect(await queriesOf({ pageSize: 1 })).toBe(5);
    expect(await queriesOf({ pageSize: 200 })).toBe(5);
    expect(await queriesOf({ pageSize: 200, search: 'n' })).toBeLessThanOrEqual(7);
  });
});

describe('P14 people as CSV', () => {
  it('streams everybody, told in the timeline first, with a file name', async () => {
    const answer = await admin.call(usersExport);
    expect(answer.headers['content-disposition']).toBe('attachment; filename="people.csv"');
    expect(String(answer.headers['content-type'])).toMatch(/^text\/csv/);
    const { data, errors } = Papa.parse<Record<string, string>>(answer.text.trim(), { header: true });
    expect(errors).toEqual([]);
    expect(data).toHaveLength(people);
    const member = data.find((row) => row.email === 'person5@example.com')!;
    expect(member.workspaces).toMatch(/^w-[0-9a-f]+:viewer$/);
    expect(member.created_at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    await house.platform.settled();
    const events = await house.query(`SELECT 1 FROM activity_events WHERE action = 'users_exported'`);
    expect(events).toHaveLength(1);
    const invited = await admin.call(usersExport, { query: { state: 'invited' } });
    expect(invited.text).not.toContain(',active,');
  });

  it('goes on over batches and disarms cells that a spreadsheet would run', async () => {
    const big = await createTestPlatform();
    try {
      const own = await big.administrator();
      await big.query(
        `INSERT INTO users (id, email, name, state, created_at, updated_at)
         SELECT gen_random_uuid(), 'many' || g || '@example.com', CASE WHEN g <= 6 THEN (ARRAY['=1+1', '+1', '-1', '@SUM(A1)', 'a "quoted", name', '=HYPERLINK("x")'])[g] ELSE 'Many' END, 'invited', now(), now()
         FROM generate_series(1, 2500) g`,
      );
      const answer = await own.call(usersExport);
      const { data } = Papa.parse<Record<string, string>>(answer.text.trim(), { header: true });
      expect(new Set(data.map((row) => row.email)).size).toBe(2501);
      const names = data.map((row) => row.name!);
      expect(names.filter((name) => /^[=+\-@]/.test(name))).toEqual([]);
      for (const name of ["'=1+1", "'+1", "'-1", "'@SUM(A1)", 'a "quoted", name', `'=HYPERLINK("x")`])
        expect(names).toContain(name);
    } finally {
      await big.close();
    }
  });
});
