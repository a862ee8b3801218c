import type { AdministeredModel } from '../models/administered.ts';
import type { ColumnDescription, DialectName } from '../models/description.ts';
import { fieldLabels } from '../models/labels.ts';
import type { Statement } from '../orm/adapter.ts';
import { quoteName } from '../orm/quote.ts';
import { dialectNamed } from './codecs.ts';
import { columnOf, filterToSql, hasContains, isFilterIndexed } from './conditions.ts';
import type { Position } from './cursor.ts';
import type { Dialect, PrefixSupport } from './dialects/dialect.ts';
import { type Branch, orderBy, rowsBeyond, wholeSort } from './keyset.ts';
import { type ListPlan, planList } from './list-plan.ts';
import type { ListRequest } from './list-request.ts';
import { and, join, or, raw, type Sql, sql, toStatement } from './sql.ts';

/** How the indexes of a model serve prefixes, by column; `undefined` where it was not looked up. */
export type PrefixIndexes = (column: ColumnDescription) => PrefixSupport | undefined;

/** A list as statements of one database. */
export interface CompiledList {
  /** One row more than asked for, so that it is known whether there are more; backwards on the way to a previous page. */
  readonly page: Statement;
  /** Whether anything but the model's indexes decides how long it takes: such a list is ended at the database. */
  readonly timeoutMs: number | undefined;
  /** A row of `page` as it is on the wire. */
  readonly toItem: ListPlan['toItem'];
  /** Where what a row is sorted by stands. */
  readonly sortAliases: readonly string[];
  /** Counts up to `countedAtMost` rows, and one more. */
  readonly count: () => Statement;
  /** The same without a count, for the planner to guess by. */
  readonly all: () => Statement;
  readonly isFiltered: boolean;
  /** What an operator should know of it. */
  readonly notes: readonly string[];
}

/** Rows that are counted one by one; of more, the planner's guess is told. */
export const countedAtMost = 10_000;
/** How long a search within texts may take, in milliseconds. */
export const containsTimeoutMs = 2_000;
/** How long any other list may take that an index does not give in order, in milliseconds. */
export const listTimeoutMs = 10_000;

/**
 * Compiles a list for one database.
 *
 * @param options.position where the page begins, from a cursor
 * @param options.prefixes what the database says of its indexes, beyond what the ORM knows
 */
export function compileList(
  model: AdministeredModel,
  request: ListRequest,
  dialectName: DialectName,
  options: { readonly position?: Position | undefined; readonly prefixes?: PrefixIndexes | undefined } = {},
): CompiledList {
  const dialect = dialectNamed(dialectName);
  const { position, prefixes } = options;
  const plan = planList(model, dialectName, {
    fields: request.fields,
    sort: wholeSort(model, request.sort),
    towards: position?.towards ?? 'next',
  });
  const search = searchOf(dialect, model, request.search, prefixes);
  const narrowed = request.filter ? [...plan.visible, filterToSql(dialect, request.filter)] : plan.visible;
  const beyond = position ? rowsBeyond(dialect, plan.keys, position) : [];
  const isSlowText = (request.filter !== undefined && hasContains(request.filter)) || search.isSlow;
  const isFiltered = request.filter !== undefined || request.search !== undefined;
  const whole = (): Sql => and([...narrowed, ...(search.branches.length > 0 ? [or(search.branches)] : [])]);
  return {
    page: compilePage(dialect, model, request, plan, { narrowed, searched: search.branches, beyond }),
    toItem: plan.toItem,
    sortAliases: plan.sortAliases,
    timeoutMs: isSlowText ? containsTimeoutMs : isFiltered || !plan.isSortIndexed ? listTimeoutMs : undefined,
    count: () =>
      toStatement(
        sql`SELECT count(*) AS n FROM (SELECT 1 AS one FROM ${plan.table} WHERE ${whole()} LIMIT ${raw(String(countedAtMost + 1))}) AS counted`,
        dialect.placeholder,
        ['n'],
      ),
    all: () =>
      toStatement(sql`SELECT 1 AS one FROM ${plan.table} WHERE ${whole()}`, dialect.placeholder, ['one']),
    isFiltered,
    notes: notesOf(model, request, plan.isSortIndexed, search.unserved),
  };
}

interface PageParts {
  readonly narrowed: readonly Sql[];
  readonly searched: readonly Sql[];
  readonly beyond: readonly Branch[];
}

