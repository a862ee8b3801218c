import type { AdminField, AdminModel, FilterOperator } from '@castellan/contract';
import { type Criterion, criterion, found, must } from '../criterion.ts';
import { idOf, mustRefuse, type Row } from '../product.ts';
import { asked, compare, distinct, isOrdered, list, numbers, times } from './rows.ts';

const texts = new Set(['string', 'text']);

/** The rows that a filter has to give are those of the whole list that fulfil it: no more and no fewer. */
function filterCriterion(
  op: FilterOperator,
  proves: string,
  fits: (field: AdminField) => boolean,
  value: (value: unknown, all: readonly unknown[]) => unknown,
  keeps: (field: AdminField, held: unknown, given: unknown) => boolean,
): Criterion {
  return criterion(
    `filter.${op}`,
    { proves, mend: 'Compare the operator’s SQL with docs/reference/admin-wire.md, NULL and all.' },
    async (product) => {
      const { model, rows, field, value: one } = await asked(product, op, fits);
      const given = value(one, distinct(rows, field.name));
      const payload = { filter: { field: field.name, op, value: given } };
      const { items } = await list(product, model, payload);
      const expected = rows.filter((row) => keeps(field, row[field.name], given));
      mustBeRows(model, items, expected, `${field.name} ${op} ${JSON.stringify(given)}`);
    },
  );
}

function mustBeRows(model: AdminModel, given: readonly Row[], expected: readonly Row[], about: string): void {
  const ids = new Set(given.map((row) => idOf(model, row)));
  const wanted = new Set(expected.map((row) => idOf(model, row)));
  const lost = [...wanted].filter((id) => !ids.has(id)).length;
  const foreign = [...ids].filter((id) => !wanted.has(id)).length;
  must(
    lost === 0 && foreign === 0,
    `${model.name} ${about}: ${lost} rows are missing, ${foreign} do not belong`,
  );
}

const isPlain = (field: AdminField): boolean =>
  numbers.has(field.type) || times.has(field.type) || ['uuid', 'enum', 'boolean'].includes(field.type);
const isText = (field: AdminField): boolean => texts.has(field.type);
const same = (_: AdminField, held: unknown, given: unknown): boolean => held === given;
const ordered = (op: (order: number) => boolean) => (field: AdminField, held: unknown, given: unknown) =>
  held !== null && op(compare(field.type, held, given));
const itself = (value: unknown): unknown => value;

