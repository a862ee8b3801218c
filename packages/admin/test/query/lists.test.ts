import { randomBytes } from 'node:crypto';
import type { IntentError } from '@castellan/intents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DialectName } from '../../src/models/description.ts';
import type { WireValues } from '../../src/orm/adapter.ts';
import { createSealer, runList } from '../../src/query/index.ts';
import { hasMariadb, openGadgets, type PlainDatabase } from './databases.ts';
import { matches, type SentFilter, sorted } from './reference.ts';

const key = randomBytes(32);
const sealer = createSealer(key);
const dialects: readonly DialectName[] = ['postgresql', 'mysql', 'sqlite'];
const isThere = { postgresql: true, sqlite: true, mysql: await hasMariadb() };

describe.each(dialects.filter((dialect) => isThere[dialect]))('lists on %s', (dialect) => {
  let opened: Awaited<ReturnType<typeof openGadgets>>;
  let database: PlainDatabase;
  const model = (name = 'Gadget') => opened.models.get(name)!;
  const list = (payload: unknown, { skip = 0, limit = 200, name = 'Gadget' } = {}) =>
    runList(database.adapter, undefined, model(name), payload, {
      skip,
      limit,
      sealer,
      models: opened.models,
    });
  const refusal = (payload: unknown, options?: Parameters<typeof list>[1]): Promise<IntentError> =>
    list(payload, options).then(
      () => expect.unreachable('It was answered'),
      (error: IntentError) => error,
    );
  const shown = (): readonly WireValues[] => opened.gadgets.filter((row) => row.deletedAt === null);
  const ids = (rows: readonly WireValues[]): readonly unknown[] => rows.map((row) => row.id);
  const sort = [{ field: 'id', direction: 'asc' }];
  /** What a filter finds, and what the rules say that it finds. */
  const both = async (filter: SentFilter): Promise<readonly [readonly unknown[], readonly unknown[]]> => {
    const { items } = await list({ filter, sort }, { limit: 300 });
    return [ids(items), ids(shown().filter((row) => matches(dialect, model(), filter, row)))];
  };

  beforeAll(async () => {
    opened = await openGadgets(dialect, 300);
    database = opened.database;
  });
  afterAll(() => database?.close());

  it('gives every type back exactly, whatever the session has for its time zone and way of writing dates', async () => {
    const fields = model()
      .columns.map(({ name }) => name)
      .filter((name) => name !== 'vaultCode');
    const { items } = await list({ fields }, { limit: 300 });
    const byId = new Map(items.map((item) => [item.id, item]));
    expect(items).toHaveLength(shown().length);
    for (const row of shown()) {
      const { vaultCode: _, ...seen } = row;
      const visible: Record<string, unknown> = seen;
      const found: Record<string, unknown> = { ...byId.get(row.id) };
      // A number of 4 bytes comes as what it holds; a decimal with the decimals of its column.
      if (typeof visible.gain === 'number' && dialect === 'mysql') visible.gain = Math.fround(visible.gain);
      if (found.amount !== null) found.amount = String(found.amount).replace(/\.0+$|(?<=\.\d*[1-9])0+$/, '');
      expect(found).toEqual(visible);
    }
  });

  it('filters with each of the nine operators as the rules say', async () => {
    const filters: SentFilter[] = [
      { field: 'id', op: 'eq', value: '9007199254740993' },
      { field: 'id', op: 'gt', value: '9007199254741200' },
      { field: 'amount', op: 'lt', value: '12.4995' },
      { field: 'amount', op: 'gte', value: '0.1' },
      { field: 'amount', op: 'in', value: ['0.10', '-7', '5'] },
      { field: 'ratio', op: 'gt', value: 0.3 },
      { field: 'order', op: 'lte', value: 99_999_999_999 },
      { field: 'name', op: 'contains', value: '%' },
      { field: 'note', op: 'contains', value: 'PLAIN' },
      { field: 'email', op: 'ne', value: 'a' },
      { field: 'email', op: 'is_null', value: true },
      { field: 'createdAt', op: 'lte', value: '2024-03-31T03:30:00+02:00' },
      { field: 'createdAt', op: 'eq', value: '2001-09-09T01:46:40Z' },
      { field: 'createdAt', op: 'gt', value: '2001-09-09T01:46:40Z' },
      { field: 'local', op: 'gte', value: '2024-03-31T02:30:00' },
      { field: 'wake', op: 'lt', value: '07:30' },
      { field: 'born', op: 'gt', value: '2000-02-29' },
      { field: 'isActive', op: 'ne', value: true },
      { field: 'state', op: 'in', value: ['open', 'closed'] },
      { field: 'odd', op: 'eq', value: 'FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF' },
      { and: [] },
      { or: [] },
      {
        or: [
          { field: 'name', op: 'eq', value: 'a%b' },
          {
            and: [
              { field: 'order', op: 'lt', value: 2 },
              { field: 'isActive', op: 'eq', value: false },
            ],
          },
        ],
      },
    ];
    for (const filter of filters) {
      const plain = normal(filter);
      const [found, expected] = [
        ids((await list({ filter, sort }, { limit: 300 })).items),
        ids(shown().filter((row) => matches(dialect, model(), plain, row))),
      ];
      expect(found, JSON.stringify(filter)).toEqual(expected);
    }
  });

  it('takes a row without a value for one that differs, and for neither more nor less', async () => {
    const [differing, expected] = await both({ field: 'order', op: 'ne', value: 1 });
    expect(differing).toEqual(expected);
    expect(differing).toEqual(
      expect.arrayContaining(ids(shown().filter((row) => row.order === null)) as unknown[]),
    );
  });

  it.each([
    ['name', 'asc'],
    ['email', 'asc'],
    ['email', 'desc'],
    ['amount', 'desc'],
    ['ratio', 'asc'],
    ['gain', 'desc'],
    ['state', 'asc'],
    ['isActive', 'desc'],
    ['createdAt', 'desc'],
    ['local', 'asc'],
    ['order', 'asc'],
    ['odd', 'desc'],
  ] as const)(
    'pages by %s %s forwards and backwards over exactly the same rows',
    async (field, direction) => {
      const wanted = ids(sorted(dialect, model(), shown(), [{ field, direction }]));
      const forwards: unknown[] = [];
      const pages: unknown[][] = [];
      let cursor: string | undefined;
      let last = await list({ sort: [{ field, direction }] }, { limit: 37 });
      expect(last.previous_cursor).toBeNull();
      for (;;) {
        pages.push([...ids(last.items)]);
        forwards.push(...ids(last.items));
        cursor = last.next_cursor ?? undefined;
        if (cursor === undefined) break;
        last = await list({ sort: [{ field, direction }], cursor }, { limit: 37 });
      }
      expect(forwards).toEqual(wanted);
      for (const page of pages.slice(0, -1).reverse()) {
        expect(last.previous_cursor).not.toBeNull();
        last = await list({ sort: [{ field, direction }], cursor: last.previous_cursor }, { limit: 37 });
        expect(ids(last.items)).toEqual(page);
        expect(last.next_cursor).not.toBeNull();
      }
      expect(last.previous_cursor).toBeNull();
    },
  );

  it('pages by several fields in different directions', async () => {
    const by = [
      { field: 'state', direction: 'desc' },
      { field: 'email', direction: 'asc' },
      { field: 'order', direction: 'desc' },
    ] as const;
    const found: unknown[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list({ sort: by, cursor }, { limit: 23 });
      found.push(...ids(page.items));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(found).toEqual(ids(sorted(dialect, model(), shown(), by)));
  });

  it('finds what begins with a text, in any of the search fields, and every sign word for word', async () => {
    for (const search of [
      'a',
      'A',
      'a%',
      'a_',
      'a!',
      'a\\',
      "a'",
      'é',
      '\u{10FFFF}',
      '\u{FFFF}',
      ' ',
      'nothing',
    ]) {
      const begins = (row: WireValues): boolean =>
        ['name', 'email'].some((field) => String(row[field] ?? '\0').startsWith(search));
      const wanted = ids(
        sorted(dialect, model(), shown().filter(begins), [{ field: 'createdAt', direction: 'desc' }]),
      );
      const by = [{ field: 'createdAt', direction: 'desc' }];
      const found: unknown[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof list>> = await list(
          { search, sort: by, cursor },
          { limit: 41 },
        );
        found.push(...ids(page.items));
        cursor = page.next_cursor;
      } while (cursor !== null);
      expect(found, search).toEqual(wanted);
    }
  });

  it('counts exactly what it can count cheaply, and needs no statement for a list of one page', async () => {
    const filter = { field: 'state', op: 'eq', value: 'open' };
    const expected = shown().filter((row) => row.state === 'open').length;
    expect((await list({ filter, count: true }, { limit: 5 })).total).toEqual({
      count: expected,
      is_estimate: false,
    });
    expect((await list({ count: true, search: 'a' }, { limit: 5 })).total?.is_estimate).toBe(false);
    const before = database.asked.length;
    const { total } = await list({ filter, count: true, fields: ['id'] }, { limit: 300 });
    expect(total).toEqual({ count: expected, is_estimate: false });
    expect(database.asked.length - before).toBe(1);
    expect((await list({})).total).toBeNull();
  });

  it('labels the rows that others refer to with one statement, however many there are', async () => {
    const before = database.asked.length;
    const { labels, items } = await list({ fields: ['ownerId'] });
    expect(items.length).toBeGreaterThan(50);
    expect(labels).toEqual({ ownerId: { 1: 'Ada', 2: 'Grace' } });
    expect(database.asked.length - before).toBe(2);
  });

  it('passes by as many rows as it is told to, and goes on by cursor from there', async () => {
    const wanted = ids(sorted(dialect, model(), shown(), [{ field: 'id', direction: 'asc' }]));
    const page = await list({ sort }, { skip: 20, limit: 10 });
    expect(ids(page.items)).toEqual(wanted.slice(20, 30));
    expect(ids((await list({ sort, cursor: page.next_cursor }, { limit: 10 })).items)).toEqual(
      wanted.slice(30, 40),
    );
    expect(ids((await list({ sort, cursor: page.previous_cursor }, { limit: 10 })).items)).toEqual(
      wanted.slice(10, 20),
    );
    expect(await refusal({ sort, cursor: page.next_cursor }, { skip: 1 })).toMatchObject({
      code: 'VALIDATION_FAILED',
      fields: [{ field: 'skip' }],
    });
  });

  it('comes back to the rows before a page that is empty meanwhile', async () => {
    const by = [{ field: 'slot', direction: 'asc' }];
    const page = await list({ sort: by }, { name: 'Part', limit: 55 });
    await database.run('DELETE FROM parts WHERE slot > 34');
    const empty = await list({ sort: by, cursor: page.next_cursor }, { name: 'Part', limit: 55 });
    expect(empty).toMatchObject({ items: [], next_cursor: null });
    const back = await list({ sort: by, cursor: empty.previous_cursor }, { name: 'Part', limit: 55 });
    expect(back.items).toEqual(page.items);
  });

  it('says what takes long because no index serves it', async () => {
    expect((await list({ sort: [{ field: 'amount', direction: 'asc' }] })).notes).toEqual([
      expect.stringContaining('Sorted by Amount, which'),
    ]);
    expect((await list({ filter: { field: 'amount', op: 'gt', value: '1' } })).notes).toHaveLength(1);
    expect((await list({ filter: { field: 'name', op: 'contains', value: 'x' } })).notes).toEqual([
      expect.stringContaining('2 seconds'),
    ]);
    expect((await list({ filter: { field: 'order', op: 'gt', value: 1 } })).notes).toEqual([]);
    expect((await list({ search: 'a' })).notes).toEqual([]);
  });
});

/** The filter in the values' one form, as the reference compares them. */
function normal(filter: SentFilter): SentFilter {
  const forms: Readonly<Record<string, string>> = {
    '2024-03-31T03:30:00+02:00': '2024-03-31T01:30:00.000000Z',
    '2001-09-09T01:46:40Z': '2001-09-09T01:46:40.000000Z',
    '2024-03-31T02:30:00': '2024-03-31T02:30:00.000000',
    '07:30': '07:30:00.000000',
  };
  return 'value' in filter && typeof filter.value === 'string'
    ? {
        ...filter,
        value: forms[filter.value] ?? (filter.field === 'odd' ? filter.value.toLowerCase() : filter.value),
      }
    : filter;
}
