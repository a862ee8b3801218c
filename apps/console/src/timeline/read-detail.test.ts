import { expect, it } from 'vitest';
import { findActions } from './action-labels.ts';
import { readDetail } from './event-detail.tsx';

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
