import { expect, it } from 'vitest';
import { fits, matching } from './match.ts';

it('each typed word begins a word, in any order and case', () => {
  expect(fits('ord', 'Orders')).toBe(0);
  expect(fits('reg serv', 'Register a service')).toBe(2);
  expect(fits('register a', 'Register a service')).toBe(0);
  expect(fits('Serv', 'Register a service')).toBe(2);
  expect(fits('who m', 'Who may what')).toBe(0);
  expect(fits('w m', 'Who may what')).toBe(1);
  expect(fits('rders', 'Orders')).toBeUndefined();
  expect(fits('orders x', 'Orders')).toBeUndefined();
});

it('an address is found by its parts', () => {
  expect(fits('exam', 'Ada ada@example.com')).toBe(2);
  expect(fits('ada@ex', 'ada@example.com')).toBe(0);
});

it('what begins with it comes first; the others stay in order', () => {
  expect(matching('s', ['Your sign-in', 'All services', 'Services'], (text) => text)).toEqual([
    'Services',
    'Your sign-in',
    'All services',
  ]);
  expect(matching('', ['b', 'a'], (text) => text)).toEqual(['b', 'a']);
});
