import { resetAdminForTests } from '@castellan/admin';
import { usersEndSessions, usersUpdate } from '@castellan/contract';
import { createCastellan } from '@castellan/sdk';
import type { TestCaller } from '@castellan/testkit';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OrdersHouse, startOrdersHouse, type TestPerson, type TestWorkspace } from '../test/house.ts';
import { createOrdersApp } from './app.ts';

let house: OrdersHouse;
let app: FastifyInstance;
let operator: TestCaller;
let home: TestWorkspace;
let foreign: TestWorkspace;
let viewer: TestPerson;
let editor: TestPerson;
let admin: TestPerson;
let stranger: TestPerson;
let homeless: TestPerson;
const tokens = new Map<string, Promise<string>>();

beforeAll(async () => {
  house = await startOrdersHouse();
  app = house.app;
  operator = await house.platform.administrator();
  viewer = await house.platform.person({ name: 'Vera Viewer' });
  editor = await house.platform.person({ name: 'Edgar Editor' });
  admin = await house.platform.person({ name: 'Ada Admin' });
  stranger = await house.platform.person({ name: 'Stan Stranger' });
  homeless = await house.platform.person({ name: 'Homer Homeless' });
  home = await house.platform.workspace({
    members: [
      [viewer, 'viewer'],
      [editor, 'editor'],
      [admin, 'admin'],
    ],
  });
  foreign = await house.platform.workspace({ members: [[stranger, 'owner']] });
  await (await house.approver(home.id))(admin);
  await (await house.approver(foreign.id))(stranger);
});
afterAll(() => house.stop());
beforeEach(() =>
  house.connection.pool.query('truncate order_numbers, refunds, order_lines, orders, customers, people'),
);

interface Call {
  method?: 'GET' | 'POST';
  body?: unknown;
  key?: string;
}

/** The token of one sign-in per person, kept: hashing a password for each call would be most of the time. */
function tokenOf(person: TestPerson): Promise<string> {
  const token = tokens.get(person.id) ?? house.signIn(person);
  tokens.set(person.id, token);
  return token;
}

/** One call of this person; `null` is nobody. */
async function call(person: TestPerson | null, url: string, options: Call = {}) {
  const answer = await app.inject({
    url,
    method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(person ? { authorization: `Bearer ${await tokenOf(person)}` } : {}),
      ...(options.key ? { 'idempotency-key': options.key } : {}),
    },
    ...(options.body === undefined ? {} : { payload: options.body as object }),
  });
  const isJson = String(answer.headers['content-type']).includes('json');
  return { status: answer.statusCode, headers: answer.headers, body: isJson ? answer.json() : answer.body };
}

const newOrder = (overrides: object = {}) => ({
  customer: { name: 'Grace Hopper', email: 'Grace@Customer.example' },
  currency: 'EUR',
  lines: [
    { description: 'Oak workbench', quantity: 1, unit_price_minor: 64_900 },
    { description: 'Wood glue', quantity: 3, unit_price_minor: 1290 },
  ],
  ...overrides,
});
const place = (overrides: object = {}, person = editor) =>
  call(person, '/api/orders', { body: newOrder(overrides) });
const refund = (number: number, amount: number, key: string, person = admin, reason = 'Damaged') =>
  call(person, `/api/orders/${number}/refunds`, { body: { amount_minor: amount, reason }, key });

async function addToHome(person: TestPerson, role: string): Promise<void> {
  await house.platform.query(
    'INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ($1, $2, $3, now())',
    [home.id, person.id, role],
  );
}

