import type { FieldType } from '@castellan/contract';
import type { ColumnDescription, DialectName } from '../models/description.ts';
import { readDate, readDateTime, readInstant, readTime } from './time-text.ts';

/** A value as it should be on the wire, or what is wrong with it in words for whoever sent it. */
export type ReadValue =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string };

/** The part of a column that decides what its values look like. */
export type ValueColumn = Pick<
  ColumnDescription,
  'type' | 'itemType' | 'values' | 'maxLength' | 'sqlType' | 'isNullable'
>;

/** What the value is for: what is written has to fit into the column, what is compared with need not. */
export type ValuePurpose = 'write' | 'compare';

const longestComparedText = 10_000;
const ok = (value: unknown): ReadValue => ({ ok: true, value });
const no = (problem: string): ReadValue => ({ ok: false, problem });

/**
 * Reads a value of the wire for one column, and gives it in its one form: instants in UTC with microseconds, UUIDs in small
 * letters, numbers without needless zeros in front. `null` is for the column's nullability to judge when it is written, and never compared with.
 */
export function readWireValue(
  dialect: DialectName,
  column: ValueColumn,
  sent: unknown,
  purpose: ValuePurpose,
): ReadValue {
  if (sent === null || sent === undefined) {
    if (purpose === 'compare') return no('a value; `is_null` asks for what is not there');
    return column.isNullable ? ok(null) : no('can’t be empty');
  }
  return readers[column.type]({ dialect, column, purpose }, sent);
}

interface Reading {
  readonly dialect: DialectName;
  readonly column: ValueColumn;
  readonly purpose: ValuePurpose;
}
type Reader = (reading: Reading, sent: unknown) => ReadValue;

/**
 * Text that every database can hold: UTF-8, and no zero character. PostgreSQL refuses it, SQLite ends a text there for most of its
 * functions (https://sqlite.org/nulinstr.html), and MariaDB sorts it before nothing, but compares it as after.
 */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

const readText: Reader = ({ column, purpose }, sent) => {
  if (typeof sent !== 'string') return no('a text');
  if (!isStorable(sent)) return no('a text without characters that can’t be stored');
  const most = purpose === 'write' ? column.maxLength : longestComparedText;
  return most !== undefined && [...sent].length > most
    ? no(`a text of at most ${most} characters`)
    : ok(sent);
};

const readBoolean: Reader = (_, sent) => (typeof sent === 'boolean' ? ok(sent) : no('true or false'));

const integerRanges: Readonly<Record<string, readonly [number, number]>> = {
  tinyint: [-128, 127],
  smallint: [-32_768, 32_767],
  int2: [-32_768, 32_767],
  mediumint: [-8_388_608, 8_388_607],
  integer: [-2_147_483_648, 2_147_483_647],
  int: [-2_147_483_648, 2_147_483_647],
  int4: [-2_147_483_648, 2_147_483_647],
};

const readInteger: Reader = ({ dialect, column, purpose }, sent) => {
  if (typeof sent !== 'number' || !Number.isSafeInteger(sent)) return no('a whole number');
  const range = dialect === 'sqlite' ? undefined : integerRanges[column.sqlType.toLowerCase().trim()];
  if (purpose === 'write' && range && (sent < range[0] || sent > range[1]))
    return no(`a whole number from ${range[0]} to ${range[1]}`);
  return ok(sent === 0 ? 0 : sent);
};

const readBigint: Reader = ({ dialect, column }, sent) => {
  const text = typeof sent === 'number' && Number.isSafeInteger(sent) ? String(sent) : sent;
  if (typeof text !== 'string' || !/^-?\d{1,20}$/.test(text)) return no('a whole number, as a text');
  const number = BigInt(text);
  const isUnsigned = dialect === 'mysql' && /unsigned|serial/i.test(column.sqlType);
  const [least, most] = isUnsigned ? [0n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n];
  return number >= least && number <= most
    ? ok(String(number))
    : no(`a whole number from ${least} to ${most}`);
};

