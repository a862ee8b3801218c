import type { ActivityEvent } from '@castellan/contract';
import { expect, it } from 'vitest';
import { foldChanges, outcomeWords, readChange, verbOf } from './product-change.ts';

let sequence = 100;
/** An event of a change of Order 7 at the shop; each is older than the one before. */
const event = (
  action: ActivityEvent['action'],
  detail: ActivityEvent['detail'] = {},
  correlationId = 'click-1',
): ActivityEvent => ({
  id: `0190a000-0000-7000-8000-${String(--sequence).padStart(12, '0')}`,
  sequence,
  action,
  actors: [{ kind: 'operator', id: null, label: 'Ada' }],
  target: { kind: 'service', id: '0190a000-0000-7000-8000-0000000000aa', label: 'shop' },
  workspace: null,
  service: 'shop',
  detail: { model: 'order', action: 'update', row: '7', ...detail },
  address: null,
  correlationId,
  at: new Date(sequence),
});
const sentence = (events: readonly ActivityEvent[]) =>
  foldChanges(events).map((item) => {
    const change = readChange(item)!;
    const { verb, own } = verbOf(change);
    return [verb, own, outcomeWords(change)].filter(Boolean).join(' | ');
  });

it('a change that was asked for and answered is one line, with what both say', () => {
  const done = event('admin_intent_done', { fields: ['status'] });
  const sent = event('admin_intent_sent', { fields: ['status'], role: 'admin' });
  const [item, ...others] = foldChanges([done, sent]);
  expect(others).toEqual([]);
  expect([item!.event, ...item!.earlier]).toEqual([done, sent]);
  expect(readChange(item!)).toMatchObject({
    product: { name: 'shop' },
    rowIds: ['7'],
    fields: ['status'],
    outcome: 'done',
    role: 'admin',
  });
  // The order in which they come changes nothing.
  expect(foldChanges([sent, done])[0]!.event).toBe(done);
});

it('two changes under one correlation id are two lines, each with its own answer', () => {
  const lines = foldChanges([
    event('admin_intent_refused', { code: 'CONFLICT' }, 'click-2'),
    event('admin_intent_sent', { sent_as: 'click-2' }),
    event('admin_intent_done'),
    event('admin_intent_sent'),
    event('user_updated', {}),
  ]);
  expect(lines.map(({ event: shown, earlier }) => [shown.action, earlier.length])).toEqual([
    ['admin_intent_refused', 1],
    ['admin_intent_done', 1],
    ['user_updated', 0],
  ]);
});

it('what became of it is said: done, asked, refused with the code, in part, not known, looked up', () => {
  expect(sentence([event('admin_intent_done', { action: 'delete' })])).toEqual(['deleted']);
  expect(sentence([event('admin_intent_sent')])).toEqual(['asked to edit']);
  expect(sentence([event('admin_intent_refused', { action: 'refund', code: 'TOO_LATE' })])).toEqual([
    'tried to run | refund | refused by shop: TOO_LATE',
  ]);
  const partly = {
    action: 'bulk_run',
    bulk_action: 'close',
    row: undefined,
    rows: 2,
    row_ids: ['7', '8'],
    done: 1,
    failed: 1,
    failures: [{ row: '8', code: 'CONFLICT' }],
  };
  expect(sentence([event('admin_intent_done', partly)])).toEqual(['ran | close | 1 done, 1 not: CONFLICT']);
  expect(sentence([event('admin_intent_failed', { outcome: 'timed_out' })])).toEqual([
    'tried to edit | it is not known whether shop did it',
  ]);
  const unknown = event('admin_intent_failed', { outcome: 'timed_out' }, 'click-3');
  expect(sentence([event('admin_intent_reconciled', { outcome: 'done' }, 'click-3'), unknown])).toEqual([
    'edited | looked up: it is done',
  ]);
  expect(sentence([event('admin_intent_reconciled', { outcome: 'not_made' })])).toEqual([
    'tried to edit | looked up: shop did not do it',
  ]);
});

it('an approval that was asked for names what it is for, and leads to the row by its label', () => {
  const asked = {
    ...event('approval_requested', { service_id: 's-1', row_label: 'A-0007', rows: 1, action: 'close' }),
    target: { kind: 'approval', id: 'a-1', label: 'Close Order A-0007' },
  } as const;
  expect(sentence([asked])).toEqual(['asked for approval to run | close']);
  expect(readChange({ event: asked, earlier: [] })).toMatchObject({
    product: { id: 's-1', name: 'shop' },
    rowIds: ['7'],
    rowLabel: 'A-0007',
    approvalId: 'a-1',
  });
});

it('an event of another kind is none', () => {
  expect(readChange({ event: event('service_updated'), earlier: [] })).toBeUndefined();
});
