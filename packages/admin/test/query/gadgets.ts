import type { FieldType } from '@castellan/contract';
import { type AdministeredModel, administerModels } from '../../src/models/administered.ts';
import type { ColumnDescription, DialectName, ModelDescription } from '../../src/models/description.ts';
import type { WireValues } from '../../src/orm/adapter.ts';

/** What no answer may hold, in any form. */
export const secret = 'canary-5f1e9b';
/** In the order in which they are declared, which is not that of their letters. */
export const states = ['draft', 'open', 'closed'] as const;

type SqlTypes = Readonly<Record<DialectName, string>>;
const types = {
  bigint: { postgresql: 'bigint', mysql: 'bigint', sqlite: 'bigint' },
  integer: { postgresql: 'integer', mysql: 'int', sqlite: 'integer' },
  name: { postgresql: 'varchar(80)', mysql: 'varchar(80)', sqlite: 'text' },
  text: { postgresql: 'text', mysql: 'text', sqlite: 'text' },
  state: { postgresql: 'gadget_state', mysql: "enum('draft','open','closed')", sqlite: 'text' },
  decimal: { postgresql: 'numeric(14,3)', mysql: 'decimal(14,3)', sqlite: 'numeric(14,3)' },
  float: { postgresql: 'double precision', mysql: 'double', sqlite: 'real' },
  real: { postgresql: 'real', mysql: 'float', sqlite: 'real' },
  boolean: { postgresql: 'boolean', mysql: 'tinyint(1)', sqlite: 'integer' },
  date: { postgresql: 'date', mysql: 'date', sqlite: 'text' },
  time: { postgresql: 'time', mysql: 'time(6)', sqlite: 'text' },
  datetime: { postgresql: 'timestamp', mysql: 'datetime(6)', sqlite: 'integer' },
  timestamp: { postgresql: 'timestamptz', mysql: 'timestamp(6)', sqlite: 'text' },
  uuid: { postgresql: 'uuid', mysql: 'char(36)', sqlite: 'text' },
  json: { postgresql: 'jsonb', mysql: 'json', sqlite: 'text' },
  bytes: { postgresql: 'bytea', mysql: 'blob', sqlite: 'blob' },
  array: { postgresql: 'timestamptz[]', mysql: 'json', sqlite: 'text' },
} satisfies Record<string, SqlTypes>;

interface Field {
  readonly name: string;
  readonly column?: string;
  readonly type: FieldType;
  readonly sql: SqlTypes;
  readonly isNullable?: boolean;
  readonly more?: Partial<ColumnDescription>;
}

const gadgetFields: readonly Field[] = [
  { name: 'id', type: 'bigint', sql: types.bigint },
  { name: 'name', type: 'string', sql: types.name, more: { maxLength: 80 } },
  { name: 'email', type: 'string', sql: types.name, isNullable: true },
  { name: 'note', type: 'text', sql: types.text, isNullable: true },
  { name: 'state', type: 'enum', sql: types.state, isNullable: true, more: { values: states } },
  { name: 'amount', type: 'decimal', sql: types.decimal, isNullable: true },
  { name: 'ratio', type: 'float', sql: types.float, isNullable: true },
  { name: 'gain', type: 'float', sql: types.real, isNullable: true },
  { name: 'isActive', column: 'is_active', type: 'boolean', sql: types.boolean, isNullable: true },
  { name: 'born', type: 'date', sql: types.date, isNullable: true },
  { name: 'wake', type: 'time', sql: types.time, isNullable: true },
  {
    name: 'local',
    type: 'datetime',
    sql: types.datetime,
    isNullable: true,
    more: { storage: 'epoch_milliseconds' },
  },
  { name: 'createdAt', column: 'created_at', type: 'timestamp', sql: types.timestamp },
  // Reserved words, quotes and capitals.
  { name: 'order', type: 'integer', sql: types.integer, isNullable: true },
  { name: 'odd', column: 'Odd "na`me', type: 'uuid', sql: types.uuid },
  { name: 'attrs', type: 'json', sql: types.json, isNullable: true },
  { name: 'photo', type: 'bytes', sql: types.bytes, isNullable: true },
  {
    name: 'alarms',
    type: 'array',
    sql: types.array,
    isNullable: true,
    more: { itemType: 'timestamp' },
  },
  { name: 'ownerId', column: 'owner_id', type: 'integer', sql: types.integer, isNullable: true },
  { name: 'vaultCode', column: 'vault_code', type: 'string', sql: types.name },
  { name: 'deletedAt', column: 'deleted_at', type: 'timestamp', sql: types.timestamp, isNullable: true },
];

