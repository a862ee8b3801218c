import type { Page } from '@castellan/contract';
import type { SQL } from 'drizzle-orm';
import { estimateRows, samplePercent } from '../database/row-estimate.ts';
import { type Queryable, rowsOf, sql } from '../database/transaction.ts';
import { allOf, behind, type Cursors, type KeysetOrder, type OrderInParts, orderBy } from './keyset.ts';

/** What a caller asks of any list. */
export interface PageRequest {
  readonly page?: number | undefined;
  readonly pageSize?: number | undefined;
  readonly cursor?: string | undefined;
  /** Rows to pass by, instead of whole pages. */
  readonly skip?: number | undefined;
}

/** A list over one table, which its conditions and its order call `t`. */
export interface PagedList {
  /** Names the list with its order and every filter: a cursor works nowhere else. */
  readonly name: string;
  readonly table:
    | 'users'
    | 'workspaces'
    | 'groups'
    | 'roles'
    | 'service_actions'
    | 'resources'
    | 'services'
    | 'clients'
    | 'identity_providers'
    | 'approvals';
  readonly order: KeysetOrder;
  readonly conditions: readonly (SQL | undefined)[];
  /** A word-prefix condition. It stands apart, because the planner can't tell a broad one from a narrow one. */
  readonly search?: SQL | undefined;
  /** The conditions leave few rows (some thousands), found by an index: those are read, then sorted. */
  readonly few?: boolean;
  /** A query of as many rows as the list has, where one is cheaper to count. */
  readonly countedAs?: SQL | undefined;
  /** Reads keys in the order of the list, where the domain knows a better way than {@link readKeys}. */
  readonly read?: (window: Window) => Promise<Key[]>;
  /** Whether pages lead back as well; its order has no column that is simply `nullable`. */
  readonly goesBack?: boolean;
}

export const defaultPageSize = 50;
/** Up to here totals are counted; beyond, they are estimated and marked. */
const countedUpTo = 10_000;
/** A table up to this size is counted even where counting reads all of it. */
const smallTable = 20_000;
/** Rows in list order that a search tries before it goes by the search index. */
const walkedRows = 4000;
/** The same for an order in two parts, which is walked to the end before any of it is tried. */
const walkedRowsOfParts = 1000;
const sampledRows = 3000;
/** Rows with a value that are collected rather than walked to. */
const fewValued = 2000;

/** One page of keys in the order of the list; the domain reads what it shows of them in one further query. */
export type KeyPage = Omit<Page<string>, 'items'> & {
  readonly ids: readonly string[];
  readonly previousCursor?: string | undefined;
};

/** One row's place in a list: its id, and the value that it is ordered by, as text. */
export interface Key {
  readonly id: string;
  readonly position: string;
}

/** Reads the keys of one page, its total when that is asked for by its kind of page, and the cursor behind it. */
export async function readKeyPage(
  db: Queryable,
  cursors: Cursors,
  list: PagedList,
  request: PageRequest,
): Promise<KeyPage> {
  const pageSize = request.pageSize ?? defaultPageSize;
  const after = request.cursor === undefined ? undefined : cursors.open(list.name, request.cursor);
  const page = request.page ?? 1;
  const offset = after ? 0 : (request.skip ?? (page - 1) * pageSize);
  const window = { after, offset, limit: pageSize + 1 };
  const isBack = list.goesBack === true && after?.[2] === towardsBeginning;
  const keys = await (list.read
    ? list.read(window)
    : readKeys(db, isBack ? { ...list, order: reversed(list.order) } : list, window));
  // One after the other: a list may be read inside a transaction, which has one connection.
  const total = after ? undefined : await countList(db, list);
  const hasMore = keys.length > pageSize;
  const shown = isBack ? keys.slice(0, pageSize).reverse() : keys.slice(0, pageSize);
  const last = isBack || hasMore ? shown.at(-1) : undefined;
  const first = list.goesBack && (isBack ? hasMore : after || offset > 0) ? shown[0] : undefined;
  return {
    ids: shown.map((key) => key.id),
    pageSize,
    ...(after ? {} : { page }),
    ...total,
    ...(last ? { nextCursor: cursors.seal(list.name, [last.position, last.id]) } : {}),
    ...(first
      ? { previousCursor: cursors.seal(list.name, [first.position, first.id, towardsBeginning]) }
      : {}),
  };
}

