import { castellanProductId, productsIntent, productsSchema } from '@castellan/contract';
import { createTestPlatform, type TestPerson, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let house: TestPlatform;
let ada: Awaited<ReturnType<TestPlatform['administrator']>>;
let people: Record<'bob' | 'cleo' | 'dan', TestPerson>;
const params = { id: castellanProductId };

beforeAll(async () => {
  house = await createTestPlatform();
  ada = await house.administrator();
  people = {
    bob: await house.person({ name: 'Bob 100%_!', email: 'bob@example.com' }),
    cleo: await house.person({ name: 'Cleo Carter', email: 'cleo@example.org' }),
    dan: await house.person({ name: "Dan O'Hara; DROP TABLE users; --", email: 'dan@example.net' }),
  };
  const { bob, cleo } = people;
  const acme = await house.workspace({
    name: 'Acme',
    members: [
      [bob, 'viewer'],
      [cleo, 'admin'],
    ],
  });
  const bolt = await house.workspace({ name: 'Bolt', members: [[bob, 'owner']] });
  await house.query(`UPDATE workspaces SET slug = 'acme', description = 'Makes anvils' WHERE id = $1`, [
    acme.id,
  ]);
  await house.query(`UPDATE workspaces SET slug = 'bolt' WHERE id = $1`, [bolt.id]);
  await house.query(
    `UPDATE users SET created_at = ('2020-01-0' || ascii(left(name, 1)) - 64 || 'T12:00:00Z')::timestamptz`,
  );
  await house.query(`UPDATE users SET email = 'ada@example.com' WHERE id = $1`, [ada.person.id]);
  await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [people.dan.id]);
  await house.query(`UPDATE users SET email_verified_at = now() WHERE id = $1`, [people.cleo.id]);
  await house.query(`INSERT INTO user_logins VALUES ($1, '2020-03-01T00:00:00.123456Z')`, [cleo.id]);
  await house.service('shop', ['https://shop.example.com']);
  await house.service('desk');
  await house.query(`UPDATE services SET admin_url = 'https://desk.example.com' WHERE name = 'desk'`);
});
afterAll(() => house.close());

interface Answer {
  readonly items: { readonly id: string; readonly name: string }[];
  readonly next_cursor: string | null;
  readonly previous_cursor: string | null;
  readonly total: { readonly count: number } | null;
  readonly notes: string[];
}

const ask = (model: string, payload: object, limit = 50) =>
  ada.call(productsIntent, { params, body: { model, action: 'list', payload: payload as never, limit } });
const list = async (model: string, payload: object, limit?: number): Promise<Answer> =>
  (await ask(model, payload, limit)).result.data as Answer;
/** First words of the names that a filter leaves, in the list's order. */
const left = async (model: string, filter: unknown, more: object = {}) =>
  (await list(model, { filter, ...more })).items.map(({ name }) => name.split(' ')[0]);
const where = (field: string, op: string, value: unknown) => ({ field, op, value });

