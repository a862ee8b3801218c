import { expect, it } from 'vitest';
import { readDateTime, readInstant, writtenDateTime, writtenInstant } from './time-text.ts';

const written = [
  '2026-11-22T01:09:27',
  '2026-11-22T01:09:27.5',
  '2026-11-22T01:09:27.511',
  '2026-11-22T01:09:27.123456',
  '0001-01-01T00:00:00',
  '9999-12-31T23:59:59.999999',
  '2024-02-29T23:59:59',
];

it.each(written)('%s is read as what anybody writes, in one form', (text) => {
  expect(writtenDateTime(text)).toBe(readDateTime(text));
  expect(writtenInstant(text)).toBe(readInstant(text, 'Z'));
  expect(writtenInstant(text)).toHaveLength('2026-11-22T01:09:27.511000Z'.length);
});

it.each(['infinity', '-infinity', '0044-03-15T12:00:00 BC', '10000-01-01T00:00:00'])(
  '%s, which is no such time, stays as the database wrote it',
  (text) => {
    expect(writtenDateTime(text)).toBe(text);
    expect(writtenInstant(text)).toBe(text);
  },
);
