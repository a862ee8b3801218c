import { filterOperators } from '@castellan/contract';
import { describe, expect, it } from 'vitest';
import { bothOf, draftOf, type Filter, fieldsOf, filterOf, operatorLabel, readFilter } from './filters.ts';

const a = { field: 'status', op: 'eq', value: 'open' } as const;
const b = { field: 'total', op: 'gt', value: '100' } as const;
const c = { field: 'closedAt', op: 'is_null', value: true } as const;

describe('filters of an address bar (A9)', () => {
  it.each<Filter>([
    a,
    { and: [a, b] },
    { or: [a, b, c] },
    { and: [a, { or: [b, c] }] },
    { or: [{ and: [a, b] }, c] },
    { and: [{ or: [a, { and: [b, c] }] }, c] },
  ])('%j is read, edited and written as the same filter', (filter) => {
    expect(filterOf(draftOf(readFilter(filter)))).toEqual(filter);
  });

  it('a group of the other kind is one chip with its parts; a deeper tree is one chip that is kept as it is', () => {
    expect(draftOf({ and: [a, { or: [b, c] }] })).toEqual({ match: 'all', items: [[a], [b, c]] });
    const deep: Filter = { or: [b, { and: [a, { or: [b, c] }] }] };
    expect(draftOf(deep).items[1]).toEqual({ kept: { and: [a, { or: [b, c] }] } });
  });

  it.each([
    null,
    'status',
    [],
    {},
    { and: [] },
    { and: [a, { field: 'x' }] },
    { field: 'x', op: 'like', value: 'y' },
    { field: 7, op: 'eq' },
  ])('%j is no filter', (value) => {
    expect(readFilter(value)).toBeUndefined();
  });

  it('a tree of any depth or breadth is refused, not followed', () => {
    let deep: unknown = a;
    for (let level = 0; level < 50_000; level++) deep = { and: [deep] };
    expect(readFilter(deep)).toBeUndefined();
    expect(readFilter({ or: Array.from({ length: 101 }, () => a) })).toBeUndefined();
    expect(readFilter({ or: Array.from({ length: 100 }, () => a) })).toBeDefined();
  });

  it('taking the last chip away leaves no filter', () => {
    expect(filterOf({ match: 'any', items: [] })).toBeUndefined();
    expect(filterOf({ match: 'all', items: [[]] })).toBeUndefined();
  });

  it('names its fields, and joins with another filter', () => {
    expect([...fieldsOf({ and: [a, { or: [b, a] }] })]).toEqual(['status', 'total']);
    expect(bothOf(a, undefined)).toEqual(a);
    expect(bothOf(a, b)).toEqual({ and: [a, b] });
  });

  it('each operator has words of its own', () => {
    for (const type of ['string', 'timestamp']) {
      const labels = filterOperators.map((op) => operatorLabel(op, type));
      expect(new Set(labels).size).toBe(filterOperators.length);
    }
    expect(operatorLabel('is_null', 'string', false)).toBe('is not empty');
    expect(operatorLabel('lt', 'timestamp')).toBe('is before');
  });
});
