import type { FieldType } from '@castellan/contract';
import type { DialectName } from '../models/description.ts';

/** A type as a database names it, read into what the console can edit. */
export interface ReadType {
  readonly type: FieldType;
  readonly itemType?: FieldType;
  readonly maxLength?: number;
  readonly values?: readonly string[];
}

const everywhere: Readonly<Record<string, FieldType>> = {
  char: 'string',
  character: 'string',
  varchar: 'string',
  'character varying': 'string',
  nvarchar: 'string',
  text: 'text',
  boolean: 'boolean',
  bool: 'boolean',
  smallint: 'integer',
  int2: 'integer',
  integer: 'integer',
  int: 'integer',
  int4: 'integer',
  bigint: 'bigint',
  int8: 'bigint',
  numeric: 'decimal',
  decimal: 'decimal',
  real: 'float',
  float: 'float',
  double: 'float',
  'double precision': 'float',
  date: 'date',
  time: 'time',
  json: 'json',
};

const postgresql: Readonly<Record<string, FieldType>> = {
  ...everywhere,
  bpchar: 'string',
  citext: 'text',
  serial: 'integer',
  smallserial: 'integer',
  bigserial: 'bigint',
  float4: 'float',
  float8: 'float',
  uuid: 'uuid',
  'time without time zone': 'time',
  timestamp: 'datetime',
  'timestamp without time zone': 'datetime',
  'timestamp with time zone': 'timestamp',
  timestamptz: 'timestamp',
  jsonb: 'json',
  bytea: 'bytes',
};

const mysql: Readonly<Record<string, FieldType>> = {
  ...everywhere,
  nchar: 'string',
  tinytext: 'text',
  mediumtext: 'text',
  longtext: 'text',
  tinyint: 'integer',
  mediumint: 'integer',
  serial: 'bigint',
  year: 'integer',
  fixed: 'decimal',
  datetime: 'datetime',
  timestamp: 'timestamp',
  uuid: 'uuid',
  binary: 'bytes',
  varbinary: 'bytes',
  tinyblob: 'bytes',
  blob: 'bytes',
  mediumblob: 'bytes',
  longblob: 'bytes',
};

const sqlite: Readonly<Record<string, FieldType>> = {
  ...everywhere,
  tinyint: 'integer',
  mediumint: 'integer',
  'unsigned big int': 'bigint',
  blob: 'bytes',
  datetime: 'datetime',
};

const byDialect = { postgresql, mysql, sqlite } as const;

/**
 * Reads a column's type as SQL names it: `varchar(255)`, `timestamp (3) with time zone`, `int unsigned`, `uuid[]`.
 * What is not in the tables above is `unknown`: shown as text and never written.
 */
export function readSqlType(dialect: DialectName, sqlType: string): ReadType {
  const text = sqlType.trim().toLowerCase();
  const array = /^(.*?)(\[\d*\])$/.exec(text);
  if (array && dialect === 'postgresql') {
    const item = readSqlType(dialect, array[1]!);
    return item.type === 'unknown' || item.type === 'array'
      ? { type: 'unknown' }
      : { type: 'array', itemType: item.type };
  }
  if (dialect === 'mysql' && /^enum\s*\(/.test(text))
    return { type: 'enum', values: readQuoted(sqlType.trim()) };
  if (dialect === 'mysql' && /^tinyint\s*\(1\)$/.test(text)) return { type: 'boolean' };

  const parts =
    /^([a-z_0-9 ]+?)\s*(?:\(\s*(\d+)\s*(?:,\s*-?\d+\s*)?\))?\s*((?:un)?signed|zerofill|with(?:out)? time zone)?$/.exec(
      text,
    );
  if (!parts) return { type: 'unknown' };
  const [, base, size, tail] = parts;
  const name = tail?.startsWith('with') ? `${base} ${tail}` : base!;
  // An unsigned 32-bit number is beyond what `integer` promises to hold.
  const found = tail === 'unsigned' && name === 'int' ? 'bigint' : byDialect[dialect][name];
  if (found === undefined) return { type: 'unknown' };
  return found === 'string' && size ? { type: found, maxLength: Number(size) } : { type: found };
}

/** The words of `enum('a','it''s')`. */
function readQuoted(sqlType: string): string[] {
  return [...sqlType.matchAll(/'((?:[^']|'')*)'/g)].map((match) => match[1]!.replaceAll("''", "'"));
}