function compilePage(
  dialect: Dialect,
  model: AdministeredModel,
  request: ListRequest,
  { keys, table, selected, aliases, order, isSortIndexed }: ListPlan,
  { narrowed, searched, beyond }: PageParts,
): Statement {
  const needed = request.limit + 1;
  const branches = branchesOf(searched, beyond);
  const [only] = branches;
  if (branches.length <= 1 && isSortIndexed) {
    const where = and(only ? [...narrowed, only.where] : narrowed);
    const text = sql`SELECT ${selected} FROM ${table} WHERE ${where} ${order} ${pageOf(needed, request.skip)}`;
    return toStatement(text, dialect.placeholder, aliases);
  }
  // Each branch gives the keys of its first rows by an index of its own, and only what is shown is read in full.
  const keyColumns = model.key.flatMap((field) => model.column(field) ?? []);
  const keyList = join(
    keyColumns.map((column, index) => sql`${columnOf(dialect, column)} AS ${raw(`k${index}`)}`),
    ', ',
  );
  const names = keyColumns.map((_, index) => `k${index}`).join(', ');
  const found = (branches.length === 0 ? [everywhere] : branches).map(
    (branch, index) =>
      sql`SELECT ${raw(names)} FROM (SELECT ${keyList} FROM ${table} WHERE ${and([...narrowed, branch.where])} ${orderBy(dialect, keys, branch.fixed)} ${pageOf(needed + request.skip, 0)}) AS ${raw(`b${index}`)}`,
  );
  const isKey = and(
    keyColumns.map(
      (column, index) =>
        sql`${columnOf(dialect, column)} = ${raw(`found.${quoteName(dialect.name, `k${index}`)}`)}`,
    ),
  );
  // A row may begin with the text in two of its fields; it is beyond a position in one way only.
  const union = join(found, searched.length > 1 ? ' UNION ' : ' UNION ALL ');
  const text = sql`SELECT ${selected} FROM (${union}) AS found JOIN ${table} ON ${isKey} ${order} ${pageOf(needed, request.skip)}`;
  return toStatement(text, dialect.placeholder, aliases);
}

/** A list from its beginning, of which nothing is searched. */
const everywhere: Branch = { where: and([]), fixed: 0 };

function branchesOf(searched: readonly Sql[], beyond: readonly Branch[]): readonly Branch[] {
  if (searched.length === 0) return beyond;
  return searched.flatMap((search) =>
    (beyond.length === 0 ? [everywhere] : beyond).map(({ where, fixed }) => ({
      where: and([search, where]),
      fixed,
    })),
  );
}

function pageOf(limit: number, skip: number): Sql {
  // Whole numbers, checked: some drivers send numbers as texts, which a LIMIT does not take.
  return raw(`LIMIT ${Math.trunc(limit)}${skip > 0 ? ` OFFSET ${Math.trunc(skip)}` : ''}`);
}

interface Search {
  /** What a row fulfils one of; none where nothing is searched for. */
  readonly branches: readonly Sql[];
  /** Some field has no index that finds a prefix: every row is looked at. */
  readonly isSlow: boolean;
  readonly unserved: readonly string[];
}

function searchOf(
  dialect: Dialect,
  model: AdministeredModel,
  search: string | undefined,
  prefixes: PrefixIndexes | undefined,
): Search {
  if (search === undefined) return { branches: [], isSlow: false, unserved: [] };
  const columns = model.searchFields.flatMap((field) => model.column(field) ?? []);
  const found = columns.map((column) => {
    const support = prefixes?.(column) ?? describedSupport(dialect, model, column);
    return {
      column,
      support,
      condition: dialect.beginsWith(columnOf(dialect, column), search, support),
    };
  });
  const unserved = found.filter(({ support }) => support === 'none').map(({ column }) => column.name);
  const conditions = found.map(({ condition }) => condition);
  // Where one field makes the database look at each row, one look is enough for all of them.
  return {
    branches: unserved.length > 0 ? [or(conditions)] : conditions,
    isSlow: unserved.length > 0,
    unserved,
  };
}

/** What the ORM's description says of how a column's index finds prefixes. */
function describedSupport(
  dialect: Dialect,
  model: AdministeredModel,
  column: ColumnDescription,
): PrefixSupport {
  const indexes = model.indexes.filter((index) => !index.isPartial && index.columns[0] === column.name);
  if (dialect.name === 'postgresql') {
    if (indexes.some((index) => index.servesPrefix)) return 'pattern_index';
    return column.isByteOrdered && model.isIndexed(column.name) ? 'byte_order' : 'none';
  }
  if (!model.isIndexed(column.name)) return 'none';
  return dialect.name === 'sqlite' ? 'byte_order' : 'like';
}

function notesOf(
  model: AdministeredModel,
  request: ListRequest,
  isSortIndexed: boolean,
  unserved: readonly string[],
): readonly string[] {
  const notes: string[] = [];
  // People read these: fields are called as the lists call them.
  const labelOf = (field: string): string | undefined => fieldLabels(model, new Map()).get(field);
  const sorted = request.sort[0]?.field;
  if (!isSortIndexed && sorted !== undefined)
    notes.push(
      `Sorted by ${labelOf(sorted)}, which no index has in order: every row is read, which takes long on a large table.`,
    );
  if (request.filter && hasContains(request.filter))
    notes.push('“contains” looks into every row; it is stopped after 2 seconds.');
  else if (request.filter && !isFilterIndexed(model, request.filter))
    notes.push('No index serves this filter: every row is looked at, which takes long on a large table.');
  if (unserved.length > 0)
    notes.push(
      `The search looks at every row, because no index finds what ${unserved.map(labelOf).join(', ')} begins with; it is stopped after 2 seconds.`,
    );
  return notes;
}
