import { expect, it } from 'vitest';
import { bodyOf } from './question.ts';

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
