import type { FieldType } from '@castellan/contract';
import type { ColumnDescription } from '../../models/description.ts';
import { join, raw, type Sql, sql, value } from '../sql.ts';
import { readTime, writtenDateTime, writtenInstant } from '../time-text.ts';
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

const texts = new Set(['text', 'varchar', 'character varying', 'name']);
const paddedTexts = new Set(['char', 'character', 'bpchar']);
const shortFloats = new Set(['real', 'float4']);
const casts: Readonly<Partial<Record<FieldType, string>>> = {
  boolean: 'boolean',
  // Wider than the column may be, so that what can't be in it compares instead of failing; the same indexes serve.
  integer: 'bigint',
  bigint: 'bigint',
  decimal: 'numeric',
  float: 'double precision',
  uuid: 'uuid',
  date: 'date',
  datetime: 'timestamp',
};
const readByJson = new Set<FieldType>(['date', 'datetime']);

/** Values travel as texts and are cast at the server, so that no driver's own idea of a type comes between. */
function cast(column: ColumnDescription, text: string): Sql {
  const type = baseType(column.sqlType);
  const sent = sql`CAST(${value(text)} AS text)`;
  if (texts.has(type)) return sent;
  if (paddedTexts.has(type)) return sql`CAST(${sent} AS bpchar)`;
  if (column.type === 'timestamp') return sql`(CAST(${sent} AS timestamp) AT TIME ZONE 'UTC')`;
  if (column.type === 'float' && shortFloats.has(type)) return sql`CAST(${sent} AS real)`;
  if (column.type === 'time')
    return /with time zone|timetz/.test(column.sqlType)
      ? sql`CAST(${sent} AS timetz)`
      : sql`CAST(${sent} AS time)`;
  const target = casts[column.type];
  // An enumeration, `citext`, a domain: without a cast the server takes the type that the column has.
  return target === undefined ? value(text) : sql`CAST(${sent} AS ${raw(target)})`;
}

/** PostgreSQL 15 and later. */
export const postgresql: Dialect = {
  name: 'postgresql',
  nullsLargest: true,
  comparesRows: true,
  lock: ' FOR UPDATE',
  placeholder: (position) => `$${position}`,

  selectText(column, reference) {
    switch (column.type) {
      case 'string':
      case 'text':
        return texts.has(baseType(column.sqlType)) ? reference : sql`CAST(${reference} AS text)`;
      case 'timestamp':
        return sql`(to_json(${reference} AT TIME ZONE 'UTC') #>> '{}')`;
      case 'bytes':
        return sql`encode(${reference}, 'hex')`;
      case 'array':
        // As JSON, times do not depend on how the session writes them; all else keeps every digit as a text.
        return column.itemType === 'timestamp' || readByJson.has(column.itemType ?? 'unknown')
          ? sql`CAST(to_json(${reference}) AS text)`
          : sql`CAST(to_json(CAST(${reference} AS text[])) AS text)`;
      default:
        // JSON writes times as ISO 8601 has it, whatever DateStyle says.
        return readByJson.has(column.type)
          ? sql`(to_json(${reference}) #>> '{}')`
          : sql`CAST(${reference} AS text)`;
    }
  },
  operand: (_column, reference) => reference,
  parameter: cast,
  sortOperand: (_column, reference) => reference,
  sortText: (column, reference) => postgresql.selectText(column, reference),
  sortParameter: cast,

  toWire(column, text) {
    if (column.type === 'array') return itemsToWire(column.itemType ?? 'unknown', toJson(text));
    return oneToWire(column.type, text);
  },
  toTexts(column, wire) {
    const text = String(wire);
    const own = column.type === 'timestamp' ? text.replace(/Z$/, '') : text;
    return [own, own];
  },
  direction: (direction, isNullable) =>
    `${direction === 'asc' ? 'ASC' : 'DESC'}${isNullable ? ` NULLS ${direction === 'asc' ? 'LAST' : 'FIRST'}` : ''}`,

  beginsWith(reference, prefix, support) {
    const end = endOfPrefix(prefix);
    const between = (from: string, to: string): Sql =>
      join(
        [
          sql`${reference} ${raw(from)} CAST(${value(prefix)} AS text)`,
          ...(end === undefined ? [] : [sql`${reference} ${raw(to)} CAST(${value(end)} AS text)`]),
        ],
        ' AND ',
      );
    switch (support) {
      case 'pattern_index':
        return sql`(${between('~>=~', '~<~')})`;
      case 'byte_order':
        return sql`(${between('>=', '<')})`;
      default:
        return sql`${reference} LIKE CAST(${value(`${escapeLike(prefix)}%`)} AS text) ESCAPE '!'`;
    }
  },
  contains: (reference, part) =>
    sql`CAST(${reference} AS text) ILIKE CAST(${value(`%${escapeLike(part)}%`)} AS text) ESCAPE '!'`,
};

function oneToWire(type: FieldType, text: unknown): unknown {
  if (text === null || text === undefined) return null;
  switch (type) {
    case 'boolean':
      return text === true || text === 'true' || text === 't';
    case 'integer':
      return toInteger(text);
    case 'float':
      return toNumber(text);
    case 'time':
      return readTime(String(text)) ?? String(text);
    case 'datetime':
      return writtenDateTime(String(text));
    case 'timestamp':
      return writtenInstant(String(text));
    case 'json':
      return toJson(text);
    case 'bytes':
      return hexToBase64(String(text).replace(/^\\x/, ''));
    default:
      return String(text);
  }
}

function itemsToWire(type: FieldType, items: unknown): unknown {
  return Array.isArray(items) ? items.map((item) => itemsToWire(type, item)) : oneToWire(type, items);
}
