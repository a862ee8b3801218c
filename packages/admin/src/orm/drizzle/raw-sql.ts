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
  const { pieces, values } = statement.pieces
    ? { pieces: statement.pieces, values: statement.values }
    : takeApart(dialect, statement);
  return sql(pieces as readonly string[] as TemplateStringsArray, ...values.map((one) => sql.param(one)));
}

function takeApart(
  dialect: DialectName,
  { text, values }: Statement,
): { readonly pieces: readonly string[]; readonly values: readonly unknown[] } {
  const pieces: string[] = [];
  const placed: unknown[] = [];
  let from = 0;
  for (const match of text.matchAll(tokens[dialect])) {
    const isPlaceholder = match[1] !== undefined || match[0] === '?';
    if (!isPlaceholder) continue;
    placed.push(values[match[1] === undefined ? placed.length : Number(match[1]) - 1]);
    pieces.push(text.slice(from, match.index));
    from = match.index + match[0].length;
  }
  return { pieces: [...pieces, text.slice(from)], values: placed };
}