const readDecimal: Reader = ({ dialect, column, purpose }, sent) => {
  const text = typeof sent === 'number' && Number.isFinite(sent) ? String(sent) : sent;
  const parts = typeof text === 'string' ? /^(-?)0*(\d+)(?:\.(\d+))?$/.exec(text) : null;
  const digits = dialect === 'mysql' ? 65 : 1000;
  if (!parts || (text as string).length > digits * 2) return no('a decimal number, as a text');
  const [, sign = '', whole = '0', fraction = ''] = parts;
  const bounds = /\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)/.exec(column.sqlType);
  if (purpose === 'write' && bounds) {
    const scale = Number(bounds[2] ?? 0);
    if (fraction.replace(/0+$/, '').length > scale) return no(`a number with at most ${scale} decimals`);
    if (whole !== '0' && whole.length > Number(bounds[1]) - scale)
      return no(`a number with at most ${Number(bounds[1]) - scale} digits before the point`);
  }
  if (whole.length + fraction.length > digits || fraction.length > (dialect === 'mysql' ? 30 : digits))
    return no(`a decimal number of at most ${digits} digits`);
  return ok(`${sign}${whole}${fraction ? `.${fraction}` : ''}`);
};

const unusualFloats = ['NaN', 'Infinity', '-Infinity'];

const readFloat: Reader = ({ dialect }, sent) => {
  if (typeof sent === 'number' && Number.isFinite(sent)) return ok(sent === 0 ? 0 : sent);
  return dialect === 'postgresql' && unusualFloats.includes(sent as string) ? ok(sent) : no('a number');
};

const readUuid: Reader = (_, sent) =>
  typeof sent === 'string' && /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(sent)
    ? ok(sent.toLowerCase())
    : no('a UUID');

const readEnum: Reader = (reading, sent) => {
  const { values } = reading.column;
  if (values === undefined) return readText(reading, sent);
  return values.includes(sent as string) ? ok(sent) : no(`one of ${values.slice(0, 50).join(', ')}`);
};

const timeReader =
  (read: (text: string) => string | undefined, expected: string, hasInfinity: boolean): Reader =>
  ({ dialect }, sent) => {
    if (hasInfinity && dialect === 'postgresql' && (sent === 'infinity' || sent === '-infinity'))
      return ok(sent);
    const value = typeof sent === 'string' && sent.length <= 40 ? read(sent) : undefined;
    return value === undefined ? no(expected) : ok(value);
  };

const readBytes: Reader = (_, sent) =>
  typeof sent === 'string' && /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/.test(sent) && !sent.includes('_')
    ? ok(sent)
    : no('bytes in base64');

const readArray: Reader = (reading, sent) => {
  if (!Array.isArray(sent)) return no('an array');
  const { itemType = 'unknown' } = reading.column;
  const column: ValueColumn = { ...reading.column, type: itemType, isNullable: true, sqlType: '' };
  const items: unknown[] = [];
  for (const [index, item] of sent.entries()) {
    const read = readWireValue(reading.dialect, column, item, 'write');
    if (!read.ok) return no(`entry ${index + 1}: ${read.problem}`);
    items.push(read.value);
  }
  return ok(items);
};

/** PostgreSQL's `jsonb` takes neither the zero character nor half of a pair; where JSON is a text, it escapes the zero. */
function isStorableJson(dialect: DialectName, sent: unknown): boolean {
  if (typeof sent === 'string') return dialect === 'postgresql' ? isStorable(sent) : sent.isWellFormed();
  if (Array.isArray(sent)) return sent.every((item) => isStorableJson(dialect, item));
  if (typeof sent !== 'object' || sent === null) return true;
  return Object.entries(sent).every((entry) => isStorableJson(dialect, entry));
}

const readers: Readonly<Record<FieldType, Reader>> = {
  string: readText,
  text: readText,
  boolean: readBoolean,
  integer: readInteger,
  bigint: readBigint,
  decimal: readDecimal,
  float: readFloat,
  uuid: readUuid,
  enum: readEnum,
  date: timeReader(readDate, 'a date, YYYY-MM-DD', true),
  time: timeReader(readTime, 'a time of day, HH:MM:SS', false),
  datetime: timeReader(readDateTime, 'a date and time without a zone, YYYY-MM-DDTHH:MM:SS', true),
  timestamp: timeReader(readInstant, 'an instant with its zone, YYYY-MM-DDTHH:MM:SSZ', true),
  json: ({ dialect }, sent) =>
    isStorableJson(dialect, sent) ? ok(sent) : no('JSON without characters that can’t be stored'),
  bytes: readBytes,
  array: readArray,
  unknown: () => no('nothing: its type is not known'),
};
