import fc from 'fast-check';

const oddTexts = [
  ...[
    '',
    '1',
    '-1',
    '99999999999999999999',
    '1e5',
    'NaN',
    '["A-1","1"]',
    '["A-1"]',
    '[]',
    'null',
    '\0',
    '\ud800',
    "' OR 1=1 --",
  ],
  ...[
    '2026-02-30',
    '2026-01-01T00:00:00Z',
    'open',
    '00000000-0000-4000-8000-000000000000',
    '%',
    'x'.repeat(300),
  ],
  ...['infinity', '-infinity', 'Infinity', '0000-00-00', '0001-01-01T00:00:00.000000Z', '-0', ' 1', '1e999'],
  ...['9999-12-31T23:59:59.999999Z', '2024-03-31T02:30:00', '24:00:00', '__proto__', '$1 ? :a %s'],
];
/** A text that means something to a database, a parser or nobody. */
export const oddText = fc.oneof(fc.constantFrom(...oddTexts), fc.string({ unit: 'binary' }));
/** Anything that JSON can say, and more often what looks like a value of some column. */
export const oddValue = fc.oneof(
  oddText,
  fc.integer({ min: -10, max: 10 }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue(),
);

/** A filter of any value by any operator, in groups of groups. */
export function oddFilter(field: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      fc.record({
        field,
        op: fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'contains', 'in', 'is_null', 'like'),
        value: fc.oneof(oddValue, fc.array(oddValue, { maxLength: 3 })),
      }),
      fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }),
      fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }),
    ),
  })).filter;
}

/** A field of these, and now and then what is none. */
export function oddField(fields: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...fields) },
    { weight: 1, arbitrary: fc.constantFrom('constructor', 'password_hash', 'nothing', '') },
  );
}

/** What calls of one model are made of. */
export interface IntentParts {
  readonly model: string;
  readonly field: fc.Arbitrary<string>;
  readonly filter: fc.Arbitrary<unknown>;
  readonly sort: fc.Arbitrary<unknown>;
  readonly search: fc.Arbitrary<unknown>;
  readonly cursor: fc.Arbitrary<unknown>;
  /** Of a new row, and of a change. */
  readonly values: { readonly create: fc.Arbitrary<unknown>; readonly update: fc.Arbitrary<unknown> };
  /** An id and a version, of the same row where they are of any. */
  readonly row: fc.Arbitrary<{ readonly id: unknown; readonly version: unknown }>;
  readonly change: fc.Arbitrary<unknown>;
  /** Rows of a bulk action, as a preview names them. */
  readonly rows: fc.Arbitrary<unknown>;
  readonly bulkActions: readonly string[];
}

/** An intent, before it is JSON. */
export type SentIntent = Readonly<Record<string, unknown>>;

/** Calls of one model that are right or nearly so, of every action that there is; half of them are lists. */
export function nearlyRight(parts: IntentParts): fc.Arbitrary<SentIntent> {
  const { model, field, filter, row, values } = parts;
  const id = row.map((one) => one.id);
  const some = { requiredKeys: [] as [] };
  const list = fc.record(
    {
      filter,
      search: parts.search,
      sort: parts.sort,
      cursor: parts.cursor,
      count: fc.boolean(),
      fields: fc.array(field, { maxLength: 3 }),
    },
    some,
  );
  const usual = (action: string, rest: fc.Arbitrary<object>): fc.Arbitrary<SentIntent> =>
    rest.map((one) => ({ model, action, ...one }));
  const custom = (command: string, payload: fc.Arbitrary<unknown>): fc.Arbitrary<SentIntent> =>
    payload.map((sent) => ({ model, action: 'custom', command, payload: sent }));
  const bulk = { action: fc.constantFrom(...parts.bulkActions) };
  const update = fc
    .tuple(row, values.update)
    .map(([{ id: of, version }, sent]) => ({ id: of, payload: { values: sent, version } }));
  const removal = fc
    .tuple(row, fc.boolean())
    .map(([{ id: of, version }, isTold]) => ({ id: of, ...(isTold ? { payload: { version } } : {}) }));
  const preview = fc.oneof(
    fc.record({ ...bulk, filter }),
    fc.record({ ...bulk, ids: fc.array(id, { maxLength: 3 }) }),
  );
  return fc.oneof(
    { weight: 9, arbitrary: usual('list', fc.record({ payload: list })) },
    usual('read', fc.record({ id })),
    usual('create', fc.record({ payload: fc.record({ values: values.create }) })),
    usual('update', update),
    usual('delete', removal),
    custom('history', fc.record({ id, cursor: parts.change }, some)),
    custom('undo', fc.record({ change_id: parts.change })),
    custom('bulk_preview', preview),
    custom('bulk_run', fc.record({ ...bulk, rows: parts.rows, values: values.update })),
  );
}

/** Calls that are hardly one. */
export function wildIntents(models: readonly string[]): fc.Arbitrary<SentIntent> {
  return fc.record(
    {
      model: fc.constantFrom(...models, 'AccessGrant', '__proto__'),
      action: fc.constantFrom('list', 'read', 'create', 'update', 'delete', 'explode'),
      id: fc.oneof(oddText, fc.integer()),
      payload: oddValue,
      skip: fc.integer({ min: -1, max: 20_000 }),
      limit: fc.integer({ min: 0, max: 300 }),
    },
    { requiredKeys: ['model', 'action'] },
  );
}
