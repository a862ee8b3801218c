import { type FilterOperator, filterOperators } from '@castellan/contract';
import type { AdministeredModel, Sort } from '../models/administered.ts';
import type { ColumnDescription, DialectName } from '../models/description.ts';
import { invalid, redactedField, unknownField, unsupportedOperator } from './refusals.ts';
import { isStorable, readWireValue } from './wire-values.ts';

/** One condition on one field; `values` are of the wire, in their one form: one of them, or as many as `in` has. */
export interface Condition {
  readonly kind: 'condition';
  readonly column: ColumnDescription;
  readonly operator: FilterOperator;
  readonly values: readonly unknown[];
}

/** A filter as it was understood. */
export type Filter = Condition | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] };

/** A list as it was asked for, with every name known and every value of its column's type. */
export interface ListRequest {
  readonly filter: Filter | undefined;
  /** What some search field begins with. */
  readonly search: string | undefined;
  /** As it was asked for, else the model's own. Without the key, which is added where it is compiled. */
  readonly sort: readonly Sort[];
  readonly cursor: string | undefined;
  readonly count: boolean;
  /** Fields of each row, the key among them. */
  readonly fields: readonly string[];
  readonly skip: number;
  readonly limit: number;
}

/** What bounds a request. */
export const listBounds = {
  /** Groups within groups. */
  depth: 5,
  conditions: 100,
  /** Values of one `in`. */
  values: 500,
  sorts: 5,
  fields: 200,
  searchLength: 200,
  cursorLength: 65_536,
} as const;

const known = new Set(['filter', 'search', 'sort', 'cursor', 'count', 'fields']);

/**
 * Reads the payload of `list`.
 * @throws IntentError `UNKNOWN_FIELD`, `FIELD_REDACTED`, `UNSUPPORTED_FILTER_OP`, `VALIDATION_FAILED`
 */
export function readListRequest(
  model: AdministeredModel,
  dialect: DialectName,
  payload: unknown,
  page: { readonly skip: number; readonly limit: number },
): ListRequest {
  const sent = payload === undefined || payload === null ? {} : readObject('payload', payload);
  for (const name of Object.keys(sent))
    if (!known.has(name)) throw problem(`payload.${name}`, 'is nothing that a list is asked for');
  const { cursor, count = false } = sent;
  if (cursor !== undefined && cursor !== null && typeof cursor !== 'string')
    throw problem('payload.cursor', 'a text');
  if (typeof count !== 'boolean') throw problem('payload.count', 'true or false');
  if (typeof cursor === 'string' && page.skip > 0)
    throw problem('skip', 'goes without a cursor, which says itself where the page begins');
  const sort = readSort(model, sent.sort);
  return {
    filter: readFilter(model, dialect, sent.filter),
    search: readSearch(model, sent.search),
    sort: sort.length > 0 ? sort : [model.defaultSort],
    cursor: cursor ?? undefined,
    count,
    fields: readFields(model, sent.fields),
    ...page,
  };
}

/** Reads a filter by itself, as bulk actions and exports name their rows. @throws as {@link readListRequest} */
export function readFilter(
  model: AdministeredModel,
  dialect: DialectName,
  sent: unknown,
  at = 'payload.filter',
): Filter | undefined {
  if (sent === undefined || sent === null) return undefined;
  let conditions = 0;

  const read = (node: unknown, where: string, depth: number): Filter => {
    const object = readObject(where, node);
    const names = Object.keys(object);
    const group = names.includes('and') ? 'and' : names.includes('or') ? 'or' : undefined;
    if (group === undefined) {
      conditions += 1;
      if (conditions > listBounds.conditions)
        throw problem(where, `a filter has at most ${listBounds.conditions} conditions`);
      return readCondition(model, dialect, object, where);
    }
    if (names.length > 1) throw problem(where, `\`${group}\` stands alone`);
    if (depth >= listBounds.depth) throw problem(where, `groups go at most ${listBounds.depth} deep`);
    const parts = object[group];
    if (!Array.isArray(parts)) throw problem(`${where}.${group}`, 'an array of filters');
    if (parts.length > listBounds.conditions)
      throw problem(`${where}.${group}`, `a filter has at most ${listBounds.conditions} conditions`);
    return {
      kind: group,
      parts: parts.map((part, index) => read(part, `${where}.${group}[${index}]`, depth + 1)),
    };
  };
  return read(sent, at, 0);
}

