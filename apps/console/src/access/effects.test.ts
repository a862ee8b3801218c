import { expect, it } from 'vitest';
import { effectsOf, rightLabel, subjectOf } from './effects.ts';

const refund = { service: 'orders', action: 'orders:refund' };
const cancel = { service: 'orders', action: 'orders:cancel' };
const person = (userId: string, loses: object[], gains: object[] = []) => ({
  userId,
  name: userId.toUpperCase(),
  loses: loses as (typeof refund)[],
  gains: gains as (typeof refund)[],
});

it('rights that reach the same people are one line, losses before gains, most people first', () => {
  const effects = effectsOf({
    people: [
      person('ada', [refund, cancel], [{ service: 'billing', action: 'invoice:read' }]),
      person('bob', [refund, cancel]),
      person('cy', [], [refund]),
      person('di', [cancel]),
    ],
  });
  expect(effects.map((effect) => [subjectOf(effect), effect.rights.map(rightLabel)])).toEqual([
    ['3 people lose', ['orders:cancel']],
    ['2 people lose', ['orders:refund']],
    ['ADA gains', ['invoice:read']],
    ['CY gains', ['orders:refund']],
  ]);
});

it('two rights of exactly the same people stand together', () => {
  const [effect, ...others] = effectsOf({ people: [person('ada', [refund, cancel])] });
  expect(others).toEqual([]);
  expect(effect?.rights.map(rightLabel)).toEqual(['orders:refund', 'orders:cancel']);
});

it('a right to one resource names it; a right to many says how many', () => {
  const right = { service: 'orders', type: 'order', permission: 'view' as const };
  expect(rightLabel({ ...right, resources: 1, resourceIds: ['O-17'] })).toBe('view on order O-17');
  expect(rightLabel({ ...right, resources: 1200, resourceIds: ['O-1', 'O-2'] })).toBe(
    'view on 1,200 × order',
  );
});

it('the same right to other resources is another line', () => {
  const on = (id: string) => ({
    service: 'orders',
    type: 'order',
    permission: 'view',
    resources: 1,
    resourceIds: [id],
  });
  expect(effectsOf({ people: [person('ada', [on('O-1')]), person('bob', [on('O-2')])] })).toHaveLength(2);
});
