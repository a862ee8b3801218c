import type { SQL } from 'drizzle-orm';
import type { DialectName } from '../../models/description.ts';
import type { RawRow, Statement } from '../adapter.ts';
import type { PostgresqlSession } from './postgresql-session.ts';
import { asDrizzleSql } from './raw-sql.ts';

/** What reads on the three dialects' databases and transactions. */
interface ReadingDatabase {
  execute(query: SQL): Promise<unknown>;
  /** SQLite. */
  all(query: SQL): Promise<readonly unknown[]>;
}

/** Runs a statement of our own. @returns its rows by name, whatever this driver gives */
export async function runStatement(
  dialect: DialectName,
  database: ReadingDatabase,
  statement: Statement,
  session?: PostgresqlSession,
): Promise<readonly RawRow[]> {
  const answered = session?.run(database, statement);
  if (answered) return rowsOf(dialect, await answered, statement);
  const query = asDrizzleSql(dialect, statement);
  const answer = dialect === 'sqlite' ? await database.all(query) : await database.execute(query);
  return rowsOf(dialect, answer, statement);
}

/** Rows by name, of the different things that Drizzle's drivers give. */
function rowsOf(dialect: DialectName, answer: unknown, statement: Statement): readonly RawRow[] {
  if (!Array.isArray(answer)) return (answer as { rows?: RawRow[] }).rows ?? [];
  // mysql2 gives rows, or what a change did, and then what it knows of the columns.
  const rows: unknown = dialect === 'mysql' ? answer[0] : answer;
  if (!Array.isArray(rows)) return [];
  return rows.map((row: unknown) => (Array.isArray(row) ? namedRow(row, statement) : (row as RawRow)));
}

function namedRow(row: readonly unknown[], { columns, text }: Statement): RawRow {
  if (columns?.length !== row.length)
    throw new TypeError(
      `This driver gives rows without names, and the statement does not name its columns: ${text}`,
    );
  return Object.fromEntries(columns.map((name, place) => [name, row[place]]));
}
