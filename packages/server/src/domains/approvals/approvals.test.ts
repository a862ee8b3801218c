import {
  approvalsApprove,
  approvalsList,
  approvalsRead,
  approvalsRefuse,
  approvalsRequest,
  productsIntent,
  usersUpdate,
} from '@castellan/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openProductsHouse, type ProductsHouse, type TestOperator } from '../../../test/products-house.ts';
import { canonicalJson } from './subject-digest.ts';

let world: ProductsHouse;
let asker: TestOperator;
let second: TestOperator;
let support: TestOperator;
beforeAll(async () => {
  world = await openProductsHouse();
  asker = await world.operator('admin');
  second = await world.operator('admin');
  support = await world.operator('support');
});
afterAll(() => world.close());
beforeEach(() => {
  for (const row of world.product.rows.values()) world.product.rows.set(row.id, { ...row, state: 'open' });
});

const close = (id = 'o-1', payload: object = { note: 'paid' }) => ({
  model: 'Order',
  action: 'custom',
  command: 'close',
  id,
  payload,
});
const request = (intent: object = close(), who = asker) =>
  who.call(approvalsRequest, {
    params: { id: world.serviceId },
    body: { intent: intent as never, reason: 'The customer asked for it' },
  });

describe('what a call is bound by', () => {
  it('one text for two values that mean the same, two for any others', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const shuffled = (value: unknown): unknown =>
          Array.isArray(value)
            ? value.map(shuffled)
            : typeof value === 'object' && value !== null
              ? Object.fromEntries(
                  Object.entries(value)
                    .reverse()
                    .map(([name, held]) => [name, shuffled(held)]),
                )
              : value;
        expect(canonicalJson(shuffled(one))).toBe(canonicalJson(one));
        // Read back, it is the value: so no two values share it.
        expect(JSON.stringify(JSON.parse(canonicalJson(one)))).toBe(
          JSON.stringify(JSON.parse(canonicalJson(one))),
        );
        if (canonicalJson(one) === canonicalJson(other)) expect(shuffled(other)).toEqual(shuffled(one));
      }),
      { numRuns: 500 },
    );
    expect(canonicalJson({ a: undefined })).toBe('{}');
  });
});
