import {
  adminLogin,
  approvalsApprove,
  approvalsRequest,
  type OperatorRole,
  productsIntent,
  productsList,
  productsSchema,
} from '@castellan/contract';
import type { TestCaller } from '@castellan/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OrdersHouse, startOrdersHouse } from '../test/house.ts';
import { fillOrderBook } from '../test/order-book.ts';

/** The whole way: an operator, the platform, a token for one call, the product, its database; and back. */
let house: OrdersHouse;
let serviceId: string;
let admin: TestCaller;
let second: TestCaller;
let support: TestCaller;

beforeAll(async () => {
  house = await startOrdersHouse();
  await fillOrderBook(house.connection.database);
  serviceId = (await house.platform.query<{ id: string }>('SELECT id FROM services'))[0]!.id;
  [admin, second, support] = [await operator('admin'), await operator('admin'), await operator('support')];
});
afterAll(() => house.stop());

async function operator(role: OperatorRole): Promise<TestCaller> {
  const person = await house.platform.person({ name: `Otto ${role}` });
  await house.platform.query(
    'INSERT INTO operator_grants (user_id, service_id, role, created_at, updated_at) VALUES ($1, $2, $3, now(), now())',
    [person.id, serviceId, role],
  );
  const { email, password } = person;
  const answer = await house.platform.caller().call(adminLogin, { body: { email, password } });
  return house.platform.caller({ cookie: String(answer.headers['set-cookie']).split(';')[0]! });
}

type Intent = Parameters<typeof ask>[1];

async function ask(
  by: TestCaller,
  intent: {
    model: string;
    action: string;
    id?: string;
    command?: string;
    payload?: unknown;
    approvalId?: string;
  },
) {
  const answer = await by.call(productsIntent, { params: { id: serviceId }, body: intent as never });
  const problem = answer.status === 200 ? undefined : (JSON.parse(answer.text) as Record<string, unknown>);
  return {
    status: answer.status,
    problem,
    data: problem ? undefined : (answer.result.data as Record<string, never>),
  };
}

interface OrderRow {
  readonly id: string;
  readonly number: number;
  readonly status: string;
  readonly refundedMinor: string;
}

async function orders(status: string): Promise<readonly OrderRow[]> {
  const payload = { filter: { field: 'status', op: 'eq', value: status } };
  const { data } = await ask(admin, { model: 'Order', action: 'list', payload });
  return data!.items as unknown as OrderRow[];
}

const read = async (model: string, id: string) =>
  (await ask(admin, { model, action: 'read', id })).data as unknown as {
    readonly row: Readonly<Record<string, unknown>>;
    readonly version: string;
  };

test('the product is in the console, with what its schema says and without its secrets', async () => {
  const listed = (await support.call(productsList)).result.items.filter(({ name }) => name === 'orders');
  expect(listed).toMatchObject([{ role: 'support', state: 'ready' }]);
  const { document } = (await admin.call(productsSchema, { params: { id: serviceId } })).result;
  expect(document.models.map(({ name }) => name)).toEqual(['Order', 'Customer', 'Refund', 'User']);
  const order = document.models[0]!;
  expect(order.customActions.map(({ name }) => name)).toEqual(['refund', 'close']);
  expect(order.fields.find(({ name }) => name === 'status')).toMatchObject({ type: 'enum' });
  expect(order.fields.find(({ name }) => name === 'customerId')?.references).toEqual({
    model: 'Customer',
    field: 'id',
  });
  expect(order.fields.filter(({ isRedacted }) => isRedacted).map(({ name }) => name)).toEqual([
    'idempotencyKey',
    'requestDigest',
  ]);
});

test('an order is refunded by an operator, by the rules of the product; support is refused, too much is refused', async () => {
  const [order] = await orders('paid');
  const refund = (by: TestCaller, amount_minor: number) =>
    ask(by, {
      model: 'Order',
      action: 'custom',
      command: 'refund',
      id: order!.id,
      payload: { amount_minor, reason: 'Late' },
    });
  expect((await refund(support, 50)).problem).toMatchObject({ product_code: 'INSUFFICIENT_ROLE' });
  expect((await refund(admin, 99_999_999)).problem).toMatchObject({ product_code: 'VALIDATION_FAILED' });
  const before = (await read('Order', order!.id)).row.refundedMinor;
  expect((await refund(admin, 50)).status).toBe(200);
  expect(Number((await read('Order', order!.id)).row.refundedMinor)).toBe(Number(before) + 50);
  const { rows } = await house.connection.pool.query(
    'select p.name from refunds r join people p on p.user_id = r.created_by where r.reason = $1',
    ['Late'],
  );
  expect(rows).toEqual([{ name: 'Otto admin' }]);
});

