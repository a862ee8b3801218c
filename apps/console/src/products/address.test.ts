import { type AdminField, type AdminModel, createActorTokenCommand } from '@castellan/contract';
import { describe, expect, it } from 'vitest';
import { CallError } from '../api/call.ts';
import { askedFields, readAddress, sortText } from './address.ts';
import { fieldErrors, needsApproval, productFailure } from './failure.ts';
import { idOf, ListAnswer, nameOf, readAnswer } from './queries.ts';
import { customActionsFor, editableFields, may, readOnlyReason } from './rights.ts';

const field = (name: string, more: Partial<AdminField> = {}): AdminField => ({
  name,
  label: name,
  type: 'string',
  itemType: null,
  values: null,
  isNullable: false,
  isKey: false,
  isRedacted: false,
  readOnly: null,
  isOptionalOnCreate: false,
  maxLength: null,
  operators: ['eq'],
  isSortable: true,
  isIndexed: true,
  references: null,
  ...more,
});
const action = (name: string, more = {}) => ({
  name,
  label: name,
  description: '',
  minRole: 'admin' as const,
  isReadOnly: false,
  needsApproval: false,
  takesRow: true,
  form: null,
  ...more,
});
const gate = (minRole: 'owner' | 'admin' | 'support') => ({ minRole, needsApproval: false });
const model: AdminModel = {
  name: 'Person',
  label: 'Person',
  labelPlural: 'People',
  key: ['id'],
  labelField: 'name',
  fields: [
    field('id', { readOnly: 'key', isKey: true, type: 'bigint' }),
    field('name'),
    field('blob', { type: 'json', isSortable: false, operators: [] }),
    field('password', { isRedacted: true, readOnly: 'redacted', operators: [] }),
    field('total', { readOnly: 'generated' }),
  ],
  listFields: ['id', 'name'],
  searchFields: [],
  defaultSort: { field: 'id', direction: 'desc' },
  actions: {
    list: gate('support'),
    read: gate('support'),
    create: null,
    update: gate('admin'),
    delete: gate('owner'),
  },
  customActions: [
    action('ban'),
    action('peek', { minRole: 'support', isReadOnly: true }),
    action('import', { takesRow: false }),
    action(createActorTokenCommand, { minRole: 'support' }),
  ],
  referencedBy: [],
};

describe('the address of a list', () => {
  it('is read against the model: what it does not have, hides or can not sort by is left out and named', () => {
    expect(
      readAddress(model, {
        search: 'ada',
        filter: { field: 'password', op: 'eq', value: 'x' },
        sort: '-blob',
        columns: ['name', 'password', 'gone', 'name'],
        cursor: 'c',
      }),
    ).toEqual({
      search: undefined,
      filter: undefined,
      sort: model.defaultSort,
      columns: ['name'],
      cursor: 'c',
      unknown: ['password', 'gone'],
    });
  });

  it('asks for the shown columns with key and name, never for what is hidden', () => {
    expect(askedFields(model, ['blob', 'password'])).toEqual(['blob', 'id', 'name']);
    expect(sortText(readAddress(model, { sort: '-name' }).sort)).toBe('-name');
  });
});

describe('what a role is offered (A10)', () => {
  it('is what its rank reaches, and acting as a user has another door', () => {
    expect(may(model, 'support', 'update')).toBe(false);
    expect(may(model, 'admin', 'delete')).toBe(false);
    expect(may(model, 'owner', 'create')).toBe(false);
    expect(customActionsFor(model, 'support', 'row').map(({ name }) => name)).toEqual(['peek']);
    expect(customActionsFor(model, 'admin', 'row').map(({ name }) => name)).toEqual(['ban', 'peek']);
    expect(customActionsFor(model, 'admin', 'list').map(({ name }) => name)).toEqual(['import']);
  });

  it('a key is given when a row is made and stays afterwards; each other reason is said', () => {
    expect(editableFields(model, true).map(({ name }) => name)).toEqual(['id', 'name', 'blob']);
    expect(editableFields(model, false).map(({ name }) => name)).toEqual(['name', 'blob']);
    expect(
      new Set(
        (['redacted', 'denied', 'generated', 'unknown_type', 'key'] as const).map((readOnly) =>
          readOnlyReason(field('x', { readOnly }), false),
        ),
      ).size,
    ).toBe(5);
  });
});

describe('what a product answers', () => {
  it('rows are named and known by their keys, composite ones as a list of texts', () => {
    expect(idOf(model, { id: '9007199254740993', name: 'Ada' })).toBe('9007199254740993');
    expect(idOf({ ...model, key: ['a', 'b'] }, { a: 'x"y', b: 7 })).toBe('["x\\"y","7"]');
    expect(nameOf(model, { id: '1', name: '' })).toBe('1');
    expect(nameOf({ ...model, labelField: 'n' }, { n: 1001 })).toBe('Person 1001');
  });

  it('nonsense is an error that says where, and carries the correlation id', () => {
    expect(() => readAnswer(ListAnswer, { items: 'none' }, 'c-1')).toThrow(CallError);
    const answer = readAnswer(ListAnswer, { items: [], total: { count: 3, is_estimate: true } });
    expect(answer).toMatchObject({ labels: {}, notes: [], total: { count: 3, isEstimate: true } });
  });

  it('each refusal has words of its own', () => {
    const refused = (productCode: string) =>
      new CallError({ title: '', status: 409, fix: 'said', code: 'product_refused', productCode });
    const titles = [
      'INSUFFICIENT_ROLE',
      'STATEMENT_TIMEOUT',
      'INVALID_CURSOR',
      'NOT_FOUND',
      'CONFLICT',
      'CONSTRAINT_FAILED',
      'APPROVAL_REQUIRED',
      'OTHER',
    ].map((code) => productFailure(refused(code), 'shop').title);
    expect(new Set(titles).size).toBe(titles.length);
    expect(needsApproval(refused('APPROVAL_REQUIRED'))).toBe(true);
    expect(needsApproval(refused('CONFLICT'))).toBe(false);
    const down = new CallError({
      title: '',
      status: 502,
      fix: '',
      code: 'product_unreachable',
      correlationId: 'c-1',
    });
    expect(productFailure(down, 'shop')).toMatchObject({
      title: 'shop can not be reached',
      correlationId: 'c-1',
    });
    const barred = new CallError({
      title: '',
      status: 502,
      fix: '',
      code: 'product_unreachable',
      detail: 'shop: 169.254.169.254 is asked by https:// only.',
    });
    expect(productFailure(barred, 'shop').fix).toContain('169.254.169.254 is asked by https:// only.');
    expect(productFailure(barred, 'shop').fix).not.toContain('does not answer');
  });

  it('field errors stand beside the field, whichever part of the call they name', () => {
    const error = new CallError({
      title: '',
      status: 422,
      fix: '',
      errors: [
        { field: 'payload.values.email', message: 'is no address' },
        { field: 'amount', message: 'is too much' },
      ],
    });
    expect(fieldErrors(error)).toEqual({ email: 'Is no address', amount: 'Is too much' });
  });
});
