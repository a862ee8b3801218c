import { type SQL, sql } from 'drizzle-orm';
import type { DialectName } from '../../models/description.ts';
import type { Statement } from '../adapter.ts';

/** Quoted text and names, and comments of neither kind: placeholders inside of quotes are none. */
const tokens = {
  postgresql: /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\d+)/g,
  mysql: /'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*"|`(?:[^`]|``)*`|\?/g,
  sqlite: /'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g,
} as const;

/** A statement of our compiler as Drizzle's own SQL, so that it runs through its session, logger and all. */
export function asDrizzleSql(dialect: DialectName, statement: Statement): SQL {
  const chunks: SQL[] = [];
  let from = 0;
  let next = 0;
  for (const match of statement.text.matchAll(tokens[dialect])) {
    const isPlaceholder = match[1] !== undefined || match[0] === '?';
    if (!isPlaceholder) continue;
    const place = match[1] === undefined ? next++ : Number(match[1]) - 1;
    chunks.push(sql.raw(statement.text.slice(from, match.index)), sql`${sql.param(statement.values[place])}`);
    from = match.index + match[0].length;
  }
  chunks.push(sql.raw(statement.text.slice(from)));
  return sql.join(chunks);
}