/** In a cursor: the page before the position is asked for, not the one behind it. */
const towardsBeginning = 'back';

/** The order as it is walked from a position towards the beginning of the list. */
function reversed(order: KeysetOrder): KeysetOrder {
  const { parts } = order;
  return {
    ...order,
    descending: !order.descending,
    ...(parts ? { parts: { ...parts, isReversed: true } } : {}),
  };
}

/** Puts what was read of a page's keys in the order of the page. */
export function toPage<T>(page: KeyPage, rows: readonly T[], idOf: (row: T) => string): Page<T> {
  const { ids, ...rest } = page;
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  // A row that was deleted between the two queries is left out.
  return { ...rest, items: ids.flatMap((id) => byId.get(id) ?? []) };
}

/** Which rows of a list are read: those behind a position, or from an offset. */
export interface Window {
  readonly after: readonly (string | null)[] | undefined;
  readonly offset: number;
  readonly limit: number;
}

async function readKeys(db: Queryable, list: PagedList, window: Window): Promise<Key[]> {
  const { order, search } = list;
  const continued = window.after && behind(order, window.after);
  const ordered = orderBy(order);
  const slice = sql`OFFSET ${window.offset} LIMIT ${window.limit}`;
  const key = sql`${order.id} AS id, (${order.column})::text AS position`;
  const table = sql.identifier(list.table);
  /** Finds every row first and orders them then: right where they are few. */
  const collected = (condition: SQL | undefined): Promise<Key[]> => {
    const direction = order.descending ? sql`DESC` : sql`ASC`;
    return rowsOf<Key>(
      db,
      sql`WITH found AS MATERIALIZED (
            SELECT ${order.id} AS id, ${order.column} AS value FROM ${table} t
            WHERE ${allOf([...list.conditions, condition, continued])}
          ) SELECT id, value::text AS position FROM found ORDER BY value ${direction}, id ${direction} ${slice}`,
    );
  };
  if (list.few) return collected(search && unindexed(search));
  const direction = order.descending ? sql`DESC` : sql`ASC`;
  const walkedKey = sql`key_id AS id, value::text AS position`;
  const walkedOrder = sql`ORDER BY value ${direction}, key_id ${direction}`;
  const { parts } = order;
  if (!search) {
    const rows = window.offset + window.limit;
    return rowsOf<Key>(
      db,
      parts
        ? sql`SELECT ${walkedKey} FROM (${walkParts(list, parts, { ...window, rows })}) walked ${walkedOrder} ${slice}`
        : sql`SELECT ${key} FROM ${table} t WHERE ${allOf([...list.conditions, continued])} ${ordered} ${slice}`,
    );
  }
  // A broad search fills the page from the first rows in list order. By the search index it would collect
  // every match (all of 100,000, where each address holds "example") to show fifty. `OFFSET 0` keeps the planner from
  // reading the whole table to look those rows up.
  const narrowed = allOf([...list.conditions, unindexed(search)]);
  const unnarrowed = { ...list, conditions: [] };
  const walked = await rowsOf<Key>(
    db,
    parts
      ? sql`SELECT ${walkedKey} FROM (${walkParts(unnarrowed, parts, { ...window, rows: walkedRowsOfParts })}) walked
        CROSS JOIN LATERAL (SELECT FROM ${table} t WHERE ${order.id} = key_id AND ${narrowed} OFFSET 0) t ${walkedOrder} ${slice}`
      : sql`SELECT ${key} FROM (
          SELECT * FROM ${table} t WHERE ${allOf([continued])} ${ordered} LIMIT ${walkedRows}
        ) t WHERE ${narrowed} ${ordered} ${slice}`,
  );
  // Otherwise matches are rare, or all far behind: collecting them is the cheap way then.
  return walked.length === window.limit ? walked : collected(search);
}

/**
 * Id and value of the first rows behind a position, of an order in two parts; the second part is read as far as the
 * first falls short. Where few rows with a value meet the conditions, they are collected: no walk finds them soon.
 */
