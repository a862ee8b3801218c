import { expect, it } from 'vitest';
import { formFields, readForm, wordsOf } from './json-form.ts';

const refund = {
  type: 'object',
  required: ['reason', 'amount', 'method'],
  properties: {
    reason: { type: 'string', minLength: 3, maxLength: 80, description: 'Shown to the customer' },
    amount: { type: 'number', exclusiveMinimum: 0, maximum: 500 },
    method: { enum: ['card', 'voucher'], title: 'Paid by' },
    notify_customer: { type: 'boolean', default: true },
    due: { anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }] },
    lines: { type: 'array', items: { type: 'integer' } },
    extra: { type: 'object', properties: { a: { type: 'string' } } },
  },
};
const fields = formFields(refund)!;

it('a form is made of JSON Schema: a control for each property, JSON for what has none', () => {
  expect(fields.map(({ label, type, isRequired }) => [label, type, isRequired])).toEqual([
    ['Reason', 'string', true],
    ['Amount', 'float', true],
    ['Paid by', 'enum', true],
    ['Notify customer', 'boolean', false],
    ['Due', 'date', false],
    ['Lines', 'array', false],
    ['Extra', 'json', false],
  ]);
});

it('what is filled in is sent, with defaults; what is left empty is not', () => {
  expect(readForm(fields, { reason: 'Broken', amount: '12.5', method: 'card', lines: '1\n2' })).toEqual({
    values: { reason: 'Broken', amount: 12.5, method: 'card', notify_customer: true, lines: [1, 2] },
    errors: {},
  });
});

it('bounds are said beside their field', () => {
  const { errors } = readForm(fields, { reason: 'No', amount: '501', method: 'cash', extra: '{' });
  expect(Object.keys(errors)).toEqual(['reason', 'amount', 'method', 'extra']);
  expect(errors.amount).toBe('Write 500 or less.');
  expect(readForm(fields, {}).errors).toMatchObject({ reason: 'Fill this in.', method: 'Choose one.' });
});

it.each([null, 7, {}, { type: 'string' }, { properties: [] }])('%j is no form of controls', (schema) => {
  expect(formFields(schema)).toBeUndefined();
});

it('odd schemas give a control all the same, and a pattern that no browser reads is left to the product', () => {
  const odd = formFields({
    properties: { a: true, b: { type: 'string', pattern: '(?<' }, c: { type: ['string', 'null'] } },
  })!;
  expect(odd.map(({ type }) => type)).toEqual(['json', 'text', 'text']);
  expect(readForm(odd, { b: 'x' })).toEqual({ values: { b: 'x' }, errors: {} });
});

it('names are put into words', () => {
  expect(['createdAt', 'stripe_customer_id', 'URL', 'line-total'].map(wordsOf)).toEqual([
    'Created at',
    'Stripe customer id',
    'Url',
    'Line total',
  ]);
});
