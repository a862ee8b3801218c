import type { AdministeredModel, Sort } from '../models/administered.ts';
import type { ColumnDescription } from '../models/description.ts';
import { columnOf } from './conditions.ts';
import type { Position } from './cursor.ts';
import type { Dialect } from './dialects/dialect.ts';
import { and, join, or, raw, type Sql, sql } from './sql.ts';

/** One column that a list is sorted by, in the direction in which it is walked. */
export interface SortKey {
  readonly column: ColumnDescription;
  readonly direction: 'asc' | 'desc';
}

/** The whole order of a list: what was asked for, then the key, so that no two rows stand at the same place. */
export function wholeSort(model: AdministeredModel, sort: readonly Sort[]): readonly Sort[] {
  const direction = sort.at(-1)?.direction ?? 'asc';
  const named = new Set(sort.map(({ field }) => field));
  return [
    ...sort,
    ...model.key.filter((field) => !named.has(field)).map((field): Sort => ({ field, direction })),
  ];
}

/** The columns of a sort; turned around for a walk to the previous page. */
export function sortKeys(
  model: AdministeredModel,
  sort: readonly Sort[],
  towards: Position['towards'],
): readonly SortKey[] {
  return sort.flatMap(({ field, direction }) => {
    const column = model.column(field);
    const walked = towards === 'next' ? direction : direction === 'asc' ? 'desc' : 'asc';
    return column ? [{ column, direction: walked }] : [];
  });
}

/** `ORDER BY`. @param fixed so many of the keys, from the first, are the same in all rows; the last one always stays */
export function orderBy(dialect: Dialect, keys: readonly SortKey[], fixed = 0): Sql {
  const parts = keys.slice(Math.min(fixed, keys.length - 1)).map(({ column, direction }) => {
    const operand = dialect.sortOperand(column, columnOf(dialect, column));
    return sql`${operand} ${raw(dialect.direction(direction, column.isNullable))}`;
  });
  return sql`ORDER BY ${join(parts, ', ')}`;
}

const mostBranches = 12;

/** Rows beyond a position that one range of an index holds. */
export interface Branch {
  readonly where: Sql;
  /**
   * So many columns of the sort, from its first, have one value in all of these rows. They are left out where the rows are sorted:
   * a database does not always see that, and would sort all of the rows instead of walking an index of the columns that are left.
   */
  readonly fixed: number;
}

/**
 * The rows beyond a position, as conditions of which each row fulfils one at the most. Each is a range of one index, where
 * there is one for the sort: an `OR` of them would be looked up row by row from the list's beginning.
 */
export function rowsBeyond(
  dialect: Dialect,
  keys: readonly SortKey[],
  position: Position,
): readonly Branch[] {
  const placed = keys.map((key, index) => place(dialect, key, position.values[index] ?? null));
  return compareRows(dialect, placed, position.isIncluded) ?? compareOneByOne(placed, position.isIncluded);
}

/** A column at a position: what stands beyond it, and what stands there. */
interface Placed {
  readonly direction: 'asc' | 'desc';
  readonly operand: Sql;
  /** `undefined` where the position has no value. */
  readonly parameter: Sql | undefined;
  /** Rows without a value come beyond those that have one. */
  readonly hasNullsBeyond: boolean;
  readonly isNull: Sql;
}

function place(dialect: Dialect, { column, direction }: SortKey, text: string | null): Placed {
  const reference = columnOf(dialect, column);
  return {
    direction,
    operand: dialect.sortOperand(column, reference),
    parameter: text === null ? undefined : dialect.sortParameter(column, text),
    hasNullsBeyond: (direction === 'asc') === dialect.nullsLargest && (column.isNullable || text === null),
    isNull: sql`${reference} IS NULL`,
  };
}

/** `(a, b) > (x, y)`, where the database finds that by an index and all columns go the same way. */
function compareRows(
  dialect: Dialect,
  placed: readonly Placed[],
  isIncluded: boolean,
): readonly Branch[] | undefined {
  const [first, ...rest] = placed;
  if (!first || !dialect.comparesRows) return undefined;
  const fits =
    placed.every((one) => one.parameter !== undefined && one.direction === first.direction) &&
    rest.every((one) => !one.hasNullsBeyond);
  if (!fits) return undefined;
  const left = join(
    placed.map(({ operand }) => operand),
    ', ',
  );
  const right = join(
    placed.map(({ parameter }) => parameter as Sql),
    ', ',
  );
  const sign = raw(`${first.direction === 'asc' ? '>' : '<'}${isIncluded ? '=' : ''}`);
  return [
    { where: sql`(${left}) ${sign} (${right})`, fixed: 0 },
    ...(first.hasNullsBeyond ? [{ where: first.isNull, fixed: 1 }] : []),
  ];
}

/** Beyond in the first column; the same there and beyond in the second; and so on. */
function compareOneByOne(placed: readonly Placed[], isIncluded: boolean): readonly Branch[] {
  const branches: Branch[] = [];
  const same: Sql[] = [];
  for (const { direction, operand, parameter, hasNullsBeyond, isNull } of placed) {
    const add = (beyond: Sql, fixed: number): void => {
      branches.push({ where: and([...same, beyond]), fixed });
    };
    const fixed = same.length;
    if (parameter) {
      add(sql`${operand} ${raw(direction === 'asc' ? '>' : '<')} ${parameter}`, fixed);
      if (hasNullsBeyond) add(isNull, fixed + 1);
      same.push(sql`${operand} = ${parameter}`);
    } else {
      if (!hasNullsBeyond) add(sql`${operand} IS NOT NULL`, fixed);
      same.push(isNull);
    }
  }
  if (isIncluded) branches.push({ where: and(same), fixed: placed.length });
  return branches.length > mostBranches
    ? [{ where: or(branches.map(({ where }) => where)), fixed: 0 }]
    : branches;
}
