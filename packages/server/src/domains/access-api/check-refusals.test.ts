import {
  actionsCheck,
  actionsOfUser,
  metrics,
  resourcesAccessible,
  resourcesCheck,
} from '@castellan/contract';
import { touched } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrdersWorld, type OrdersWorld } from '../../../test/orders-world.ts';

let house: OrdersWorld['house'];
let orders: OrdersWorld['orders'];
let ada: OrdersWorld['ada'];
let eve: OrdersWorld['eve'];
let home: OrdersWorld['home'];
let token: OrdersWorld['token'];
let may: OrdersWorld['may'];
let check: OrdersWorld['check'];

beforeAll(async () => {
  ({ house, orders, ada, eve, home, token, may, check } = await createOrdersWorld());
});
afterAll(() => house.close());

describe('bad input is refused by its place, never a 500 and never a yes', () => {
  const raw = (route: typeof actionsCheck | typeof resourcesCheck, body: object) =>
    orders.call(route, { rawBody: JSON.stringify(body) });

  it('a subject that is none, or two', async () => {
    const bodies = [{}, { token, userId: ada.id, workspaceId: home.id }];
    for (const subject of bodies) {
      expect((await may(subject)).fields).toEqual(['token', 'user_id']);
      expect((await check(subject, ['order', '1', 'view'])).fields).toEqual(['token', 'user_id']);
      expect((await orders.call(actionsOfUser, { body: subject })).fields).toEqual(['token', 'user_id']);
      const body = { ...subject, type: 'order', permission: 'view' as const };
      expect((await orders.call(resourcesAccessible, { body })).fields).toEqual(['token', 'user_id']);
    }
    expect((await may({ userId: ada.id })).fields).toEqual(['workspace_id']);
    expect((await raw(actionsCheck, { user_id: 'ada', workspace_id: home.id, action: 'a' })).fields).toEqual([
      'user_id',
    ]);
    expect((await raw(actionsCheck, { token, action: 'a', workspace_id: 7 })).fields).toEqual([
      'workspace_id',
    ]);
  });

  it('an action or type that nobody registered is named', async () => {
    for (const action of ['orders:nothing', '', 'nul\0', '\ud800', 'ORDERS:REFUND']) {
      const answer = await may({ token, action });
      expect([answer.status, answer.code], action).toEqual([422, 'action_unknown']);
    }
    for (const type of ['nothing', '', 'nul\0', '\udfff']) {
      const answer = await check({ token }, ['order', '1', 'view'], [type, '1', 'view']);
      expect([answer.status, answer.code, answer.fields], type).toEqual([
        422,
        'resource_type_unknown',
        ['checks.1.type'],
      ]);
      const listed = await orders.call(resourcesAccessible, { body: { token, type, permission: 'view' } });
      expect([listed.status, listed.code], type).toEqual([422, 'resource_type_unknown']);
    }
  });

  it('too many checks, texts that are too long', async () => {
    const one = { type: 'order', id: '1', permission: 'view' };
    const tooMany = await raw(resourcesCheck, { token, checks: Array(101).fill(one) });
    expect([tooMany.status, tooMany.fields]).toEqual([422, ['checks']]);
    expect(tooMany.text).toContain('100');
    expect((await raw(actionsCheck, { token, action: 'x'.repeat(201) })).fields).toEqual(['action']);
    const long = { ...one, id: 'x'.repeat(401) };
    expect((await raw(resourcesCheck, { token, checks: [one, long] })).fields).toEqual(['checks.1.id']);
    expect((await raw(actionsCheck, { token: 'x'.repeat(4097), action: 'a' })).fields).toEqual(['token']);
    expect((await raw(actionsCheck, { token: 'x'.repeat(80_000), action: 'a' })).status).toBe(413);
  });

  it('a wrong key, or another’s session, asks nothing', async () => {
    for (const authorization of [
      'Bearer nonsense',
      `Bearer ${token}`,
      `Bearer ${touched(orders.key)}`,
      'Basic x',
    ]) {
      const answer = await house
        .caller({ authorization })
        .call(actionsCheck, { body: { token, action: 'orders:refund' } });
      expect([answer.status, answer.fields], authorization).toEqual([401, []]);
    }
  });

  it('a malformed question of one spoils no other’s at the same moment', async () => {
    const [good, bad, worse] = await Promise.all([
      may({ token }),
      may({ token, action: 'nul\0' }),
      check({ token }, ['order', 'nul\0', 'view']),
    ]);
    expect([good.result.allowed, bad.code, worse.result.results[0]!.allowed]).toEqual([
      true,
      'action_unknown',
      false,
    ]);
  });
});

describe('refused checks', () => {
  it('are counted by what was missing', async () => {
    const count = async (): Promise<number> => {
      const { text } = await house.caller().call(metrics);
      return Number(
        /castellan_access_refused_total\{kind="action",reason="role_with_action"\} (\d+)/.exec(text)?.[1] ??
          0,
      );
    };
    const before = await count();
    for (let turn = 0; turn < 5; turn++) await may({ userId: eve.id, workspaceId: home.id });
    expect(await count()).toBe(before + 5);
  });
});
