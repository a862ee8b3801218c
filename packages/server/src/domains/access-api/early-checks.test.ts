import { actionsCheck, resourcesCheck } from '@castellan/contract';
import { touched } from '@castellan/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createOrdersWorld, type OrdersWorld } from '../../../test/orders-world.ts';

/** Checks by a person's id begin while the key is looked up, once the platform knows whose key it was. */

let world: OrdersWorld;

beforeAll(async () => {
  world = await createOrdersWorld();
});
afterAll(() => world.house.close());

const about = () => ({ userId: world.ada.id, workspaceId: world.home.id });
const checkOf = (key: string) =>
  world.house.caller({ authorization: `Bearer ${key}` }).call(resourcesCheck, {
    body: { ...about(), checks: [{ type: 'order', id: '1', permission: 'view' }] },
  });

it('the second call of a key waits for nothing: both questions are on their way before either is answered', async () => {
  const { house } = world;
  const first = await checkOf(world.orders.key);
  const { pool } = house.platform.database;
  const locker = await pool.connect();
  const query = vi.spyOn(pool, 'query');
  try {
    await locker.query('BEGIN; LOCK TABLE authority_changes IN ACCESS EXCLUSIVE MODE');
    const second = checkOf(world.orders.key);
    await vi.waitFor(() => {
      const names = query.mock.calls.map(([one]) => (one as unknown as { name?: string }).name);
      for (const name of ['authority changes', 'facts of resources']) expect(names).toContain(name);
    });
    await locker.query('COMMIT');
    expect((await second).result).toEqual(first.result);
  } finally {
    query.mockRestore();
    locker.release(true);
  }
});

it('says the same the first time and later, also of what nobody registered', async () => {
  const key = await world.house.service('warehouse');
  const caller = world.house.caller({ authorization: `Bearer ${key}` });
  const ask = async () => {
    const type = await caller.call(resourcesCheck, {
      body: { ...about(), checks: [{ type: 'planet', id: '1', permission: 'view' }] },
    });
    const action = await caller.call(actionsCheck, { body: { ...about(), action: 'planet:turn' } });
    const nobody = await caller.call(actionsCheck, {
      body: { workspaceId: world.home.id, action: 'planet:turn' },
    });
    return [type, action, nobody].map(({ status, code, fields }) => ({ status, code, fields }));
  };
  const first = await ask();
  expect(first.map(({ code }) => code)).toEqual([
    'resource_type_unknown',
    'action_unknown',
    'validation_failed',
  ]);
  expect(await ask()).toEqual(first);
});

it('a key that was revoked since, or is another one, is refused', async () => {
  const key = await world.house.service('shipping');
  expect((await checkOf(key)).code).toBe('resource_type_unknown');
  expect((await checkOf(key)).code).toBe('resource_type_unknown');
  expect((await checkOf(touched(key))).code).toBe('token_invalid');
  await world.house.query(
    `UPDATE service_keys SET revoked_at = now() WHERE service_id = (SELECT id FROM services WHERE name = 'shipping')`,
  );
  for (let at = 0; at < 2; at++) expect((await checkOf(key)).code).toBe('token_invalid');
});
