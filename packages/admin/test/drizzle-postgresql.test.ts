import { createTestDatabase, type TestDatabase } from '@castellan/testkit/database';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { bigint, pgTable, text } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColumnDescription, ModelDescription } from '../src/models/description.ts';
import { ConstraintFailed, StatementTimedOut } from '../src/orm/adapter.ts';
import { drizzleAdmin } from '../src/orm/drizzle/index.ts';
import * as schema from './warehouse/drizzle-postgresql.ts';
import { warehouseSql } from './warehouse/sql.ts';

const adapter = drizzleAdmin(schema);
const modelOf = (name: string): ModelDescription => adapter.models().find((model) => model.name === name)!;
const columnOf = (model: string, field: string): ColumnDescription =>
  modelOf(model).columns.find((column) => column.name === field)!;

describe('a Drizzle schema of PostgreSQL, as it describes itself', () => {
  it('has each table that has a key, by the name of its export, and nothing else of the module', () => {
    expect(adapter.models().map((model) => model.name)).toEqual(['Item', 'Order', 'StockLevel', 'Warehouse']);
  });

  it('reads types, lengths, defaults and what is never written', () => {
    expect(columnOf('Item', 'sku')).toEqual({
      name: 'sku',
      column: 'sku',
      type: 'string',
      maxLength: 40,
      isNullable: false,
      hasDefault: false,
      isGenerated: false,
      sqlType: 'varchar(40)',
    });
    expect(columnOf('Item', 'kind')).toMatchObject({
      type: 'enum',
      values: ['tool', 'food', "it's odd"],
      hasDefault: true,
    });
    expect(columnOf('Item', 'sizes')).toMatchObject({ type: 'array', itemType: 'integer', isNullable: true });
    expect(columnOf('Item', 'halfWeight')).toMatchObject({ type: 'decimal', isGenerated: true });
    const types = Object.fromEntries(modelOf('Item').columns.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({
      id: 'bigint',
      photo: 'bytes',
      packedAt: 'datetime',
      seenAt: 'timestamp',
      opensAt: 'time',
      externalId: 'uuid',
      attributes: 'json',
      place: 'unknown',
      sealedNote: 'unknown',
    });
  });

  it('reads composite keys, schemas, and columns whose names are words of SQL', () => {
    expect(modelOf('StockLevel')).toMatchObject({ schema: 'stores', key: ['warehouseCode', 'itemId'] });
    expect(modelOf('StockLevel').columns.map((column) => column.isNullable)).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect(columnOf('Order', 'quoted').column).toBe('a "quoted" name');
  });

  it('reads indexes as far as they can serve a list', () => {
    expect(modelOf('Item').indexes).toEqual([
      { columns: ['id'], isUnique: true, isPartial: false },
      { name: 'item__sku', columns: ['sku'], isUnique: true, isPartial: false },
      { name: 'item__kind_title', columns: ['kind', 'title'], isUnique: false, isPartial: false },
      {
        name: 'item__title_prefix',
        columns: ['title'],
        isUnique: false,
        isPartial: false,
        servesPrefix: true,
      },
      { name: 'item__fragile', columns: ['madeOn'], isUnique: false, isPartial: true },
    ]);
  });

  it('refers to other models by foreign keys and by relations', () => {
    expect(modelOf('StockLevel').references).toEqual([
      { field: 'warehouseCode', model: 'Warehouse', targetField: 'code' },
      { field: 'itemId', model: 'Item', targetField: 'id' },
    ]);
    expect(modelOf('Order').references).toEqual([{ field: 'from', model: 'Warehouse', targetField: 'code' }]);
  });

  it('says so when there is nothing to administer', () => {
    expect(() => drizzleAdmin({ kinds: schema.kinds })).toThrow(/no Drizzle table/);
    expect(() =>
      drizzleAdmin(schema, { softDeletes: { Item: { field: 'gone', deletedWhen: 'true' } } }),
    ).toThrow(/Item\.gone/);
  });

  it('names columns as the product told Drizzle to', async () => {
    const Thing = pgTable('thing', { id: bigint({ mode: 'bigint' }).primaryKey(), longName: text() });
    const told = drizzleAdmin({ Thing }, { casing: 'snake_case' });
    expect(told.models()[0]!.columns.map(({ name, column }) => [name, column])).toEqual([
      ['id', 'id'],
      ['longName', 'long_name'],
    ]);
    const statement = { text: 'SELECT 1', values: [] };
    await expect(
      drizzleAdmin({ Thing }).query(drizzle('', { casing: 'snake_case' }), statement),
    ).rejects.toThrow(/casing/);
  });
});

describe('a Drizzle schema of PostgreSQL, written and read', () => {
  let database: TestDatabase;
  let db: NodePgDatabase;

  beforeAll(async () => {
    database = await createTestDatabase({ content: 'empty' });
    await database.pool.query(warehouseSql('postgresql'));
    db = drizzle(database.pool);
    await adapter.transaction(db, (tx) => tx.insert(modelOf('Warehouse'), { code: 'n', name: 'North' }));
  });
  afterAll(() => database.drop());

  const insert = (model: string, values: Record<string, unknown>) =>
    adapter.transaction(db, (tx) => tx.insert(modelOf(model), values));

  it('gives the keys that the database made, and those of several columns', async () => {
    const { id } = await insert('Item', { sku: 'k-1', title: 'a' });
    expect(id).toMatch(/^\d+$/);
    expect(await insert('StockLevel', { warehouseCode: 'n', itemId: id, quantity: 1 })).toEqual({
      warehouseCode: 'n',
      itemId: id,
    });
    const { select } = await insert('Order', { from: 'n', quoted: 'x' });
    expect(select).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('keeps every digit of numbers beyond what JavaScript counts, and microseconds of times', async () => {
    const values = {
      id: '9223372036854775807',
      sku: 'k-2',
      title: 'it\'s \\ "odd" {}',
      kind: "it's odd",
      tags: ['a,b', '"c"', '\\', '', null, 'NULL'],
      sizes: [1, -2, null],
      attributes: ['x', null],
      photo: Buffer.from([0, 255, 92]).toString('base64'),
      weight: '12345678901234.567891',
      madeOn: '0044-03-15',
      packedAt: '2026-02-03T04:05:06.789012',
      seenAt: '2026-02-03T04:05:06.789012Z',
    };
    expect(await insert('Item', values)).toEqual({ id: values.id });
    const { rows } = await database.pool.query<Record<string, unknown>>(
      `SELECT title, kind, tags, sizes, attributes, encode(photo, 'base64') AS photo, weight::text, made_on::text, packed_at::text,
         to_char(seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS seen_at FROM item WHERE id = 9223372036854775807`,
    );
    expect(rows[0]).toEqual({
      title: values.title,
      kind: values.kind,
      tags: values.tags,
      sizes: values.sizes,
      attributes: values.attributes,
      photo: values.photo,
      weight: values.weight,
      made_on: values.madeOn,
      packed_at: '2026-02-03 04:05:06.789012',
      seen_at: values.seenAt,
    });
  });

  it('calls what Drizzle calls when a row changes, and changes no other row', async () => {
    const { id } = await insert('Item', { sku: 'k-3', title: 'before' });
    const changed = await adapter.transaction(db, (tx) =>
      tx.update(modelOf('Item'), { id }, { title: 'after' }),
    );
    expect(changed).toBe(1);
    const { rows } = await database.pool.query("SELECT id::text, updated_at FROM item WHERE title = 'after'");
    expect(rows).toEqual([{ id, updated_at: expect.any(Date) }]);
    expect(
      await adapter.transaction(db, (tx) => tx.update(modelOf('Item'), { id: `1${id}` }, { title: 'x' })),
    ).toBe(0);
  });

  it('deletes one row, or marks it where the product says so', async () => {
    const { id } = await insert('Item', { sku: 'k-4', title: 'gone' });
    const soft = drizzleAdmin(schema, {
      softDeletes: { Item: { field: 'deletedAt', deletedWhen: 'not_null' } },
    });
    const marked = soft.models().find((model) => model.name === 'Item')!;
    expect(await soft.transaction(db, (tx) => tx.delete(marked, { id }))).toBe(1);
    expect(await soft.transaction(db, (tx) => tx.delete(marked, { id }))).toBe(0);
    const { rows } = await database.pool.query("SELECT deleted_at FROM item WHERE sku = 'k-4'");
    expect(rows).toEqual([{ deleted_at: expect.any(Date) }]);
    expect(await adapter.transaction(db, (tx) => tx.delete(modelOf('Item'), { id }))).toBe(1);
    expect(await adapter.transaction(db, (tx) => tx.delete(modelOf('Item'), { id }))).toBe(0);
  });

  it('rolls back as a whole, the work of custom actions on `db` too', async () => {
    const failing = adapter.transaction(db, async (tx) => {
      await tx.insert(modelOf('Warehouse'), { code: 'lost', name: 'x' });
      await (tx.db as typeof db).insert(schema.Warehouse).values({ code: 'lost-2', name: 'x' });
      expect(
        await tx.query({ text: 'SELECT code FROM warehouse WHERE code LIKE $1', values: ['lost%'] }),
      ).toHaveLength(2);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(
      await adapter.query(db, { text: "SELECT 1 FROM warehouse WHERE code LIKE 'lost%'", values: [] }),
    ).toEqual([]);
  });

  it.each([
    ['unique', ['sku'], 'Item', { sku: 'k-1', title: 'again' }],
    ['not_null', ['title'], 'Item', { sku: 'k-5' }],
    ['foreign_key', ['warehouseCode'], 'StockLevel', { warehouseCode: 'zz', itemId: '1', quantity: 1 }],
    ['check', [], 'StockLevel', { warehouseCode: 'n', itemId: '9223372036854775807', quantity: -1 }],
    ['value', [], 'Warehouse', { code: 'longer than ten', name: 'x' }],
    ['value', [], 'Item', { sku: 'k-6', title: 'x', kind: 'neither' }],
  ] as const)('tells a failed constraint: %s of %j', async (kind, fields, model, values) => {
    const error = await insert(model, values).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ConstraintFailed);
    expect(error).toMatchObject({ kind, fields });
  });

  it('tells a constraint that fails only at the commit', async () => {
    const error = await insert('Order', { from: 'nowhere' }).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'ConstraintFailed', kind: 'foreign_key' });
  });

  it('ends a statement that takes too long, and only that one', async () => {
    const slow = adapter.query(db, { text: 'SELECT pg_sleep($1)', values: [5] }, { timeoutMs: 50 });
    await expect(slow).rejects.toBeInstanceOf(StatementTimedOut);
    const rows = await adapter.query(db, {
      text: "SELECT current_setting('statement_timeout') AS limit",
      values: [],
    });
    expect(rows).toEqual([{ limit: '0' }]);
  });

  it('takes placeholders in any order and leaves quoted text alone', async () => {
    const statement = { text: `SELECT $2::text AS a, '$1' AS "$1", $1::text || $2 AS c`, values: ['x', 'y'] };
    expect(await adapter.query(db, statement)).toEqual([{ a: 'y', $1: '$1', c: 'xy' }]);
  });
});
