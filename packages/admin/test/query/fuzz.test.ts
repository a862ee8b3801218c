import { randomBytes } from 'node:crypto';
import { IntentError } from '@castellan/intents';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sort } from '../../src/models/administered.ts';
import type { DialectName } from '../../src/models/description.ts';
import type { WireValues } from '../../src/orm/adapter.ts';
import { createSealer, type ListResult, parseKey, readRow, runList } from '../../src/query/index.ts';
import { rightFilters, rightSorts } from '../fuzz/filters.ts';
import { hasMariadb, openGadgets } from './databases.ts';
import { secret, texts, valuesOf } from './gadgets.ts';
import { matches, type SentFilter, sorted } from './reference.ts';

const dialects: readonly DialectName[] = ['postgresql', 'mysql', 'sqlite'];
const isThere = { postgresql: true, sqlite: true, mysql: await hasMariadb() };
/** More on demand: `CASTELLAN_FUZZ_RUNS=20000`. */
const numRuns = Number(process.env.CASTELLAN_FUZZ_RUNS ?? 800);
const sealer = createSealer(randomBytes(32));

const ordered = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'is_null'];
/** Operators by field, and what they are asked with: values that rows have, and others of the type. */
const askable: Readonly<
  Record<string, { readonly ops: readonly string[]; readonly other: fc.Arbitrary<unknown> }>
> = {
  id: { ops: ordered, other: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String) },
  name: { ops: [...ordered, 'contains'], other: fc.string({ unit: 'grapheme', maxLength: 4 }) },
  email: { ops: [...ordered, 'contains'], other: fc.constantFrom(...texts) },
  note: { ops: [...ordered, 'contains'], other: fc.constantFrom('an%', 'PLAIN', '_', '!', 'thing!', '') },
  state: { ops: ['eq', 'ne', 'in', 'is_null'], other: fc.constantFrom('draft', 'open', 'closed') },
  amount: {
    ops: ordered,
    other: fc
      .tuple(fc.bigInt(-(10n ** 13n), 10n ** 13n), fc.stringMatching(/^\d{0,12}$/))
      .map(([whole, fraction]) => (fraction === '' ? String(whole) : `${whole}.${fraction}`)),
  },
  ratio: { ops: ordered, other: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  isActive: { ops: ['eq', 'ne', 'is_null'], other: fc.boolean() },
  born: { ops: ordered, other: fc.constantFrom('0001-01-01', '9999-12-31', '2000-03-01') },
  wake: { ops: ordered, other: fc.constantFrom('07:29:59.999999', '00:00:00.000001') },
  local: { ops: ordered, other: fc.constantFrom('0001-01-01T00:00:00.000000', '2024-03-31T02:30:00.123458') },
  createdAt: {
    ops: ordered,
    other: fc.constantFrom(
      '0001-01-01T00:00:00.000000Z',
      '9999-12-31T23:59:59.999999Z',
      '2024-03-31T01:30:00.123456Z',
    ),
  },
  order: { ops: ordered, other: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }) },
  odd: { ops: ['eq', 'ne', 'in', 'is_null'], other: fc.uuid() },
  attrs: { ops: ['is_null'], other: fc.constant(null) },
  ownerId: { ops: ordered, other: fc.integer({ min: 0, max: 5 }) },
};
const sortable = Object.keys(askable).filter((field) => field !== 'attrs');

function filters(dialect: DialectName): fc.Arbitrary<SentFilter> {
  const pools: Readonly<Record<string, readonly unknown[]>> = {
    ...valuesOf(dialect),
    id: ['9007199254740990', '9007199254740991', '9007199254740993', '9007199254741100'],
  };
  return rightFilters(
    Object.entries(askable).map(([field, { ops, other }]) => {
      const held = (pools[field] ?? []).filter((one) => one !== null && typeof one !== 'object');
      const value =
        held.length > 0 ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...held) }, other) : other;
      return { field, ops, value };
    }),
  );
}

const sorts: fc.Arbitrary<Sort[]> = rightSorts(sortable);

/** Anything that JSON can say, and what looks like a list. */
const nonsense = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.record({ cursor: fc.oneof(fc.string(), fc.base64String()) }),
  fc.record(
    {
      filter: fc.oneof(
        fc.jsonValue(),
        fc.record(
          {
            field: fc.oneof(
              fc.constantFrom('vaultCode', 'vault_code', '__proto__', ...Object.keys(askable)),
              fc.string(),
            ),
            op: fc.oneof(fc.constantFrom('eq', 'in', 'contains', 'lt', 'is_null', 'EQ', '='), fc.string()),
            value: fc.oneof(
              fc.jsonValue(),
              fc.string({ unit: 'binary' }),
              fc.constantFrom(
                `${secret}`,
                "' OR 1=1 --",
                '\0',
                '\ud800',
                '1e999',
                'NaN',
                'infinity',
                '0000-00-00',
                '-0',
                ' 1',
              ),
            ),
          },
          { requiredKeys: [] },
        ),
      ),
      search: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
      sort: fc.oneof(
        fc.jsonValue(),
        fc.array(
          fc.record({
            field: fc.constantFrom('vaultCode', 'name', 'attrs', 'photo', 'nowhere'),
            direction: fc.constantFrom('asc', 'desc', 'ASC'),
          }),
        ),
      ),
      cursor: fc.oneof(fc.string(), fc.base64String(), fc.jsonValue()),
      count: fc.oneof(fc.boolean(), fc.jsonValue()),
      fields: fc.oneof(
        fc.jsonValue(),
        fc.array(fc.constantFrom('vaultCode', 'name', 'photo', 'alarms', 'nowhere')),
      ),
    },
    { requiredKeys: [] },
  ),
);

