import { randomBytes } from 'node:crypto';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { createTestDatabase } from '@castellan/testkit/database';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { AdministeredModel } from '../../src/models/administered.ts';
import type { DialectName } from '../../src/models/description.ts';
import type { OrmAdapter, RawRow, Statement, WireValues } from '../../src/orm/adapter.ts';
import { readDatabaseError } from '../../src/orm/database-errors.ts';
import { toDatabaseValue } from '../../src/orm/database-values.ts';
import { quoteName, quoteTable } from '../../src/orm/quote.ts';
import { limitMySqlStatement } from '../../src/orm/statement-timeout.ts';
import { createTables, gadgetModels, owners, randomGadgets, randomParts } from './gadgets.ts';

/** A database with a plain driver as the adapter: nothing of an ORM stands between the compiler and it. */
export interface PlainDatabase {
  readonly adapter: Pick<OrmAdapter<undefined>, 'dialect' | 'query'>;
  /** Every statement that was asked, in order. */
  readonly asked: Statement[];
  run(text: string, values?: readonly unknown[]): Promise<readonly RawRow[]>;
  close(): Promise<void>;
}

/** Where MariaDB is, for tests: at its usual port, unless the variable says so. */
const mariadbUrl = process.env.CASTELLAN_TEST_MARIADB_URL ?? 'mysql://root@127.0.0.1:3306';

/**
 * Whether there is a MariaDB to be asked. Without one its tests are passed by with a word, and fail where nothing may be
 * left out. A run that is about another PostgreSQL (`npm test`, after the run that asks all) doesn't ask it once more.
 */
export async function hasMariadb(): Promise<boolean> {
  if (process.env.CASTELLAN_TEST_DIALECT === 'postgresql') return false;
  try {
    await (await mysql.createConnection(mariadbUrl)).end();
    return true;
  } catch (error) {
    if (process.env.CI) throw error;
    console.log(
      `\n!!! SKIPPED: nothing was tested on MariaDB. ${error instanceof Error ? error.message : error}\n`,
    );
    return false;
  }
}

/** An empty database of this kind. */
export async function openDatabase(dialect: DialectName): Promise<PlainDatabase> {
  const opened = { postgresql: openPostgresql, mysql: openMariadb, sqlite: openSqlite }[dialect];
  const { run, runWithin, close } = await opened();
  const asked: Statement[] = [];
  return {
    asked,
    run,
    close,
    adapter: {
      dialect,
      async query(_db, { text, values }, options) {
        asked.push({ text, values });
        try {
          return options?.timeoutMs === undefined
            ? await run(text, values)
            : await runWithin(text, values, options.timeoutMs);
        } catch (error) {
          throw readDatabaseError(dialect, error);
        }
      },
    },
  };
}

interface Driver {
  readonly run: (text: string, values?: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly runWithin: (
    text: string,
    values: readonly unknown[],
    timeoutMs: number,
  ) => Promise<readonly RawRow[]>;
  readonly close: () => Promise<void>;
}

async function openPostgresql(): Promise<Driver> {
  const database = await createTestDatabase({ content: 'empty' });
  // As a product may have it, and nothing for us to lean on.
  const options = '-c TimeZone=America/New_York -c DateStyle=SQL,DMY';
  const pool = new pg.Pool({ ...database.connection, options });
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    run: async (text, values = []) => (await pool.query(text, [...values])).rows as RawRow[],
    async runWithin(text, values, timeoutMs) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN READ ONLY');
        await client.query(`SET LOCAL statement_timeout = ${timeoutMs}`);
        const { rows } = await client.query(text, [...values]);
        return rows as RawRow[];
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    },
    async close() {
      await pool.end();
      await database.drop();
    },
  };
}

async function openMariadb(): Promise<Driver> {
  const name = `castellan_query_${process.pid}_${randomBytes(4).toString('hex')}`;
  const administrator = await mysql.createConnection(mariadbUrl);
  await administrator.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin`);
  const pool = mysql.createPool({ uri: `${mariadbUrl}/${name}`, connectionLimit: 2, charset: 'utf8mb4' });
  pool.pool.on('connection', (connection) => connection.query("SET time_zone = '-05:00'"));
  const run: Driver['run'] = async (text, values = []) =>
    (await pool.query(text, [...values]))[0] as RawRow[];
  return {
    run,
    runWithin: (text, values, timeoutMs) => {
      const limited = limitMySqlStatement('mariadb', { text, values }, timeoutMs);
      return run(limited.text, limited.values);
    },
    async close() {
      await pool.end();
      await administrator.query(`DROP DATABASE ${name}`);
      await administrator.end();
    },
  };
}

async function openSqlite(): Promise<Driver> {
  const database = new DatabaseSync(':memory:');
  const run: Driver['run'] = async (text, values = []) =>
    database.prepare(text).all(...(values as SQLInputValue[])) as RawRow[];
  return { run, runWithin: run, close: async () => database.close() };
}

/** Writes rows as an ORM would, at most 500 in a statement. */
export async function insertRows(
  database: Pick<PlainDatabase, 'adapter' | 'run'>,
  model: AdministeredModel,
  rows: readonly WireValues[],
): Promise<void> {
  const { dialect } = database.adapter;
  const columns = model.columns.filter((column) => rows[0] && column.name in rows[0]);
  for (let from = 0; from < rows.length; from += 100) {
    const values: unknown[] = [];
    const tuples = rows.slice(from, from + 100).map((row) => {
      const places = columns.map((column) => {
        values.push(heldValue(dialect, column, row[column.name]));
        if (dialect === 'postgresql' && column.type === 'datetime') return `$${values.length}::timestamp`;
        if (dialect !== 'mysql') return dialect === 'postgresql' ? `$${values.length}` : '?';
        return column.type === 'timestamp' ? "CONVERT_TZ(?, '+00:00', @@session.time_zone)" : '?';
      });
      return `(${places.join(', ')})`;
    });
    const names = columns.map((column) => quoteName(dialect, column.column)).join(', ');
    await database.run(
      `INSERT INTO ${quoteTable(dialect, model)} (${names}) VALUES ${tuples.join(', ')}`,
      values,
    );
  }
}

function heldValue(
  dialect: DialectName,
  column: AdministeredModel['columns'][number],
  wire: unknown,
): unknown {
  if (wire === null || wire === undefined) return null;
  if (column.type === 'array' && dialect !== 'postgresql') return JSON.stringify(wire);
  if (dialect === 'sqlite' && column.type === 'datetime') return Date.parse(`${String(wire)}Z`);
  if (dialect === 'sqlite' && column.type === 'timestamp')
    return new Date(String(wire)).toISOString().replace('T', ' ').replace('Z', '').replace('.000', '');
  return toDatabaseValue(dialect, column, wire);
}

/** A database with tables, rows and models. */
export async function openGadgets(
  dialect: DialectName,
  count: number,
): Promise<{
  readonly database: PlainDatabase;
  readonly models: ReadonlyMap<string, AdministeredModel>;
  readonly gadgets: readonly WireValues[];
  readonly parts: readonly WireValues[];
}> {
  const database = await openDatabase(dialect);
  const models = gadgetModels(dialect);
  const gadgets = randomGadgets(dialect, count);
  const parts = randomParts(60);
  for (const statement of createTables(dialect)) await database.run(statement);
  const rows = { Gadget: gadgets, Part: parts, Owner: owners };
  for (const [name, some] of Object.entries(rows)) await insertRows(database, models.get(name)!, some);
  return { database, models, gadgets, parts };
}
