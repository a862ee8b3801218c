import { expect, it } from 'vitest';
import { createRefusedChecks } from './refused-checks.ts';

it('counts every refused check, and logs one of them every ten seconds with how many there were since', () => {
  let now = 0;
  const counted: string[] = [];
  const logged: object[] = [];
  const note = createRefusedChecks({
    metrics: { accessRefused: (kind, reason) => void counted.push(`${kind} ${reason}`) },
    clock: { now: () => new Date(now) },
    log: { info: (facts: object) => void logged.push(facts) },
  });
  const refused = (asked: string) =>
    note({ service: 'orders', kind: 'action', reason: 'role_with_action', asked, userId: 'ada' });
  for (let turn = 0; turn < 1000; turn++) refused(`action ${turn}`);
  now += 10_000;
  refused('x'.repeat(1000));
  expect(counted).toHaveLength(1001);
  expect(logged).toEqual([
    {
      service: 'orders',
      kind: 'action',
      reason: 'role_with_action',
      asked: 'action 0',
      user_id: 'ada',
      refused_since: 1,
    },
    expect.objectContaining({ asked: 'x'.repeat(300), refused_since: 1000 }),
  ]);
});
