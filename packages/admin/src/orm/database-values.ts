import type { FieldType } from '@castellan/contract';
import type { ColumnDescription, DialectName } from '../models/description.ts';

/** The part of a column that decides how a value of it is held. */
type HeldColumn = Pick<ColumnDescription, 'type' | 'itemType' | 'storage'>;

/**
 * What a driver takes for one value of the wire, for adapters that hand values to the database themselves.
 * Instants of MySQL come in UTC and still need the session's zone (see `instantOfMySql`).
 */
export function toDatabaseValue(dialect: DialectName, column: HeldColumn, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (column.type) {
    case 'boolean':
      return dialect === 'sqlite' ? Number(value) : value;
    case 'json':
      return JSON.stringify(value);
    case 'bytes':
      return Buffer.from(String(value), 'base64');
    case 'array':
      return arrayLiteral(value as readonly unknown[], column.itemType ?? 'text');
    case 'datetime':
    case 'timestamp':
      return timeOf(dialect, column, String(value));
    case 'integer':
    case 'float':
      return value;
    default:
      return String(value);
  }
}

/** MySQL reads an instant in the session's time zone; this turns one in UTC into that. `?` stands for the value. */
export const instantOfMySql = "CONVERT_TZ(?, '+00:00', @@session.time_zone)";

function timeOf(dialect: DialectName, column: HeldColumn, text: string): unknown {
  switch (column.storage) {
    case 'epoch_seconds':
      return Math.floor(Date.parse(text) / 1000);
    case 'epoch_milliseconds':
      return Date.parse(text);
    case 'utc_text':
      return shortTime(text);
    case 'utc_offset_text':
      return `${shortTime(text)} +00:00`;
  }
  return dialect === 'postgresql' ? text : text.replace('T', ' ').replace(/Z$/, '');
}

/** With milliseconds, as the ORMs write it; with microseconds only where there are some. */
function shortTime(text: string): string {
  return text
    .replace('T', ' ')
    .replace(/Z$/, '')
    .replace(/(\.\d{3})0*$/, '$1');
}

/** An array as PostgreSQL's own text, which every driver takes. */
function arrayLiteral(items: readonly unknown[], type: FieldType): string {
  const texts = items.map((item) => {
    if (item === null) return 'NULL';
    const held = toDatabaseValue('postgresql', { type }, item);
    const text = Buffer.isBuffer(held) ? `\\x${held.toString('hex')}` : String(held);
    return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
  });
  return `{${texts.join(',')}}`;
}
