import type { ColumnDescription, DialectName } from '../../models/description.ts';
import type { Sql } from '../sql.ts';

/** How an index can find what begins with a text. `none`: it can't, and every row is looked at. */
export type PrefixSupport = 'pattern_index' | 'byte_order' | 'like' | 'none';

/**
 * What differs between databases. A value has two texts: the database's own, as `select` gives it and `parameter` takes it back
 * without loss, and the wire's. Column references come in as SQL, already quoted.
 */
export interface Dialect {
  readonly name: DialectName;
  /** `NULL` stands after every value in ascending order, as the database's own indexes have it; else before. */
  readonly nullsLargest: boolean;
  /** Compares rows, `(a, b) > (x, y)`, by an index. */
  readonly comparesRows: boolean;
  /** What stands for the value at this place, from 1. */
  placeholder(position: number): string;
  /** The column's value as a text of the database (of strings: itself). */
  selectText(column: ColumnDescription, reference: Sql): Sql;
  /** What stands for the column where it is compared: itself, wherever an index shall serve. */
  operand(column: ColumnDescription, reference: Sql): Sql;
  /** A text of the database as a value that compares with `operand`. */
  parameter(column: ColumnDescription, text: string): Sql;
  /** What a list is sorted by, its text, and that text as a value: other than above where the order is another. */
  sortOperand(column: ColumnDescription, reference: Sql): Sql;
  sortText(column: ColumnDescription, reference: Sql): Sql;
  sortParameter(column: ColumnDescription, text: string): Sql;
  /** From what `selectText` gave to the wire. */
  toWire(column: ColumnDescription, text: unknown): unknown;
  /** From a value that `readWireValue` gave to the texts of the database for it: the least and the greatest in its order. */
  toTexts(column: ColumnDescription, wire: unknown): readonly [least: string, greatest: string];
  /** `ASC` or `DESC` with the place of `NULL`, as an index has it. */
  direction(direction: 'asc' | 'desc', isNullable: boolean): string;
  /** Rows whose text begins with `prefix`. */
  beginsWith(reference: Sql, prefix: string, support: PrefixSupport): Sql;
  /** Rows whose text holds `part`, without regard to case as far as the database's collation does so. */
  contains(reference: Sql, part: string): Sql;
  /** `FOR UPDATE`, where there is such a thing. */
  readonly lock: string;
}

/** Signs that `LIKE` reads, taken word for word. The escape is no backslash: how that is read is a setting of MySQL. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[!%_]/g, '!$&');
}

/** The least text, by code points, that no text with this prefix reaches; `undefined` where there is none. */
export function endOfPrefix(prefix: string): string | undefined {
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop()?.codePointAt(0) ?? 0;
    // Halves of pairs are no characters.
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    if (next <= 0x10ffff) return points.join('') + String.fromCodePoint(next);
  }
  return undefined;
}

/** A number of a database as a number of JSON; as a text where JSON has none for it. */
export function toNumber(text: unknown): number | string {
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  const word = String(text).toLowerCase();
  if (word === 'nan') return 'NaN';
  return word.startsWith('-') ? '-Infinity' : 'Infinity';
}

/** A whole number, as a text where JavaScript could not hold it. */
export function toInteger(text: unknown): number | string {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : String(text);
}

/** JSON as it stands in the database; what is none (SQLite lets anything in) stays a text. */
export function toJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return String(text);
  }
}

/** A text of pairs of hexadecimal digits in base64. */
export function hexToBase64(text: unknown): string {
  return Buffer.from(String(text), 'hex').toString('base64');
}

/** The type's first words in small letters, without its size: `numeric(12, 2)` is `numeric`. */
export function baseType(sqlType: string): string {
  return sqlType.toLowerCase().replace(/\(.*$/s, '').trim();
}
