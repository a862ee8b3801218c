import { type SQL, sql } from 'drizzle-orm';
import { Refusal } from '../refusal.ts';
import type { Vault } from '../secrets/vault.ts';

/** Seals the position in a list, so that a client can hold it and not read or change it. */
export interface Cursors {
  /** @param list names the list and everything that orders or filters it: a cursor works nowhere else */
  seal(list: string, position: readonly (string | null)[]): string;
  /** @throws Refusal `validation_failed` when it is not ours, or of another list */
  open(list: string, cursor: string): (string | null)[];
}

export function createCursors(vault: Vault): Cursors {
  return {
    seal: (list, position) =>
      vault.seal('cursors', Buffer.from(JSON.stringify(position)), list).toString('base64url'),
    open(list, cursor) {
      try {
        return JSON.parse(vault.open('cursors', Buffer.from(cursor, 'base64url'), list).toString()) as (
          | string
          | null
        )[];
      } catch {
        throw new Refusal('validation_failed', {
          fields: [{ field: 'cursor', message: 'does not belong to this list; start again without it' }],
        });
      }
    },
  };
}

/** How a list is ordered: by one column, then by id, so that no row is met twice or missed. */
export interface KeysetOrder {
  readonly column: SQL;
  /** SQL type of the column's text in a cursor. */
  readonly type: 'text' | 'timestamptz' | 'bigint' | 'integer' | 'uuid';
  readonly id: SQL;
  readonly idType?: 'uuid' | 'integer';
  readonly descending: boolean;
  /** Whether the column may be NULL; nulls come last either way. */
  readonly nullable?: boolean;
  /** For an order that no one index has. */
  readonly parts?: OrderInParts;
}

/** An order that is walked in two parts, each by an index of its own: rows that have a value, then those without. */
export interface OrderInParts {
  /** The rows with a value: the table that has it, the condition that joins it with the list's own `t`, its columns. */
  readonly valued: { readonly from: SQL; readonly on: SQL; readonly column: SQL; readonly id: SQL };
  /** What is true of the rows without one, which are in the order of their ids. */
  readonly valueless: SQL;
  /** What stands for the missing value in {@link KeysetOrder.column}, and comes last. */
  readonly standIn: string;
  /** Walked towards its beginning: rows without a value are met first. */
  readonly isReversed?: boolean;
}

/** `ORDER BY` of a keyset list. */
export function orderBy({ column, id, descending, nullable }: KeysetOrder): SQL {
  const direction = descending ? sql`DESC` : sql`ASC`;
  return nullable
    ? sql`ORDER BY ${column} ${direction} NULLS LAST, ${id} ${direction}`
    : sql`ORDER BY ${column} ${direction}, ${id} ${direction}`;
}

/** The condition that continues behind a position. */
export function behind(order: KeysetOrder, position: readonly (string | null)[]): SQL {
  const [value, id] = position as [string | null, string];
  const idValue = sql`${id}::${sql.raw(order.idType ?? 'uuid')}`;
  const compare = order.descending ? sql`<` : sql`>`;
  if (value === null) return sql`(${order.column} IS NULL AND ${order.id} ${compare} ${idValue})`;
  const row = sql`(${order.column}, ${order.id}) ${compare} (${value}::${sql.raw(order.type)}, ${idValue})`;
  return order.nullable ? sql`(${row} OR ${order.column} IS NULL)` : row;
}

/** Joins conditions with AND; true when there are none. */
export function allOf(conditions: readonly (SQL | undefined)[]): SQL {
  const given = conditions.filter((condition): condition is SQL => condition !== undefined);
  return given.length === 0 ? sql`true` : sql.join(given, sql` AND `);
}

/** A word-prefix search over a `tsvector` column: every word of the text must begin a word of the row. */
export function wordsBegin(column: SQL, search: string | undefined): SQL | undefined {
  // The characters that the columns split e-mail addresses and slugs at; anything else the parser would split at, too.
  const words =
    search
      ?.toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter(Boolean) ?? [];
  if (search === undefined || search === '') return undefined;
  if (words.length === 0) return sql`false`;
  return sql`${column} @@ to_tsquery('simple', ${words
    .slice(0, 10)
    .map((word) => `(${spellings(word).join(' | ')})`)
    .join(' & ')})`;
}

/**
 * How the search columns may hold a word. A database whose locale is C folds the case of ASCII letters only, so
 * there "Émile" stays as it was written; with any other locale the first spelling is the one that is met.
 */
function spellings(word: string): string[] {
  const upper = word.replace(/[^\p{ASCII}]/gu, (letter) => letter.toUpperCase());
  const capital = word.replace(/^[^\p{ASCII}]/u, (letter) => letter.toUpperCase());
  return [...new Set([word, capital, upper])].map((spelling) => `'${spelling}':*`);
}
