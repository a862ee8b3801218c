import { type Visibility, visibilities } from '@castellan/contract';
import type { SQL } from 'drizzle-orm';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import { allOf } from '../../platform/http/keyset.ts';
import type { Key, Window } from '../../platform/http/paged-list.ts';

/** What confines a list of resources. */
export interface ResourceFilter {
  readonly workspaceId?: string | undefined;
  /** Types that the service and the type asked for come to; `undefined` where neither was. */
  readonly typeIds?: readonly string[] | undefined;
  readonly ownerId?: string | undefined;
  readonly visibility?: Visibility | undefined;
  /** The beginning of the service's own id. */
  readonly keyPrefix?: string | undefined;
}

/** Rows in list order that a search tries before it collects what the index of keys finds. */
const walkedRows = 1000;
const firstId = '00000000-0000-0000-0000-000000000000';
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The conditions on a resource `t`, without the search. */
export function conditionsOf({ workspaceId, typeIds, ownerId, visibility }: ResourceFilter): SQL[] {
  return [
    ...(workspaceId === undefined ? [] : [sql`t.workspace_id = ${workspaceId}`]),
    ...(typeIds === undefined ? [] : [isOneOf(typeIds)]),
    ...(ownerId === undefined ? [] : [sql`t.owner_id = ${ownerId}`]),
    ...(visibility === undefined ? [] : [sql`t.visibility = ${visibility}`]),
  ];
}

/** The condition that a key begins so: a range of an index that orders by bytes, in each type. */
export function keyBegins({ keyPrefix = '', typeIds }: ResourceFilter): SQL {
  const begins = sql`t.key LIKE ${`${keyPrefix.replace(/[\\%_]/g, '\\$&')}%`}`;
  return typeIds ? begins : sql`(t.type_id = ANY (ARRAY(SELECT id FROM resource_types)) AND ${begins})`;
}

/**
 * Keys of resources, the newest first: ids are in the order of time. However many resources there are, a page is read
 * from the end of one index, or from the ends of a few whose newest are put together.
 */
export async function readResourceKeys(
  db: Queryable,
  filter: ResourceFilter,
  { after, offset, limit }: Window,
): Promise<Key[]> {
  const behind = after?.[1] ?? undefined;
  const page = (from: SQL): Promise<Key[]> =>
    rowsOf<Key>(
      db,
      sql`SELECT id, id::text AS position FROM (${from}) t ORDER BY id DESC OFFSET ${offset} LIMIT ${limit}`,
    );
  const begins = filter.keyPrefix === undefined ? undefined : keyBegins(filter);
  if (begins === undefined) return page(newest(filter, behind, offset + limit));
  const walked = await page(sql`SELECT id FROM (${newest(filter, behind, walkedRows)}) t WHERE ${begins}`);
  // Otherwise few match, or all far behind.
  return walked.length === limit ? walked : page(collect(filter, behind, begins));
}

/** Every row that meets the filter. `OFFSET 0` keeps the planner from walking all rows in order to find them. */
function collect(filter: ResourceFilter, behind: string | undefined, begins: SQL): SQL {
  const rest = behind && sql`t.id < ${behind}::uuid`;
  return sql`SELECT t.id FROM resources t WHERE ${allOf([...conditionsOf(filter), begins, rest || undefined])} OFFSET 0`;
}

/** Id, key and type of the newest rows that meet the filter. */
function newest(filter: ResourceFilter, behind: string | undefined, rows: number): SQL {
  const { workspaceId, typeIds, ownerId, visibility } = filter;
  const visible = leading('visibility', 'text', visibility ? [visibility] : visibilities);
  const ofTypes = typeIds ? leading('type_id', 'uuid', typeIds) : ofAllTypes;
  const inWorkspace = workspaceId === undefined ? undefined : leading('workspace_id', 'uuid', [workspaceId]);
  const isSeen = visibility === undefined ? [] : [sql`t.visibility = ${visibility}`];
  if (ownerId !== undefined) {
    const owned = leading('owner_id', 'uuid', [ownerId]);
    // Said for the planner: the index leaves out what nobody owns.
    const byOwner = [sql`t.owner_id IS NOT NULL`, ...isSeen];
    return inWorkspace
      ? walk([owned, inWorkspace, ofTypes], byOwner, behind, rows)
      : walk([visible, owned], conditionsOf({ typeIds }), behind, rows);
  }
  if (inWorkspace)
    return typeIds
      ? walk([inWorkspace, ofTypes], isSeen, behind, rows)
      : walk([visible, inWorkspace], [], behind, rows);
  if (typeIds || visibility) return walk([visible, ofTypes], [], behind, rows);
  return sql`SELECT t.id, t.key, t.type_id FROM resources t
    WHERE ${behind === undefined ? sql`true` : sql`t.id < ${behind}::uuid`} ORDER BY t.id DESC LIMIT ${rows}`;
}

/** A column that an index begins with, and the values that are looked up in it. */
interface Leading {
  readonly column: SQL;
  /** In a `FROM`: rows with one column, `value`, under the name of the column. */
  readonly values: SQL;
}

const ofAllTypes: Leading = {
  column: sql.raw('type_id'),
  values: sql`(SELECT id FROM resource_types) type_id (value)`,
};

function leading(column: string, type: 'uuid' | 'text', values: readonly string[]): Leading {
  return {
    column: sql.raw(column),
    values: sql`unnest(${array(values)}::${sql.raw(type)}[]) ${sql.raw(column)} (value)`,
  };
}

/**
 * The newest rows of each combination of leading values, put together. The bounds are compared row by row and the order
 * names every column, so that the index that has just these columns is the one way to that order: left to choose, the
 * planner walks all rows by id where it takes a value for a frequent one, to find that it occurs far behind.
 */
function walk(
  leadings: readonly Leading[],
  rest: readonly SQL[],
  behind: string | undefined,
  rows: number,
): SQL {
  const columns = leadings.map(({ column }) => sql`t.${column}`);
  const values = leadings.map(({ column }) => sql`${column}.value`);
  const row = (cells: readonly SQL[]): SQL => sql`(${sql.join([...cells], sql`, `)})`;
  const place = row([...columns, sql`t.id`]);
  const bounds = [
    sql`${place} >= ${row([...values, sql`${firstId}::uuid`])}`,
    behind === undefined
      ? sql`${place} <= ${row([...values, sql`${lastId}::uuid`])}`
      : sql`${place} < ${row([...values, sql`${behind}::uuid`])}`,
  ];
  const order = sql.join(
    [...columns, sql`t.id`].map((column) => sql`${column} DESC`),
    sql`, `,
  );
  const from = sql.join(
    leadings.map((each) => each.values),
    sql` CROSS JOIN `,
  );
  return sql`SELECT t.id, t.key, t.type_id FROM ${from} CROSS JOIN LATERAL (
      SELECT t.id, t.key, t.type_id FROM resources t WHERE ${allOf([...bounds, ...rest])} ORDER BY ${order} LIMIT ${rows}
    ) t ORDER BY t.id DESC LIMIT ${rows}`;
}

function isOneOf(typeIds: readonly string[]): SQL {
  return sql`t.type_id = ANY (${array(typeIds)}::uuid[])`;
}

/** One parameter that holds a list, in PostgreSQL's notation; the values need no quotes. */
function array(values: readonly string[]): SQL {
  return sql`${`{${values.join(',')}}`}`;
}
