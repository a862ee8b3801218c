import { createHash } from 'node:crypto';
import type { AdministeredModel } from '../models/administered.ts';
import type { ColumnDescription, DialectName } from '../models/description.ts';
import type { OrmAdapter, OrmTransaction, RawRow, Statement, WireValues } from '../orm/adapter.ts';
import { dialectNamed } from './codecs.ts';
import { columnOf, tableOf, visibleRows } from './conditions.ts';
import { and, join, raw, sql, toStatement } from './sql.ts';

/** One row, as an operator may see it. */
export interface FoundRow {
  /** Every field that is not redacted, by name, in the wire's form. */
  readonly row: WireValues;
  /** What {@link versionOf} gives for it. */
  readonly version: string;
}

/** A row as the database wrote it: a text, or `null`, for each field that is not redacted. */
export type RowTexts = ReadonlyMap<string, string | null>;

/** Most rows that are read by their keys in one statement. */
export const readAtOnce = 500;

/**
 * Reads one row by its key; a row that is softly deleted is not there.
 *
 * @param key values by field, as `parseKey` gives them
 * @param options.lock holds the row until the transaction is over, where the database can
 */
export async function readRow<Db>(
  adapter: Pick<OrmAdapter<Db>, 'dialect' | 'query'>,
  from: Db | OrmTransaction,
  model: AdministeredModel,
  key: WireValues,
  options: { readonly lock?: boolean } = {},
): Promise<FoundRow | undefined> {
  const [row] = await readRows(adapter, from, model, [key], options);
  return row;
}

/**
 * Reads up to {@link readAtOnce} rows by their keys, in one statement and in no order; those that are not there are left out.
 * @throws RangeError when there are more keys
 */
export async function readRows<Db>(
  adapter: Pick<OrmAdapter<Db>, 'dialect' | 'query'>,
  from: Db | OrmTransaction,
  model: AdministeredModel,
  keys: readonly WireValues[],
  options: { readonly lock?: boolean } = {},
): Promise<readonly FoundRow[]> {
  if (keys.length > readAtOnce) throw new RangeError(`At most ${readAtOnce} rows are read at once`);
  if (keys.length === 0) return [];
  const columns = model.columns.filter(({ name }) => !model.redacted.has(name));
  const statement = compileRead(adapter.dialect, model, columns, keys, options.lock === true);
  const found = isTransaction(from) ? await from.query(statement) : await adapter.query(from, statement);
  return found.map((one) => {
    const texts = textsOf(columns, one);
    return { row: toWire(model, adapter.dialect, texts), version: versionOf(model, texts) };
  });
}

/** A row's values in the wire's form. @param texts by field, as the database wrote them */
export function toWire(model: AdministeredModel, dialect: DialectName, texts: RowTexts): WireValues {
  const read = dialectNamed(dialect);
  return Object.fromEntries(
    [...texts].flatMap(([field, text]) => {
      const column = model.column(field);
      return column && !model.redacted.has(field) ? [[field, read.toWire(column, text)]] : [];
    }),
  );
}

/**
 * What a row is, in short: a digest of every value that an operator can change. Two rows with the same version are the same to
 * whoever edits them; it says nothing of what is redacted.
 */
export function versionOf(model: AdministeredModel, texts: RowTexts): string {
  const editable = model.columns.filter(
    ({ name }) => !model.redacted.has(name) && (!model.readOnly.has(name) || model.key.includes(name)),
  );
  const values = editable.map(({ name }) => [name, texts.get(name) ?? null]);
  return createHash('sha256').update(JSON.stringify(values)).digest('base64url');
}

function compileRead(
  dialectName: DialectName,
  model: AdministeredModel,
  columns: readonly ColumnDescription[],
  keys: readonly WireValues[],
  lock: boolean,
): Statement {
  const dialect = dialectNamed(dialectName);
  const keyColumns = model.key.flatMap((field) => model.column(field) ?? []);
  const parameterOf = (column: ColumnDescription, key: WireValues) =>
    dialect.parameter(column, dialect.toTexts(column, key[column.name])[0]);
  const [only] = keyColumns;
  const isOne =
    keyColumns.length === 1 && only
      ? sql`${dialect.operand(only, columnOf(dialect, only))} IN (${join(
          keys.map((key) => parameterOf(only, key)),
          ', ',
        )})`
      : sql`(${join(
          keys.map((key) =>
            and(
              keyColumns.map(
                (column) =>
                  sql`${dialect.operand(column, columnOf(dialect, column))} = ${parameterOf(column, key)}`,
              ),
            ),
          ),
          ' OR ',
        )})`;
  const selected = join(
    columns.map(
      (column, index) => sql`${dialect.selectText(column, columnOf(dialect, column))} AS ${raw(`c${index}`)}`,
    ),
    ', ',
  );
  const where = and([isOne, ...visibleRows(dialect, model)]);
  return toStatement(
    sql`SELECT ${selected} FROM ${tableOf(dialect, model)} WHERE ${where}${raw(lock ? dialect.lock : '')}`,
    dialect.placeholder,
    columns.map((_, index) => `c${index}`),
  );
}

function textsOf(columns: readonly ColumnDescription[], row: RawRow): RowTexts {
  return new Map(
    columns.map(({ name }, index) => {
      const text = row[`c${index}`];
      return [name, text === null || text === undefined ? null : String(text)];
    }),
  );
}

/** Handles of ORMs may have a `query` of their own; only a transaction of ours has its `db` beside it. */
function isTransaction(from: unknown): from is OrmTransaction {
  return (
    typeof from === 'object' &&
    from !== null &&
    'db' in from &&
    'insert' in from &&
    'query' in from &&
    typeof from.query === 'function' &&
    typeof from.insert === 'function'
  );
}