const partFields: readonly Field[] = [
  { name: 'box', type: 'string', sql: types.name },
  { name: 'slot', type: 'bigint', sql: types.bigint },
  { name: 'weight', type: 'integer', sql: types.integer, isNullable: true },
];

const ownerFields: readonly Field[] = [
  { name: 'id', type: 'integer', sql: types.integer },
  { name: 'name', type: 'string', sql: types.name },
];

function describe(
  dialect: DialectName,
  name: string,
  table: string,
  fields: readonly Field[],
  more: Pick<ModelDescription, 'key'> & Partial<ModelDescription>,
): ModelDescription {
  return {
    name,
    table,
    columns: fields.map((field) => ({
      name: field.name,
      column: field.column ?? field.name,
      type: field.type,
      isNullable: field.isNullable ?? false,
      hasDefault: false,
      isGenerated: false,
      sqlType: field.sql[dialect],
      ...withoutStorage(dialect, field.more),
    })),
    indexes: [],
    references: [],
    ...more,
  };
}

/** How a time is held is a matter of SQLite alone. */
function withoutStorage(dialect: DialectName, more: Field['more'] = {}): Field['more'] {
  const { storage, ...rest } = more;
  return dialect === 'sqlite' && storage !== undefined ? { ...rest, storage } : rest;
}

const index = (...columns: string[]) => ({ columns, isUnique: false, isPartial: false });

/** Three models, of which the first has a column of every type. */
export function gadgetModels(dialect: DialectName): ReadonlyMap<string, AdministeredModel> {
  const gadget = describe(dialect, 'Gadget', 'gadgets', gadgetFields, {
    key: ['id'],
    indexes: [index('name'), index('email'), index('createdAt'), index('order'), index('state')],
    references: [{ field: 'ownerId', model: 'Owner', targetField: 'id' }],
    softDelete: { field: 'deletedAt', deletedWhen: 'not_null' },
  });
  const part = describe(dialect, 'Part', 'parts', partFields, {
    key: ['box', 'slot'],
    indexes: [index('weight')],
  });
  const owner = describe(dialect, 'Owner', 'owners', ownerFields, { key: ['id'] });
  return administerModels([gadget, part, owner], {
    expose: ['Gadget', 'Part', 'Owner'],
    redactFields: { Gadget: ['vaultCode'] },
    overrides: { Gadget: { searchFields: ['name', 'email'] } },
  });
}

