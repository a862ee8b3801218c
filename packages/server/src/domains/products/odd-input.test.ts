import {
  approvalsRequest,
  castellanProductId,
  filterOperators,
  productsExport,
  productsIntent,
  productViewsCreate,
  type RouteDefinition,
} from '@castellan/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openProductsHouse, type ProductsHouse } from '../../../test/products-house.ts';

let world: ProductsHouse;
let ada: Awaited<ReturnType<ProductsHouse['house']['administrator']>>;
beforeAll(async () => {
  world = await openProductsHouse();
  ada = await world.house.administrator();
});
afterAll(() => world.close());

const send = (route: RouteDefinition, id: string, body: unknown) =>
  ada.call(route, { params: { id } as never, rawBody: JSON.stringify(body) });

/** Texts that databases, spreadsheets and JavaScript trip over. */
const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '\0',
    'a\0b',
    '\ud800',
    'x\udfff',
    '\\u0000',
    '__proto__',
    'constructor',
    "'; DROP TABLE users; --",
    '\u202e',
  ),
);
const oddJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    odd,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(odd, tie('value'), { maxKeys: 3 }),
  ),
})).value;
/** Fields of Castellan's own people, workspaces and services, and values that some of them may have. */
const ownFields = [
  'id',
  'name',
  'email',
  'state',
  'isAdmin',
  'createdAt',
  'lastLoginAt',
  'workspaceRole',
  'workspaceCount',
  'slug',
  'memberCount',
  'origins',
  'adminUrl',
];
const likely = [
  'active',
  'owner',
  true,
  3,
  -1,
  2 ** 53 - 1,
  '9999-12-31T23:59:59.9999999-15:00',
  '0001-01-01T00:00:00+15:59',
  "%'_!",
];
const id = fc.option(fc.oneof(odd, fc.integer(), fc.constantFrom('o-1')), { nil: undefined });

it('no intent makes the platform fail, at a product or at Castellan’s own data', async () => {
  const intent = fc.record({
    model: fc.oneof(fc.constantFrom('Order', 'User', 'Workspace', 'Service'), odd),
    action: fc.oneof(fc.constantFrom('list', 'read', 'update', 'custom'), odd),
    command: fc.option(fc.oneof(fc.constantFrom('close', 'history'), odd), { nil: undefined }),
    id,
    payload: fc.oneof(
      oddJson,
      fc.record({ values: fc.dictionary(odd, oddJson, { maxKeys: 2 }), version: odd }),
      fc.record({
        filter: fc.record({
          field: fc.oneof(fc.constantFrom(...ownFields), odd),
          op: fc.constantFrom(...filterOperators),
          value: fc.oneof(
            oddJson,
            fc.constantFrom(...likely),
            fc.array(fc.constantFrom(...likely), { maxLength: 2 }),
          ),
        }),
        search: odd,
        cursor: fc.option(odd, { nil: undefined }),
      }),
    ),
    approval_id: fc.option(fc.constantFrom('01930000-0000-7000-8000-00000000dead'), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(intent, fc.boolean(), async (body, isOwn) => {
      const answer = await send(productsIntent, isOwn ? castellanProductId : world.serviceId, body);
      // The product itself may fail, which is its own matter and told as such.
      expect(answer.code ?? 'done', answer.text).not.toMatch(/^(internal|unavailable)$/);
    }),
    { numRuns: 400 },
  );
}, 60_000);

it('nor a request for approval, a view, an export', async () => {
  const calls: readonly (readonly [RouteDefinition, fc.Arbitrary<unknown>])[] = [
    [
      approvalsRequest,
      fc.record({
        intent: fc.record({
          model: fc.constant('Order'),
          action: fc.constant('custom'),
          command: fc.constantFrom('close', 'bulk_run'),
          id,
          payload: fc.oneof(
            oddJson,
            fc.record({ rows: fc.array(fc.record({ id: odd, version: odd }), { maxLength: 3 }) }),
          ),
        }),
        reason: fc.oneof(odd, fc.constant('A good reason')),
      }),
    ],
    [
      productViewsCreate,
      fc.record({ name: odd, model: odd, state: fc.dictionary(odd, oddJson, { maxKeys: 3 }) }),
    ],
    [
      productsExport,
      fc.record({
        model: fc.constantFrom('Order', 'User'),
        payload: fc.record({ filter: oddJson, fields: fc.array(odd, { maxLength: 3 }) }),
      }),
    ],
  ];
  for (const [route, bodies] of calls)
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const answer = await send(route, world.serviceId, body);
        expect(answer.code ?? 'done', answer.text).not.toMatch(/^(internal|unavailable)$/);
      }),
      { numRuns: 150 },
    );
}, 60_000);

it('what a product calls its rows is kept, whatever is in it', async () => {
  const row = { id: 'o-1', name: 'a\0b\ud800 =1+1', state: 'open' };
  world.product.rows.set('o-1', row);
  const asked = await send(approvalsRequest, world.serviceId, {
    intent: { model: 'Order', action: 'custom', command: 'close', id: 'o-1' },
    reason: 'Whatever it is called',
  });
  expect(asked.status).toBe(201);
  expect(JSON.parse(asked.text).rows[0].label).toBe('a�b� =1+1');
});
