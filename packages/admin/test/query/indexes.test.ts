import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdministeredModel, administerModels } from '../../src/models/administered.ts';
import type { ColumnDescription, DialectName } from '../../src/models/description.ts';
import { createSealer, type ListResult, parseKey, readRow, runList } from '../../src/query/index.ts';
import { hasMariadb, openDatabase, type PlainDatabase } from './databases.ts';

const sealer = createSealer(randomBytes(32));
const dialects: readonly DialectName[] = ['postgresql', 'mysql', 'sqlite'];
const isThere = { postgresql: true, sqlite: true, mysql: await hasMariadb() };
const count = 20_000;
/** Rows that may be looked at for a page of 25: the page, one more, and as many again for each way in. */
const mostRows = 400;

function column(
  name: string,
  type: ColumnDescription['type'],
  sqlType: string,
  more: Partial<ColumnDescription> = {},
): ColumnDescription {
  return {
    name,
    column: name,
    type,
    sqlType,
    isNullable: false,
    hasDefault: false,
    isGenerated: false,
    ...more,
  };
}

function eventModel(dialect: DialectName): AdministeredModel {
  const of = (postgresql: string, mysql: string, sqlite: string) => ({ postgresql, mysql, sqlite })[dialect];
  const index = (name: string) => ({ columns: [name], isUnique: false, isPartial: false });
  const event = {
    name: 'Event',
    table: 'events',
    columns: [
      column('id', 'bigint', 'bigint'),
      column('name', 'string', 'varchar(80)'),
      column('email', 'string', 'varchar(80)', { isNullable: true }),
      column('title', 'string', of('text', 'varchar(80)', 'text')),
      column(
        'at',
        'timestamp',
        of('timestamptz', 'timestamp(6)', 'integer'),
        dialect === 'sqlite' ? { storage: 'epoch_seconds' } : {},
      ),
      column('rank', 'integer', of('integer', 'int', 'integer'), { isNullable: true }),
      column('plain', 'string', of('text', 'varchar(80)', 'text')),
    ],
    key: ['id'],
    indexes: [index('name'), index('email'), index('title'), index('at'), index('rank')],
    references: [],
  };
  return administerModels([event], {
    expose: ['Event'],
    overrides: { Event: { searchFields: ['name', 'email'], defaultSort: 'at desc' } },
  }).get('Event')!;
}