describe('people, workspaces and services are filtered as the models of a product are (A9)', () => {
  it.each([
    ['name', 'eq', 'Cleo Carter', ['Cleo']],
    ['name', 'eq', 'cleo carter', []],
    ['name', 'ne', 'Cleo Carter', ['Ada', 'Bob', 'Dan']],
    ['name', 'contains', 'CART', ['Cleo']],
    ['name', 'contains', '%_!', ['Bob']],
    ['name', 'contains', '%', ['Bob']],
    ['name', 'in', ['Cleo Carter', "Dan O'Hara; DROP TABLE users; --"], ['Cleo', 'Dan']],
    ['name', 'in', [], []],
    ['name', 'gte', 'C', ['Cleo', 'Dan']],
    ['name', 'lt', 'B', ['Ada']],
    ['email', 'eq', 'bob@example.com', ['Bob']],
    ['email', 'ne', 'bob@example.com', ['Ada', 'Cleo', 'Dan']],
    ['email', 'in', ['bob@example.com', 'dan@example.net', 'x'], ['Bob', 'Dan']],
    ['email', 'contains', 'EXAMPLE.N', ['Dan']],
    ['email', 'lte', 'bob@example.com', ['Ada', 'Bob']],
    ['email', 'gt', 'cleo@example.org', ['Dan']],
    ['state', 'eq', 'deactivated', ['Dan']],
    ['state', 'ne', 'deactivated', ['Ada', 'Bob', 'Cleo']],
    ['state', 'in', ['deactivated', 'invited'], ['Dan']],
    ['isAdmin', 'eq', true, ['Ada']],
    ['isAdmin', 'eq', false, ['Bob', 'Cleo', 'Dan']],
    ['isAdmin', 'ne', true, ['Bob', 'Cleo', 'Dan']],
    ['createdAt', 'eq', '2020-01-02T12:00:00Z', ['Bob']],
    ['createdAt', 'eq', '2020-01-02T14:00:00.000000+02:00', ['Bob']],
    ['createdAt', 'gt', '2020-01-02T12:00:00Z', ['Cleo', 'Dan']],
    ['createdAt', 'gte', '2020-01-02T12:00:00Z', ['Bob', 'Cleo', 'Dan']],
    ['createdAt', 'lt', '2020-01-02T12:00:00Z', ['Ada']],
    ['createdAt', 'lte', '2020-01-02T12:00:00Z', ['Ada', 'Bob']],
    ['createdAt', 'ne', '2020-01-02T12:00:00Z', ['Ada', 'Cleo', 'Dan']],
    ['lastLoginAt', 'eq', '2020-03-01T00:00:00.123456Z', ['Cleo']],
    ['lastLoginAt', 'ne', '2020-03-01T00:00:00.123456Z', ['Ada', 'Bob', 'Dan']],
    ['lastLoginAt', 'lt', '2020-04-01T00:00:00Z', ['Cleo']],
    ['lastLoginAt', 'gte', '2020-04-01T00:00:00Z', ['Ada']],
    ['lastLoginAt', 'is_null', true, ['Bob', 'Dan']],
    ['lastLoginAt', 'is_null', false, ['Ada', 'Cleo']],
    ['emailVerifiedAt', 'is_null', false, ['Cleo']],
    ['workspaceRole', 'eq', 'owner', ['Bob']],
    ['workspaceRole', 'eq', 'viewer', []],
    ['workspaceRole', 'ne', 'owner', ['Ada', 'Cleo', 'Dan']],
    ['workspaceRole', 'in', ['owner', 'admin'], ['Bob', 'Cleo']],
    ['workspaceRole', 'is_null', true, ['Ada', 'Dan']],
    ['workspaceCount', 'eq', 2, ['Bob']],
    ['workspaceCount', 'gte', 1, ['Bob', 'Cleo']],
    ['workspaceCount', 'lt', 1, ['Ada', 'Dan']],
    ['workspaceCount', 'gt', -5, ['Ada', 'Bob', 'Cleo', 'Dan']],
    ['workspaceCount', 'lt', Number.MAX_SAFE_INTEGER, ['Ada', 'Bob', 'Cleo', 'Dan']],
    ['workspaceCount', 'in', [0, 2], ['Ada', 'Bob', 'Dan']],
  ] as const)('people whose %s is %s %j', async (field, op, value, expected) => {
    expect(await left('User', where(field, op, value))).toEqual(expected);
  });

  it.each([
    ['Workspace', 'slug', 'eq', 'acme', ['Acme']],
    ['Workspace', 'slug', 'gt', 'acme', ['Bolt']],
    ['Workspace', 'name', 'contains', 'OL', ['Bolt']],
    ['Workspace', 'description', 'contains', 'anvil', ['Acme']],
    ['Workspace', 'memberCount', 'gte', 2, ['Acme']],
    ['Workspace', 'memberCount', 'eq', 1, ['Bolt']],
    ['Workspace', 'groupCount', 'gt', 0, []],
    ['Workspace', 'createdAt', 'gt', '2020-01-01T00:00:00Z', ['Acme', 'Bolt']],
    ['Service', 'name', 'eq', 'shop', ['shop']],
    ['Service', 'origins', 'contains', 'shop.example', ['shop']],
    ['Service', 'adminUrl', 'is_null', true, ['shop']],
    ['Service', 'adminUrl', 'ne', 'https://desk.example.com', ['shop']],
    ['Service', 'clientCount', 'eq', 0, ['desk', 'shop']],
    ['Service', 'createdAt', 'lt', '2020-01-01T00:00:00Z', []],
  ] as const)('%s whose %s is %s %j', async (model, field, op, value, expected) => {
    expect(await left(model, where(field, op, value))).toEqual(expected);
  });

  it('joins conditions in groups, and searches beside them', async () => {
    const filter = {
      and: [
        { or: [where('name', 'contains', 'cleo'), where('workspaceRole', 'eq', 'owner')] },
        where('state', 'eq', 'active'),
      ],
    };
    expect(await left('User', filter)).toEqual(['Bob', 'Cleo']);
    expect(await left('User', filter, { search: 'cart' })).toEqual(['Cleo']);
    expect(await left('User', { and: [] })).toHaveLength(4);
    expect(await left('User', { or: [] })).toEqual([]);
  });

  it('sorts by what an index has, both ways, and whoever never signed in comes last', async () => {
    const by = (field: string, direction: string) =>
      left('User', undefined, { sort: [{ field, direction }] });
    expect(await by('createdAt', 'desc')).toEqual(['Dan', 'Cleo', 'Bob', 'Ada']);
    expect((await by('lastLoginAt', 'asc')).slice(0, 2)).toEqual(['Cleo', 'Ada']);
    expect((await by('lastLoginAt', 'desc')).slice(0, 2)).toEqual(['Ada', 'Cleo']);
    const slugs = await list('Workspace', { sort: [{ field: 'slug', direction: 'desc' }] });
    expect(slugs.items.map(({ name }) => name)).toEqual(['Bolt', 'Acme']);
    const newest = await list('Service', { sort: [{ field: 'createdAt', direction: 'desc' }] });
    expect(newest.items.map(({ name }) => name)).toEqual(['desk', 'shop']);
  });

  it.each(['name', 'email', 'createdAt', 'lastLoginAt'])(
    'pages by %s lead on and back over the same rows, also within a search or a filter',
    async (field) => {
      for (const direction of ['asc', 'desc'])
        for (const narrowed of [{}, { search: 'example' }, { filter: where('name', 'ne', 'x') }]) {
          const asked = { sort: [{ field, direction }], ...narrowed, count: true };
          const all = (await list('User', asked)).items.map(({ id }) => id);
          const there: string[][] = [];
          let page = await list('User', asked, 1);
          expect(page).toMatchObject({ previous_cursor: null, total: { count: 4 } });
          for (;;) {
            there.push(page.items.map(({ id }) => id));
            if (!page.next_cursor) break;
            page = await list('User', { ...asked, cursor: page.next_cursor }, 1);
          }
          expect(there.flat()).toEqual(all);
          const back: string[][] = [];
          for (;;) {
            back.unshift(page.items.map(({ id }) => id));
            if (!page.previous_cursor) break;
            page = await list('User', { ...asked, cursor: page.previous_cursor }, 1);
            expect(page.next_cursor).not.toBeNull();
          }
          expect(back).toEqual(there);
        }
    },
  );

  it('says which filters no index serves', async () => {
    const notes = async (model: string, filter: unknown) => (await list(model, { filter })).notes;
    for (const served of [
      where('email', 'eq', 'x'),
      where('createdAt', 'gt', '2020-01-01T00:00:00Z'),
      { and: [where('workspaceCount', 'gt', 1), where('state', 'eq', 'active')] },
    ])
      expect(await notes('User', served)).toEqual([]);
    expect(await notes('User', where('name', 'contains', 'x'))).toEqual([
      expect.stringContaining('stopped after 2 seconds'),
    ]);
    for (const unserved of [
      where('workspaceRole', 'eq', 'owner'),
      where('state', 'ne', 'active'),
      { or: [where('workspaceCount', 'gt', 1), where('state', 'eq', 'active')] },
    ])
      expect(await notes('User', unserved)).toEqual([expect.stringContaining('No index serves')]);
    // A house has tens of services.
    expect(await notes('Service', where('description', 'contains', 'x'))).toEqual([]);
  });
});

