import fc from 'fast-check';
import type { AdministeredModel } from '../../src/models/administered.ts';
import type { ColumnDescription } from '../../src/models/description.ts';
import { exactValues, times } from '../conformance-values.ts';
import { texts } from '../query/gadgets.ts';
import { rightFilters, rightSorts } from './filters.ts';
import {
  nearlyRight,
  oddField,
  oddFilter,
  oddText,
  oddValue,
  type SentIntent,
  wildIntents,
} from './intents.ts';

/** Stands in a call for what only the run knows: one of the rows, cursors, changes or previews that there are by then. */
export class Known {
  readonly kind: 'id' | 'version' | 'cursor' | 'change' | 'rows' | 'value';
  readonly model: string;
  readonly pick: number;
  /** Of which field a value is. */
  readonly field: string | undefined;

  constructor(kind: Known['kind'], model: string, pick: number, field?: string) {
    this.kind = kind;
    this.model = model;
    this.pick = pick;
    this.field = field;
  }
}

/** What no answer may hold: the values of the redacted fields, by model. */
export const canaries = {
  Item: { serialNumber: '8812345678901234567' },
  Order: { quoted: 'canary-quoted-5f1e9b' },
  Warehouse: { openedOn: '1889-03-31' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

const known = (kind: Known['kind'], model: string): fc.Arbitrary<Known> =>
  fc.nat().map((pick) => new Known(kind, model, pick));

/** Calls of the warehouse: right ones for the most part, and all that is nearly right, or not right at all. */
export function warehouseIntents(models: ReadonlyMap<string, AdministeredModel>): fc.Arbitrary<SentIntent> {
  return fc.oneof(...[...models.values()].map((model) => ({ weight: 6, arbitrary: callsOf(model) })), {
    weight: 1,
    arbitrary: wildIntents([...models.keys()]),
  });
}

function callsOf(model: AdministeredModel): fc.Arbitrary<SentIntent> {
  const { name } = model;
  const field = oddField(model.columns.map((column) => column.name));
  const shown = model.columns.filter((column) => !model.redacted.has(column.name));
  const canary = fc
    .constantFrom(...Object.entries((canaries as Readonly<Record<string, object>>)[name] ?? { nothing: '' }))
    .map(([hidden, value]) => ({ field: hidden, op: 'eq', value }));
  const askable = (valuesFor: (column: ColumnDescription) => fc.Arbitrary<unknown>) =>
    shown.map((column) => ({
      field: column.name,
      ops: model.operators.get(column.name) ?? [],
      value: valuesFor(column),
    }));
  const right = rightFilters(
    askable((column) =>
      fc.oneof(
        { weight: 3, arbitrary: fc.nat().map((pick) => new Known('value', name, pick, column.name)) },
        rightValue(model, column).filter((value) => value !== null),
      ),
    ),
  );
  const row = fc.nat().chain((pick) => {
    const mine = { id: new Known('id', name, pick), version: new Known('version', name, pick) };
    return fc.oneof(
      { weight: 4, arbitrary: fc.constant(mine) },
      fc.record({ id: fc.oneof(known('id', name), oddText), version: oddText }),
    );
  });
  const values = (purpose: 'create' | 'update') =>
    fc.oneof(
      { weight: 4, arbitrary: rightValues(model, purpose) },
      fc.dictionary(field, oddValue, { maxKeys: 3 }),
      fc
        .tuple(rightValues(model, purpose), fc.tuple(field, oddValue))
        .map(([some, one]) => ({ ...some, ...Object.fromEntries([one]) })),
      {
        weight: 3,
        arbitrary: fc
          .tuple(
            rightValues(model, purpose),
            fc.oneof(...shown.map((column) => fc.tuple(fc.constant(column.name), edgeValue(column)))),
          )
          .map(([some, one]) => ({ ...some, ...Object.fromEntries([one]) })),
      },
    );
  const oddSort = fc.record({ field, direction: fc.constantFrom('asc', 'desc', 'up') });
  return nearlyRight({
    model: name,
    field: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...shown.map((one) => one.name)) }, field),
    filter: fc.oneof(
      { weight: 8, arbitrary: right },
      { weight: 2, arbitrary: rightFilters(askable(edgeValue)) },
      { weight: 2, arbitrary: oddFilter(field) },
      canary,
    ),
    sort: fc.oneof(
      { weight: 5, arbitrary: rightSorts([...model.sortable]) },
      fc.array(oddSort, { maxLength: 2 }),
    ),
    search: fc.oneof(
      { weight: 20, arbitrary: fc.constant(null) },
      { weight: 4, arbitrary: fc.constantFrom('', ...texts, 's-', 's-1', 'n') },
      oddText,
    ),
    cursor: fc.oneof(
      { weight: 8, arbitrary: fc.constant(null) },
      known('cursor', name),
      fc.oneof(oddText, fc.base64String()),
    ),
    values: { create: values('create'), update: values('update') },
    row,
    change: fc.oneof({ weight: 4, arbitrary: known('change', name) }, oddText, fc.uuid()),
    rows: fc.oneof(known('rows', name), fc.array(row, { maxLength: 3 })),
    bulkActions: ['update', 'update', 'delete', 'bulk_run', 'undo', 'constructor'],
  });
}

