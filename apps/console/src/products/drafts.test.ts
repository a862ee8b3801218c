import type { FieldType } from '@castellan/contract';
import { describe, expect, it } from 'vitest';
import { collisionsOf, draftOfValue, parseDraft, readChanges, readNew } from './drafts.ts';
import { byteCount, countText, isSame, textOf, type ValueField } from './values.ts';

const field = (type: FieldType, more: Partial<ValueField> = {}): ValueField => ({
  name: 'it',
  label: 'It',
  type,
  itemType: null,
  values: null,
  isNullable: false,
  maxLength: null,
  ...more,
});

describe('what is written into controls', () => {
  it.each<[FieldType, string, unknown]>([
    ['string', ' as it is ', ' as it is '],
    ['string', '', ''],
    ['boolean', 'false', false],
    ['integer', ' -42 ', -42],
    ['bigint', '9223372036854775807', '9223372036854775807'],
    ['decimal', '00123456789012345678.90', '00123456789012345678.90'],
    ['decimal', '+.5', '.5'],
    ['float', '1e-3', 0.001],
    ['uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['date', '2024-02-29', '2024-02-29'],
    ['time', '23:59', '23:59'],
    ['datetime', '2024-02-29T10:20', '2024-02-29T10:20:00.000000'],
    ['datetime', '2024-02-29T10:20:30.5', '2024-02-29T10:20:30.500000'],
    ['timestamp', '2024-02-29T10:20:30Z', '2024-02-29T10:20:30.000000Z'],
    ['bytes', 'aGk=', 'aGk='],
    ['json', '{"a":[1,null]}', { a: [1, null] }],
  ])('%s %j is %j on the wire', (type, text, value) => {
    expect(parseDraft(field(type), text)).toEqual({ value });
  });

  it.each<[FieldType, string]>([
    ['boolean', 'maybe'],
    ['integer', '1.5'],
    ['integer', '9007199254740993'],
    ['integer', 'abc'],
    ['bigint', '9223372036854775808'],
    ['bigint', '1e3'],
    ['decimal', '1,5'],
    ['decimal', 'NaN'],
    ['float', 'Infinity'],
    ['uuid', 'a0eebc99'],
    ['date', '2024-13-01'],
    ['date', '29.2.2024'],
    ['time', '25'],
    ['datetime', '2024-02-29'],
    ['timestamp', 'soon'],
    ['bytes', 'a'],
    ['json', '{"a":'],
    ['json', ''],
    ['integer', ''],
  ])('%s %j is refused in words', (type, text) => {
    expect(parseDraft(field(type), text).error).toMatch(/[.…\]]$/);
  });

  it('nothing is null where a field may be empty, and asked for where it may not', () => {
    expect(parseDraft(field('integer', { isNullable: true }), '')).toEqual({ value: null });
    expect(parseDraft(field('string', { isNullable: true }), '')).toEqual({ value: '' });
    expect(parseDraft(field('string', { isNullable: true }), null)).toEqual({ value: null });
    expect(parseDraft(field('string'), null).error).toBe('Fill this in.');
    expect(parseDraft(field('enum', { values: ['a'] }), null).error).toBe('Choose one.');
  });

  it('text that is too long says how long it may be, in characters and not in units', () => {
    expect(parseDraft(field('string', { maxLength: 2 }), '👍👍').value).toBe('👍👍');
    expect(parseDraft(field('string', { maxLength: 2 }), 'abc').error).toBe('Use at most 2 characters.');
  });

  it('broken JSON is located', () => {
    expect(parseDraft(field('json'), '{\n  "a": 1,\n  oops\n}').error).toContain('line 3');
  });

  it('a list is written one item a line, and a wrong line is named', () => {
    const tags = field('array', { itemType: 'integer' });
    expect(parseDraft(tags, '1\n\n 2 ')).toEqual({ value: [1, 2] });
    expect(parseDraft(tags, '1\ntwo').error).toMatch(/^Line 2:/);
    expect(parseDraft(field('array', { itemType: 'json' }), '[{"a":1}]')).toEqual({ value: [{ a: 1 }] });
    expect(parseDraft(field('array', { itemType: 'json' }), '{}').error).toBeDefined();
  });
});

