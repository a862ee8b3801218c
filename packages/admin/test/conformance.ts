// Long because it is one suite: everything that holds for every ORM on every database.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdministeredModel, administerModels } from '../src/models/administered.ts';
import { ConstraintFailed, type OrmAdapter, StatementTimedOut } from '../src/orm/adapter.ts';
import {
  createSealer,
  formatKey,
  parseKey,
  readRow,
  readWrittenValues,
  runList,
} from '../src/query/index.ts';
import { exactValues, itemTypes, longDecimals, times } from './conformance-values.ts';
import { type Bench, modelNamed, type OpenBench } from './warehouse/bench.ts';

/** A time as it is after an ORM that keeps so many digits. */
function cut(text: string, digits: number, type: string): string {
  const [second = '', rest = ''] = text.split('.');
  const fraction = rest.slice(0, 6).slice(0, digits).padEnd(6, '0');
  return `${second}.${fraction}${type === 'timestamp' ? 'Z' : ''}`;
}

/** Runs everything that holds for every ORM on every database. */
export function describeConformance(bench: Bench): void {
  describe(bench.name, () => {
    let open: OpenBench;
    let models: ReadonlyMap<string, AdministeredModel>;
    let next = 0;
    const adapter = (): OrmAdapter => open.adapter;
    const model = (name: string) => modelNamed(open, name);
    const administered = (name: string) => models.get(name)!;

    beforeAll(async () => {
      open = await bench.open();
      models = administerModels(open.adapter.models(), {
        expose: ['Item', 'Warehouse', 'StockLevel', 'Order'],
      });
      await insert('Warehouse', { code: 'n', name: 'North' });
    });
    afterAll(() => open?.close());

    /** As the library does it: what is sent is checked and brought into its form, and then written. */
    const insert = async (name: string, sent: Record<string, unknown>) => {
      const { values, problems } = readWrittenValues(bench.dialect, model(name).columns, sent);
      expect(problems).toEqual([]);
      return adapter().transaction(open.db, (tx) => tx.insert(model(name), values));
    };
    const update = async (name: string, key: Record<string, unknown>, sent: Record<string, unknown>) => {
      const { values, problems } = readWrittenValues(bench.dialect, model(name).columns, sent);
      expect(problems).toEqual([]);
      return adapter().transaction(open.db, (tx) => tx.update(model(name), key, values));
    };
    const remove = (name: string, key: Record<string, unknown>) =>
      adapter().transaction(open.db, (tx) => tx.delete(model(name), key));
    const read = async (name: string, key: Record<string, unknown>) =>
      (await readRow(adapter(), open.db, administered(name), key))?.row;
    const insertItem = (values: Record<string, unknown> = {}) =>
      insert('Item', { sku: `s-${next++}`, title: 'an item', ...values });
    const typeOf = (field: string) => model('Item').columns.find(({ name }) => name === field)?.type;

    describe('describes', () => {
      it('each column with its type, and no other', () => {
        const found = Object.fromEntries(model('Item').columns.map(({ name, type }) => [name, type]));
        expect(found).toEqual({ ...itemTypes[bench.dialect], ...bench.types });
      });

      it('keys, composite ones in their order, and the columns behind the names', () => {
        expect(model('Item').key).toEqual(['id']);
        expect(model('StockLevel').key).toEqual(['warehouseCode', 'itemId']);
        const quoted = model('Order').columns.find(({ name }) => name === 'quoted');
        expect(quoted).toMatchObject({
          column: bench.quotedColumn ?? 'a "quoted" name',
          type: 'text',
          isNullable: true,
        });
      });

      it('what may be left out, and what is never written', () => {
        const column = (name: string) => model('Item').columns.find((one) => one.name === name);
        expect(column('id')).toMatchObject({ hasDefault: true, isNullable: false });
        expect(column('sku')).toMatchObject({ hasDefault: false, isNullable: false, maxLength: 40 });
        expect(column('kind')).toMatchObject({ hasDefault: true, values: ['tool', 'food', "it's odd"] });
        expect(column('halfWeight')).toMatchObject({ isGenerated: true });
        expect(column('seenAt')).toMatchObject({ hasDefault: true });
        expect(column('photo')).toMatchObject({ hasDefault: false, isNullable: true, isGenerated: false });
      });

      it('indexes by their leading columns, unique ones as such', () => {
        const { indexes } = model('Item');
        expect(indexes).toContainEqual(expect.objectContaining({ columns: ['sku'], isUnique: true }));
        expect(indexes).toContainEqual(
          expect.objectContaining({ columns: ['kind', 'title'], isUnique: false, isPartial: false }),
        );
        expect(model('Order').indexes).toContainEqual(
          expect.objectContaining({ columns: ['group', 'desc'], isUnique: true }),
        );
      });

      it('references to other models', () => {
        expect(model('StockLevel').references).toEqual(
          expect.arrayContaining([
            { field: 'warehouseCode', model: 'Warehouse', targetField: 'code' },
            { field: 'itemId', model: 'Item', targetField: 'id' },
          ]),
        );
        expect(model('Order').references).toEqual([
          { field: 'from', model: 'Warehouse', targetField: 'code' },
        ]);
      });

      it('soft deletion', () => {
        expect(model('Item').softDelete).toEqual({ field: 'deletedAt', deletedWhen: 'not_null' });
        expect(model('Order').softDelete).toBeUndefined();
      });
    });

    describe('carries values', () => {
      it.each(Object.entries(exactValues))('of %s as they are', async (field, values) => {
        // A type that a database does not have is in none of its models; `describes` holds the list.
        if (!(field in itemTypes[bench.dialect])) return expect(typeOf(field)).toBeUndefined();
        const { id } = await insertItem();
        for (const value of values) {
          const key = await insertItem({ [field]: value });
          expect((await read('Item', key))?.[field]).toEqual(sameDecimal(value));
          expect(await update('Item', { id }, { [field]: value })).toBe(1);
          expect((await read('Item', { id }))?.[field]).toEqual(sameDecimal(value));
        }
        return undefined;
      });

      /** SQLite keeps no zeros at a number's end. */
      const sameDecimal = (value: unknown): unknown =>
        bench.dialect === 'sqlite' && typeof value === 'string' && /^-?\d+\.\d{6}$/.test(value)
          ? String(Number(value))
          : value;

      it('of long decimals as they are, or refuses to be exact where the database is not', async () => {
        for (const value of longDecimals) {
          const row = await read('Item', await insertItem({ weight: value }));
          if (bench.dialect === 'sqlite') expect(Number(row?.weight)).toBeCloseTo(Number(value), 1);
          else expect(row?.weight).toBe(value);
        }
      });

      it.each(Object.entries(times))('of %s to the digit that this ORM keeps', async (field, values) => {
        const { id } = await insertItem();
        const digits = bench.timeDigits[field as 'packedAt'];
        const type = typeOf(field)!;
        for (const value of values) {
          const sent = type === 'timestamp' && !value.endsWith('Z') ? `${value}Z` : value;
          expect((await read('Item', await insertItem({ [field]: sent })))?.[field]).toBe(
            cut(sent, digits, type),
          );
          await update('Item', { id }, { [field]: sent });
          expect((await read('Item', { id }))?.[field]).toBe(cut(sent, digits, type));
        }
      });

      it('null as null, and what is not given as the default', async () => {
        const fields = model('Item').columns.filter(
          ({ isNullable, isGenerated, type, name }) =>
            isNullable && !isGenerated && type !== 'unknown' && name !== 'updatedAt' && name !== 'deletedAt',
        );
        expect(fields.length).toBeGreaterThan(7);
        const key = await insertItem(Object.fromEntries(fields.map(({ name }) => [name, null])));
        const row = await read('Item', key);
        for (const { name } of fields) expect(row?.[name]).toBeNull();
        expect(row).toMatchObject({ kind: 'tool', isFragile: false });
        const { id } = await insertItem({ factor: 1.5, attributes: { a: 1 }, photo: 'AA==' });
        await update('Item', { id }, { factor: null, attributes: null, photo: null });
        expect(await read('Item', { id })).toMatchObject({ factor: null, attributes: null, photo: null });
      });

      it('of what the database computes', async () => {
        const row = await read('Item', await insertItem({ weight: '3.000000' }));
        expect(Number(row?.halfWeight)).toBe(1.5);
      });

      it('of keys, made by the database, by the product, or given; single and composite', async () => {
        const { id } = await insertItem();
        expect(String(id)).toMatch(/^\d+$/);
        const itemId = bench.dialect === 'sqlite' ? 4503599627370496 : '-9223372036854775807';
        expect(await insertItem({ id: itemId })).toEqual({ id: itemId });
        const stock = await insert('StockLevel', { warehouseCode: 'n', itemId, quantity: 3 });
        expect(stock).toEqual({ warehouseCode: 'n', itemId });
        const text = formatKey(administered('StockLevel'), stock);
        expect(text).toBe(`["n","${itemId}"]`);
        const key = parseKey(administered('StockLevel'), text, bench.dialect);
        expect(await update('StockLevel', key, { quantity: 4 })).toBe(1);
        expect(await read('StockLevel', key)).toMatchObject({ itemId, quantity: 4 });
        const order = await insert('Order', { from: 'n', group: 1, desc: 'd', quoted: 'q' });
        expect(order.select).toMatch(/^[\da-f-]{36}$/);
        expect(await read('Order', order)).toMatchObject({ from: 'n', group: 1, desc: 'd', quoted: 'q' });
      });

      it('of neighbouring keys apart, where doubles would be one', async () => {
        if (bench.dialect === 'sqlite') return expect(typeOf('id')).toBe('integer');
        await insertItem({ id: '9007199254740992', title: 'even' });
        await insertItem({ id: '9007199254740993', title: 'odd' });
        expect(await update('Item', { id: '9007199254740993' }, { title: 'changed' })).toBe(1);
        expect(await read('Item', { id: '9007199254740992' })).toMatchObject({ title: 'even' });
        expect(await read('Item', { id: '9007199254740993' })).toMatchObject({ title: 'changed' });
        expect(await remove('Item', { id: '9007199254740993' })).toBe(1);
        expect(await read('Item', { id: '9007199254740992' })).toBeDefined();
        return undefined;
      });
    });

    describe('writes', () => {
      it('through the ORM, so that what the product does on a change is done', async () => {
        open.heard?.splice(0);
        const { id } = await insertItem();
        await update('Item', { id }, { title: 'changed' });
        expect((await read('Item', { id }))?.updatedAt).toMatch(/^20\d\d-/);
        expect(await remove('Item', { id })).toBe(1);
        if (open.heard) expect(open.heard).toEqual(['insert an item', 'update changed', 'delete changed']);
      });

      it('only what is given, and only that row', async () => {
        const one = await insertItem({ title: 'one', factor: 1, attributes: { a: 1 } });
        const other = await insertItem({ title: 'other', factor: 2 });
        const before = await read('Item', one);
        await update('Item', one, { factor: 3 });
        expect(await read('Item', one)).toEqual({ ...before, factor: 3, updatedAt: expect.any(String) });
        expect(await read('Item', other)).toMatchObject({ title: 'other', factor: 2 });
      });

      it('no row when there is none', async () => {
        const { id } = await insertItem();
        await adapter().transaction(open.db, (tx) => tx.delete(model('Item'), { id }));
        const missing = bench.dialect === 'sqlite' ? 4_000_000_001 : '4000000001';
        expect(await update('Item', { id: missing }, { title: 'x' })).toBe(0);
        expect(await remove('Item', { id: missing })).toBe(0);
        expect(await remove('StockLevel', { warehouseCode: 'zz', itemId: missing })).toBe(0);
      });

      it('by statements of the library’s own: tables outside of a transaction, rows inside of one', async () => {
        await adapter().execute(
          open.db,
          'CREATE TABLE castellan_own (id integer PRIMARY KEY, note varchar(20))',
        );
        const mark = (position: number) => (bench.dialect === 'postgresql' ? `$${position}` : '?');
        await adapter().transaction(open.db, async (tx) => {
          const text = `INSERT INTO castellan_own (id, note) VALUES (${mark(1)}, ${mark(2)})`;
          expect(await tx.query({ text, values: [1, "it's ?"] })).toEqual([]);
          expect(await tx.query({ text, values: [2, null] })).toEqual([]);
          const change = `UPDATE castellan_own SET note = ${mark(1)} WHERE id = ${mark(2)}`;
          expect(await tx.query({ text: change, values: ['$1 :x', 2] })).toEqual([]);
        });
        await adapter().transaction(open.db, async (tx) => {
          const text = `INSERT INTO castellan_own (id, note) VALUES (${mark(1)}, ${mark(2)})`;
          await tx.query({ text, values: [3, "it's ?"] });
        });
        const statement = {
          text: 'SELECT note AS c0 FROM castellan_own WHERE id = 3',
          values: [],
          columns: ['c0'],
        };
        expect(await adapter().query(open.db, statement)).toEqual([
          expect.objectContaining({ c0: "it's ?" }),
        ]);
      });

      it('counts a row that is the same afterwards', async () => {
        const key = await insert('Warehouse', { code: 'same', name: 'Same' });
        expect(await update('Warehouse', key, { name: 'Same' })).toBe(1);
      });

      it('a deleted row away, or marks it where the model does so; neither twice', async () => {
        const key = await insertItem({ title: 'to go' });
        expect(await remove('Item', key)).toBe(1);
        expect(await read('Item', key)).toBeUndefined();
        expect(await remove('Item', key)).toBe(0);
        const listed = await list('Item', { filter: { field: 'title', op: 'eq', value: 'to go' } });
        expect(listed.items).toEqual([]);
        const plain = { ...administered('Item') };
        delete (plain as { softDelete?: unknown }).softDelete;
        const marked = await readRow(adapter(), open.db, plain, key);
        expect(marked?.row).toMatchObject({ title: 'to go', deletedAt: expect.stringMatching(/^20\d\d-/) });
        const order = await insert('Order', { from: 'n' });
        expect(await remove('Order', order)).toBe(1);
        expect(await remove('Order', order)).toBe(0);
      });

      it('a softly deleted row back again', async () => {
        const key = await insertItem({ title: 'back' });
        const restore = () => adapter().transaction(open.db, (tx) => tx.restore(model('Item'), key));
        await remove('Item', key);
        expect(await restore()).toBe(1);
        expect(await read('Item', key)).toMatchObject({ title: 'back', deletedAt: null });
        const order = await insert('Order', { from: 'n' });
        expect(await adapter().transaction(open.db, (tx) => tx.restore(model('Order'), order))).toBe(0);
      });

      it('a softly deleted row never: it is not there', async () => {
        const key = await insertItem();
        await remove('Item', key);
        expect(await update('Item', key, { title: 'risen' })).toBe(0);
      });
    });

    const list = (name: string, payload: Record<string, unknown>) =>
      runList(adapter(), open.db, administered(name), payload, {
        skip: 0,
        limit: 50,
        sealer: createSealer(new Uint8Array(32).fill(7)),
        models,
      });

    describe('lists', () => {
      it('by the compiler, with names that are words of SQL, and labels of what is referred to', async () => {
        const { id } = await insertItem({ title: 'listed' });
        const found = await list('Item', {
          filter: { and: [{ field: 'title', op: 'eq', value: 'listed' }] },
          sort: [{ field: 'id', direction: 'desc' }],
          count: true,
        });
        expect(found.items).toEqual([expect.objectContaining({ id })]);
        const order = await insert('Order', { from: 'n', desc: 'by words' });
        const orders = await list('Order', {
          filter: {
            or: [
              { field: 'desc', op: 'contains', value: 'BY w' },
              { field: 'group', op: 'in', value: [77] },
            ],
          },
          sort: [{ field: 'group', direction: 'asc' }],
        });
        expect(orders.items.map((row) => row.select)).toContain(order.select);
        expect(orders.labels).toMatchObject({ from: { n: 'North' } });
      });
    });

    describe('refuses', () => {
      it.each([
        ['unique', ['sku'], 'Item', () => ({ sku: 'twice', title: 'x' })],
        ['unique', ['group', 'desc'], 'Order', () => ({ from: 'n', group: 9, desc: 'twice' })],
        ['unique', ['code'], 'Warehouse', () => ({ code: 'twice', name: 'x' })],
      ] as const)('what is %s in %j, with the fields', async (kind, fields, name, values) => {
        await insert(name, values());
        const failure = await insert(name, values()).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(ConstraintFailed);
        expect(failure).toMatchObject({ kind, fields });
      });

      it('references to nothing, rows that others refer to, missing values and broken checks', async () => {
        const { id } = await insertItem();
        const kindOf = (work: Promise<unknown>) =>
          work.then(
            () => 'done',
            (error: unknown) => (error instanceof ConstraintFailed ? error.kind : error),
          );
        expect(await kindOf(insert('Order', { from: 'nowhere' }))).toBe('foreign_key');
        expect(await kindOf(insert('StockLevel', { warehouseCode: 'zz', itemId: id, quantity: 1 }))).toBe(
          'foreign_key',
        );
        await insert('Warehouse', { code: 'held', name: 'x' });
        await insert('StockLevel', { warehouseCode: 'held', itemId: id, quantity: 1 });
        expect(await kindOf(remove('Warehouse', { code: 'held' }))).toBe('foreign_key');
        expect(await kindOf(insert('StockLevel', { warehouseCode: 'n', itemId: id, quantity: -1 }))).toBe(
          'check',
        );
        expect(await kindOf(insert('Item', { title: 'without sku' }))).toBe('not_null');
      });

      it('nothing halfway: a transaction that fails leaves no trace, the product’s own writes in it neither', async () => {
        const code = randomUUID().slice(0, 8);
        const failing = adapter().transaction(open.db, async (tx) => {
          await tx.insert(model('Warehouse'), { code, name: 'x' });
          await open.makeWarehouse(tx.db, `${code}-2`.slice(0, 10));
          const statement = { text: 'SELECT COUNT(*) AS n FROM warehouse', values: [], columns: ['n'] };
          expect(Number((await tx.query(statement))[0]?.n)).toBeGreaterThan(2);
          throw new Error('no');
        });
        await expect(failing).rejects.toThrow('no');
        expect(await read('Warehouse', { code })).toBeUndefined();
        expect(await read('Warehouse', { code: `${code}-2`.slice(0, 10) })).toBeUndefined();
      });

      it('to mix transactions that run at the same time', async () => {
        const codes = ['t1', 't2', 't3', 't4'];
        const outcomes = await Promise.allSettled(
          codes.map((code, place) =>
            adapter().transaction(open.db, async (tx) => {
              await tx.insert(model('Warehouse'), { code, name: code });
              await new Promise((resolve) => setTimeout(resolve, 10));
              if (place % 2 === 1) throw new Error('odd');
            }),
          ),
        );
        expect(outcomes.map(({ status }) => status)).toEqual([
          'fulfilled',
          'rejected',
          'fulfilled',
          'rejected',
        ]);
        const there = await Promise.all(codes.map((code) => read('Warehouse', { code })));
        expect(there.map((row) => row?.code)).toEqual(['t1', undefined, 't3', undefined]);
      });

      it('a statement that takes too long, and no other', async () => {
        const slow = {
          postgresql: 'SELECT pg_sleep(5)::text AS c0',
          mysql: 'SELECT SLEEP(5) AS c0',
          // SQLite runs inside the product's process and can't be ended from it: this is short, and ends by itself.
          sqlite: 'SELECT 1 AS c0',
        }[bench.dialect];
        const asked = adapter().query(
          open.db,
          { text: slow, values: [], columns: ['c0'] },
          { timeoutMs: 100 },
        );
        if (bench.dialect === 'sqlite') await expect(asked).resolves.toHaveLength(1);
        else await expect(asked).rejects.toBeInstanceOf(StatementTimedOut);
        const after = adapter().query(open.db, {
          text: slow.replace('5', '0.3'),
          values: [],
          columns: ['c0'],
        });
        await expect(after).resolves.toHaveLength(1);
      });
    });
  });
}
