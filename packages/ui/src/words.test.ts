import { expect, it } from 'vitest';
import { initialsOf } from './avatar.tsx';
import { describeTime } from './relative-time.tsx';

it.each([
  ['Ada Lovelace', 'AL'],
  ['Ada', 'A'],
  ['ada.okafor@example.com', 'AO'],
  ['  Jean  Luc   Picard ', 'JP'],
  ['Émile Zola', 'ÉZ'],
  ['𝒜da', '𝒜'],
  ['', '?'],
])('the initials of %j are %j', (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

it.each([
  [-5, 'just now'],
  [-59, 'just now'],
  [-3 * 60, '3 minutes ago'],
  [-26 * 3600, 'yesterday'],
  [3 * 3600, 'in 3 hours'],
])('an instant %i seconds away is said as %j', (seconds, words) => {
  const now = Date.UTC(2026, 10, 21, 12);
  expect(describeTime(new Date(now + seconds * 1000), now)).toBe(words);
});
