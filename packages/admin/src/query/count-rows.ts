import type { AdministeredModel } from '../models/administered.ts';
import { type OrmAdapter, type Statement, StatementTimedOut } from '../orm/adapter.ts';
import { type CompiledList, countedAtMost } from './compile-list.ts';

/** How many rows a list has. */
export interface Total {
  readonly count: number;
  /** The planner's guess, or a bound: there are about, or at least, so many. */
  readonly is_estimate: boolean;
}

/** How long rows are counted before they are guessed, in milliseconds. */
const countTimeoutMs = 500;
/** Of a whole table that the planner takes for so large, no row is counted. */
const surelyMany = countedAtMost * 10;

type Reader<Db> = Pick<OrmAdapter<Db>, 'dialect' | 'query'>;

/** Counts a list's rows where that is cheap, else says what the database's planner expects. */
export async function countRows<Db>(
  adapter: Reader<Db>,
  db: Db,
  model: AdministeredModel,
  list: CompiledList,
): Promise<Total> {
  const guess = await guessRows(adapter, db, model, list);
  if (!list.isFiltered && guess !== undefined && guess > surelyMany)
    return { count: guess, is_estimate: true };
  try {
    const options = list.isFiltered ? { timeoutMs: countTimeoutMs } : {};
    const [row] = await adapter.query(db, list.count(), options);
    const count = Number(row?.n ?? 0);
    if (count <= countedAtMost) return { count, is_estimate: false };
    return { count: Math.max(guess ?? 0, count), is_estimate: true };
  } catch (error) {
    if (!(error instanceof StatementTimedOut)) throw error;
    return { count: guess ?? 0, is_estimate: true };
  }
}

/** What the planner expects, from the statistics it keeps; `undefined` where it has none. */
async function guessRows<Db>(
  adapter: Reader<Db>,
  db: Db,
  model: AdministeredModel,
  list: CompiledList,
): Promise<number | undefined> {
  const explain = (prefix: string, column: string): Statement => {
    const { text, values } = list.all();
    return { text: `${prefix} ${text}`, values, columns: [column] };
  };
  switch (adapter.dialect) {
    case 'postgresql': {
      const [row] = await adapter.query(db, explain('EXPLAIN (FORMAT JSON)', 'QUERY PLAN'));
      const plan = asJson(row?.['QUERY PLAN']) as { Plan?: { 'Plan Rows'?: number } }[] | undefined;
      return plan?.[0]?.Plan?.['Plan Rows'];
    }
    case 'mysql': {
      const [row] = await adapter.query(db, explain('EXPLAIN FORMAT=JSON', 'EXPLAIN'));
      return rowsOfTable(asJson(row?.EXPLAIN));
    }
    case 'sqlite':
      return list.isFiltered ? undefined : guessOfSqlite(adapter, db, model);
  }
}

/** What `ANALYZE` noted, where it was ever run: the first number of each index of the table. */
async function guessOfSqlite<Db>(
  adapter: Reader<Db>,
  db: Db,
  model: AdministeredModel,
): Promise<number | undefined> {
  const exists = await adapter.query(db, {
    text: "SELECT 1 AS c0 FROM sqlite_master WHERE type = 'table' AND name = 'sqlite_stat1'",
    values: [],
    columns: ['c0'],
  });
  if (exists.length === 0) return undefined;
  const [row] = await adapter.query(db, {
    text: 'SELECT max(CAST(stat AS INTEGER)) AS c0 FROM sqlite_stat1 WHERE tbl = ?',
    values: [model.table],
    columns: ['c0'],
  });
  const count = Number(row?.c0 ?? 0);
  return count > 0 ? count : undefined;
}

/** MySQL says how many rows come of a table, MariaDB how many it reads and which part of them stays. */
function rowsOfTable(plan: unknown): number | undefined {
  if (typeof plan !== 'object' || plan === null) return undefined;
  const node = plan as Readonly<Record<string, unknown>>;
  if (typeof node.rows_produced_per_join === 'number') return node.rows_produced_per_join;
  if (typeof node.rows === 'number') return Math.round((node.rows * Number(node.filtered ?? 100)) / 100);
  for (const inner of Object.values(node)) {
    const found = rowsOfTable(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function asJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