describe('what a form sends', () => {
  const fields = [
    field('string', { name: 'name' }),
    field('timestamp', { name: 'at', isNullable: true }),
    field('json', { name: 'meta', isNullable: true }),
    field('bigint', { name: 'big' }),
  ];
  const row = { name: 'Ada', at: '2024-02-29T10:20:30.123456Z', meta: { a: 1, b: 2 }, big: '10' };
  const drafts = Object.fromEntries(
    fields.map((one) => [one.name, draftOfValue(one, row[one.name as keyof typeof row])]),
  );

  it('only what differs is sent: microseconds that a control does not show survive', () => {
    expect(readChanges(fields, row, drafts)).toEqual({ values: {}, errors: {} });
    expect(readChanges(fields, row, { ...drafts, name: 'Eve', meta: '{"b":2,"a":1}' })).toEqual({
      values: { name: 'Eve' },
      errors: {},
    });
    expect(readChanges(fields, row, { at: null }).values).toEqual({ at: null });
  });

  it('what is wrong stands beside its field', () => {
    expect(readChanges(fields, row, { ...drafts, big: 'x' }).errors).toHaveProperty('big');
  });

  it('a new row carries what was filled in and what it can not be made without', () => {
    const created = fields.map((one) => ({ ...one, isOptionalOnCreate: one.name !== 'name' }));
    expect(readNew(created, { big: '7' })).toEqual({
      values: { big: '7' },
      errors: { name: 'Fill this in.' },
    });
  });

  it('a collision names what the other changed, and what both did', () => {
    const now = { ...row, name: 'Eve', big: '11' };
    expect(collisionsOf(['name', 'at', 'big'], row, now, { name: 'Bob', at: null })).toEqual([
      { field: 'name', before: 'Ada', theirs: 'Eve', mine: { value: 'Bob' } },
      { field: 'big', before: '10', theirs: '11' },
    ]);
    expect(collisionsOf(['name'], row, now, { name: 'Eve' })).toEqual([
      { field: 'name', before: 'Ada', theirs: 'Eve' },
    ]);
  });
});

describe('how values read', () => {
  it.each<[FieldType, unknown, string | RegExp]>([
    ['string', null, ''],
    ['boolean', false, 'No'],
    ['bigint', '9223372036854775807', '9223372036854775807'],
    ['decimal', '10.00', '10.00'],
    ['date', '2024-02-29', /29/],
    ['date', '0000-00-00', '0000-00-00'],
    ['datetime', '2024-02-29T23:59:59.000000', /23:59:59|11:59:59/],
    ['timestamp', 'infinity', 'infinity'],
    ['json', { a: 1 }, '{"a":1}'],
    ['json', 'text', '"text"'],
    ['bytes', 'aGk=', '2 bytes'],
    ['array', ['a', 'b'], 'a, b'],
    ['unknown', { odd: true }, '{"odd":true}'],
  ])('%s %j reads %s', (type, value, text) => {
    const said = textOf(field(type), value);
    if (text instanceof RegExp) expect(said).toMatch(text);
    else expect(said).toBe(text);
  });

  it('an estimate is marked', () => {
    expect(countText({ count: 12, isEstimate: true })).toBe('~12');
    expect(countText({ count: 12, isEstimate: false })).toBe('12');
    expect(countText(null)).toBeUndefined();
  });

  it('values are compared by their content', () => {
    expect(isSame({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
    expect(isSame({ a: undefined }, { b: undefined })).toBe(false);
    expect(isSame([], {})).toBe(false);
    expect(byteCount('aGkh')).toBe(3);
  });
});