describe('who may do what is the live answer of Castellan', () => {
  const routes = [
    ['GET', '/api/me'],
    ['GET', '/api/orders'],
    ['GET', '/api/orders/1001'],
    ['GET', '/api/customers'],
    ['POST', '/api/orders'],
    ['POST', '/api/orders/1001/refunds'],
  ] as const;

  test('no route answers without a person, with an ended session or with a deactivated account', async () => {
    const ended = await house.platform.person({ name: 'Ed Ended' });
    const deactivated = await house.platform.person({ name: 'Dee Deactivated' });
    for (const person of [ended, deactivated]) await addToHome(person, 'admin');
    for (const person of [ended, deactivated]) expect((await call(person, '/api/orders')).status).toBe(200);
    await operator.call(usersEndSessions, { params: { id: ended.id } });
    await operator.call(usersUpdate, { params: { id: deactivated.id }, body: { isActive: false } });
    for (const [method, url] of routes) {
      const nobody = await call(null, url, { method });
      expect([url, nobody.status, nobody.body.code]).toEqual([url, 401, 'unauthenticated']);
      expect(nobody.headers['www-authenticate']).toBe('Bearer realm="orders"');
      const late = await call(ended, url, { method });
      expect([url, late.status, late.body.code]).toEqual([url, 401, 'session_ended']);
      // Deactivation ends the sessions too; which of both is named first is the platform's choice.
      const off = await call(deactivated, url, { method });
      expect(['401 session_ended', '403 account_deactivated']).toContain(`${off.status} ${off.body.code}`);
    }
  });

  test('viewers read, editors write, who has the role for it refunds; nobody more', async () => {
    const { body: order } = await place();
    for (const url of ['/api/orders', '/api/orders/1001', '/api/customers', '/api/me'])
      expect((await call(viewer, url)).status, url).toBe(200);
    expect(await place({}, viewer)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await refund(order.number, 100, 'key-00000001', editor)).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
    expect((await refund(order.number, 100, 'key-00000001', admin)).status).toBe(201);
  });

  test('a role that was taken away counts from the next call on, whatever the token says', async () => {
    const demoted = await house.platform.person({ name: 'Dora Demoted' });
    await addToHome(demoted, 'editor');
    expect((await place({}, demoted)).status).toBe(201);
    await house.platform.query(`UPDATE members SET role = 'viewer' WHERE user_id = $1`, [demoted.id]);
    expect((await place({}, demoted)).status).toBe(403);
  });

  test('who is in no workspace knows who they are, and sees no orders', async () => {
    expect(await call(homeless, '/api/me')).toMatchObject({ status: 200, body: { email: homeless.email } });
    expect(await call(homeless, '/api/orders')).toMatchObject({ status: 403, body: { code: 'not_member' } });
  });

  test('another workspace’s order answers exactly like one that does not exist', async () => {
    const { body: order } = await place();
    const [hidden, missing] = [
      await call(stranger, `/api/orders/${order.number}`),
      await call(stranger, '/api/orders/999999'),
    ];
    expect(hidden.status).toBe(404);
    expect({ ...hidden.body, correlation_id: '' }).toEqual({ ...missing.body, correlation_id: '' });
    expect((await refund(order.number, 1, 'key-00000001', stranger)).status).toBe(404);
    expect((await call(stranger, '/api/orders')).body).toMatchObject({ items: [], total: 0 });
    expect((await call(stranger, '/api/customers')).body.items).toEqual([]);
    const { body: customers } = await call(viewer, '/api/customers');
    const taken = await place({ customer: undefined, customer_id: customers.items[0].id }, stranger);
    expect(taken).toMatchObject({ status: 422, body: { errors: [{ field: 'customer_id' }] } });
  });
});

