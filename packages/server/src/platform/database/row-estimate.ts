import { type Queryable, rowsOf, sql } from './transaction.ts';

/** Rows of a table by the planner's statistics, scaled to its present size; `undefined` before the first ANALYZE. */
export async function estimateRows(db: Queryable, table: string): Promise<number | undefined> {
  const [row] = await rowsOf<{ rows: string; pages: number; present_pages: string }>(
    db,
    sql`SELECT reltuples AS rows, relpages AS pages,
               pg_relation_size(oid) / current_setting('block_size')::int AS present_pages
        FROM pg_class WHERE oid = ${table}::regclass`,
  );
  if (!row || Number(row.rows) < 0 || row.pages === 0) return undefined;
  return Math.round((Number(row.rows) / row.pages) * Number(row.present_pages));
}

/** Which part of a table, in percent, holds about this many rows. */
export function samplePercent(rowsWanted: number, rows: number): number {
  return Math.min(100, (100 * rowsWanted) / Math.max(rows, 1));
}
