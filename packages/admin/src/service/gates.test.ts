import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CallOptions, custom, openShop, type Shop } from '../../test/shop/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop({
    overrides: {
      Order: { actions: { close: { needsApproval: true }, delete: { needsApproval: true } } },
      OrderLine: { actions: { bulk_run: { minRole: 'owner' }, read: { minRole: 'admin' } } },
    },
  });
});
afterAll(() => shop.close());

const id = '00000000-0000-4000-8000-000000000000';
const rows = [{ id, version: 'x' }];
const approvedBy = (sub: string): CallOptions => ({
  claims: { approval: { id: 'approval-1', by: { sub, email: 'second@example.com' } } },
});

describe('each action asks for its role before anything else is looked at (A10)', () => {
  // Payloads that nothing takes: whoever gets past the gate hears of these.
  it.each([
    ['list', { model: 'Order', action: 'list', payload: 5 }, 'support'],
    ['read', { model: 'Order', action: 'read' }, 'support'],
    ['create', { model: 'Order', action: 'create', payload: 5 }, 'admin'],
    ['update', { model: 'Order', action: 'update', payload: 5 }, 'admin'],
    ['delete', { model: 'OrderLine', action: 'delete', payload: 5 }, 'owner'],
    ['history', custom('Order', 'history', 5), 'support'],
    ['bulk_preview', custom('Order', 'bulk_preview', 5), 'support'],
    ['undo', custom('Order', 'undo', 5), 'admin'],
    ['bulk_run', custom('Order', 'bulk_run', 5), 'admin'],
    ['bulk_run of update', custom('Order', 'bulk_run', { action: 'update' }), 'admin'],
    ['bulk_run of delete', custom('OrderLine', 'bulk_run', { action: 'delete' }), 'owner'],
    [
      'bulk_run where the product asks for more',
      custom('OrderLine', 'bulk_run', { action: 'update' }),
      'owner',
    ],
    ['read where the product asks for more', { model: 'OrderLine', action: 'read' }, 'admin'],
    ['a custom action', custom('User', 'ban', undefined, '1'), 'admin'],
    ['a custom action for support', custom('User', 'look'), 'support'],
    ['a custom action with its own payload', custom('Order', 'refund', {}), 'support'],
  ])('%s', async (_, intent, least) => {
    const roles = ['support', 'admin', 'owner'];
    for (const role of roles) {
      const { code } = await shop.call(intent, { role });
      if (roles.indexOf(role) < roles.indexOf(least))
        expect([role, code]).toEqual([role, 'INSUFFICIENT_ROLE']);
      else expect([role, code]).not.toEqual([role, 'INSUFFICIENT_ROLE']);
    }
  });

  it('the role is the token’s: what is sent beside it changes nothing', async () => {
    const intent = { model: 'Order', action: 'create', payload: {}, context: { role: 'owner' } };
    const answer = await shop.call(intent, { role: 'support', headers: { 'x-role': 'owner' } });
    expect([answer.code, answer.error?.details]).toEqual([
      'INSUFFICIENT_ROLE',
      { required: 'admin', held: 'support' },
    ]);
  });

  it('rows of a model of denyDelete are deleted by nobody: DELETE_DENIED, one by one and in bulk', async () => {
    expect((await shop.call({ model: 'User', action: 'delete', id: '1' })).code).toBe('DELETE_DENIED');
    const bulk = custom('User', 'bulk_run', { action: 'delete', rows });
    expect((await shop.call(bulk)).code).toBe('DELETE_DENIED');
    expect((await shop.call({ model: 'User', action: 'delete', id: '1' }, { role: 'admin' })).code).toBe(
      'INSUFFICIENT_ROLE',
    );
  });
});

describe('a second operator says yes where the product asks for it (A20)', () => {
  it.each([
    ['a custom action', custom('Order', 'close', undefined, id)],
    ['delete', { model: 'Order', action: 'delete', id }],
    ['the action over many rows', custom('Order', 'bulk_run', { action: 'close', rows })],
    ['deletion of many rows', custom('Order', 'bulk_run', { action: 'delete', rows })],
  ])('%s', async (_, intent) => {
    expect((await shop.call(intent)).code).toBe('APPROVAL_REQUIRED');
    // A yes to oneself is none.
    expect((await shop.call(intent, approvedBy('operator-1'))).code).toBe('APPROVAL_REQUIRED');
    expect((await shop.call(intent, approvedBy('operator-2'))).code).not.toBe('APPROVAL_REQUIRED');
  });

  it('an approval is for the very body: with another one the token is worth nothing', async () => {
    const { data } = await shop.call({ model: 'Order', action: 'list', limit: 2 });
    const [one, two] = data.items;
    const sent = {
      ...approvedBy('operator-2'),
      bodySent: JSON.stringify(custom('Order', 'close', undefined, two.id)),
    };
    expect((await shop.call(custom('Order', 'close', undefined, one.id), sent)).code).toBe('TOKEN_INVALID');
    const done = await shop.call(custom('Order', 'close', undefined, one.id), approvedBy('operator-2'));
    expect(done.data).toEqual({ closed: true });
    const { rows: recorded } = await shop.database.pool.query(
      'SELECT approval_id, approved_by, row_id, action FROM castellan_admin_audit WHERE row_id = $1',
      [one.id],
    );
    expect(recorded).toEqual([
      { approval_id: 'approval-1', approved_by: 'second@example.com', row_id: one.id, action: 'close' },
    ]);
  });

  it('taking back a creation is a deletion, and asks for what that asks for', async () => {
    const values = { userId: '1', number: 'U-1' };
    const made = await shop.call({ model: 'Order', action: 'create', payload: { values } });
    const [change] = (await shop.call(custom('Order', 'history', { id: made.data.id }))).data.items;
    const undo = custom('Order', 'undo', { change_id: change.id });
    expect((await shop.call(undo, { role: 'admin' })).code).toBe('INSUFFICIENT_ROLE');
    expect((await shop.call(undo)).code).toBe('APPROVAL_REQUIRED');
    expect((await shop.call(undo, approvedBy('operator-2'))).data).toEqual({ deleted: true });
  });
});