/** Values that each field can hold, of every field that has to be there and some others. */
function rightValues(model: AdministeredModel, purpose: 'create' | 'update'): fc.Arbitrary<object> {
  const written = model.columns.filter(({ name }) => {
    const reason = model.readOnly.get(name);
    return reason === undefined || (reason === 'key' && purpose === 'create');
  });
  const needed = written.filter((one) => !one.isNullable && !one.hasDefault).map(({ name }) => name);
  return fc.record(Object.fromEntries(written.map((column) => [column.name, rightValue(model, column)])), {
    requiredKeys: purpose === 'create' ? needed : [],
  });
}

/** Texts with all that a text may have; times, numbers and JSON that have to come back as they are. */
const valuesByType: Readonly<Record<string, readonly unknown[]>> = {
  string: [...texts, ...(exactValues.title ?? [])],
  text: [...texts, ...(exactValues.title ?? [])],
  integer: [0, 1, -5, 7, 2_147_483_647],
  bigint: exactValues.serialNumber ?? [],
  decimal: [...(exactValues.weight ?? []), '0', '12', '-12.5', 3],
  float: exactValues.factor ?? [],
  boolean: [true, false],
  date: exactValues.madeOn ?? [],
  time: exactValues.opensAt ?? [],
  datetime: times.packedAt,
  timestamp: times.seenAt,
  uuid: ['00000000-0000-4000-8000-000000000000', 'FFFFFFFF-ffff-4fff-bfff-ffffffffffff'],
  json: exactValues.attributes ?? [],
  bytes: exactValues.photo ?? [],
};

/** At the end of what each type holds, or a step beyond. */
const edgesByType: Readonly<Record<string, readonly unknown[]>> = {
  string: ['', '\0', 'a\0b', 'x'.repeat(41), '\ud800', '__proto__', '?', ':a', '$1', "\\'"],
  text: ['', '\0', 'a\0b', 'x'.repeat(501), '\udfff', '__proto__', '?', ':a', '$1', "\\'"],
  integer: [0, -1, 2_147_483_647, 2_147_483_648, -2_147_483_648, 1.5, 9_007_199_254_740_991, '7'],
  bigint: [0, '0', '-1', '-0', '007', '9223372036854775807', '9223372036854775808', '1e3', 7],
  decimal: ['-0', '1e5', 'NaN', '.5', '00012.50', '99999999999999.999999', '99999999999999.9999999', 1e-7],
  float: ['NaN', 'Infinity', '-Infinity', -0, 5e-324, 1.7976931348623157e308, '1', 1e15],
  boolean: [0, 1, 'true', 'f'],
  date: ['infinity', '-infinity', '0001-01-01', '0000-00-00', '2024-02-30', '10000-01-01', '2024-2-3'],
  time: ['24:00:00', '23:59:60', '00:00', '-01:00:00', '12:00:00.1234567', '12:00:00+02'],
  datetime: [
    'infinity',
    '-infinity',
    '0001-01-01T00:00:00',
    '9999-12-31T23:59:59.999999',
    '2024-03-31T02:30:00Z',
  ],
  timestamp: [
    ...[
      'infinity',
      '-infinity',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999999Z',
      '2024-02-30T00:00:00Z',
    ],
    ...['2024-03-31T02:30:00+05:30', '2038-01-19T03:14:08Z', '1970-01-01T00:00:00Z', '1969-12-31T23:59:59Z'],
  ],
  uuid: ['00000000-0000-0000-0000-000000000000', 'x', '0b6e1a529a0e4a518d5b6a5b3f0a1c7e'],
  enum: ['', 'TOOL', "it's odd ", 0],
  json: ['\0', { '\0': 1 }, { a: '\ud800' }, '"', 'null', [[[[[]]]]], -0, { ['__proto__']: 1 }, '2024-01-01'],
  bytes: ['', '=', 'AA', 'AA==', 'é', '\\x00'],
  array: [[null], [['x']], [''], 'x', {}, [1.5], ['\0'], ['NULL', '{', '"']],
};

function edgeValue({ type }: ColumnDescription): fc.Arbitrary<unknown> {
  return fc.oneof(fc.constantFrom(...(edgesByType[type] ?? ['x'])), fc.constant(null));
}

function rightValue(model: AdministeredModel, column: ColumnDescription): fc.Arbitrary<unknown> {
  const reference = model.references.find(({ field }) => field === column.name);
  const some = (one: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    column.isNullable ? fc.oneof({ weight: 6, arbitrary: one }, fc.constant(null)) : one;
  if (reference) return some(known('id', reference.model));
  if (column.name === 'sku') return fc.nat({ max: 5000 }).map((number) => `s-${number}`);
  // Counted up by the database: far from where a count ends.
  if (model.key[0] === column.name && column.hasDefault && column.type !== 'uuid')
    return fc.integer({ min: 1, max: 100_000 }).map((id) => (column.type === 'bigint' ? String(id) : id));
  if (column.type === 'enum') return some(fc.constantFrom(...(column.values ?? [''])));
  if (column.type === 'array')
    return some(fc.constantFrom(...((exactValues[column.name] ?? [[]]) as readonly unknown[])));
  const pool = (valuesByType[column.type] ?? [null]).filter(
    (value) => typeof value !== 'string' || [...value].length <= (column.maxLength ?? 500),
  );
  return some(fc.constantFrom(...pool));
}
