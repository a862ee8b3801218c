import { actionsOfUser, resourcesAccessible } from '@castellan/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrdersWorld, type OrdersWorld } from '../../../test/orders-world.ts';

let house: OrdersWorld['house'];
let orders: OrdersWorld['orders'];
let ada: OrdersWorld['ada'];
let home: OrdersWorld['home'];
let may: OrdersWorld['may'];
let check: OrdersWorld['check'];

beforeAll(async () => {
  ({ house, orders, ada, home, may, check } = await createOrdersWorld());
});
afterAll(() => house.close());

describe('a delegate may what the person may and what was granted, never more (B2)', () => {
  const grantTo = async (service: string | null, scopes: string[], claims: object = {}) => {
    const client = await house.client(service);
    return (await house.grant(ada, client, 'orders', { scopes, workspaceId: home.id, claims })).accessToken;
  };
  const answers = async (tokenOf: string) => [
    (await may({ token: tokenOf })).result.missing[0] ?? 'yes',
    (await check({ token: tokenOf }, ['order', '1', 'manage'])).result.results[0]!.missing[0] ?? 'yes',
    (await check({ token: tokenOf }, ['order', '2', 'view'])).result.results[0]!.missing[0] ?? 'yes',
  ];

  it('the service’s own registered client is the person', async () => {
    expect(await answers(await grantTo('orders', ['openid']))).toEqual(['yes', 'yes', 'yes']);
  });

  it.each([
    ['a client that registered itself', null],
    ['another service’s client', 'billing'],
  ])('%s has only what its scopes name', async (_, service) => {
    expect(await answers(await grantTo(service, ['openid']))).toEqual(['grant', 'grant', 'grant']);
    expect(await answers(await grantTo(service, ['orders:refund']))).toEqual(['yes', 'grant', 'grant']);
    expect(await answers(await grantTo(service, ['order:edit', 'orders:ship']))).toEqual([
      'grant',
      'grant',
      'yes',
    ]);
    // What was granted and the person may not is no yes.
    const shipping = await grantTo(service, ['orders:ship']);
    expect((await may({ token: shipping, action: 'orders:ship' })).result.missing).toEqual([
      'role_with_action',
    ]);
  });

  it('so has a service that exchanged the token (RFC 8693), whoever’s client it was', async () => {
    await house.letCall('billing', 'orders');
    const { accessToken } = await house.grant(ada, await house.client('orders'), 'orders', {
      scopes: ['orders:refund'],
      workspaceId: home.id,
      claims: { act: { sub: 'billing' } },
    });
    expect(await answers(accessToken)).toEqual(['yes', 'grant', 'grant']);
  });

  it('lists of actions and resources are cut alike', async () => {
    const delegate = await grantTo(null, ['order:view', 'orders:ship']);
    expect((await orders.call(actionsOfUser, { body: { token: delegate } })).result.actions).toEqual([]);
    const list = async (permission: 'view' | 'edit') =>
      (await orders.call(resourcesAccessible, { body: { token: delegate, type: 'order', permission } }))
        .result.ids;
    expect([await list('view'), await list('edit')]).toEqual([['1', '2'], []]);
  });

  it('a scope that the person took back since is not granted any more', async () => {
    const client = await house.client(null);
    const { grantId, accessToken } = await house.grant(ada, client, 'orders', {
      scopes: ['orders:refund', 'order:edit'],
      workspaceId: home.id,
    });
    expect(await answers(accessToken)).toEqual(['yes', 'grant', 'yes']);
    await house.query(`UPDATE grants SET scopes = '{order:view}' WHERE id = $1`, [grantId]);
    expect(await answers(accessToken)).toEqual(['grant', 'grant', 'grant']);
  });
});