describe.each(dialects.filter((dialect) => isThere[dialect]))('anything asked of %s', (dialect) => {
  let opened: Awaited<ReturnType<typeof openGadgets>>;
  const model = () => opened.models.get('Gadget')!;
  const list = (payload: unknown, limit: number): Promise<ListResult> =>
    runList(opened.database.adapter, undefined, model(), payload, {
      skip: 0,
      limit,
      sealer,
      models: opened.models,
    });
  const ids = (rows: readonly WireValues[]): readonly unknown[] => rows.map((row) => row.id);

  beforeAll(async () => {
    opened = await openGadgets(dialect, 120);
  });
  afterAll(() => opened?.database.close());

  it('finds the rows that the rules say, in their order, page after page, and back again', async () => {
    const shown = opened.gadgets.filter((row) => row.deletedAt === null);
    const search = fc.option(
      fc.oneof(fc.constantFrom(...texts), fc.string({ unit: 'grapheme', maxLength: 2 })),
      { freq: 4, nil: undefined },
    );
    await fc.assert(
      fc.asyncProperty(
        filters(dialect),
        sorts,
        search,
        fc.integer({ min: 1, max: 50 }),
        async (filter, sort, prefix, limit) => {
          const begins = (row: WireValues): boolean =>
            !prefix || [row.name, row.email].some((text) => text !== null && String(text).startsWith(prefix));
          const wanted = ids(
            sorted(
              dialect,
              model(),
              shown.filter((row) => begins(row) && matches(dialect, model(), filter, row)),
              sort.length > 0 ? sort : [model().defaultSort],
            ),
          );
          const payload = { filter, sort, search: prefix };
          let page = await list({ ...payload, count: true }, limit);
          expect(page.total).toEqual({ count: wanted.length, is_estimate: false });
          const pages = [ids(page.items)];
          while (page.next_cursor !== null && pages.length < 8) {
            page = await list({ ...payload, cursor: page.next_cursor }, limit);
            pages.push(ids(page.items));
            expect(JSON.stringify(page)).not.toContain(secret);
          }
          expect(pages.flat()).toEqual(wanted.slice(0, pages.flat().length));
          if (page.next_cursor === null) expect(pages.flat()).toHaveLength(wanted.length);
          for (const before of pages.slice(0, -1).reverse()) {
            page = await list({ ...payload, cursor: page.previous_cursor }, limit);
            expect(ids(page.items)).toEqual(before);
          }
        },
      ),
      { numRuns },
    );
  }, 600_000);

  it('answers nonsense with what is wrong with it, and never with a failure or a redacted value', async () => {
    const codes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(nonsense, async (payload) => {
        const answer = await list(payload, 3).catch((error: unknown) => error);
        if (answer instanceof IntentError) {
          codes.add(answer.code);
          expect(answer.status).toBe(422);
          expect(answer.fields.length).toBeGreaterThan(0);
        } else {
          expect(answer).not.toBeInstanceOf(Error);
          expect(JSON.stringify(answer)).not.toContain(secret);
        }
      }),
      { numRuns: numRuns * 2 },
    );
    expect([...codes].sort()).toEqual([
      'FIELD_REDACTED',
      'INVALID_CURSOR',
      'UNKNOWN_FIELD',
      'UNSUPPORTED_FILTER_OP',
      'VALIDATION_FAILED',
    ]);
  }, 600_000);

  it('opens no cursor of which one bit is another', async () => {
    const { next_cursor: cursor } = await list({}, 5);
    const bytes = Buffer.from(cursor ?? '', 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      await expect(list({ cursor: changed.toString('base64url') }, 5)).rejects.toMatchObject({
        code: 'INVALID_CURSOR',
      });
    }
  });

  it('reads no row by an id that is none, whatever it is', async () => {
    const id = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.bigInt().map(String),
      fc.array(fc.jsonValue()).map((one) => JSON.stringify(one)),
    );
    await fc.assert(
      fc.asyncProperty(id, fc.constantFrom('Gadget', 'Part', 'Owner'), async (sent, name) => {
        const of = opened.models.get(name)!;
        try {
          const found = await readRow(opened.database.adapter, undefined, of, parseKey(of, sent, dialect));
          expect(JSON.stringify(found ?? null)).not.toContain(secret);
        } catch (error) {
          expect(error).toMatchObject({ code: 'VALIDATION_FAILED', status: 422 });
        }
      }),
      { numRuns },
    );
  }, 600_000);
});
