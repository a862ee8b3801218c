import { randomUUID } from 'node:crypto';
import { resetAdminForTests } from '@castellan/admin';
import { resourcesSetVisibility, resourcesShare } from '@castellan/contract';
import { type Castellan, UnavailableError } from '@castellan/sdk';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OrdersHouse, startOrdersHouse, type TestPerson, type TestWorkspace } from '../../test/house.ts';
import { createOrdersApp } from '../app.ts';
import { fillSample } from '../sample/fill.ts';
import { registerAllOrders } from './permissions.ts';

/** Who may see an order is what Castellan says, at each call. */
let house: OrdersHouse;
let castellan: Castellan;
let home: TestWorkspace;
let viewer: TestPerson;
let editor: TestPerson;
let admin: TestPerson;
const tokens = new Map<string, string>();

beforeAll(async () => {
  house = await startOrdersHouse();
  castellan = house.castellan;
  viewer = await house.platform.person({ name: 'Vera Viewer' });
  editor = await house.platform.person({ name: 'Edgar Editor' });
  admin = await house.platform.person({ name: 'Ada Admin' });
  home = await house.platform.workspace({
    name: 'Home',
    members: [
      [viewer, 'viewer'],
      [editor, 'editor'],
      [admin, 'admin'],
    ],
  });
  await (await house.approver(home.id))(viewer);
  for (const person of [viewer, editor, admin]) tokens.set(person.id, await house.signIn(person));
});
afterAll(() => house.stop());

