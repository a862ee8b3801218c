import type { Statement } from './adapter.ts';

/** The databases that speak MySQL end a statement in different ways. */
export type MySqlFlavour = 'mariadb' | 'mysql';

/** Which one it is, by `SELECT VERSION()`. */
export const flavourOf = (version: string): MySqlFlavour => (/mariadb/i.test(version) ? 'mariadb' : 'mysql');

/**
 * A statement that its server ends after so long. It holds for this statement alone: nothing is left on the connection.
 * MariaDB: https://mariadb.com/docs/server/ha-and-performance/optimization-and-tuning/query-optimizations/aborting-statements ;
 * MySQL: the hint `MAX_EXECUTION_TIME`, which works for `SELECT` only.
 */
export function limitMySqlStatement(
  flavour: MySqlFlavour,
  statement: Statement,
  timeoutMs: number,
): Statement {
  const ms = Math.max(1, Math.round(timeoutMs));
  const text =
    flavour === 'mariadb'
      ? `SET STATEMENT max_statement_time=${ms / 1000} FOR ${statement.text}`
      : statement.text.replace(/^\s*SELECT\b/i, `SELECT /*+ MAX_EXECUTION_TIME(${ms}) */`);
  const { pieces: _, ...rest } = statement;
  return { ...rest, text };
}
