import { type FilterOperator, filterOperators } from '@castellan/contract';
import type { SQL } from 'drizzle-orm';
import { z } from 'zod';
import { sql } from '../database/transaction.ts';
import type { FilterColumn } from './filter-columns.ts';

/** What is wrong with a list as it was asked for: the code that products have for it, and the field. */
export class ListProblem extends Error {
  readonly code: 'UNKNOWN_FIELD' | 'UNSUPPORTED_FILTER_OP' | 'VALIDATION_FAILED';
  readonly field: string;
  constructor(code: ListProblem['code'], field: string, message: string) {
    super(message);
    this.name = 'ListProblem';
    this.code = code;
    this.field = field;
  }
}

/** A filter as a condition of SQL, with what an operator should know of it. */
export interface ReadFilter {
  readonly condition: SQL;
  /** Some condition looks into each text. */
  readonly looksInto: boolean;
  /** An index narrows the rows down. */
  readonly isServed: boolean;
}

/** As at products: groups within groups, conditions, values of one `in`, characters of a text. */
const bounds = { depth: 5, conditions: 100, values: 500, text: 10_000 } as const;

type Columns = Readonly<Record<string, FilterColumn>>;
type Sent = Readonly<Record<string, unknown>>;

/**
 * Reads a filter of a list: `{field, op, value}`, or `{and: […]}`, `{or: […]}` of such. Names and operators are looked up and values
 * are parameters, so that nothing of what was sent is ever SQL.
 * @throws ListProblem that names the place in the filter
 */
export function readFilter(columns: Columns, sent: unknown, at = 'payload.filter'): ReadFilter {
  let conditions = 0;
  const read = (node: unknown, where: string, depth: number): ReadFilter => {
    const object = readObject(node, where);
    const group = 'and' in object ? 'and' : 'or' in object ? 'or' : undefined;
    if (group === undefined) {
      conditions += 1;
      if (conditions > bounds.conditions)
        throw invalid(where, `a filter has at most ${bounds.conditions} conditions`);
      return readCondition(columns, object, where);
    }
    if (Object.keys(object).length > 1) throw invalid(where, `“${group}” stands alone`);
    if (depth >= bounds.depth) throw invalid(where, `groups go at most ${bounds.depth} deep`);
    const sentParts = object[group];
    if (!Array.isArray(sentParts) || sentParts.length > bounds.conditions)
      throw invalid(`${where}.${group}`, `an array of at most ${bounds.conditions} filters`);
    return joined(
      group,
      sentParts.map((part, index) => read(part, `${where}.${group}[${index}]`, depth + 1)),
    );
  };
  return read(sent, at, 0);
}

function joined(group: 'and' | 'or', parts: readonly ReadFilter[]): ReadFilter {
  const looksInto = parts.some((part) => part.looksInto);
  // As everywhere: all of nothing holds, one of nothing does not.
  if (parts.length === 0)
    return { condition: group === 'and' ? sql`true` : sql`false`, looksInto, isServed: group === 'or' };
  const conditions = parts.map(({ condition }) => condition);
  return {
    condition: sql`(${sql.join(conditions, group === 'and' ? sql` AND ` : sql` OR `)})`,
    looksInto,
    isServed: group === 'and' ? parts.some((part) => part.isServed) : parts.every((part) => part.isServed),
  };
}

function readCondition(columns: Columns, object: Sent, at: string): ReadFilter {
  for (const name of Object.keys(object))
    if (name !== 'field' && name !== 'op' && name !== 'value')
      throw invalid(at, 'a condition has “field”, “op” and “value”');
  const { field, op, value } = object;
  if (typeof field !== 'string') throw invalid(`${at}.field`, 'the name of a field');
  const column = Object.hasOwn(columns, field) ? columns[field] : undefined;
  if (!column)
    throw new ListProblem('UNKNOWN_FIELD', `${at}.field`, 'is no field that this list can be filtered by');
  const operator = filterOperators.find((known) => known === op);
  if (!operator || !column.operators.includes(operator))
    throw new ListProblem('UNSUPPORTED_FILTER_OP', `${at}.op`, `use one of ${column.operators.join(', ')}`);
  return {
    condition: column.condition(operator, readValues(field, column, operator, value, `${at}.value`)),
    looksInto: operator === 'contains',
    isServed: column.served.includes(operator),
  };
}

function readValues(
  name: string,
  column: FilterColumn,
  operator: FilterOperator,
  sent: unknown,
  at: string,
): readonly unknown[] {
  const one = (value: unknown, where: string): unknown => {
    const { expected, schema } = operator === 'contains' ? texts : readerOf(column);
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw invalid(where, `${name}: ${expected}`);
    return parsed.data;
  };
  if (operator === 'is_null') {
    if (typeof sent !== 'boolean') throw invalid(at, `${name}: true or false`);
    return [sent];
  }
  if (operator !== 'in') return [one(sent, at)];
  if (!Array.isArray(sent) || sent.length > bounds.values)
    throw invalid(at, `${name}: an array of at most ${bounds.values} values`);
  return sent.map((value, index) => one(value, `${at}[${index}]`));
}

interface ValueReader {
  readonly expected: string;
  readonly schema: z.ZodType;
}

const texts: ValueReader = {
  expected: `a text of at most ${bounds.text} characters that can be stored`,
  // PostgreSQL takes neither the zero character nor half of a pair.
  schema: z
    .string()
    .max(bounds.text)
    .refine((text) => text.isWellFormed() && !text.includes('\0')),
};
const readers: Readonly<Record<Exclude<FilterColumn['type'], 'enum'>, ValueReader>> = {
  string: texts,
  text: texts,
  array: texts,
  boolean: { expected: 'true or false', schema: z.boolean() },
  integer: { expected: 'a whole number', schema: z.int() },
  uuid: { expected: 'a UUID', schema: z.guid() },
  timestamp: {
    expected: 'an instant with its zone, YYYY-MM-DDTHH:MM:SSZ',
    schema: z.iso
      .datetime({ offset: true })
      // There is no year 0, and PostgreSQL knows no zone that is further away.
      .refine(
        (text) => !text.startsWith('0000') && !/[+-](1[6-9]|2\d):\d\d$/.test(text) && text.length <= 40,
      ),
  },
};

function readerOf({ type, values = [] }: FilterColumn): ValueReader {
  return type === 'enum'
    ? { expected: `one of ${values.join(', ')}`, schema: z.enum(values as [string, ...string[]]) }
    : readers[type];
}

function readObject(sent: unknown, at: string): Sent {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) throw invalid(at, 'an object');
  return sent as Sent;
}

const invalid = (field: string, message: string): ListProblem =>
  new ListProblem('VALIDATION_FAILED', field, message);