const q = (dialect: DialectName, name: string): string =>
  dialect === 'mysql' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`;

/** The statements that make the tables. */
export function createTables(dialect: DialectName): readonly string[] {
  const table = (name: string, fields: readonly Field[], key: readonly string[]): string =>
    `CREATE TABLE ${name} (${fields
      .map(
        (field) =>
          `${q(dialect, field.column ?? field.name)} ${field.sql[dialect]} ${field.isNullable ? 'NULL' : 'NOT NULL'}`,
      )
      .join(', ')}, PRIMARY KEY (${key.map((one) => q(dialect, one)).join(', ')}))${
      dialect === 'mysql' ? ' CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin' : ''
    }`;
  return [
    ...(dialect === 'postgresql' ? ["CREATE TYPE gadget_state AS ENUM ('draft', 'open', 'closed')"] : []),
    table('gadgets', gadgetFields, ['id']),
    table('parts', partFields, ['box', 'slot']),
    table('owners', ownerFields, ['id']),
    ...['name', 'email', 'created_at', 'order', 'state'].map(
      (column) => `CREATE INDEX gadgets_${column} ON gadgets (${q(dialect, column)})`,
    ),
    'CREATE INDEX parts_weight ON parts (weight)',
  ];
}

/** Texts in which prefixes, wildcards, quotes and characters beyond the first plane meet. */
export const texts = [
  '',
  'a',
  'A',
  'ab',
  'Ab',
  'abc',
  'a%b',
  'a_b',
  'a!b',
  'a\\b',
  "a'b",
  'a"b',
  'b',
  'B',
  'é',
  'z',
  '{',
  '\u{1F600}x',
  '\u{10FFFF}',
  '\u{10FFFF}y',
  '\u{FFFF}',
  ' a',
  'a ',
] as const;

/** A small generator of numbers that look random, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Values of each field that rows have, in the wire's form: few, so that rows share them. */
export function valuesOf(dialect: DialectName): Readonly<Record<string, readonly unknown[]>> {
  const fraction = dialect === 'sqlite' ? '123000' : '123457';
  return {
    name: texts,
    email: [...texts.slice(1), null, null],
    note: ['', 'plain', 'PLAIN', 'an%y_thing!', 'é', `mentions nothing`, null],
    state: [...states, null],
    amount: ['0', '0.1', '-0.1', '12.5', '12.499', '99999999999', '-7', null],
    ratio: [0, 0.1, 0.30000000000000004, 0.3, -1.5, 1e21, 1e-7, null],
    gain: [0, 0.1, 1.5, -2.25, 16777216, null],
    isActive: [true, false, null],
    born: ['1999-12-31', '2000-02-29', '2024-01-01', null],
    wake: ['00:00:00.000000', '07:30:00.000000', '23:59:59.999999', null],
    local: [
      `2024-03-31T02:30:00.${fraction}`,
      '2024-03-31T02:30:00.000000',
      '1970-01-01T00:00:00.000000',
      null,
    ],
    createdAt: [
      `2024-03-31T01:30:00.${fraction}Z`,
      '2024-03-31T01:30:00.000000Z',
      '2024-10-27T12:30:00.001000Z',
      '2001-09-09T01:46:40.000000Z',
      '2033-05-18T03:33:20.000000Z',
    ],
    order: [0, 1, 2, -5, 7, 2_147_483_647, null],
    odd: [
      '00000000-0000-4000-8000-000000000000',
      'ffffffff-ffff-4fff-bfff-ffffffffffff',
      '0b6e1a52-9a0e-4a51-8d5b-6a5b3f0a1c7e',
    ],
    attrs: [{ a: [1, null, 'x'], 'k"ey': true }, [], 'text', 12.5, null],
    photo: ['', 'AAEC/w==', null],
    alarms: [[], ['2024-03-31T01:30:00.500000Z', null], null],
    ownerId: [1, 2, 3, null],
    vaultCode: [secret],
    deletedAt: [null, null, null, null, null, null, '2024-03-31T01:30:00.000000Z'],
  };
}

/** Rows of gadgets in the wire's form, redacted and deleted ones too. */
export function randomGadgets(dialect: DialectName, count: number, seed = 1): readonly WireValues[] {
  const random = randomOf(seed);
  const pools = Object.entries(valuesOf(dialect));
  return Array.from({ length: count }, (_, place) => {
    // Beyond what a double holds, and next to each other.
    const id = String(9_007_199_254_740_990n + BigInt(place));
    const values = pools.map(([field, pool]) => [field, pool[Math.floor(random() * pool.length)]]);
    return { id, ...Object.fromEntries(values) };
  });
}

/** Rows of parts: of a composite key. */
export function randomParts(count: number): readonly WireValues[] {
  const random = randomOf(7);
  return Array.from({ length: count }, (_, place) => ({
    box: ['["', 'a,b', '', 'é"'][place % 4],
    slot: String(place - 20),
    weight: random() < 0.3 ? null : Math.floor(random() * 4),
  }));
}

/** Owners; the third is not there. */
export const owners: readonly WireValues[] = [
  { id: 1, name: 'Ada' },
  { id: 2, name: 'Grace' },
];