describe('orders', () => {
  test('a new order has lines, a total, a number of its workspace and its maker', async () => {
    const made = await place();
    expect(made).toMatchObject({
      status: 201,
      headers: { location: '/api/orders/1001' },
      body: {
        number: 1001,
        status: 'paid',
        currency: 'EUR',
        total_minor: 68_770,
        refunded_minor: 0,
        customer: { name: 'Grace Hopper', email: 'grace@customer.example' },
        created_by: editor.id,
        created_by_name: 'Edgar Editor',
        lines: [
          { description: 'Oak workbench', quantity: 1, unit_price_minor: 64_900, total_minor: 64_900 },
          { description: 'Wood glue', quantity: 3, total_minor: 3870 },
        ],
        refunds: [],
      },
    });
    expect((await call(viewer, '/api/orders/1001')).body).toEqual(made.body);
    const { body: customers } = await call(viewer, '/api/customers?search=HOPP');
    const again = await place({ customer: undefined, customer_id: customers.items[0].id });
    expect(again).toMatchObject({
      status: 201,
      body: { number: 1002, customer: { id: customers.items[0].id } },
    });
    expect((await place({}, stranger)).body.number).toBe(1001);
  });

  test('twenty orders at once get twenty numbers in a row', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => place()));
    expect(made.map(({ body }) => body.number).sort()).toEqual(
      Array.from({ length: 20 }, (_, index) => 1001 + index),
    );
  });

  test('the same key and content is one order, even at once; other content under it is refused', async () => {
    const post = (body: object) => call(editor, '/api/orders', { body, key: 'order-key-1' });
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(newOrder())));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await post(newOrder({ currency: 'USD' }))).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    expect((await place()).body.number).toBe(1002);
  });

  test('input that can not be an order says which field is wrong', async () => {
    const wrong: [object, string][] = [
      [{ lines: [] }, 'lines'],
      [{ lines: [{ description: ' ', quantity: 1, unit_price_minor: 1 }] }, 'lines.0.description'],
      [{ lines: [{ description: 'x', quantity: 1.5, unit_price_minor: 1 }] }, 'lines.0.quantity'],
      [{ lines: [{ description: 'x', quantity: 1, unit_price_minor: -1 }] }, 'lines.0.unit_price_minor'],
      [{ lines: [{ description: 'x', quantity: 1, unit_price_minor: 0 }] }, 'lines'],
      [{ currency: 'XXX' }, 'currency'],
      [{ customer: undefined }, 'customer'],
      [{ customer: { name: 'x', email: 'nobody' } }, 'customer.email'],
      [{ workspace_id: foreign.id }, ''],
    ];
    for (const [overrides, field] of wrong) {
      const answer = await place(overrides);
      expect([field, answer.status, answer.body.code]).toEqual([field, 422, 'validation_failed']);
      expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
    }
    const headers = { authorization: `Bearer ${await tokenOf(editor)}` };
    const broken = await app.inject({
      method: 'POST',
      url: '/api/orders',
      headers: { ...headers, 'content-type': 'application/json' },
      payload: '{',
    });
    expect([broken.statusCode, broken.json().code]).toEqual([400, 'malformed_request']);
    const huge = await app.inject({
      method: 'POST',
      url: '/api/orders',
      headers,
      payload: { x: 'x'.repeat(70_000) },
    });
    expect([huge.statusCode, huge.json().code]).toEqual([413, 'payload_too_large']);
  });

  test('lists the newest first, page by page, without a gap while others write', async () => {
    for (let index = 0; index < 5; index += 1) await place();
    const first = await call(viewer, '/api/orders?limit=2');
    expect(first.body).toMatchObject({ total: 5, next_cursor: '1004' });
    await place();
    const second = await call(viewer, `/api/orders?limit=2&cursor=${first.body.next_cursor}`);
    const third = await call(viewer, `/api/orders?limit=2&cursor=${second.body.next_cursor}`);
    const numbers = [first, second, third].map(({ body }) =>
      body.items.map((order: { number: number }) => order.number),
    );
    expect(numbers).toEqual([[1005, 1004], [1003, 1002], [1001]]);
    expect(third.body.next_cursor).toBeUndefined();
  });

  test('finds by customer, e-mail or number, takes wildcards literally, and filters by status', async () => {
    await place();
    await place({ customer: { name: '100% Oak', email: 'oak@customer.example' } });
    await refund(1001, 68_770, 'key-00000001');
    const numbersOf = async (query: string) =>
      (await call(viewer, `/api/orders?${query}`)).body.items.map(
        (order: { number: number }) => order.number,
      );
    expect(await numbersOf('search=hopper')).toEqual([1001]);
    expect(await numbersOf('search=oak@')).toEqual([1002]);
    expect(await numbersOf(`search=${encodeURIComponent('100%')}`)).toEqual([1002]);
    expect(await numbersOf('search=%25')).toEqual([1002]);
    expect(await numbersOf('search=_')).toEqual([]);
    expect(await numbersOf(`search=${encodeURIComponent('#1001')}`)).toEqual([1001]);
    expect(await numbersOf('status=refunded')).toEqual([1001]);
    expect(await numbersOf('status=paid&search=grace')).toEqual([]);
    for (const path of ['/api/orders?search=a%00b', '/api/customers?search=a%00b'])
      expect((await call(viewer, path)).status, path).toBe(422);
    for (const query of ['status=gone', 'limit=0', 'cursor=x', 'unknown=1'])
      expect((await call(viewer, `/api/orders?${query}`)).status, query).toBe(422);
  });
});

