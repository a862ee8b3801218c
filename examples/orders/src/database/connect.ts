import { readFile } from 'node:fs/promises';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';

/** The product's database, for queries. */
export type Database = NodePgDatabase;
/** A transaction of it. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
/** Either: what a query needs. */
export type Queries = Database | Transaction;

/** An open database. */
export interface Connection {
  readonly pool: pg.Pool;
  readonly database: Database;
}

const schemaFile = new URL('../../schema.sql', import.meta.url);
/** Any number will do as long as it stays: two processes that start at once then take turns. */
const schemaLock = 7_261_001;

/** Opens the database and makes the tables that are missing. */
export async function connect(url: string, onIdleError: (error: Error) => void): Promise<Connection> {
  const pool = new pg.Pool({ connectionString: url, max: 10, application_name: 'orders' });
  // Without a listener, a connection that the database closes while idle would end the process.
  pool.on('error', onIdleError);
  // Nor may one that is lost while the pool lets go of it.
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    await applySchema(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return { pool, database: drizzle(pool) };
}

async function applySchema(pool: pg.Pool): Promise<void> {
  const statements = await readFile(schemaFile, 'utf8');
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [schemaLock]);
    await client.query(statements);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}