/** 20,000 rows: names and e-mails of their own, a third of the e-mails missing, ten ranks, times a minute apart. */
async function fill(database: PlainDatabase, dialect: DialectName): Promise<void> {
  const sql = {
    postgresql: `INSERT INTO events SELECT n, 'name-' || lpad(n::text, 6, '0'), CASE WHEN n % 3 > 0 THEN 'mail-' || lpad(n::text, 6, '0') END,
      'Title ' || lpad(n::text, 6, '0'), to_timestamp(1700000000 + n * 60), CASE WHEN n % 11 > 0 THEN n % 11 END, 'plain ' || n FROM generate_series(1, ${count}) AS n`,
    mysql: `INSERT INTO events SELECT seq, concat('name-', lpad(seq, 6, '0')), CASE WHEN seq % 3 > 0 THEN concat('mail-', lpad(seq, 6, '0')) END,
      concat('Title ', lpad(seq, 6, '0')), from_unixtime(1700000000 + seq * 60), nullif(seq % 11, 0), concat('plain ', seq) FROM seq_1_to_${count}`,
    sqlite: `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${count})
      INSERT INTO events SELECT n, printf('name-%06d', n), CASE WHEN n % 3 > 0 THEN printf('mail-%06d', n) END, printf('Title %06d', n),
      1700000000 + n * 60, nullif(n % 11, 0), 'plain ' || n FROM s`,
  }[dialect];
  const types = {
    postgresql: ['text COLLATE "und-x-icu"', 'timestamptz'],
    mysql: ['varchar(80)', 'timestamp(6)'],
    sqlite: ['text', 'integer'],
  }[dialect];
  await database.run(
    `CREATE TABLE events (id bigint PRIMARY KEY, name varchar(80) NOT NULL, email varchar(80) NULL, title ${types[0]} NOT NULL, at ${types[1]} NOT NULL,
     ${dialect === 'mysql' ? '`rank`' : 'rank'} int NULL, plain varchar(80) NOT NULL)`,
  );
  await database.run(sql);
  for (const name of ['name', 'email', 'at', dialect === 'mysql' ? '`rank`' : 'rank'])
    await database.run(`CREATE INDEX events_${name.replaceAll('`', '')} ON events (${name})`);
  await database.run(
    `CREATE INDEX events_title ON events (title${dialect === 'postgresql' ? ' text_pattern_ops' : ''})`,
  );
  await database.run(
    { postgresql: 'ANALYZE events', mysql: 'ANALYZE TABLE events', sqlite: 'ANALYZE' }[dialect],
  );
}

type Plan = { readonly [name: string]: unknown };

/** Adds up, over the tables of a plan, what `read` says of each. */
function total(plan: unknown, read: (node: Plan) => number): number {
  if (typeof plan !== 'object' || plan === null) return 0;
  const own = Array.isArray(plan) ? 0 : read(plan as Plan);
  return Object.values(plan).reduce<number>((sum, inner) => sum + total(inner, read), own);
}

/** How many rows the database looks at for the last list that was asked. */
async function rowsLookedAt(database: PlainDatabase, dialect: DialectName): Promise<number> {
  const { text, values } = database.asked.at(-1)!;
  if (dialect === 'postgresql') {
    const [row] = await database.run(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
    return total(row?.['QUERY PLAN'], (node) =>
      node['Relation Name'] === undefined
        ? 0
        : (Number(node['Actual Rows']) + Number(node['Rows Removed by Filter'] ?? 0)) *
          Number(node['Actual Loops']),
    );
  }
  if (dialect === 'mysql') {
    const [row] = await database.run(`ANALYZE FORMAT=JSON ${text}`, values);
    return total(JSON.parse(String(row?.ANALYZE)), (node) =>
      node.table_name === 't' ? Number(node.r_rows ?? 0) * Number(node.r_loops ?? 1) : 0,
    );
  }
  // SQLite tells no numbers: a table that is walked without an index counts as all of its rows.
  const steps = await database.run(`EXPLAIN QUERY PLAN ${text}`, values);
  const isWalked = steps.some(({ detail }) => /^SCAN t(?! USING (?:COVERING )?INDEX)/.test(String(detail)));
  return isWalked ? count : 1;
}

describe.each(dialects.filter((dialect) => isThere[dialect]))('indexes on %s', (dialect) => {
  let database: PlainDatabase;
  const model = eventModel(dialect);
  const list = (payload: object, skip = 0, of = model): Promise<ListResult> =>
    runList(database.adapter, undefined, of, payload, { skip, limit: 25, sealer });
  const looked = () => rowsLookedAt(database, dialect);

  beforeAll(async () => {
    database = await openDatabase(dialect);
    await fill(database, dialect);
  });
  afterAll(() => database?.close());

  it('give the first page, sorted as the model says', async () => {
    expect((await list({})).items).toHaveLength(25);
    expect(await looked()).toBeLessThan(mostRows);
  });

  it.each([
    ['at', 'desc'],
    ['at', 'asc'],
    ['id', 'desc'],
    ['name', 'asc'],
    ['email', 'asc'],
    ['email', 'desc'],
  ] as const)('give a page deep in the list by %s %s, and the one before it', async (field, direction) => {
    const sort = [{ field, direction }];
    const deep = await list({ sort }, 12_000);
    const next = await list({ sort, cursor: deep.next_cursor });
    expect(next.items).toHaveLength(25);
    expect(await looked()).toBeLessThan(mostRows);
    const previous = await list({ sort, cursor: next.previous_cursor });
    expect(previous.items).toEqual(deep.items);
    expect(await looked()).toBeLessThan(mostRows);
  });

  it.each([
    { field: 'name', op: 'eq', value: 'name-010000' },
    { field: 'name', op: 'in', value: ['name-010000', 'name-010001', 'nobody'] },
    { field: 'email', op: 'gt', value: 'mail-019990' },
    { field: 'at', op: 'lt', value: '2023-11-14T22:30:00Z' },
    {
      and: [
        { field: 'plain', op: 'ne', value: 'x' },
        { field: 'name', op: 'eq', value: 'name-000007' },
      ],
    },
  ])('find what the filter %j asks for', async (filter) => {
    const { items, notes } = await list({ filter });
    expect(items.length).toBeGreaterThan(0);
    expect(notes).toEqual([]);
    expect(await looked()).toBeLessThan(mostRows);
  });

  it.each(['name-0001', 'name-019999', 'mail-0', 'nothing'])('find what begins with %s', async (search) => {
    const { notes, items } = await list({ search, sort: [{ field: 'id', direction: 'asc' }] });
    expect(notes).toEqual([]);
    expect(items.length > 0).toBe(search !== 'nothing');
    // What many rows begin with is found by walking the list in its order.
    expect(await looked()).toBeLessThan(mostRows * 2);
  });

  it('read one row by its key', async () => {
    await readRow(database.adapter, undefined, model, parseKey(model, '12345', dialect));
    // MariaDB reads it while it plans, and counts nothing.
    expect(await looked()).toBeLessThanOrEqual(1);
  });

  it('are told apart by how they find prefixes', async () => {
    const searching = (field: string): AdministeredModel => ({
      ...model,
      source: { ...model },
      searchFields: [field],
    });
    const titles = await list({ search: 'Title 00001' }, 0, searching('title'));
    expect(titles.items).toHaveLength(10);
    expect(titles.notes).toEqual([]);
    expect(await looked()).toBeLessThan(mostRows);
    const patternsOnly = { columns: ['title'], isUnique: false, isPartial: false, servesPrefix: true };
    const sorted = await list({ sort: [{ field: 'title', direction: 'asc' }] }, 0, {
      ...model,
      indexes: [patternsOnly],
    });
    expect(sorted.notes).toEqual([expect.stringContaining('no index has in order')]);
    if (dialect !== 'postgresql') return;
    await database.run('DROP INDEX events_title');
    await database.run('CREATE INDEX events_title ON events (title)');
    const unserved = await list({ search: 'Title 00001' }, 0, searching('title'));
    expect(unserved.items).toEqual(titles.items);
    expect(unserved.notes).toEqual([expect.stringContaining('no index finds what Title begins with')]);
  });

  it('are looked at for a count of more rows than are counted one by one', async () => {
    const { total: all } = await list({ count: true });
    expect(all?.is_estimate).toBe(true);
    expect(all?.count).toBeGreaterThan(dialect === 'sqlite' ? 10_000 : count * 0.9);
    expect(all?.count).toBeLessThan(count * 1.1);
    const some = await list({
      count: true,
      filter: { field: 'at', op: 'lt', value: '2023-11-15T00:00:00Z' },
    });
    expect(some.total).toEqual({ count: 106, is_estimate: false });
  });
});

describe('a search that takes too long', () => {
  it.each(dialects.filter((dialect) => dialect !== 'sqlite' && isThere[dialect]))(
    'is stopped at %s after two seconds, and says what to do',
    async (dialect) => {
      const database = await openDatabase(dialect);
      try {
        await fill(database, dialect);
        // Each row takes a millisecond: as a table of some ten million would.
        const slow =
          dialect === 'postgresql'
            ? 'CASE WHEN pg_sleep(0.001) IS NULL THEN plain ELSE plain END'
            : 'concat(plain, left(sleep(0.001), 0))';
        await database.run(`CREATE VIEW slow_events AS SELECT id, ${slow} AS plain FROM events`);
        const model = eventModel(dialect);
        const of: AdministeredModel = {
          ...model,
          table: 'slow_events',
          listFields: ['id', 'plain'],
          defaultSort: { field: 'id', direction: 'asc' },
        };
        const startedAt = performance.now();
        const filter = { field: 'plain', op: 'contains', value: 'nowhere' };
        await expect(
          runList(database.adapter, undefined, of, { filter }, { skip: 0, limit: 25, sealer }),
        ).rejects.toMatchObject({
          code: 'STATEMENT_TIMEOUT',
          status: 503,
          message: expect.stringContaining('2 seconds'),
        });
        expect(performance.now() - startedAt).toBeGreaterThan(1_500);
        expect(performance.now() - startedAt).toBeLessThan(6_000);
      } finally {
        await database.close();
      }
    },
  );
});