describe('refunds', () => {
  test('give back a part, then the rest, and never more', async () => {
    await place();
    const part = await refund(1001, 8770, 'key-00000001');
    expect(part).toMatchObject({
      status: 201,
      body: {
        refunded_minor: 8770,
        status: 'paid',
        refunds: [{ amount_minor: 8770, created_by: admin.id, created_by_name: 'Ada Admin' }],
      },
    });
    expect(await refund(1001, 60_001, 'key-00000002')).toMatchObject({
      status: 409,
      body: { code: 'refund_too_large', errors: [{ field: 'amount_minor' }] },
    });
    expect((await refund(1001, 60_000, 'key-00000003')).body).toMatchObject({
      status: 'refunded',
      refunded_minor: 68_770,
    });
    expect((await refund(1001, 1, 'key-00000004')).status).toBe(409);
  });

  test('ten at once can not give back more than was paid', async () => {
    await place({ lines: [{ description: 'x', quantity: 1, unit_price_minor: 1000 }] });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => refund(1001, 300, `key-at-once-${index}`)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect((await call(viewer, '/api/orders/1001')).body.refunded_minor).toBe(900);
  });

  test('the same key gives back once, even at once; for something else it is refused', async () => {
    await place();
    const answers = await Promise.all(Array.from({ length: 5 }, () => refund(1001, 500, 'key-the-same')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201]);
    expect((await call(viewer, '/api/orders/1001')).body.refunded_minor).toBe(500);
    expect((await refund(1001, 501, 'key-the-same')).body.code).toBe('idempotency_key_reused');
    const without = await call(admin, '/api/orders/1001/refunds', { body: { amount_minor: 1, reason: 'x' } });
    expect(without).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  });
});

describe('customers', () => {
  test('by name whatever the case, page by page', async () => {
    for (const name of ['beta', 'Alpha', 'Gamma', 'alpha'])
      await place({ customer: { name, email: `${name}@customer.example` }, currency: 'EUR' });
    // `Alpha` and `alpha` have the same e-mail once it is in lower case: one customer.
    const first = await call(viewer, '/api/customers?limit=2');
    const second = await call(viewer, `/api/customers?limit=2&cursor=${first.body.next_cursor}`);
    const names = [first, second].map(({ body }) =>
      body.items.map((customer: { name: string }) => customer.name),
    );
    expect(names).toEqual([['Alpha', 'beta'], ['Gamma']]);
    expect((await call(viewer, '/api/customers?cursor=broken')).status).toBe(422);
  });
});

describe('the product fails closed and plainly', () => {
  test('an unknown address is a problem document, and every answer carries the security headers', async () => {
    const answer = await app.inject({ url: '/api/nothing' });
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'not_found']);
    const policies = [answer.headers['content-security-policy']].flat().join(', ');
    expect(policies).toContain(`connect-src 'self' ${house.issuer}`);
    expect(policies).toContain("frame-ancestors 'none'");
    expect(policies).not.toContain('unsafe');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  test('without its database it is 503, and the cause stays in the log', async () => {
    const castellan = createCastellan({
      issuer: house.issuer,
      service: 'orders',
      serviceKey: house.serviceKey,
    });
    const nowhere = drizzle(new pg.Pool({ host: '127.0.0.1', port: 9 }));
    resetAdminForTests();
    const cut = createOrdersApp({ castellan, database: nowhere, logLevel: 'silent' });
    const headers = { authorization: `Bearer ${await tokenOf(viewer)}` };
    const answer = await cut.inject({ url: '/api/orders', headers });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'unavailable']);
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.body).not.toMatch(/ECONNREFUSED|127\.0\.0\.1:9/);
    await cut.close();
  });

  test('without Castellan it is 503: nobody is let in on a guess', async () => {
    const castellan = createCastellan({
      issuer: 'http://127.0.0.1:9',
      service: 'orders',
      serviceKey: house.serviceKey,
      timeoutMs: 300,
    });
    resetAdminForTests();
    const alone = createOrdersApp({ castellan, database: house.connection.database, logLevel: 'silent' });
    const headers = { authorization: `Bearer ${await tokenOf(viewer)}` };
    const answer = await alone.inject({ url: '/api/orders', headers });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'unavailable']);
    expect(answer.headers['retry-after']).toBe('1');
    await alone.close();
  });
});
