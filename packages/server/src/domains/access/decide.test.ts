import { judgeDecide } from '@castellan/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccessFacts, type AccessRequest, type Decision, decide } from './decide.ts';

// `npm run proof -- access` judges 10,000 worlds; these are others each time.
const worlds = 120;

it('P11 decide says what the rules say, for everybody and everything in random worlds, and a delegate never exceeds its delegator', () => {
  let [asked, allowed] = [0, 0];
  fc.assert(
    fc.property(fc.noBias(fc.integer()), (seed) => {
      const verdict = judgeDecide(seed);
      asked += verdict.asked;
      allowed += verdict.allowed;
      expect(verdict.differences).toEqual([]);
    }),
    { numRuns: worlds },
  );
  // Worlds in which hardly anything is allowed, or nearly everything, would prove little.
  expect(allowed / asked).toBeGreaterThan(0.05);
  expect(allowed / asked).toBeLessThan(0.6);
});

/** `decide` with other facts than the true ones: each is a mistake that one could make. */
const mistaken =
  (change: (facts: AccessFacts, request: AccessRequest) => Partial<AccessFacts>) =>
  (facts: AccessFacts, request: AccessRequest): Decision =>
    decide({ ...facts, ...change(facts, request) }, request);
const group = { id: 'g', name: 'g' };
const mistakes: Readonly<Record<string, typeof decide>> = {
  'people who are not active count': mistaken(({ person }) => ({
    person: person && { ...person, state: 'active' },
  })),
  'an owner who left keeps what was theirs': mistaken(({ membership, resource, person }) => ({
    membership: membership ?? (resource?.ownerId === person?.id && person ? { role: 'viewer' } : null),
  })),
  'a withdrawn action goes on': mistaken(({ action }) => ({
    action: action && { ...action, absent: false },
  })),
  'what a delegate was granted is not looked at': mistaken(() => ({ granted: null })),
  'shares for view are good for edit': mistaken(({ shares }) => ({
    shares: shares.map((share) => ({ ...share, permission: 'edit' })),
  })),
  'shares of groups are left out': mistaken(({ shares }) => ({
    shares: shares.filter((share) => share.group === null),
  })),
  'roles of groups are left out': mistaken(({ roles }) => ({
    roles: roles.filter((role) => role.group === null),
  })),
  'what the workspace sees, viewers edit': mistaken(({ membership }) => ({
    membership: membership?.role === 'viewer' ? { role: 'editor' } : membership,
  })),
  'editors manage': mistaken(({ membership }) => ({
    membership: membership?.role === 'editor' ? { role: 'admin' } : membership,
  })),
  'administrators need shares': mistaken(({ membership }) => ({
    membership: membership?.role === 'admin' ? { role: 'editor' } : membership,
  })),
  'who holds no role may act': mistaken(({ roles }, { kind }) => ({
    roles: kind === 'action' && roles.length === 0 ? [{ ...group, group: null }] : roles,
  })),
  'the path goes by a group that has no part in it': mistaken(({ roles }) => ({
    roles: roles.map((role) => ({ ...role, group })),
  })),
  'the path goes by a share of nobody’s': mistaken(({ shares }) => ({
    shares: shares.map((share) => ({ ...share, group: share.group ? null : group })),
  })),
};

describe('the judge finds mistakes', () => {
  it.each(Object.entries(mistakes))('%s', (_, wrong) => {
    const differences = Array.from({ length: 8 }, (_, seed) => judgeDecide(seed, wrong).differences).flat();
    expect(differences).not.toEqual([]);
  });
});
