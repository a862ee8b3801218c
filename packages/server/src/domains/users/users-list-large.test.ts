import { membersList, type RouteQuery, usersList } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
let workspaceId: string;
const people = 30_000;

beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
  // The last thousand by name share a word, and everybody shares the word "example".
  await house.query(
    `INSERT INTO users (id, email, name, state, created_at, updated_at)
     SELECT gen_random_uuid(), 'p' || g || '@example.com', CASE WHEN g <= 1000 THEN 'Zz Rare ' ELSE 'Common ' END || lpad(g::text, 6, '0'),
            CASE WHEN g % 3000 = 0 THEN 'deactivated' ELSE 'invited' END, now() - g * interval '1 minute', now()
     FROM generate_series(1, $1) g`,
    [people],
  );
  ({ id: workspaceId } = await house.workspace());
  await house.query(
    `INSERT INTO members SELECT $1, id, CASE WHEN email LIKE 'p1%00@%' THEN 'owner' ELSE 'viewer' END, now() FROM users WHERE email LIKE 'p%' AND id::text > '5'`,
    [workspaceId],
  );
  await house.query('ANALYZE users, members');
});
afterAll(() => house.close());

const list = async (query: Partial<RouteQuery<typeof usersList>>) =>
  (await admin.call(usersList, { query })).result;

async function walk(query: Partial<RouteQuery<typeof usersList>>): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ ...query, pageSize: 200, ...(cursor ? { cursor } : {}) });
    ids.push(...page.items.map((user) => user.id));
    cursor = page.nextCursor;
  } while (cursor);
  return ids;
}

async function expected(condition: string): Promise<string[]> {
  const rows = await house.query<{ id: string }>(
    `SELECT id FROM users WHERE ${condition} ORDER BY name_key, id`,
  );
  return rows.map((row) => row.id);
}

describe('P4 the list of people in a large house', () => {
  it('estimates totals beyond 10,000, marks them, and is close', async () => {
    for (const [query, true_] of [
      [{}, people + 1],
      [{ state: 'invited' }, people - 10],
      [{ search: 'example' }, people],
      [{ workspaceId }, (await expected(`id IN (SELECT user_id FROM members)`)).length],
    ] as const) {
      const { total, totalIsEstimate } = await list(query);
      expect(totalIsEstimate).toBe(true);
      expect(Math.abs(total! - true_) / true_).toBeLessThan(0.15);
    }
  });

  it('counts exactly what is rare', async () => {
    for (const [query, total] of [
      [{ state: 'deactivated' }, 10],
      [{ search: 'rare' }, 1000],
      [{ search: 'p77' }, 1 + 10 + 100],
      [{ isAdmin: true }, 1],
      [{ search: 'nobodyatall' }, 0],
    ] as const)
      expect(await list(query), JSON.stringify(query)).toMatchObject({ total });
  });

  it('finds those whom the order brings last, whom it brings first, and everybody, in order', async () => {
    expect(await walk({ search: 'rare' })).toEqual(await expected(`name LIKE '%Rare%'`));
    expect(await walk({ search: 'p1' })).toEqual(await expected(`email LIKE 'p1%'`));
    expect(await walk({ search: 'rare', sort: '-name' })).toEqual(
      (await expected(`name LIKE '%Rare%'`)).reverse(),
    );
  });

  it('lists the members of a large workspace by name, role and search', async () => {
    const inIt = 'id IN (SELECT user_id FROM members)';
    const all = await expected(inIt);
    expect(all.length).toBeGreaterThan(10_000);
    const members = async (query: Partial<RouteQuery<typeof membersList>>) =>
      (await admin.call(membersList, { params: { id: workspaceId }, query })).result;
    expect((await members({})).items.map((member) => member.userId)).toEqual(all.slice(0, 50));
    const owners = await expected(`id IN (SELECT user_id FROM members WHERE role = 'owner')`);
    const owned = await members({ role: 'owner', pageSize: 200 });
    expect(owned.total).toBe(owners.length);
    expect(owned.items.map((member) => member.userId)).toEqual(owners.slice(0, 200));
    const rare = await members({ search: 'rare' });
    const rareOnes = await expected(`${inIt} AND name LIKE '%Rare%'`);
    expect(rare.total).toBe(rareOnes.length);
    expect(rare.items.map((member) => member.userId)).toEqual(rareOnes.slice(0, 50));
  });
});
