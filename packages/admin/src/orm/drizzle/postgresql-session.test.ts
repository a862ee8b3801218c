import { createTestDatabase, type TestDatabase } from '@castellan/testkit/database';
import { drizzle } from 'drizzle-orm/node-postgres';
import { bigint, pgTable, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drizzleAdmin } from './index.ts';

const Shelf = pgTable('shelf', { id: bigint({ mode: 'bigint' }).primaryKey(), label: text() });
const list = 'SELECT "label" AS c0 FROM "shelf" WHERE "id" >= $1 ORDER BY "id"';

describe('statements on a Drizzle session, that PostgreSQL may keep', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  const kept = async (): Promise<readonly { name: string; statement: string }[]> =>
    (await pool.query(`SELECT name, statement FROM pg_prepared_statements`)).rows;

  beforeAll(async () => {
    database = await createTestDatabase({ content: 'empty' });
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    await database.pool.query(
      'DROP TABLE IF EXISTS shelf; CREATE TABLE shelf (id bigint, label varchar(40))',
    );
    await database.pool.query(`INSERT INTO shelf VALUES (1, 'one'), (2, 'two')`);
    // One connection: what is kept is kept by each.
    pool = new pg.Pool({ ...database.connection, max: 1 });
    pool.on('connect', (client) => client.on('error', () => {}));
    return () => pool.end();
  });

  it('are kept once for each text, whatever the values, and only when the product asks for it', async () => {
    const db = drizzle(pool);
    const plain = drizzleAdmin({ Shelf });
    expect(await plain.query(db, { text: list, values: [1] })).toEqual([{ c0: 'one' }, { c0: 'two' }]);
    expect(await kept()).toEqual([]);

    const adapter = drizzleAdmin({ Shelf }, { preparesStatements: true });
    expect(await adapter.query(db, { text: list, values: [1] })).toEqual([{ c0: 'one' }, { c0: 'two' }]);
    expect(await adapter.query(db, { text: list, values: [2] })).toEqual([{ c0: 'two' }]);
    expect(await kept()).toEqual([{ name: expect.stringMatching(/^castellan_[\w-]{22}$/), statement: list }]);
  });

  it('share a connection with another service of the process', async () => {
    const db = drizzle(pool);
    for (const label of ['one', 'two']) {
      const adapter = drizzleAdmin({ Shelf }, { preparesStatements: true });
      const text = `SELECT "id" AS c0 FROM "shelf" WHERE "label" = '${label}'`;
      expect(await adapter.query(db, { text, values: [] })).toHaveLength(1);
      expect(await adapter.query(db, { text: list, values: [1] })).toHaveLength(2);
    }
    expect(await kept()).toHaveLength(3);
  });

  it('answer after a column got another type, on every connection and from then on', async () => {
    const db = drizzle(pool);
    const adapter = drizzleAdmin({ Shelf }, { preparesStatements: true });
    await adapter.query(db, { text: list, values: [1] });
    for (const type of ['text', 'varchar(90)']) {
      await database.pool.query(`ALTER TABLE shelf ALTER COLUMN label TYPE ${type}`);
      for (let time = 0; time < 2; time++)
        expect(await adapter.query(db, { text: list, values: [2] })).toEqual([{ c0: 'two' }]);
    }
  });

  it('are at most two hundred, and the next ones run all the same', async () => {
    const db = drizzle(pool);
    const adapter = drizzleAdmin({ Shelf }, { preparesStatements: true });
    for (let number = 0; number < 210; number++)
      expect(await adapter.query(db, { text: `SELECT ${number} AS c0`, values: [] })).toEqual([
        { c0: number },
      ]);
    expect(await kept()).toHaveLength(200);
  });

  it('are none within a time-out, whose transaction is its own', async () => {
    const adapter = drizzleAdmin({ Shelf }, { preparesStatements: true });
    await adapter.query(drizzle(pool), { text: list, values: [1] }, { timeoutMs: 1000 });
    expect(await kept()).toEqual([]);
  });

  it('refuse what is wrong as they would unkept', async () => {
    const adapter = drizzleAdmin({ Shelf }, { preparesStatements: true });
    await expect(
      adapter.query(drizzle(pool), { text: 'SELECT nothing FROM shelf', values: [] }),
    ).rejects.toThrow();
  });
});
