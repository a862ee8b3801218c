import type { FieldType, FilterOperator } from '@castellan/contract';
import type { SQL } from 'drizzle-orm';
import { sql } from '../database/transaction.ts';

/** A column of a list that can be filtered by, with the operators that its type has (A9). */
export interface FilterColumn {
  readonly type: Extract<
    FieldType,
    'string' | 'text' | 'enum' | 'boolean' | 'timestamp' | 'integer' | 'uuid' | 'array'
  >;
  /** Of an `enum`. */
  readonly values?: readonly string[];
  readonly isNullable: boolean;
  readonly operators: readonly FilterOperator[];
  /** The operators that an index answers. */
  readonly served: readonly FilterOperator[];
  /** The rows that meet a condition; the values are of the column's type, and none of them is `NULL`. */
  condition(operator: FilterOperator, values: readonly unknown[]): SQL;
}

/** How far an index answers what a column is asked: by one value, or by ranges of values as well. */
type Served = 'order' | 'equality' | 'none';

interface ColumnOptions {
  readonly served: Served;
  /** What is true of the rows that have no value here; left out where every row has one. */
  readonly isNull?: SQL;
}

const servedBy: Readonly<Record<Served, readonly FilterOperator[]>> = {
  order: ['eq', 'in', 'is_null', 'lt', 'lte', 'gt', 'gte'],
  equality: ['eq', 'in', 'is_null'],
  none: [],
};
const ranges = ['lt', 'lte', 'gt', 'gte'] as const;
type Range = (typeof ranges)[number];
const signs = { lt: sql`<`, lte: sql`<=`, gt: sql`>`, gte: sql`>=` } as const satisfies Record<Range, SQL>;

const isRange = (operator: FilterOperator): operator is Range =>
  (ranges as readonly FilterOperator[]).includes(operator);

const list = (values: readonly unknown[], type: SQL): SQL =>
  sql.join(
    values.map((value) => sql`${value}::${type}`),
    sql`, `,
  );

/**
 * Makes a column of what is true of its rows. `ne` is the opposite of `eq`, so that a row without a value is one of those that
 * differ, as it is with products.
 */
function columnOf(
  facts: Pick<FilterColumn, 'type' | 'values' | 'operators'>,
  { served, isNull }: ColumnOptions,
  holds: (operator: Exclude<FilterOperator, 'ne' | 'is_null'>, values: readonly unknown[]) => SQL,
): FilterColumn {
  return {
    ...facts,
    operators: isNull ? [...facts.operators, 'is_null'] : facts.operators,
    isNullable: isNull !== undefined,
    served: servedBy[served],
    condition(operator, values) {
      if (operator === 'is_null') return values[0] === true ? isNull! : sql`(${isNull}) IS NOT TRUE`;
      if (operator === 'ne') return sql`(${holds('eq', values)}) IS NOT TRUE`;
      if (operator === 'in' && values.length === 0) return sql`false`;
      return holds(operator, values);
    },
  };
}

/** The usual comparisons of a value with parameters of one type. */
function compared(operator: FilterOperator, value: SQL, values: readonly unknown[], type: SQL): SQL {
  if (isRange(operator)) return sql`${value} ${signs[operator]} ${values[0]}::${type}`;
  return sql`${value} IN (${list(values, type)})`;
}

const textType = sql`text`;
const contains = (value: SQL, part: unknown): SQL =>
  sql`${value} ILIKE ${`%${String(part).replaceAll(/[!%_]/g, '!$&')}%`}::text ESCAPE '!'`;

/**
 * A text. @param options.key the same text in small letters, where that is what its index and its order have
 */
export function textColumn(
  type: 'string' | 'text',
  value: SQL,
  options: ColumnOptions & { readonly key?: SQL },
): FilterColumn {
  const { key } = options;
  return columnOf(
    { type, operators: ['eq', 'ne', 'contains', 'in', ...ranges] },
    options,
    (operator, values) => {
      if (operator === 'contains') return contains(value, values[0]);
      if (!key) return compared(operator, value, values, textType);
      if (isRange(operator)) return sql`${key} ${signs[operator]} lower(${values[0]}::text)`;
      const keys = values.map((one) => sql`lower(${one}::text)`);
      return sql`(${key} IN (${sql.join(keys, sql`, `)}) AND ${compared(operator, value, values, textType)})`;
    },
  );
}

/** One of a few words. */
export function enumColumn(values: readonly string[], value: SQL, options: ColumnOptions): FilterColumn {
  return columnOf({ type: 'enum', values, operators: ['eq', 'ne', 'in'] }, options, (operator, sent) =>
    compared(operator, value, sent, textType),
  );
}

/** One of a few words, where what holds for each of them is a condition of its own. */
export function enumOfConditions(
  values: readonly string[],
  is: (value: string) => SQL,
  options: ColumnOptions,
): FilterColumn {
  return columnOf(
    { type: 'enum', values, operators: ['eq', 'ne', 'in'] },
    options,
    (_, sent) => sql`(${sql.join([...new Set(sent as string[])].map(is), sql` OR `)})`,
  );
}

/** Yes or no. */
export function booleanColumn(value: SQL, options: ColumnOptions): FilterColumn {
  return columnOf({ type: 'boolean', operators: ['eq', 'ne'] }, options, (_, [wanted]) =>
    wanted === true ? value : sql`NOT ${value}`,
  );
}

/** An instant. @param options.within puts a condition on another table's row where that table has the instant */
export function instantColumn(
  value: SQL,
  options: ColumnOptions & { readonly within?: (condition: SQL) => SQL },
): FilterColumn {
  const { within = (condition) => condition } = options;
  return columnOf(
    { type: 'timestamp', operators: ['eq', 'ne', ...ranges, 'in'] },
    options,
    (operator, values) => within(compared(operator, value, values, sql`timestamptz`)),
  );
}

/** A key. */
export function idColumn(value: SQL, options: ColumnOptions): FilterColumn {
  return columnOf({ type: 'uuid', operators: ['eq', 'ne', 'in'] }, options, (operator, values) =>
    compared(operator, value, values, sql`uuid`),
  );
}

/** How many rows belong to a row: counted one further than it is compared with, so that nobody's thousands are. */
export function countColumn(rows: SQL, options: ColumnOptions): FilterColumn {
  return columnOf(
    { type: 'integer', operators: ['eq', 'ne', ...ranges, 'in'] },
    options,
    (operator, values) => {
      const enough = Math.min(Math.max(0, ...(values as number[])) + 1, 2 ** 31);
      const counted = sql`(SELECT count(*) FROM (${rows} LIMIT ${enough}::bigint) counted)`;
      return compared(operator, counted, values, sql`bigint`);
    },
  );
}

/** A list of texts, of which one contains what is asked for. */
export function textsColumn(value: SQL, options: ColumnOptions): FilterColumn {
  return columnOf(
    { type: 'array', operators: ['contains'] },
    options,
    (_, [part]) => sql`EXISTS (SELECT FROM unnest(${value}) item WHERE ${contains(sql`item`, part)})`,
  );
}
