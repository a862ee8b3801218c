import type { AdministeredModel } from '../models/administered.ts';
import type { OrmAdapter, WireValues } from '../orm/adapter.ts';
import { dialectNamed } from './codecs.ts';
import { columnOf, tableOf, visibleRows } from './conditions.ts';
import { and, join, raw, sql, toStatement } from './sql.ts';

/** Labels by relation field, then by the value of that field as a text. */
export type Labels = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Administered models by their shown names. */
export type Models = Pick<ReadonlyMap<string, AdministeredModel>, 'get'>;

/**
 * What the rows that some rows refer to are called: one statement for each relation, however many rows there are. A row that is
 * not there, or is softly deleted, has no label.
 */
export async function readLabels<Db>(
  query: (statement: Parameters<OrmAdapter<Db>['query']>[1]) => ReturnType<OrmAdapter<Db>['query']>,
  dialectName: OrmAdapter<Db>['dialect'],
  model: AdministeredModel,
  models: Models,
  rows: readonly WireValues[],
): Promise<Labels> {
  const labels: Record<string, Record<string, string>> = {};
  const dialect = dialectNamed(dialectName);
  for (const { field, model: name, targetField } of model.references) {
    const values = new Set(rows.map((row) => row[field]).filter((one) => one !== null && one !== undefined));
    const target = models.get(name);
    const key = target?.column(targetField);
    const label = target?.column(target.labelField);
    if (values.size === 0 || !target || !key || !label || label === key) continue;
    if (target.redacted.has(key.name) || target.redacted.has(label.name)) continue;
    const wanted = [...values].map((one) => dialect.parameter(key, dialect.toTexts(key, one)[0]));
    const isWanted = sql`${dialect.operand(key, columnOf(dialect, key))} IN (${join(wanted, ', ')})`;
    const selected = join(
      [key, label].map(
        (column, index) =>
          sql`${dialect.selectText(column, columnOf(dialect, column))} AS ${raw(`c${index}`)}`,
      ),
      ', ',
    );
    const found = await query(
      toStatement(
        sql`SELECT ${selected} FROM ${tableOf(dialect, target)} WHERE ${and([isWanted, ...visibleRows(dialect, target)])}`,
        dialect.placeholder,
        ['c0', 'c1'],
      ),
    );
    labels[field] = Object.fromEntries(
      found.flatMap((row) => {
        const text = dialect.toWire(label, row.c1);
        return text === null ? [] : [[String(dialect.toWire(key, row.c0)), String(text)]];
      }),
    );
  }
  return labels;
}
