import type { DialectName } from '../src/models/description.ts';

/** Types of `Item` as each database has them; an ORM that can say less is told apart in its bench. */
export const itemTypes: Readonly<Record<DialectName, Readonly<Record<string, string>>>> = {
  postgresql: {
    id: 'bigint',
    sku: 'string',
    title: 'text',
    kind: 'enum',
    tags: 'array',
    sizes: 'array',
    attributes: 'json',
    photo: 'bytes',
    weight: 'decimal',
    factor: 'float',
    isFragile: 'boolean',
    madeOn: 'date',
    opensAt: 'time',
    packedAt: 'datetime',
    seenAt: 'timestamp',
    externalId: 'uuid',
    serialNumber: 'bigint',
    halfWeight: 'decimal',
    place: 'unknown',
    sealedNote: 'unknown',
    updatedAt: 'timestamp',
    deletedAt: 'timestamp',
  },
  mysql: {
    id: 'bigint',
    sku: 'string',
    title: 'string',
    kind: 'enum',
    attributes: 'json',
    photo: 'bytes',
    weight: 'decimal',
    factor: 'float',
    isFragile: 'boolean',
    madeOn: 'date',
    opensAt: 'time',
    packedAt: 'datetime',
    seenAt: 'timestamp',
    serialNumber: 'bigint',
    halfWeight: 'decimal',
    place: 'unknown',
    sealedNote: 'unknown',
    updatedAt: 'timestamp',
    deletedAt: 'timestamp',
  },
  sqlite: {
    id: 'integer',
    sku: 'string',
    title: 'text',
    kind: 'enum',
    attributes: 'json',
    photo: 'bytes',
    weight: 'decimal',
    factor: 'float',
    isFragile: 'boolean',
    madeOn: 'date',
    opensAt: 'time',
    packedAt: 'timestamp',
    seenAt: 'timestamp',
    serialNumber: 'bigint',
    halfWeight: 'decimal',
    place: 'unknown',
    sealedNote: 'unknown',
    updatedAt: 'timestamp',
    deletedAt: 'timestamp',
  },
};

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('base64');

/** Values that have to come back as they were sent, by field. */
export const exactValues: Readonly<Record<string, readonly unknown[]>> = {
  title: [
    '',
    'x',
    '  spaces  ',
    `it's "odd" \\ {} ?$1 :a %_!`,
    'ünï 🏰 漢字',
    'a\nb\tc',
    "'; DROP TABLE item; --",
  ],
  kind: ['tool', 'food', "it's odd"],
  tags: [[], ['a'], ['a,b', '"c"', '\\', '', null, 'NULL', '{}', '🏰']],
  sizes: [[], [1, -2, null, 2147483647]],
  attributes: [{}, [], { a: [1, null, { b: 'ü"\\' }] }, ['x'], 'text', '', 7, 0, true, false],
  photo: ['', everyByte],
  weight: ['0.000001', '-7.250000', '12345.678901'],
  factor: [0, 0.1, -1.5, 1.7976931348623157e308, 5e-324, 123456789.12345678],
  isFragile: [true, false],
  madeOn: ['2026-02-28', '1999-12-31', '9999-12-31'],
  opensAt: ['00:00:00.000000', '23:59:59.123456'],
  serialNumber: ['9223372036854775807', '-9223372036854775808', '0', '9007199254740993'],
};
/** Beyond what a decimal of SQLite holds, which is a double. */
export const longDecimals = ['12345678901234.567891', '-99999999999999.999999'];

/** Times to the microsecond, whichever digits an ORM keeps of them. */
export const times = {
  packedAt: ['2026-02-03T04:05:06.789012', '2026-02-03T04:05:06.000000', '1980-01-01T00:00:00.000001'],
  seenAt: [
    '2026-02-03T04:05:06.789012Z',
    '2026-07-31T23:59:59.000000Z',
    '1999-01-01T00:00:00.000001Z',
    '2026-10-25T00:30:00.123000Z',
  ],
};
