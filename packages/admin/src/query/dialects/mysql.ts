import type { ColumnDescription } from '../../models/description.ts';
import { join, raw, type Sql, sql, value } from '../sql.ts';
import { instantOf, readDateTime, readTime } from '../time-text.ts';
import { baseType, type Dialect, escapeLike, hexToBase64, toInteger, toJson, toNumber } from './dialect.ts';

const shortFloats = new Set(['float', 'float unsigned']);

const spatial = new Set([
  'geometry',
  'point',
  'linestring',
  'polygon',
  'multipoint',
  'multilinestring',
  'multipolygon',
  'geometrycollection',
  'geomcollection',
]);
const binary = /blob$|binary$/;

const isNativeEnum = (column: ColumnDescription): boolean => /^\s*enum\s*\(/i.test(column.sqlType);
const isBit = (column: ColumnDescription): boolean => baseType(column.sqlType) === 'bit';

/**
 * A text that compares as the column's own type does: a whole number compared with a text would be compared as a double, and
 * two of them that differ in the last digit would be one.
 */
function parameter(column: ColumnDescription, text: string): Sql {
  const sent = value(text);
  switch (column.type) {
    case 'boolean':
    case 'integer':
    case 'bigint':
      return text.startsWith('-') ? sql`CAST(${sent} AS SIGNED)` : sql`CAST(${sent} AS UNSIGNED)`;
    case 'decimal': {
      const fraction = text.split('.')[1]?.length ?? 0;
      return sql`CAST(${sent} AS DECIMAL(65, ${raw(String(Math.min(fraction, 30)))}))`;
    }
    case 'float':
      return sql`(${sent} + 0E0)`;
    case 'date':
      return sql`CAST(${sent} AS DATE)`;
    case 'time':
      return sql`CAST(${sent} AS TIME(6))`;
    case 'datetime':
      return sql`CAST(${sent} AS DATETIME(6))`;
    case 'timestamp':
      // A TIMESTAMP is compared in the session's time zone, whichever that is.
      return sql`CONVERT_TZ(CAST(${sent} AS DATETIME(6)), '+00:00', @@session.time_zone)`;
    default:
      return sent;
  }
}

function selectText(column: ColumnDescription, reference: Sql): Sql {
  switch (column.type) {
    case 'string':
    case 'text':
      return reference;
    case 'boolean':
      return isBit(column) ? sql`CAST(${reference} + 0 AS CHAR)` : sql`CAST(${reference} AS CHAR)`;
    case 'float':
      // As a double, so that it comes back as what it compares with.
      return shortFloats.has(baseType(column.sqlType))
        ? sql`CAST(${reference} + 0E0 AS CHAR)`
        : sql`CAST(${reference} AS CHAR)`;
    case 'timestamp':
      // Of a TIMESTAMP this is what is stored; its text would be that of the session's time zone.
      return sql`CAST(UNIX_TIMESTAMP(${reference}) AS CHAR)`;
    case 'bytes':
      return sql`HEX(${reference})`;
    case 'unknown':
      if (spatial.has(baseType(column.sqlType))) return sql`ST_AsText(${reference})`;
      // Bytes that are no text of the connection's character set can't be shown as one.
      return binary.test(baseType(column.sqlType)) ? sql`HEX(${reference})` : sql`CAST(${reference} AS CHAR)`;
    default:
      return sql`CAST(${reference} AS CHAR)`;
  }
}

/**
 * An ENUM sorts by the place of its words, and compares with a text by its letters. Its place as a number (`state + 0`) would do both,
 * but where a filter says `state = 'open'`, MariaDB 10.11 puts the word in its stead, and takes `'open' + 0` for 0.
 */
function enumOrder(column: ColumnDescription, reference: Sql): Sql {
  if (!column.values) return sql`CAST(${reference} AS CHAR)`;
  const place = sql`FIELD(${join([reference, ...column.values.map(value)], ', ')})`;
  return column.isNullable ? sql`CASE WHEN ${reference} IS NULL THEN NULL ELSE ${place} END` : place;
}

const utcText = (instant: string): string => instant.replace('T', ' ').replace(/Z$/, '');

/** MySQL 8 and MariaDB 10.11, and later. */
export const mysql: Dialect = {
  name: 'mysql',
  nullsLargest: false,
  comparesRows: false,
  lock: ' FOR UPDATE',
  placeholder: () => '?',
  selectText,
  operand: (_column, reference) => reference,
  parameter,
  sortOperand: (column, reference) => (isNativeEnum(column) ? enumOrder(column, reference) : reference),
  sortText: (column, reference) =>
    isNativeEnum(column) ? sql`CAST(${enumOrder(column, reference)} AS CHAR)` : selectText(column, reference),
  sortParameter: (column, text) => {
    if (isNativeEnum(column)) return column.values ? sql`CAST(${value(text)} AS UNSIGNED)` : value(text);
    return parameter(column, column.type === 'timestamp' ? utcText(instantOfSeconds(text)) : text);
  },

  toWire(column, text) {
    if (text === null || text === undefined) return null;
    switch (column.type) {
      case 'boolean':
        return Number(text) !== 0;
      case 'integer':
        return toInteger(text);
      case 'float':
        return toNumber(text);
      case 'time':
        return readTime(String(text)) ?? String(text);
      case 'datetime':
        return readDateTime(String(text)) ?? String(text);
      case 'timestamp':
        return instantOfSeconds(String(text));
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
    const text = String(typeof wire === 'boolean' ? Number(wire) : wire);
    const own = column.type === 'timestamp' || column.type === 'datetime' ? utcText(text) : text;
    return [own, own];
  },
  direction: (direction) => (direction === 'asc' ? 'ASC' : 'DESC'),

  beginsWith: (reference, prefix) => sql`${reference} LIKE ${value(`${escapeLike(prefix)}%`)} ESCAPE '!'`,
  contains: (reference, part) => sql`${reference} LIKE ${value(`%${escapeLike(part)}%`)} ESCAPE '!'`,
};

/** `UNIX_TIMESTAMP`: seconds since 1970 with as many decimals as the column has. */
function instantOfSeconds(text: string): string {
  const [seconds = '0', fraction = ''] = text.split('.');
  return instantOf(BigInt(seconds) * 1_000_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'))) ?? text;
}
