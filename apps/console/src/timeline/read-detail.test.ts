import { expect, it } from 'vitest';
import { findActions } from './action-labels.ts';
import { readDetail } from './event-detail.tsx';
import { specificsOf } from './event-line.tsx';

it('a detail is parted into changes with before and after, and plain facts', () => {
  expect(readDetail({ name: { before: 'A', after: 'B' }, reason: 'not_admin', ended: 3 })).toEqual({
    changes: [{ field: 'name', before: 'A', after: 'B' }],
    facts: [
      ['reason', 'not_admin'],
      ['ended', 3],
    ],
  });
});

it('actions are found by the beginning of any of their words', () => {
  expect(findActions('ref user')).toEqual(['user_login_refused']);
  expect(findActions('')).toContain('user_login');
});

it('the id of a name stands with the name, and is no fact of its own', () => {
  const detail = { role_id: '0190a000-0000-7000-8000-000000000001', role: 'Approver', owner_id: 'x' };
  expect(readDetail(detail).facts).toEqual([
    ['role', 'Approver', detail.role_id],
    ['owner_id', 'x'],
  ]);
});

it('an event of a role names the action that it is about, and is found by the words of its label', () => {
  const detail = { action_id: '0190a000-0000-7000-8000-000000000001', action: 'orders:refund' };
  expect(specificsOf({ action: 'role_action_removed', detail })).toBe('orders:refund');
  expect(specificsOf({ action: 'user_login', detail })).toBeUndefined();
  expect(findActions('role given')).toEqual(['role_member_added', 'role_group_added']);
});
