import { accessCheck, actionsOfUser, resourcesAccessible } from '@castellan/contract';
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

describe('many questions about different people in one call', () => {
  const ask = (...checks: object[]) => orders.call(accessCheck, { rawBody: JSON.stringify({ checks }) });

  it('are answered one for one; what can’t be decided is a no with its reason and spoils no other', async () => {
    const refund = { action: 'orders:refund' };
    const { result } = await ask(
      { token, ...refund },
      { token: 'nonsense', ...refund },
      { user_id: ada.id, workspace_id: home.id, action: 'orders:nothing' },
      { user_id: ada.id, type: 'order', id: '1', permission: 'manage' },
      { user_id: ada.id, type: 'nothing', id: '1', permission: 'view' },
      { user_id: eve.id, workspace_id: home.id, ...refund },
      { token, action: 'nul\0' },
      { user_id: ada.id, type: 'nul\0', id: 'x', permission: 'view' },
      { user_id: ada.id, type: 'order', id: 'nul\0', permission: 'view' },
      { user_id: ada.id, type: 'order', id: '\ud800', permission: 'view' },
    );
    expect(result.results).toMatchObject([
      { allowed: true },
      { allowed: false, code: 'token_invalid' },
      { allowed: false, code: 'action_unknown' },
      { allowed: true, path: [{ kind: 'owner' }] },
      { allowed: false, code: 'resource_type_unknown' },
      { allowed: false, missing: ['role_with_action'] },
      { allowed: false, code: 'action_unknown' },
      { allowed: false, code: 'resource_type_unknown' },
      { allowed: false, missing: ['resource'] },
      { allowed: false, missing: ['resource'] },
    ]);
  });

  it('each asks one thing about one subject, or is refused by its place', async () => {
    const fine = { token, action: 'orders:refund' };
    expect((await ask(fine, { action: 'a' })).fields).toEqual(['checks.1.token', 'checks.1.user_id']);
    expect((await ask(fine, { ...fine, user_id: ada.id })).fields).toEqual([
      'checks.1.token',
      'checks.1.user_id',
    ]);
    expect((await ask({ token })).fields).toEqual(['checks.0.type']);
    expect((await ask({ token, type: 'order', id: '1' })).fields).toEqual(['checks.0.type']);
    expect((await ask({ ...fine, type: 'order' })).fields).toEqual(['checks.0.action']);
    expect((await ask()).fields).toEqual(['checks']);
    const tooMany = await ask(...Array(101).fill(fine));
    expect([tooMany.status, tooMany.fields]).toEqual([422, ['checks']]);
    expect(tooMany.text).toContain('100');
  });
});

describe('queries', () => {
  // Of the key and, with a person's token, of them: both are remembered, and asked about again.
  const authority = 'authority changes';
  beforeAll(async () => {
    for (let time = 0; time < 2; time++) await may({ token });
  });

  it('a check takes one for who asks and about whom, and one for the facts', async () => {
    expect(await house.namesOfQueries(() => may({ token }))).toEqual([authority, 'facts of actions']);
    expect(await house.namesOfQueries(() => may({ userId: ada.id, workspaceId: home.id }))).toEqual([
      authority,
      'facts of actions',
    ]);
    const hundred = Array<[string, string, 'view']>(100).fill(['order', '1', 'view']);
    expect(await house.namesOfQueries(() => check({ token }, ...hundred))).toEqual([
      authority,
      'facts of resources',
    ]);
    const checks = Array.from({ length: 100 }, (_, index) => ({
      userId: index % 2 ? ada.id : eve.id,
      workspaceId: home.id,
      action: 'orders:refund',
    }));
    expect(await house.namesOfQueries(() => orders.call(accessCheck, { body: { checks } }))).toEqual([
      authority,
      'facts of actions',
    ]);
  });

  it('those of many requests at one moment are shared', async () => {
    const names = await house.namesOfQueries(() =>
      Promise.all(Array.from({ length: 64 }, () => may({ token }))),
    );
    expect(names.filter((name) => name === 'facts of actions').length).toBeLessThan(16);
    expect(names.length).toBeLessThan(32);
  });

  it('lists take one for the page', async () => {
    expect(await house.namesOfQueries(() => orders.call(actionsOfUser, { body: { token } }))).toEqual([
      authority,
      'actions of a person',
    ]);
    const body = { token, type: 'order', permission: 'view' as const };
    expect(await house.namesOfQueries(() => orders.call(resourcesAccessible, { body }))).toEqual([
      authority,
      'accessible resources',
    ]);
  });
});
