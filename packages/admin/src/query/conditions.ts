import type { AdministeredModel } from '../models/administered.ts';
import type { ColumnDescription, ModelDescription } from '../models/description.ts';
import { quoteName, quoteTable } from '../orm/quote.ts';
import type { Dialect } from './dialects/dialect.ts';
import type { Condition, Filter } from './list-request.ts';
import { and, join, or, raw, type Sql, sql } from './sql.ts';

/** The table's name in every statement of ours. */
const alias = 't';

/** The table, under the alias by which {@link columnOf} names its columns. */
export function tableOf(dialect: Dialect, model: Pick<ModelDescription, 'schema' | 'table'>): Sql {
  return raw(`${quoteTable(dialect.name, model)} ${alias}`);
}

/** A column of the table, quoted. */
export function columnOf(dialect: Dialect, column: ColumnDescription): Sql {
  return raw(`${alias}.${quoteName(dialect.name, column.column)}`);
}

/** What holds for every row that may be seen at all: it is not deleted, and it is in the model's default scope. */
export function visibleRows(dialect: Dialect, model: AdministeredModel): readonly Sql[] {
  const deleted = model.softDelete && model.column(model.softDelete.field);
  const scope = (model.scope ?? []).map(({ field, value }) => {
    const column = model.column(field);
    // Whoever would see rows beyond the scope because a field is missing gets none.
    if (!column) return raw('1 = 0');
    const reference = columnOf(dialect, column);
    if (value === null) return sql`${reference} IS NULL`;
    const [text] = dialect.toTexts(column, value);
    return sql`${dialect.operand(column, reference)} = ${dialect.parameter(column, text)}`;
  });
  if (!deleted) return scope;
  const reference = columnOf(dialect, deleted);
  const isAlive =
    model.softDelete?.deletedWhen === 'true' ? sql`${reference} IS NOT TRUE` : sql`${reference} IS NULL`;
  return [isAlive, ...scope];
}

/**
 * A filter as a condition of SQL. Nothing is ever equal to `NULL`, before or after it; `ne` is the opposite of `eq`, so that a row
 * without a value is one of those that differ.
 */
export function filterToSql(dialect: Dialect, filter: Filter): Sql {
  if (filter.kind === 'condition') return conditionToSql(dialect, filter);
  const parts = filter.parts.map((part) => filterToSql(dialect, part));
  return filter.kind === 'and' ? and(parts) : or(parts);
}

function conditionToSql(dialect: Dialect, { column, operator, values }: Condition): Sql {
  const reference = columnOf(dialect, column);
  const operand = dialect.operand(column, reference);
  const isOfColumn = operator !== 'is_null' && operator !== 'contains';
  const texts = isOfColumn ? values.map((one) => dialect.toTexts(column, one)) : [];
  const parameter = (text: string): Sql => dialect.parameter(column, text);
  const [least, greatest] = texts[0] ?? ['', ''];
  switch (operator) {
    case 'is_null':
      return values[0] === true ? sql`${reference} IS NULL` : sql`${reference} IS NOT NULL`;
    case 'contains':
      return dialect.contains(reference, String(values[0]));
    case 'lt':
      return sql`${operand} < ${parameter(least)}`;
    case 'lte':
      return sql`${operand} <= ${parameter(greatest)}`;
    case 'gt':
      return sql`${operand} > ${parameter(greatest)}`;
    case 'gte':
      return sql`${operand} >= ${parameter(least)}`;
    case 'ne':
      return sql`(${isOneOf(dialect, column, operand, texts, true)} OR ${reference} IS NULL)`;
    default:
      return isOneOf(dialect, column, operand, texts, false);
  }
}

/** The column is one of the values, or none of them. */
function isOneOf(
  dialect: Dialect,
  column: ColumnDescription,
  operand: Sql,
  texts: readonly (readonly [string, string])[],
  negated: boolean,
): Sql {
  if (column.type === 'boolean' && dialect.name !== 'postgresql') {
    // Where there are only numbers, each that is not 0 is a yes.
    const isYes = texts[0]?.[0] === '1';
    return isYes === negated ? sql`${operand} = 0` : sql`${operand} <> 0`;
  }
  const all = [...new Set(texts.flat())].map((text) => dialect.parameter(column, text));
  if (all.length === 0) return raw('1 = 0');
  if (all.length === 1) return sql`${operand} ${raw(negated ? '<>' : '=')} ${all[0] as Sql}`;
  return sql`${operand} ${raw(negated ? 'NOT IN' : 'IN')} (${join(all, ', ')})`;
}

/** Whether an index has the rows in the order of this field. One for patterns has them in the order of their bytes, which is another. */
export function isOrderIndexed(model: AdministeredModel, field: string): boolean {
  return (
    model.key[0] === field ||
    model.indexes.some(
      ({ columns, isPartial, servesPrefix }) => columns[0] === field && !isPartial && servesPrefix !== true,
    )
  );
}

const byOrder: ReadonlySet<string> = new Set(['lt', 'lte', 'gt', 'gte']);

/** Whether an index narrows the rows down. */
export function isFilterIndexed(model: AdministeredModel, filter: Filter): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.parts.some((part) => isFilterIndexed(model, part));
    case 'or':
      return filter.parts.every((part) => isFilterIndexed(model, part));
    case 'condition':
      if (byOrder.has(filter.operator)) return isOrderIndexed(model, filter.column.name);
      return (
        filter.operator !== 'ne' && filter.operator !== 'contains' && model.isIndexed(filter.column.name)
      );
  }
}

/** Whether some condition has to look into each text. */
export function hasContains(filter: Filter): boolean {
  return filter.kind === 'condition'
    ? filter.operator === 'contains'
    : filter.parts.some((part) => hasContains(part));
}