test('two operators change one customer: the second is told, and takes nothing back unknowingly; undo brings the old name', async () => {
  const { data } = await ask(admin, { model: 'Customer', action: 'list', payload: {} });
  const { id, name } = (data!.items as unknown as { id: string; name: string }[])[0]!;
  const { version } = await read('Customer', id);
  const change = (by: TestCaller, to: string) =>
    ask(by, { model: 'Customer', action: 'update', id, payload: { values: { name: to }, version } });
  expect((await change(admin, 'Grace Hopper')).status).toBe(200);
  const late = await change(second, 'Ada Lovelace');
  expect(late.problem).toMatchObject({
    product_code: 'CONFLICT',
    product_details: { changed_fields: ['name'] },
  });
  const { data: past } = await ask(admin, {
    model: 'Customer',
    action: 'custom',
    command: 'history',
    payload: { id },
  });
  const [last] = past!.items as unknown as { id: string; changes: unknown[]; can_undo: boolean }[];
  expect(last).toMatchObject({
    can_undo: true,
    changes: [{ field: 'name', before: name, after: 'Grace Hopper' }],
  });
  const undo = { model: 'Customer', action: 'custom', command: 'undo', payload: { change_id: last!.id } };
  expect((await ask(second, undo)).status).toBe(200);
  expect((await read('Customer', id)).row.name).toBe(name);
});

test('many orders are closed at once by two operators, and by one alone not', async () => {
  const ids = (await orders('paid')).map(({ id }) => id).slice(0, 3);
  const { data } = await ask(admin, {
    model: 'Order',
    action: 'custom',
    command: 'bulk_preview',
    payload: { action: 'close', ids },
  });
  const rows = (data!.rows as unknown as { id: string; version: string }[]).map(({ id, version }) => ({
    id,
    version,
  }));
  const run: Intent = {
    model: 'Order',
    action: 'custom',
    command: 'bulk_run',
    payload: { action: 'close', rows },
  };
  expect((await ask(admin, run)).problem).toMatchObject({ product_code: 'APPROVAL_REQUIRED' });
  const asked = await admin.call(approvalsRequest, {
    params: { id: serviceId },
    body: { intent: run, reason: 'Delivered last week' } as never,
  });
  expect(asked.status).toBe(201);
  const params = { id: asked.result.id };
  expect((await admin.call(approvalsApprove, { params, body: {} })).code).toBe('own_approval');
  expect((await second.call(approvalsApprove, { params, body: {} })).status).toBe(200);
  const done = await ask(admin, { ...run, approvalId: asked.result.id });
  expect(done.data).toMatchObject({ done: expect.any(Array), failed: [] });
  for (const id of ids) expect((await read('Order', id)).row.status).toBe('delivered');
  expect((await ask(admin, { ...run, approvalId: asked.result.id })).status).toBeGreaterThanOrEqual(400);
});

test('what operators search and filter by has an index: no list warns that it looks at every row', async () => {
  const lists: readonly (readonly [string, object])[] = [
    ['Customer', { search: 'Cust' }],
    ['User', { search: 'Clerk' }],
    ['Order', { filter: { field: 'status', op: 'eq', value: 'paid' } }],
    ['Order', { filter: { field: 'customerId', op: 'eq', value: crypto.randomUUID() } }],
    ['Refund', { filter: { field: 'orderId', op: 'eq', value: crypto.randomUUID() } }],
  ];
  for (const [model, payload] of lists) {
    const { data } = await ask(admin, { model, action: 'list', payload });
    expect([model, payload, (data as unknown as { notes?: unknown }).notes ?? []]).toEqual([
      model,
      payload,
      [],
    ]);
  }
});
