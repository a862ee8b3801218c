import type { AdministeredModel, Sort } from '../models/administered.ts';
import type { ColumnDescription, DialectName } from '../models/description.ts';
import type { RawRow, WireValues } from '../orm/adapter.ts';
import { dialectNamed } from './codecs.ts';
import { columnOf, isOrderIndexed, tableOf, visibleRows } from './conditions.ts';
import type { Position } from './cursor.ts';
import type { Dialect } from './dialects/dialect.ts';
import { orderBy, type SortKey, sortKeys } from './keyset.ts';
import { join, raw, type Sql, sql } from './sql.ts';

/** What all lists of one model have in common that show the same fields in the same order, whatever they are narrowed down to. */
export interface ListPlan {
  /** In the direction in which the list is walked. */
  readonly keys: readonly SortKey[];
  readonly table: Sql;
  /** What holds for every row that may be seen. */
  readonly visible: readonly Sql[];
  /** Whether an index gives the rows in this order. */
  readonly isSortIndexed: boolean;
  readonly selected: Sql;
  /** Names of everything selected, in order. */
  readonly aliases: readonly string[];
  /** Where what a row is sorted by stands. */
  readonly sortAliases: readonly string[];
  readonly order: Sql;
  /** A row as it is on the wire: the fields that were asked for. */
  readonly toItem: (row: RawRow) => WireValues;
}

const plans = new WeakMap<AdministeredModel, Map<string, ListPlan>>();
/** Of one model; whoever asks for more shapes than these has them made again. */
const mostPlans = 100;

/** @param sort the whole order, the key's fields among it; every name is one of the model's own */
export function planList(
  model: AdministeredModel,
  dialectName: DialectName,
  shape: {
    readonly fields: readonly string[];
    readonly sort: readonly Sort[];
    readonly towards: Position['towards'];
  },
): ListPlan {
  const ofModel = plans.get(model) ?? new Map<string, ListPlan>();
  plans.set(model, ofModel);
  const { fields, sort, towards } = shape;
  const name = JSON.stringify([dialectName, towards, fields, sort]);
  let plan = ofModel.get(name);
  if (!plan) {
    plan = makePlan(model, dialectNamed(dialectName), fields, sortKeys(model, sort, towards));
    if (ofModel.size >= mostPlans) ofModel.clear();
    ofModel.set(name, plan);
  }
  return plan;
}

function makePlan(
  model: AdministeredModel,
  dialect: Dialect,
  names: readonly string[],
  keys: readonly SortKey[],
): ListPlan {
  const fields = names.flatMap((field, index) => {
    const column = model.column(field);
    return column ? [{ column, alias: `c${index}` }] : [];
  });
  // What a row is sorted by is mostly shown as well, and then read once.
  const sorts = keys.map(({ column }, index) => {
    const text = dialect.sortText(column, columnOf(dialect, column));
    const shown = fields.find((field) => field.column === column);
    const isSame =
      shown !== undefined && isSameText(text, dialect.selectText(column, columnOf(dialect, column)));
    return { text, alias: isSame ? shown.alias : `s${index}`, isShown: isSame };
  });
  const hidden = sorts.filter(({ isShown }) => !isShown);
  const selected = join(
    [
      ...fields.map(
        ({ column, alias }) => sql`${dialect.selectText(column, columnOf(dialect, column))} AS ${raw(alias)}`,
      ),
      ...hidden.map(({ text, alias }) => sql`${text} AS ${raw(alias)}`),
    ],
    ', ',
  );
  return {
    keys,
    table: tableOf(dialect, model),
    visible: visibleRows(dialect, model),
    isSortIndexed: isIndexed(dialect, model, keys[0]),
    selected,
    aliases: [...fields, ...hidden].map(({ alias }) => alias),
    sortAliases: sorts.map(({ alias }) => alias),
    order: orderBy(dialect, keys),
    toItem: itemReader(dialect, fields),
  };
}

function itemReader(
  dialect: Dialect,
  fields: readonly { readonly column: ColumnDescription; readonly alias: string }[],
): (row: RawRow) => WireValues {
  // Copied for each row: every name is there from the first, `__proto__` too.
  const empty: Record<string, unknown> = Object.fromEntries(fields.map(({ column }) => [column.name, null]));
  return (row) => {
    const item = { ...empty };
    for (const { column, alias } of fields) item[column.name] = dialect.toWire(column, row[alias]);
    return item;
  };
}

function isIndexed(dialect: Dialect, model: AdministeredModel, key: SortKey | undefined): boolean {
  if (!key || !isOrderIndexed(model, key.column.name)) return false;
  const reference = columnOf(dialect, key.column);
  return isSameText(dialect.sortOperand(key.column, reference), reference);
}

function isSameText(one: Sql, other: Sql): boolean {
  return one.texts.join() === other.texts.join();
}