/** The nine operators and their groups (A9). */
export const filterCriteria: readonly Criterion[] = [
  filterCriterion(
    'eq',
    '`eq` gives the rows with this value, all of them and no others.',
    isPlain,
    itself,
    same,
  ),
  criterion(
    'filter.ne',
    { proves: '`ne` gives every row with another value, and none with this one.', mend: 'Compare by `<>`.' },
    async (product) => {
      const { model, rows, field, value } = await asked(product, 'ne', isPlain);
      const { items } = await list(product, model, { filter: { field: field.name, op: 'ne', value } });
      // Whether a row without a value has another one is each product's to say.
      const held = ({ [field.name]: one }: Row): boolean => one !== null;
      const expected = rows.filter((row) => held(row) && row[field.name] !== value);
      mustBeRows(model, items.filter(held), expected, `${field.name} ne ${value}`);
    },
  ),
  filterCriterion(
    'lt',
    '`lt` gives what is less, and not what is equal.',
    isOrdered,
    itself,
    ordered((order) => order < 0),
  ),
  filterCriterion(
    'lte',
    '`lte` gives what is less or equal.',
    isOrdered,
    itself,
    ordered((order) => order <= 0),
  ),
  filterCriterion(
    'gt',
    '`gt` gives what is more, and not what is equal.',
    isOrdered,
    itself,
    ordered((order) => order > 0),
  ),
  filterCriterion(
    'gte',
    '`gte` gives what is more or equal.',
    isOrdered,
    itself,
    ordered((order) => order >= 0),
  ),
  filterCriterion(
    'contains',
    '`contains` gives the rows whose text holds this one, in capitals or not.',
    isText,
    (value) => String(value).slice(1, 5).trim(),
    (_, held, given) => held !== null && String(held).toLowerCase().includes(String(given).toLowerCase()),
  ),
  filterCriterion(
    'in',
    '`in` gives the rows with one of the values.',
    isPlain,
    (_, all) => all.slice(0, 2),
    (_, held, given) => (given as readonly unknown[]).includes(held),
  ),
  criterion(
    'filter.is_null',
    {
      proves: '`is_null` tells rows without a value from those with one, both ways.',
      mend: 'Use IS NULL and IS NOT NULL.',
    },
    async (product) => {
      let name = '';
      const subject = await product.find(({ model, rows, isAll }) => {
        const hasBoth = (one: AdminField): boolean =>
          one.operators.includes('is_null') &&
          rows.some((row) => row[one.name] === null) &&
          rows.some((row) => row[one.name] !== null && row[one.name] !== undefined);
        name = (isAll && model.fields.find(hasBoth)?.name) || '';
        return name !== '';
      });
      const { model, rows } = found(subject, 'no small model has a field that is null in some rows');
      for (const value of [true, false]) {
        const { items } = await list(product, model, { filter: { field: name, op: 'is_null', value } });
        const expected = rows.filter((row) => (row[name] === null) === value);
        mustBeRows(model, items, expected, `${name} is_null ${value}`);
      }
    },
  ),
  criterion(
    'filter.and',
    { proves: 'Rows of an `and` fulfil every part.', mend: 'Join the parts by AND, in parentheses.' },
    async (product) => {
      const { model, rows, field, value } = await asked(product, 'eq', isPlain);
      const part = { field: field.name, op: 'eq', value };
      const twice = await list(product, model, { filter: { and: [part, part] } });
      mustBeRows(
        model,
        twice.items,
        rows.filter((row) => row[field.name] === value),
        'with and',
      );
      const not = { field: field.name, op: 'ne', value };
      const none = await list(product, model, { filter: { and: [part, not] } });
      mustBeRows(model, none.items, [], 'with a contradiction in and');
    },
  ),
  criterion(
    'filter.or',
    {
      proves: 'Rows of an `or` fulfil one of the parts, and all such rows are there.',
      mend: 'Join the parts by OR, in parentheses.',
    },
    async (product) => {
      const { model, rows, field } = await asked(product, 'eq', isPlain);
      const values = distinct(rows, field.name).slice(0, 2);
      const or = values.map((value) => ({ field: field.name, op: 'eq', value }));
      const { items } = await list(product, model, { filter: { or } });
      mustBeRows(
        model,
        items,
        rows.filter((row) => values.includes(row[field.name])),
        'with or',
      );
    },
  ),
  criterion(
    'filter.wildcard',
    { proves: '`%` and `_` in a searched text are characters, not patterns.', mend: 'Escape them in LIKE.' },
    async (product) => {
      const { model, rows, field } = await asked(product, 'contains', isText);
      const { items } = await list(product, model, {
        filter: { field: field.name, op: 'contains', value: '%' },
      });
      const expected = rows.filter((row) => String(row[field.name] ?? '').includes('%'));
      mustBeRows(model, items, expected, `${field.name} contains %`);
    },
  ),
  criterion(
    'filter.injection',
    { proves: 'A value that looks like SQL is a value.', mend: 'Bind every value as a parameter.' },
    async (product) => {
      const { model, field } = await asked(product, 'contains', isText);
      const value = "x' OR '1'='1";
      const { items } = await list(product, model, { filter: { field: field.name, op: 'contains', value } });
      must(items.length === 0, `${field.name} contains ${value} gives ${items.length} rows`);
    },
  ),
  criterion(
    'filter.wrong_type',
    {
      proves: 'A value that the field’s type can’t have is VALIDATION_FAILED.',
      mend: 'Check filter values by the field’s type.',
    },
    async (product) => {
      const { model, field } = await asked(
        product,
        'eq',
        ({ type }) => numbers.has(type) || type === 'uuid' || times.has(type),
      );
      const payload = { filter: { field: field.name, op: 'eq', value: 'no such value' } };
      mustRefuse(
        await product.send({ model: model.name, action: 'list', payload }),
        422,
        'VALIDATION_FAILED',
      );
    },
  ),
];
