import { expect, it } from 'vitest';
import { describeLimits, describeType, objectIn } from './open-api.ts';

it.each([
  [{ type: 'string', format: 'uuid' }, 'text (uuid)'],
  [{ type: 'array', items: { enum: ['a', 'b'] } }, 'list of one of a, b'],
  [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'text or null'],
  [{ $ref: '#/components/schemas/Problem' }, 'Problem'],
  [{}, 'anything'],
])('the type of %j is said in words', (schema, words) => {
  expect(describeType(schema)).toBe(words);
});

it('limits that no number of JSON can pass are not said', () => {
  expect(describeLimits({ minimum: -9007199254740991, maximum: 9007199254740991 })).toBe('');
  expect(describeLimits({ minLength: 1, maxLength: 120 })).toBe('not empty, at most 120 characters');
});

it('the object to show is found inside lists and unions', () => {
  const person = { properties: { name: { type: 'string' } } };
  expect(objectIn({ type: 'array', items: { anyOf: [person, { type: 'null' }] } })).toBe(person);
});
