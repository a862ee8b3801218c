import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  nearlyRight,
  oddField,
  oddFilter,
  oddText,
  oddValue,
  type SentIntent,
  wildIntents,
} from '../../test/fuzz/intents.ts';
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
/** Calls of one model that are nearly right. */
function callsOf(model: keyof typeof fieldsOf) {
  const id = fc.oneof(fc.constantFrom('1', '2', '["A-1","1"]', '["A-2","0"]'), oddText);
  const field = oddField(fieldsOf[model]);
  const values = fc.dictionary(field, oddValue, { maxKeys: 3 });
  const row = fc.record({ id, version: fc.oneof(fc.constant('x'), oddText) });
  const sort = fc.record({ field, direction: fc.constantFrom('asc', 'desc', 'up') });
  return nearlyRight({
    model,
    field,
    filter: oddFilter(field),
    sort: fc.array(sort, { maxLength: 2 }),
    search: oddText,
    cursor: oddText,
    values: { create: values, update: values },
    row,
    change: oddText,
    rows: fc.array(row, { maxLength: 3 }),
    bulkActions: ['update', 'delete', 'refund', 'fail', 'bulk_run', 'constructor'],
  });
}

const intent: fc.Arbitrary<SentIntent> = fc.oneof(
  ...(['User', 'Order', 'OrderLine'] as const).map(callsOf),
  wildIntents(['User', 'Order']),
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
