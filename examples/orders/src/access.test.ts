import { createCastellan } from '@castellan/sdk';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OrdersHouse, startOrdersHouse, type TestPerson } from '../test/house.ts';
import { actions, keepRegistering } from './access.ts';

let house: OrdersHouse;
beforeAll(async () => {
  house = await startOrdersHouse();
});
afterAll(() => house.stop());

const told: string[] = [];
const log = {
  info: (_: object, message: string) => void told.push(message),
  warn: (_: object, message: string) => void told.push(message),
};

test('at its start the product tells Castellan what it can do; an action that it lacks since is withdrawn', async () => {
  const castellan = createCastellan({
    issuer: house.issuer,
    service: 'orders',
    serviceKey: house.serviceKey,
  });
  await castellan.actions.register([...actions, { name: 'orders:burn', description: 'Of an older version' }]);
  await keepRegistering(castellan, house.connection.database, log, new AbortController().signal);
  expect(told.splice(0)).toEqual(['Castellan knows what this product can do', 'Castellan knows every order']);
  const known = await house.platform.query<{ name: string; absent: boolean }>(
    'SELECT name, absent_since IS NOT NULL AS absent FROM service_actions ORDER BY name',
  );
  expect(known.filter(({ absent }) => !absent).map(({ name }) => name)).toEqual(
    actions.map(({ name }) => name).toSorted(),
  );
  expect(known.filter(({ absent }) => absent).map(({ name }) => name)).toEqual(['orders:burn']);
});

test('while Castellan is away it keeps trying, until it is stopped itself', async () => {
  const castellan = createCastellan({
    issuer: 'http://127.0.0.1:9',
    service: 'orders',
    serviceKey: house.serviceKey,
  });
  const leaving = new AbortController();
  const trying = keepRegistering(castellan, house.connection.database, log, leaving.signal);
  await expect.poll(() => told).toContain('Castellan could not be told what there is here; trying again');
  leaving.abort();
  await trying;
});

test('so it does while its own database is away', async () => {
  const nowhere = drizzle(new pg.Pool({ host: '127.0.0.1', port: 9 }));
  const leaving = new AbortController();
  told.splice(0);
  const trying = keepRegistering(house.castellan, nowhere, log, leaving.signal);
  await expect
    .poll(() => told)
    .toEqual([
      'Castellan knows what this product can do',
      'Castellan could not be told what there is here; trying again',
    ]);
  leaving.abort();
  await trying;
});

test('a refund needs the action orders:refund by a custom role, whatever the role in the workspace', async () => {
  const owner = await house.platform.person({ name: 'Olga Owner' });
  const clerk = await house.platform.person({ name: 'Clara Clerk' });
  const workspace = await house.platform.workspace({
    members: [
      [owner, 'owner'],
      [clerk, 'viewer'],
    ],
  });
  const approve = await house.approver(workspace.id);
  const tokens = new Map([
    [owner, await house.signIn(owner)],
    [clerk, await house.signIn(clerk)],
  ]);
  const call = async (person: TestPerson, url: string, payload?: object) => {
    const headers = { authorization: `Bearer ${tokens.get(person)}`, 'idempotency-key': crypto.randomUUID() };
    const method = payload ? 'POST' : 'GET';
    const answer = await house.app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
    return { status: answer.statusCode, body: answer.json() };
  };
  const { number } = (
    await call(owner, '/api/orders', {
      customer: { name: 'Grace Hopper', email: 'grace@customer.example' },
      currency: 'EUR',
      lines: [{ description: 'Oak workbench', quantity: 1, unit_price_minor: 64_900 }],
    })
  ).body;
  const mayRefund = async (person: TestPerson) =>
    (await call(person, `/api/orders/${number}`)).body.may_refund;
  const refund = (person: TestPerson) =>
    call(person, `/api/orders/${number}/refunds`, { amount_minor: 100, reason: 'Damaged' });

  expect(await refund(owner)).toMatchObject({
    status: 403,
    body: { code: 'forbidden', detail: expect.stringContaining('orders:refund') },
  });
  expect([await mayRefund(owner), await mayRefund(clerk)]).toEqual([false, false]);
  await approve(clerk);
  expect([await mayRefund(owner), await mayRefund(clerk)]).toEqual([false, true]);
  expect((await refund(clerk)).status).toBe(201);
  await house.platform.query('DELETE FROM role_members WHERE user_id = $1', [clerk.id]);
  expect([(await refund(clerk)).status, await mayRefund(clerk)]).toEqual([403, false]);
});
