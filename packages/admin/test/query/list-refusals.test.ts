import { randomBytes } from 'node:crypto';
import type { IntentError } from '@castellan/intents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DialectName } from '../../src/models/description.ts';
import { createSealer, runList } from '../../src/query/index.ts';
import { hasMariadb, openGadgets, type PlainDatabase } from './databases.ts';
import { secret } from './gadgets.ts';

const sealer = createSealer(randomBytes(32));
const sort = [{ field: 'id', direction: 'asc' }];
const dialects: readonly DialectName[] = ['postgresql', 'mysql', 'sqlite'];
const isThere = { postgresql: true, sqlite: true, mysql: await hasMariadb() };

describe.each(dialects.filter((dialect) => isThere[dialect]))('what a list refuses on %s', (dialect) => {
  let opened: Awaited<ReturnType<typeof openGadgets>>;
  let database: PlainDatabase;
  const model = (name = 'Gadget') => opened.models.get(name)!;
  const list = (payload: unknown, { limit = 200, name = 'Gadget' } = {}) =>
    runList(database.adapter, undefined, model(name), payload, {
      skip: 0,
      limit,
      sealer,
      models: opened.models,
    });
  const refusal = (payload: unknown, options?: Parameters<typeof list>[1]): Promise<IntentError> =>
    list(payload, options).then(
      () => expect.unreachable('It was answered'),
      (error: IntentError) => error,
    );

  beforeAll(async () => {
    opened = await openGadgets(dialect, 60);
    database = opened.database;
  });
  afterAll(() => database?.close());

  const hidden = { field: 'vaultCode', op: 'eq', value: secret };
  it.each([
    ['filter', { filter: hidden }],
    ['a group of filters', { filter: { or: [{ and: [hidden] }] } }],
    ['sort', { sort: [{ field: 'vaultCode', direction: 'asc' }] }],
    ['fields', { fields: ['vaultCode'] }],
  ])('a redacted field in %s as one that is not there, under a code of its own', async (_where, payload) => {
    const before = database.asked.length;
    const redacted = await refusal(payload);
    const unknown = await refusal(JSON.parse(JSON.stringify(payload).replaceAll('vaultCode', 'nowhere')));
    expect(redacted).toMatchObject({ code: 'FIELD_REDACTED', status: 422 });
    expect(unknown).toMatchObject({ code: 'UNKNOWN_FIELD', status: 422 });
    expect(redacted.fields[0]?.field).toBe(unknown.fields[0]?.field);
    expect(JSON.stringify([redacted, redacted.message])).not.toContain(secret);
    // Nothing was asked of the database, so that nothing can be learnt from how long it took.
    expect(database.asked.length).toBe(before);
  });

  it('the names of columns, and of what every object has', async () => {
    for (const field of ['created_at', 'constructor', '__proto__', 'toString', 'id; DROP TABLE gadgets'])
      expect(await refusal({ sort: [{ field, direction: 'asc' }] })).toMatchObject({
        code: 'UNKNOWN_FIELD',
      });
  });

  it.each([
    [{ field: 'name', op: 'matches', value: 'x' }, 'UNSUPPORTED_FILTER_OP', 'payload.filter.op'],
    [{ field: 'isActive', op: 'lt', value: true }, 'UNSUPPORTED_FILTER_OP', 'payload.filter.op'],
    [{ field: 'attrs', op: 'eq', value: {} }, 'UNSUPPORTED_FILTER_OP', 'payload.filter.op'],
    [{ field: 'id', op: 'eq', value: '1.5' }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ field: 'id', op: 'eq', value: '9223372036854775808' }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ field: 'id', op: 'eq', value: null }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ field: 'born', op: 'eq', value: '2023-02-29' }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [
      { field: 'createdAt', op: 'eq', value: '2023-02-28T10:00:00' },
      'VALIDATION_FAILED',
      'payload.filter.value',
    ],
    [{ field: 'state', op: 'eq', value: 'gone' }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ field: 'state', op: 'in', value: ['open', 'x'] }, 'VALIDATION_FAILED', 'payload.filter.value[1]'],
    [{ field: 'name', op: 'eq', value: '\ud800' }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [{ field: 'order', op: 'in', value: Array(501).fill(1) }, 'VALIDATION_FAILED', 'payload.filter.value'],
    [
      { and: Array(101).fill({ field: 'order', op: 'eq', value: 1 }) },
      'VALIDATION_FAILED',
      'payload.filter.and',
    ],
    [{ and: [], or: [] }, 'VALIDATION_FAILED', 'payload.filter'],
    [{ and: [{ or: [{ and: [{ or: [{ and: [{ or: [] }] }] }] }] }] }, 'VALIDATION_FAILED', undefined],
    [[], 'VALIDATION_FAILED', 'payload.filter'],
  ])('the filter %j with %s', async (filter, code, field) => {
    const error = await refusal({ filter });
    expect(error.code).toBe(code);
    if (field !== undefined) expect(error.fields[0]?.field).toBe(field);
  });

  it('a cursor that is changed, or sealed by another, or of another list', async () => {
    const page = await list({ sort, filter: { field: 'order', op: 'gt', value: 0 } }, { limit: 5 });
    const cursor = page.next_cursor!;
    const others: unknown[] = [
      { sort, cursor },
      {
        sort: [{ field: 'id', direction: 'desc' }],
        filter: { field: 'order', op: 'gt', value: 0 },
        cursor,
      },
      { sort, filter: { field: 'order', op: 'gt', value: 1 }, cursor },
      { sort, filter: { field: 'order', op: 'gt', value: 0 }, search: 'a', cursor },
      ...['', 'AAAA', `${cursor}A`, cursor.slice(0, -2), cursor.toUpperCase()].map((changed) => ({
        sort,
        filter: { field: 'order', op: 'gt', value: 0 },
        cursor: changed,
      })),
    ];
    for (const payload of others) expect(await refusal(payload)).toMatchObject({ code: 'INVALID_CURSOR' });
    const foreign = await runList(
      database.adapter,
      undefined,
      model(),
      { sort },
      {
        skip: 0,
        limit: 5,
        sealer: createSealer(randomBytes(32)),
      },
    );
    expect(await refusal({ sort, cursor: foreign.next_cursor })).toMatchObject({ code: 'INVALID_CURSOR' });
    expect(await refusal({ sort, cursor: page.next_cursor }, { name: 'Part' })).toMatchObject({
      status: 422,
    });
    expect(Buffer.from(cursor, 'base64url').includes('9007199')).toBe(false);
  });
});
