import type { ColumnDescription } from '../../models/description.ts';
import { type Sql, sql, value } from '../sql.ts';
import { instantOf, microsecondsOf, readDateTime, readInstant, readTime } from '../time-text.ts';
import {
  baseType,
  type Dialect,
  endOfPrefix,
  escapeLike,
  hexToBase64,
  toInteger,
  toJson,
  toNumber,
} from './dialect.ts';

const isTime = (column: ColumnDescription): boolean =>
  column.type === 'timestamp' || column.type === 'datetime';
const epochOf = (column: ColumnDescription): bigint | undefined =>
  !isTime(column)
    ? undefined
    : column.storage === 'epoch_seconds'
      ? 1_000_000n
      : column.storage === 'epoch_milliseconds'
        ? 1_000n
        : undefined;
/** A decimal in a column of texts: by its letters, 10 would come before 9. */
const isTextDecimal = (column: ColumnDescription): boolean =>
  column.type === 'decimal' && /char|clob|text/i.test(baseType(column.sqlType));

function parameter(column: ColumnDescription, text: string): Sql {
  const sent = value(text);
  if (epochOf(column) !== undefined) return sql`CAST(${sent} AS NUMERIC)`;
  switch (column.type) {
    case 'boolean':
    case 'integer':
    case 'bigint':
      return sql`CAST(${sent} AS INTEGER)`;
    case 'float':
      return sql`CAST(${value(text.replace('Inf', '9e999'))} AS REAL)`;
    case 'decimal':
      return sql`CAST(${sent} AS NUMERIC)`;
    default:
      return sent;
  }
}

function operand(column: ColumnDescription, reference: Sql): Sql {
  return isTextDecimal(column) ? sql`CAST(${reference} AS NUMERIC)` : reference;
}

function selectText(column: ColumnDescription, reference: Sql): Sql {
  switch (column.type) {
    case 'float':
    case 'decimal':
      // A cast gives 15 digits of a REAL, which are not always all.
      return sql`CASE typeof(${reference}) WHEN 'real' THEN printf('%!.17g', ${reference}) ELSE CAST(${reference} AS TEXT) END`;
    case 'bytes':
      return sql`CASE WHEN ${reference} IS NULL THEN NULL ELSE hex(${reference}) END`;
    default:
      return sql`CAST(${reference} AS TEXT)`;
  }
}

/** SQLite, which holds any type in any column: what its values are is said by the model, and by `storage`. */
export const sqlite: Dialect = {
  name: 'sqlite',
  nullsLargest: false,
  comparesRows: true,
  lock: '',
  placeholder: () => '?',
  selectText,
  operand,
  parameter,
  sortOperand: operand,
  sortText: (column, reference) => selectText(column, operand(column, reference)),
  sortParameter: parameter,

  toWire(column, text) {
    if (text === null || text === undefined) return null;
    const unit = epochOf(column);
    if (unit !== undefined) return timeToWire(column, timeOfEpoch(String(text), unit));
    switch (column.type) {
      case 'boolean':
        return text === 'true' || Number(text) !== 0;
      case 'integer':
        return toInteger(text);
      case 'float':
        return toNumber(String(text).replace('Inf', 'Infinity'));
      case 'decimal':
        return shortDecimal(String(text));
      case 'time':
        return readTime(String(text)) ?? String(text);
      case 'datetime':
      case 'timestamp':
        return timeToWire(column, String(text));
      case 'json':
      case 'array':
        return toJson(text);
      case 'bytes':
        return hexToBase64(text);
      default:
        return String(text);
    }
  },
  toTexts(column, wire) {
    if (!isTime(column)) {
      const text = String(typeof wire === 'boolean' ? Number(wire) : wire);
      return [text, text];
    }
    const text = String(wire);
    const unit = epochOf(column);
    if (unit !== undefined) {
      const number = decimalOf(microsecondsOf(text), unit);
      return [number, number];
    }
    const day = `${text.slice(0, 10)} `;
    const [seconds, fraction] = [text.slice(11, 19), text.slice(20, 26)];
    const parts = fraction.endsWith('000') ? fraction.slice(0, 3) : fraction;
    const long = `${day}${seconds}.${parts}`;
    if (column.storage === 'utc_offset_text') return [`${long} +00:00`, `${long} +00:00`];
    // Whole seconds are there with and without a fraction: `datetime('now')` gives none.
    return [parts === '000' ? day + seconds : long, long];
  },
  direction: (direction) => (direction === 'asc' ? 'ASC' : 'DESC'),

  beginsWith(reference, prefix, support) {
    const end = endOfPrefix(prefix);
    // The collation of bytes, which is the usual one, so that its index serves; with any other it is right and slow.
    const from = sql`${reference} >= ${value(prefix)} COLLATE BINARY`;
    if (support === 'like') return sql`${reference} LIKE ${value(`${escapeLike(prefix)}%`)} ESCAPE '!'`;
    return end === undefined ? from : sql`(${from} AND ${reference} < ${value(end)} COLLATE BINARY)`;
  },
  contains: (reference, part) => sql`${reference} LIKE ${value(`%${escapeLike(part)}%`)} ESCAPE '!'`,
};

function timeToWire({ type }: ColumnDescription, text: string): string {
  const instant = readInstant(text, 'Z');
  return (type === 'timestamp' ? instant : (instant?.slice(0, -1) ?? readDateTime(text))) ?? text;
}

function timeOfEpoch(text: string, unit: bigint): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!parts) return text;
  const [, sign, whole = '0', fraction = ''] = parts;
  const digits = unit === 1_000_000n ? 6 : 3;
  const size = BigInt(whole) * unit + BigInt(fraction.slice(0, digits).padEnd(digits, '0'));
  return instantOf(sign === '-' ? -size : size) ?? text;
}

/** Microseconds in units, as a decimal: exact. */
function decimalOf(microseconds: bigint, unit: bigint): string {
  const size = microseconds < 0n ? -microseconds : microseconds;
  const digits = unit === 1_000_000n ? 6 : 3;
  const fraction = String(size % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return `${microseconds < 0n ? '-' : ''}${size / unit}${fraction === '' ? '' : `.${fraction}`}`;
}

/** A REAL's shortest text, without an exponent; any other stays as it is. */
function shortDecimal(text: string): string {
  if (!/^-?\d+\.\d+(e[+-]\d+)?$/.test(text) || (text.length < 17 && !text.includes('e'))) return text;
  const short = String(Number(text));
  const [, sign = '', whole = '0', fraction = '', exponent] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(short) ?? [];
  if (exponent === undefined) return short;
  const point = whole.length + Number(exponent);
  const digits = `${'0'.repeat(Math.max(0, 1 - point))}${whole}${fraction}`.padEnd(point, '0');
  const rest = digits.slice(Math.max(1, point));
  return `${sign}${digits.slice(0, Math.max(1, point))}${rest === '' ? '' : `.${rest}`}`;
}
