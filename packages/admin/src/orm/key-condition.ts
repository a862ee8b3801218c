import type { DialectName, ModelDescription } from '../models/description.ts';
import { dialectNamed } from '../query/codecs.ts';
import { join, raw, type Sql, sql, toStatement, value } from '../query/sql.ts';
import type { Statement, WireValues } from './adapter.ts';
import { instantOfMySql, toDatabaseValue } from './database-values.ts';
import { quoteName, quoteTable } from './quote.ts';

/** The row with this key, compared exactly: MySQL compares a whole number with a text as a double. */
export function keyCondition(dialect: DialectName, model: ModelDescription, key: WireValues): Sql {
  const { operand, parameter, toTexts } = dialectNamed(dialect);
  const parts = model.key.map((field) => {
    const column = model.columns.find((one) => one.name === field);
    if (!column) throw new TypeError(`${model.name} has no field ${field}.`);
    const reference = raw(quoteName(dialect, column.column));
    return sql`${operand(column, reference)} = ${parameter(column, toTexts(column, key[field])[0])}`;
  });
  return join(parts, ' AND ');
}

/**
 * Sets times to the microsecond, after an ORM whose dates have milliseconds wrote them; nothing where none is among `values`.
 */
export function exactTimes(
  dialect: DialectName,
  model: ModelDescription,
  key: WireValues,
  values: WireValues,
): Statement | undefined {
  const times = model.columns.filter(
    ({ name, type }) =>
      (type === 'timestamp' || type === 'datetime') && values[name] !== undefined && values[name] !== null,
  );
  if (times.length === 0) return undefined;
  const [before, after] = instantOfMySql.split('?');
  const sets = times.map((column) => {
    const held = value(toDatabaseValue(dialect, column, values[column.name]));
    const instant =
      dialect === 'mysql' && column.type === 'timestamp' ? sql`${raw(before!)}${held}${raw(after!)}` : held;
    return sql`${raw(quoteName(dialect, column.column))} = ${instant}`;
  });
  const statement = sql`UPDATE ${raw(quoteTable(dialect, model))} SET ${join(sets, ', ')} WHERE ${keyCondition(dialect, model, key)}`;
  return toStatement(statement, dialectNamed(dialect).placeholder, []);
}
