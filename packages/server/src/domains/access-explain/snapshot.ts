import { drizzle } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import type { Queryable } from '../../platform/database/transaction.ts';
import type { RunQuery } from '../access/facts.ts';

/** The database as it is at one moment: every query of it sees the same rows. */
export interface Snapshot {
  readonly db: Queryable;
  readonly run: RunQuery;
}

/** How queries of a snapshot are run. */
export interface SnapshotOptions {
  /** No query takes longer. */
  readonly timeoutMs: number;
  /** For what is worked out of thousands of rows: memory for it, and no joins row by row. */
  readonly manyRows?: boolean;
}

/**
 * Reads in one transaction that can change nothing.
 * @throws the database's own refusal of a query that took too long, which answers as `unavailable`
 */
export async function readSnapshot<T>(
  pool: Pool,
  { timeoutMs, manyRows = false }: SnapshotOptions,
  read: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const lost = (error: Error): void => {
    broken = error;
  };
  client.on('error', lost);
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const memory = manyRows ? `; SET LOCAL work_mem = '64MB'; SET LOCAL enable_nestloop = off` : '';
    // Compiling a long statement takes longer than running it once.
    await client.query(
      `SET LOCAL statement_timeout = ${Math.round(timeoutMs)}; SET LOCAL jit = off${memory}`,
    );
    const run: RunQuery = async (query, values) =>
      (await client.query({ ...query, values: [...values] })).rows;
    return await read({ db: drizzle(client), run });
  } finally {
    // Nothing was written: there is nothing to commit.
    await client.query('ROLLBACK').catch((error: Error) => {
      broken = error;
    });
    client.off('error', lost);
    client.release(broken);
  }
}
