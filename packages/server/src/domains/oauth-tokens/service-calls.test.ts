import { randomUUID } from 'node:crypto';
import { activityList, serviceCallsAllow, serviceCallsList, serviceCallsWithdraw } from '@castellan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTokenHouse, type TokenHouse } from '../../../test/token-house.ts';

let house: TokenHouse;
let admin: Awaited<ReturnType<TokenHouse['administrator']>>;
let [orders, billing] = ['', ''];
beforeAll(async () => {
  house = await createTokenHouse();
  for (const name of ['orders', 'billing']) await house.service(name);
  [orders, billing] = [await house.serviceId('orders'), await house.serviceId('billing')];
  admin = await house.administrator();
});
afterAll(() => house.close());

it('an administrator says which service may call which; done twice it is done, and told once', async () => {
  const params = { id: orders, cid: billing };
  expect((await admin.call(serviceCallsAllow, { params })).status).toBe(204);
  expect((await admin.call(serviceCallsAllow, { params })).status).toBe(204);
  const list = async (id: string) => (await admin.call(serviceCallsList, { params: { id } })).result.items;
  expect(await list(orders)).toEqual([{ id: billing, name: 'billing', scopes: null }]);
  expect(await list(billing), 'the other way round').toEqual([]);
  expect((await admin.call(serviceCallsWithdraw, { params })).status).toBe(204);
  expect((await admin.call(serviceCallsWithdraw, { params })).code).toBe('not_found');
  expect(await list(orders)).toEqual([]);
  await house.platform.settled();
  for (const action of ['service_call_allowed', 'service_call_withdrawn']) {
    const { items } = (await admin.call(activityList, { query: { action } as never })).result;
    expect(items.map(({ target, detail }) => [target.label, detail])).toEqual([
      ['orders', { callee: 'billing' }],
    ]);
  }
});

it('refuses a service that is not registered, and one that would call itself', async () => {
  const unknown = randomUUID();
  expect((await admin.call(serviceCallsList, { params: { id: unknown } })).code).toBe('not_found');
  expect((await admin.call(serviceCallsAllow, { params: { id: orders, cid: unknown } })).code).toBe(
    'not_found',
  );
  expect((await admin.call(serviceCallsAllow, { params: { id: orders, cid: orders } })).code).toBe(
    'validation_failed',
  );
});

it('which scopes it may have there can be named, changed and taken back; what that service does not have is refused', async () => {
  const params = { id: orders, cid: billing };
  await house.query(`UPDATE services SET scopes = '[{"name":"read","description":""}]' WHERE id = $1`, [
    billing,
  ]);
  const allow = (scopes?: string[] | null) => admin.call(serviceCallsAllow, { params, body: { scopes } });
  const held = async () =>
    (await admin.call(serviceCallsList, { params: { id: orders } })).result.items.map(({ scopes }) => scopes);
  expect((await allow(['read', 'email', 'read'])).status).toBe(204);
  expect((await allow(['email', 'read'])).status).toBe(204);
  expect(await held()).toEqual([['email', 'read']]);
  expect((await allow([])).status).toBe(204);
  expect(await held(), 'none at all').toEqual([[]]);
  for (const scope of ['write', 'offline_access']) {
    const { status, code, fields } = await allow([scope]);
    expect([status, code, fields]).toEqual([422, 'validation_failed', ['scopes']]);
  }
  expect((await allow()).status).toBe(204);
  expect(await held(), 'all that the token allows').toEqual([null]);
  await house.platform.settled();
  const { items } = (
    await admin.call(activityList, { query: { action: 'service_call_allowed', pageSize: 3 } as never })
  ).result;
  expect(items.map(({ detail }) => detail.scopes)).toEqual([undefined, [], ['email', 'read']]);
});