function walkParts(
  list: Pick<PagedList, 'table' | 'order' | 'conditions'>,
  { valued, valueless, standIn, isReversed = false }: OrderInParts,
  { after, rows }: { readonly after: Window['after']; readonly rows: number },
): SQL {
  const { order } = list;
  const table = sql.identifier(list.table);
  const direction = order.descending ? sql`DESC` : sql`ASC`;
  const conditions = list.conditions.filter((condition) => condition !== undefined);
  const [position, id] = after ?? [];
  const valuedAreOver = position === standIn;
  const { column, id: key } = valued;
  const first = (source: SQL, condition?: SQL): SQL => {
    // Towards the beginning, all that have a value come behind whoever has none.
    const over = isReversed ? undefined : sql`false`;
    const continued = valuedAreOver ? over : after && behind({ ...order, column, id: key }, after);
    return sql`SELECT ${key} AS key_id, ${column} AS value FROM ${source} WHERE ${allOf([condition, continued])}
      ORDER BY ${column} ${direction}, ${key} ${direction} LIMIT ${rows}`;
  };
  const ways =
    conditions.length === 0
      ? sql`valued AS MATERIALIZED (${first(valued.from)})`
      : sql`matching AS MATERIALIZED (
          SELECT ${order.id} AS id FROM ${table} t WHERE ${allOf(conditions)} AND NOT (${valueless}) LIMIT ${fewValued + 1}
        ), few AS MATERIALIZED (SELECT count(*) <= ${fewValued} AS so FROM matching),
        valued AS MATERIALIZED (
          (${first(sql`matching t JOIN ${valued.from} ON ${valued.on}`, sql`(SELECT so FROM few)`)})
          UNION ALL
          (${first(sql`${valued.from} JOIN ${table} t ON ${valued.on}`, allOf([sql`NOT (SELECT so FROM few)`, ...conditions]))})
        )`;
  const second = sql`SELECT ${order.id} AS key_id, ${standIn}::${sql.raw(order.type)} AS value FROM ${table} t
    WHERE ${allOf([
      ...conditions,
      valueless,
      valuedAreOver
        ? behind({ ...order, column: sql`NULL` }, [null, id!])
        : isReversed
          ? sql`false`
          : undefined,
    ])} ORDER BY ${order.id} ${direction} LIMIT ${isReversed ? sql`${rows}` : sql`${rows} - (SELECT count(*) FROM valued)`}`;
  return sql`WITH ${ways}, valueless AS MATERIALIZED (${second}) SELECT * FROM valued UNION ALL SELECT * FROM valueless`;
}

/** The same condition, in a form that no index answers. */
function unindexed(search: SQL): SQL {
  return sql`(${search}) IS TRUE`;
}

interface Total {
  readonly total: number;
  readonly totalIsEstimate?: true;
}

async function countList(db: Queryable, list: PagedList): Promise<Total> {
  const table = sql.identifier(list.table);
  const given = list.conditions.filter((condition) => condition !== undefined);
  const unfiltered = given.length === 0 && !list.search;
  const rows = list.few ? undefined : await estimateRows(db, list.table);
  const sample = async (): Promise<number> => {
    // Repeatable, so that the estimate does not flicker from one reading to the next.
    const [row] = await rowsOf<{ matching: number; sampled: number }>(
      db,
      sql`SELECT count(*) FILTER (WHERE ${allOf([...given, list.search && unindexed(list.search)])})::int AS matching,
                 count(*)::int AS sampled
          FROM ${table} t TABLESAMPLE SYSTEM (${samplePercent(sampledRows, rows!)}) REPEATABLE (1)`,
    );
    return row && row.sampled > 0 ? Math.round((row.matching / row.sampled) * rows!) : 0;
  };
  if (rows !== undefined && rows > smallTable) {
    if (unfiltered) return { total: rows, totalIsEstimate: true };
    if (list.search) {
      const matching = await sample();
      if (matching > countedUpTo / 2) return { total: matching, totalIsEstimate: true };
    }
  }
  const search = list.search && (list.few ? unindexed(list.search) : list.search);
  const limit = rows === undefined ? sql`` : sql`LIMIT ${countedUpTo + 1}`;
  const counting = list.countedAs ?? sql`SELECT 1 FROM ${table} t WHERE ${allOf([...given, search])}`;
  const [counted] = await rowsOf<{ total: number }>(
    db,
    sql`SELECT count(*)::int AS total FROM (${counting} ${limit}) counted`,
  );
  const total = counted!.total;
  if (rows === undefined || total <= countedUpTo) return { total };
  if (unfiltered) return { total: rows, totalIsEstimate: true };
  return { total: Math.max(total, await sample()), totalIsEstimate: true };
}
