import type { SQL } from 'drizzle-orm';
import type { Queryable } from '../database/transaction.ts';
import { Refusal } from '../refusal.ts';
import type { FilterColumn } from './filter-columns.ts';
import { type Cursors, type KeysetOrder, wordsBegin } from './keyset.ts';
import { type PagedList, readKeyPage } from './paged-list.ts';
import { ListProblem, readFilter } from './read-filter.ts';

/** A table of ours as the console browses any product's: filtered by its columns, in its orders, page by page both ways. */
export interface Browsable {
  readonly table: PagedList['table'];
  /** What a list can be filtered by, by the names that its rows have. */
  readonly columns: Readonly<Record<string, FilterColumn>>;
  /** What a list can be sorted by: `name` and `-name`. Each stands on an index, unless the table has few rows. */
  readonly orders: Readonly<Record<string, KeysetOrder>>;
  readonly defaultOrder: string;
  /** The words that a search begins. */
  readonly words: SQL;
  /** A house has tens of them: no index is needed. */
  readonly few?: boolean;
  /** Rows by their ids, in any order, with what may be seen and nothing else. */
  read(db: Queryable, ids: readonly string[]): Promise<readonly BrowsedRow[]>;
}

/** One row. */
export type BrowsedRow = Readonly<Record<string, unknown>> & { readonly id: string };

/** What a list is asked for. */
export interface BrowseRequest {
  readonly filter?: unknown;
  readonly search?: string | undefined;
  readonly sort?: { readonly field: string; readonly direction: 'asc' | 'desc' } | undefined;
  readonly cursor?: string | undefined;
  readonly skip: number;
  readonly limit: number;
}

/** How long a list may take that looks into each text, or that no index serves, in milliseconds; as at products. */
const lookingIntoMs = 2_000;
const unservedMs = 10_000;

/** A list as it will be read: what it costs is known before the database is asked. */
export interface Browsing {
  /** No longer than this; `undefined` where indexes decide. */
  readonly timeoutMs: number | undefined;
  /** What whoever reads the list should know of it. */
  readonly notes: readonly string[];
  read(db: Queryable): Promise<BrowsedPage>;
}

export interface BrowsedPage {
  readonly items: readonly BrowsedRow[];
  readonly nextCursor: string | undefined;
  readonly previousCursor: string | undefined;
  readonly total: { readonly count: number; readonly isEstimate: boolean } | undefined;
}

/**
 * Understands a list before anything is read.
 * @throws ListProblem; `Browsing.read` throws Refusal `validation_failed` for a cursor of another list
 */
export function browse(cursors: Cursors, of: Browsable, request: BrowseRequest): Browsing {
  const { filter: sent, search, sort, cursor, skip, limit } = request;
  const filter = sent === undefined || sent === null ? undefined : readFilter(of.columns, sent);
  const sorted = sort ? `${sort.direction === 'desc' ? '-' : ''}${sort.field}` : of.defaultOrder;
  const isKnown = !sort || Object.hasOwn(of.columns, sort.field);
  const order = isKnown && Object.hasOwn(of.orders, sorted) ? of.orders[sorted] : undefined;
  if (!order)
    throw new ListProblem(
      'VALIDATION_FAILED',
      'payload.sort[0].field',
      'is no field that this list is sorted by',
    );
  if (cursor !== undefined && skip > 0)
    throw new ListProblem(
      'VALIDATION_FAILED',
      'skip',
      'goes without a cursor, which says itself where the page begins',
    );
  const notes: string[] = [];
  if (filter && !of.few) {
    if (filter.looksInto) notes.push('“contains” looks into every row; it is stopped after 2 seconds.');
    else if (!filter.isServed)
      notes.push('No index serves this filter: every row is looked at, which takes long on a large table.');
  }
  return {
    timeoutMs: filter?.looksInto ? lookingIntoMs : filter && !filter.isServed ? unservedMs : undefined,
    notes,
    async read(db) {
      const page = await readKeyPage(
        db,
        cursors,
        {
          name: JSON.stringify(['browse', of.table, sorted, search, sent]),
          table: of.table,
          order,
          conditions: [filter?.condition],
          search: wordsBegin(of.words, search),
          few: of.few ?? false,
          goesBack: true,
        },
        { pageSize: limit, cursor, skip },
      );
      const rows = page.ids.length === 0 ? [] : await of.read(db, page.ids);
      const byId = new Map(rows.map((row) => [row.id, row]));
      return {
        items: page.ids.flatMap((id) => byId.get(id) ?? []),
        nextCursor: page.nextCursor,
        previousCursor: page.previousCursor,
        total:
          page.total === undefined
            ? undefined
            : { count: page.total, isEstimate: page.totalIsEstimate ?? false },
      };
    },
  };
}

/** One row by its id. @throws Refusal `not_found` */
export async function browseOne(db: Queryable, of: Browsable, id: string): Promise<BrowsedRow> {
  const [row] = await of.read(db, [id]);
  if (!row) throw new Refusal('not_found');
  return row;
}
