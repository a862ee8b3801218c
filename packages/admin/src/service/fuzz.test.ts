import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openShop, type Shop } from '../../test/shop/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const fieldsOf = {
  User: [
    'id',
    'email',
    'name',
    'passwordHash',
    'stripeSecretKey',
    'pinColor',
    'lastIp',
    'balance',
    'settings',
    'createdAt',
  ],
  Order: ['id', 'userId', 'number', 'status', 'total', 'note', 'createdAt'],
  OrderLine: ['orderNumber', 'line', 'text'],
} as const;
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
];
const text = fc.oneof(fc.constantFrom(...oddTexts), fc.string({ unit: 'binary' }));
const value = fc.oneof(
  text,
  fc.integer({ min: -10, max: 10 }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue(),
);
const fieldOf = (model: keyof typeof fieldsOf) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...fieldsOf[model]) },
    { weight: 1, arbitrary: fc.constantFrom('constructor', 'password_hash', 'nothing', '') },
  );

function filterOf(model: keyof typeof fieldsOf) {
  return fc.letrec((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      fc.record({
        field: fieldOf(model),
        op: fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'contains', 'in', 'is_null', 'like'),
        value: fc.oneof(value, fc.array(value, { maxLength: 3 })),
      }),
      fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }),
      fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }),
    ),
  })).filter;
}

/** Calls of one model that are nearly right. */
function nearlyRight(model: keyof typeof fieldsOf) {
  const id = fc.oneof(fc.constantFrom('1', '2', '["A-1","1"]', '["A-2","0"]'), text);
  const field = fieldOf(model);
  const values = fc.dictionary(field, value, { maxKeys: 3 });
  const row = fc.record({ id, version: fc.oneof(fc.constant('x'), text) });
  const some = { requiredKeys: [] as [] };
  const sort = fc.record({ field, direction: fc.constantFrom('asc', 'desc', 'up') });
  const list = fc.record(
    {
      filter: filterOf(model),
      search: text,
      sort: fc.array(sort, { maxLength: 2 }),
      cursor: text,
      count: fc.boolean(),
      fields: fc.array(field, { maxLength: 3 }),
    },
    some,
  );
  const custom = (command: string, payload: fc.Arbitrary<unknown>) =>
    fc.record({
      model: fc.constant(model),
      action: fc.constant('custom'),
      command: fc.constant(command),
      payload,
    });
  const usual = (action: string, payload: fc.Arbitrary<unknown>) =>
    fc.record({ model: fc.constant(model), action: fc.constant(action), id, payload });
  const bulk = { action: fc.constantFrom('update', 'delete', 'refund', 'fail', 'bulk_run', 'constructor') };
  return fc.oneof(
    usual('list', list),
    usual('read', fc.constant(undefined)),
    usual('create', fc.record({ values })),
    usual('update', fc.record({ values, version: text })),
    usual('delete', fc.record({ version: text }, some)),
    custom('history', fc.record({ id, cursor: text }, some)),
    custom('undo', fc.record({ change_id: text })),
    custom(
      'bulk_preview',
      fc.oneof(
        fc.record({ ...bulk, filter: filterOf(model) }),
        fc.record({ ...bulk, ids: fc.array(id, { maxLength: 3 }) }),
      ),
    ),
    custom('bulk_run', fc.record({ ...bulk, rows: fc.array(row, { maxLength: 3 }), values })),
  );
}

const wild = fc.record(
  {
    model: fc.constantFrom('User', 'Order', 'AccessGrant', '__proto__'),
    action: fc.constantFrom('list', 'read', 'create', 'update', 'delete', 'explode'),
    id: fc.oneof(text, fc.integer()),
    payload: value,
    skip: fc.integer({ min: -1, max: 20_000 }),
    limit: fc.integer({ min: 0, max: 300 }),
  },
  { requiredKeys: ['model', 'action'] },
);
const intent: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  ...(['User', 'Order', 'OrderLine'] as const).map(nearlyRight),
  wild,
);

it('whatever is sent: never a failure of the server, and never a hidden value', async () => {
  const codes = new Map<string | undefined, number>();
  await fc.assert(
    fc.asyncProperty(intent, fc.constantFrom('owner', 'admin', 'support'), async (sent, role) => {
      const answer = await shop.call(sent, { role });
      codes.set(answer.code, (codes.get(answer.code) ?? 0) + 1);
      expect(answer.status, answer.text).toBeLessThan(500);
      expect(answer.text).not.toMatch(/canary/);
      expect([undefined, 'INTERNAL'].includes(answer.code) && answer.status !== 200).toBe(false);
    }),
    { numRuns: 3000 },
  );
  // It comes as far as the database, and to every kind of refusal.
  expect(codes.get(undefined)).toBeGreaterThan(30);
  for (const code of [
    'VALIDATION_FAILED',
    'FIELD_REDACTED',
    'UNKNOWN_FIELD',
    'NOT_FOUND',
    'INSUFFICIENT_ROLE',
  ])
    expect(codes.has(code), code).toBe(true);
  const { rows } = await shop.database.pool.query(
    "SELECT count(*)::int AS hidden FROM users WHERE password_hash = 'argon2-canary-password' AND last_ip = 'canary-ip'",
  );
  const { rows: all } = await shop.database.pool.query('SELECT count(*)::int AS n FROM users');
  // What was created on the way has the database's own defaults: nothing hidden was written.
  expect(rows[0].hidden).toBe(all[0].n);
}, 120_000);
