import { expect, it } from 'vitest';
import { bodyOf, scopeOf } from './question.ts';

const user = '0190a000-0000-7000-8000-000000000001';
const workspace = '0190a000-0000-7000-8000-000000000002';

it('a question is asked only once everything is chosen', () => {
  expect(bodyOf({ user, service: 'orders', action: 'orders:refund' })).toBeUndefined();
  expect(bodyOf({ service: 'orders', action: 'orders:refund', workspace })).toBeUndefined();
  expect(bodyOf({ user, service: 'orders', action: 'orders:refund', workspace })).toEqual({
    userId: user,
    service: 'orders',
    action: 'orders:refund',
    workspaceId: workspace,
  });
});

it('a link that names a resource asks about it, viewing unless it says more', () => {
  const about = { user, service: 'orders', type: 'order', resource: 'O-17', workspace };
  expect(bodyOf(about)).toEqual({
    userId: user,
    service: 'orders',
    type: 'order',
    resourceId: 'O-17',
    permission: 'view',
  });
  expect(bodyOf({ ...about, about: 'action' })).toBeUndefined();
});

it('of a delegate it brings what was granted, nothing included; of the person themselves it brings none', () => {
  const about = { user, service: 'orders', action: 'orders:refund', workspace };
  const asked = { userId: user, service: 'orders', action: 'orders:refund', workspaceId: workspace };
  expect(bodyOf({ ...about, by: 'delegate', granted: ' orders:refund  order:edit ' })).toEqual({
    ...asked,
    grantedActions: ['orders:refund', 'order:edit'],
  });
  expect(bodyOf({ ...about, by: 'delegate' })).toEqual({ ...asked, grantedActions: [] });
  expect(bodyOf({ ...about, granted: 'orders:refund' })).toEqual(asked);
});

it('the scope that would be enough is the name of the action, or the right to resources of the type', () => {
  expect(scopeOf({ action: 'orders:refund' })).toBe('orders:refund');
  expect(scopeOf({ type: 'order', right: 'edit' })).toBe('order:edit');
  expect(scopeOf({ about: 'resource', type: 'order' })).toBe('order:view');
  expect(scopeOf({ about: 'resource' })).toBeUndefined();
});