async function call(
  person: TestPerson,
  url: string,
  body?: object,
  key: string = randomUUID(),
  app = house.app,
) {
  const answer = await app.inject({
    url,
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${tokens.get(person.id)}`, 'idempotency-key': key },
    ...(body ? { payload: body } : {}),
  });
  return { status: answer.statusCode, body: answer.json() };
}

const newOrder = {
  customer: { name: 'Grace Hopper', email: 'grace@customer.example' },
  currency: 'EUR',
  lines: [{ description: 'Oak workbench', quantity: 1, unit_price_minor: 64_900 }],
};
const place = async (): Promise<number> => (await call(editor, '/api/orders', newOrder)).body.number;
const numbersSeenBy = async (person: TestPerson) =>
  (await call(person, '/api/orders')).body.items.map(({ number }: { number: number }) => number);

/** The platform as the service itself sees it. */
const service = () => house.platform.caller({ authorization: `Bearer ${house.serviceKey}` });
const paramsOf = (number: number) => ({ type: 'order', rid: `${home.slug}-${number}` });
const hide = (number: number) =>
  service().call(resourcesSetVisibility, { params: paramsOf(number), body: { visibility: 'private' } });

test('nobody sees an order before there is one, and the list is empty rather than broken', async () => {
  const empty = { status: 200, body: { items: [], total: 0 } };
  for (const person of [viewer, editor, admin])
    expect(await call(person, '/api/orders')).toMatchObject(empty);
  expect((await call(viewer, '/api/orders/1001')).status).toBe(404);
});

test('an order belongs to who made it and is seen by all of the workspace', async () => {
  const number = await place();
  expect(await castellan.permissions.read({ type: 'order', id: `${home.slug}-${number}` })).toMatchObject({
    workspaceId: home.id,
    ownerId: editor.id,
    visibility: 'workspace',
  });
  for (const person of [viewer, editor, admin]) {
    expect(await numbersSeenBy(person)).toEqual([number]);
    expect((await call(person, `/api/orders/${number}`)).status).toBe(200);
  }
});

test('one that is hidden is missing to who may not see it: in the list, in its count, alone, and for a refund', async () => {
  const [shown, hidden] = [(await numbersSeenBy(admin))[0], await place()];
  await hide(hidden);
  expect(await numbersSeenBy(viewer)).toEqual([shown]);
  expect((await call(viewer, '/api/orders')).body.total).toBe(1);
  expect((await call(viewer, `/api/orders?search=${hidden}`)).body).toMatchObject({ items: [], total: 0 });
  const missing = { ...(await call(viewer, '/api/orders/999999')).body, correlation_id: '' };
  expect({ ...(await call(viewer, `/api/orders/${hidden}`)).body, correlation_id: '' }).toEqual(missing);
  const refund = () =>
    call(viewer, `/api/orders/${hidden}/refunds`, { amount_minor: 100, reason: 'Damaged' });
  expect((await refund()).status).toBe(404);
  for (const person of [editor, admin]) expect(await numbersSeenBy(person)).toEqual([hidden, shown]);

  await service().call(resourcesShare, {
    params: paramsOf(hidden),
    body: { userId: viewer.id, permission: 'view' },
  });
  expect(await numbersSeenBy(viewer)).toEqual([hidden, shown]);
  expect((await refund()).status).toBe(201);
});

test('an order that Castellan could not be told of is told when it is sent again, and is made once', async () => {
  let away = true;
  const sometimesAway: Castellan = {
    ...castellan,
    permissions: {
      ...castellan.permissions,
      register: (resources) =>
        away
          ? Promise.reject(new UnavailableError('Castellan could not be reached', null))
          : castellan.permissions.register(resources),
    },
  };
  resetAdminForTests();
  const app: FastifyInstance = createOrdersApp({
    castellan: sometimesAway,
    database: house.connection.database,
    logLevel: 'silent',
  });
  const before = await numbersSeenBy(admin);
  const send = () => call(editor, '/api/orders', newOrder, 'sent-again-1', app);
  expect(await send()).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(await numbersSeenBy(editor)).toEqual(before);
  away = false;
  const again = await send();
  expect(again.status).toBe(200);
  expect(await numbersSeenBy(editor)).toEqual([again.body.number, ...before]);
  expect((await numbersSeenBy(admin)).length).toBe(before.length + 1);
  await app.close();
});

test('the sample is told in calls of a hundred, once; what is hidden stays hidden, and who left owns nothing', async () => {
  await house.connection.pool.query(
    'truncate order_numbers, refunds, order_lines, orders, customers, people',
  );
  const [stays, left] = [viewer, await house.platform.person({ name: 'Leo Left' })];
  const acme = await house.platform.workspace({ name: 'Acme', members: [[stays, 'viewer']] });
  const ended = { id: randomUUID(), slug: 'ended', name: 'Ended' };
  const users = [stays, left].map(({ id, name, email }) => ({
    id,
    name,
    email,
    workspaceIds: [acme.id, ended.id],
  }));
  const filled = await fillSample(house.connection.pool, { workspaces: [acme, ended], users }, new Date());
  const { rows } = await house.connection.pool.query<{ count: number; ofLeft: number }>(
    `select count(*)::int, count(*) filter (where created_by = $2)::int as "ofLeft" from orders where workspace_id = $1`,
    [acme.id, left.id],
  );
  const { count, ofLeft } = rows[0]!;
  const first = await registerAllOrders(castellan, house.connection.database);
  expect(first).toEqual({ registered: count, refused: filled!.orders - count });
  expect(ofLeft).toBeGreaterThan(100);
  const [owned] = await house.platform.query<{ without: number }>(
    `SELECT count(*) FILTER (WHERE owner_id IS NULL)::int AS without FROM resources
     WHERE workspace_id = $1 AND type_id = (SELECT id FROM resource_types WHERE name = 'order')`,
    [acme.id],
  );
  expect(owned!.without).toBe(ofLeft);
  tokens.set(stays.id, await house.signIn(stays, acme.id));
  const seen = async () => (await call(stays, '/api/orders')).body.total;
  expect(await seen()).toBe(count);
  await house.platform.query(
    `UPDATE resources SET visibility = 'private', owner_id = NULL WHERE workspace_id = $1 AND key = $2`,
    [acme.id, `${acme.slug}-1001`],
  );
  expect((await registerAllOrders(castellan, house.connection.database)).registered).toBe(0);
  expect(await seen()).toBe(count - 1);
});