function readCondition(
  model: AdministeredModel,
  dialect: DialectName,
  object: Readonly<Record<string, unknown>>,
  at: string,
): Condition {
  for (const name of Object.keys(object))
    if (name !== 'field' && name !== 'op' && name !== 'value')
      throw problem(`${at}.${name}`, 'a condition has `field`, `op` and `value`');
  const column = readField(model, object.field, `${at}.field`);
  const allowed = model.operators.get(column.name) ?? [];
  const operator = filterOperators.find((one) => one === object.op);
  if (operator === undefined) throw unsupportedOperator(`${at}.op`, filterOperators);
  if (!allowed.includes(operator)) throw unsupportedOperator(`${at}.op`, allowed);
  return { kind: 'condition', column, operator, values: readValues(dialect, column, operator, object, at) };
}

function readValues(
  dialect: DialectName,
  column: ColumnDescription,
  operator: FilterOperator,
  { value }: Readonly<Record<string, unknown>>,
  at: string,
): readonly unknown[] {
  const read = (sent: unknown, where: string): unknown => {
    const one = readWireValue(dialect, column, sent, 'compare');
    if (!one.ok) throw problem(where, `${column.name}: ${one.problem}`);
    return one.value;
  };
  if (operator === 'is_null') {
    if (typeof value !== 'boolean') throw problem(`${at}.value`, 'true or false');
    return [value];
  }
  if (operator !== 'in') return [read(value, `${at}.value`)];
  if (!Array.isArray(value)) throw problem(`${at}.value`, 'an array of values');
  if (value.length > listBounds.values) throw problem(`${at}.value`, `at most ${listBounds.values} values`);
  return value.map((one, index) => read(one, `${at}.value[${index}]`));
}

function readSearch(model: AdministeredModel, sent: unknown): string | undefined {
  if (sent === undefined || sent === null || sent === '') return undefined;
  if (typeof sent !== 'string' || sent.length > listBounds.searchLength)
    throw problem('payload.search', `a text of at most ${listBounds.searchLength} characters`);
  if (!isStorable(sent)) throw problem('payload.search', 'a text without characters that can’t be stored');
  if (model.searchFields.length === 0)
    throw problem('payload.search', `${model.name} has no field that is searched; filter by one instead`);
  return sent;
}

function readSort(model: AdministeredModel, sent: unknown): readonly Sort[] {
  if (sent === undefined || sent === null) return [];
  if (!Array.isArray(sent)) throw problem('payload.sort', 'an array of {field, direction}');
  if (sent.length > listBounds.sorts) throw problem('payload.sort', `at most ${listBounds.sorts} fields`);
  const sorts = sent.map((one: unknown, index): Sort => {
    const at = `payload.sort[${index}]`;
    const object = readObject(at, one);
    const { field, direction } = object;
    const column = readField(model, field, `${at}.field`);
    if (!model.sortable.has(column.name))
      throw problem(`${at}.field`, `${column.name} has no order to sort by`);
    if (direction !== 'asc' && direction !== 'desc') throw problem(`${at}.direction`, 'asc or desc');
    if (Object.keys(object).length > 2) throw problem(at, 'a sort has `field` and `direction`');
    return { field: column.name, direction };
  });
  if (new Set(sorts.map(({ field }) => field)).size < sorts.length)
    throw problem('payload.sort', 'names a field twice');
  return sorts;
}

function readFields(model: AdministeredModel, sent: unknown): readonly string[] {
  if (sent === undefined || sent === null) return [...new Set([...model.key, ...model.listFields])];
  if (!Array.isArray(sent)) throw problem('payload.fields', 'an array of names of fields');
  if (sent.length > listBounds.fields) throw problem('payload.fields', `at most ${listBounds.fields} fields`);
  const names = sent.map((name: unknown, index) => readField(model, name, `payload.fields[${index}]`).name);
  return [...new Set([...model.key, ...names])];
}

/** A column by the name of its field. One that is redacted is refused as one that isn't there, under a code of its own. */
function readField(model: AdministeredModel, name: unknown, at: string): ColumnDescription {
  if (typeof name !== 'string') throw problem(at, 'the name of a field');
  const column = model.column(name);
  if (column === undefined) throw unknownField(at, name);
  if (model.redacted.has(column.name)) throw redactedField(at, name);
  return column;
}

function readObject(at: string, sent: unknown): Readonly<Record<string, unknown>> {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) throw problem(at, 'an object');
  return sent as Readonly<Record<string, unknown>>;
}

function problem(field: string, message: string): Error {
  return invalid([{ field, message }]);
}