describe('what a list can not be asked for is refused with the field that is wrong', () => {
  it.each([
    [{ filter: where('createdAt', 'gt', 'yesterday') }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [
      { filter: where('createdAt', 'gt', '2026-02-30T00:00:00Z') },
      'VALIDATION_FAILED',
      'payload.filter.value',
    ],
    [
      { filter: where('createdAt', 'gt', '0000-01-01T00:00:00Z') },
      'VALIDATION_FAILED',
      'payload.filter.value',
    ],
    [
      { filter: where('createdAt', 'gt', '2020-01-01T00:00:00+23:00') },
      'VALIDATION_FAILED',
      'payload.filter.value',
    ],
    [{ filter: where('createdAt', 'gt', 5) }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ filter: where('isAdmin', 'eq', 'true') }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ filter: where('state', 'eq', "active' OR true") }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ filter: where('state', 'in', ['active', 'gone']) }, 'VALIDATION_FAILED', 'payload.filter.value[1]'],
    [{ filter: where('state', 'in', 'active') }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ filter: where('id', 'eq', "1'; --") }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ filter: where('workspaceCount', 'gt', 1.5) }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ filter: where('workspaceCount', 'gt', '1') }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ filter: where('name', 'eq', null) }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ filter: where('name', 'eq', 'a\0b') }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ filter: where('name', 'contains', '\ud800') }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ filter: where('lastLoginAt', 'is_null', 'yes') }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [
      { filter: { and: [where('name', 'eq', 'x'), where('isAdmin', 'eq', 1)] } },
      'VALIDATION_FAILED',
      'payload.filter.and[1].value',
    ],
    [{ filter: where('passwordHash', 'contains', 'argon') }, 'UNKNOWN_FIELD', 'payload.filter.field'],
    [{ filter: where('t.password_hash', 'eq', 'x') }, 'UNKNOWN_FIELD', 'payload.filter.field'],
    [{ filter: where('constructor', 'eq', 'x') }, 'UNKNOWN_FIELD', 'payload.filter.field'],
    [{ filter: where('name', 'eq; --', 'x') }, 'UNSUPPORTED_FILTER_OP', 'payload.filter.op'],
    [{ filter: where('name', 'is_null', true) }, 'UNSUPPORTED_FILTER_OP', 'payload.filter.op'],
    [{ filter: where('state', 'contains', 'act') }, 'UNSUPPORTED_FILTER_OP', 'payload.filter.op'],
    [{ filter: { and: [], or: [] } }, 'VALIDATION_FAILED', 'payload.filter'],
    [{ filter: 'name = 1' }, 'VALIDATION_FAILED', 'payload.filter'],
    [{ filter: { ...where('name', 'eq', 'x'), sql: '1' } }, 'VALIDATION_FAILED', 'payload.filter'],
    [{ sort: [{ field: 'passwordHash', direction: 'asc' }] }, 'VALIDATION_FAILED', 'payload.sort[0].field'],
    [{ sort: [{ field: 'workspaceCount', direction: 'asc' }] }, 'VALIDATION_FAILED', 'payload.sort[0].field'],
    [{ sort: [{ field: '-name', direction: 'asc' }] }, 'VALIDATION_FAILED', 'payload.sort[0].field'],
    [{ fields: ['name', 'passwordHash'] }, 'UNKNOWN_FIELD', 'payload.fields[1]'],
    [{ cursor: 'AAAA' }, 'INVALID_CURSOR', 'payload.cursor'],
  ])('%j', async (payload, code, field) => {
    const answer = await ask('User', payload);
    expect([answer.status, JSON.parse(answer.text).product_code, answer.fields]).toEqual([
      422,
      code,
      [field],
    ]);
  });

  it('a cursor leads on in its own list alone', async () => {
    const { next_cursor: cursor } = await list('User', {}, 1);
    expect(cursor).not.toBeNull();
    for (const payload of [
      { cursor, search: 'a' },
      { cursor, filter: where('state', 'eq', 'active') },
      { cursor, sort: [{ field: 'email', direction: 'asc' }] },
    ])
      expect(JSON.parse((await ask('User', payload)).text).product_code).toBe('INVALID_CURSOR');
  });

  it('nothing of a password, a key or a digest is in a row, a field or a filter', async () => {
    const { document } = (await ada.call(productsSchema, { params })).result;
    for (const { name, fields } of document.models) {
      expect(fields.map((field) => field.name).join()).not.toMatch(
        /password|hash|digest|secret|keys|prefix/i,
      );
      const page = await list(name, { fields: fields.map((field) => field.name) });
      expect(page.items.length).toBeGreaterThan(0);
      expect(JSON.stringify(page)).not.toMatch(/argon2|digest|_sk_|prefix/i);
      for (const row of page.items) expect(Object.keys(row)).toEqual(fields.map((field) => field.name));
      const { result } = await ada.call(productsIntent, {
        params,
        body: { model: name, action: 'read', id: page.items[0]!.id },
      });
      const { row } = result.data as { row: object };
      expect(Object.keys(row)).toEqual(fields.map((field) => field.name));
    }
  });
});
