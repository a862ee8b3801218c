import type { AdministeredModel } from '../models/administered.ts';
import { type OrmAdapter, type RawRow, StatementTimedOut, type WireValues } from '../orm/adapter.ts';
import { type CompiledList, compileList, containsTimeoutMs } from './compile-list.ts';
import { countRows, type Total } from './count-rows.ts';
import { openPosition, type Position, purposeOf, sealPosition } from './cursor.ts';
import { wholeSort } from './keyset.ts';
import { type Labels, type Models, readLabels } from './labels.ts';
import { type ListRequest, readListRequest } from './list-request.ts';
import { prefixIndexesOf } from './prefix-indexes.ts';
import { timedOut } from './refusals.ts';
import type { Sealer } from './sealer.ts';

/** What `list` answers, as it is on the wire. */
export interface ListResult {
  readonly items: readonly WireValues[];
  readonly next_cursor: string | null;
  readonly previous_cursor: string | null;
  /** `null` where it was not asked for. */
  readonly total: Total | null;
  readonly labels: Labels;
  readonly notes: readonly string[];
}

/** What a list needs beside its payload. */
export interface ListOptions {
  /** Rows to pass by: for small sets; a cursor goes anywhere at the same price. */
  readonly skip: number;
  readonly limit: number;
  readonly sealer: Sealer;
  /** The models that rows refer to; without them there are no labels. */
  readonly models?: Models;
}

/**
 * Answers `list` for one model.
 *
 * @throws IntentError `UNKNOWN_FIELD`, `FIELD_REDACTED`, `UNSUPPORTED_FILTER_OP`, `INVALID_CURSOR`, `VALIDATION_FAILED`, `STATEMENT_TIMEOUT`
 */
export async function runList<Db>(
  adapter: Pick<OrmAdapter<Db>, 'dialect' | 'query'>,
  db: Db,
  model: AdministeredModel,
  payload: unknown,
  options: ListOptions,
): Promise<ListResult> {
  const { skip, limit, sealer } = options;
  const request = readListRequest(model, adapter.dialect, payload, { skip, limit });
  const sort = wholeSort(model, request.sort);
  const purpose = purposeOf(model, request, sort);
  const position =
    request.cursor === undefined ? undefined : openPosition(sealer, purpose, request.cursor, sort.length);
  const prefixes = request.search === undefined ? undefined : await prefixIndexesOf(adapter, db, model);
  const list = compileList(model, request, adapter.dialect, { position, prefixes });
  const page = turnPage(await readPage(adapter, db, list), request, position, list);
  const items = page.rows.map(list.toItem);
  const seal = (at: Position | undefined): string | null =>
    at === undefined ? null : sealPosition(sealer, purpose, at);
  const query = (statement: Parameters<typeof adapter.query>[1]) => adapter.query(db, statement);
  return {
    items,
    next_cursor: seal(page.next),
    previous_cursor: seal(page.previous),
    total: request.count ? await totalOf(adapter, db, model, list, request, page) : null,
    labels: options.models ? await readLabels<Db>(query, adapter.dialect, model, options.models, items) : {},
    notes: list.notes,
  };
}

async function readPage<Db>(
  adapter: Pick<OrmAdapter<Db>, 'query'>,
  db: Db,
  { page, timeoutMs }: CompiledList,
): Promise<readonly RawRow[]> {
  try {
    return await adapter.query(db, page, timeoutMs === undefined ? {} : { timeoutMs });
  } catch (error) {
    if (!(error instanceof StatementTimedOut)) throw error;
    const seconds = (timeoutMs ?? 0) / 1000;
    throw timedOut(
      timeoutMs === containsTimeoutMs
        ? `Looking into every row took longer than ${seconds} seconds. Add a filter on an indexed field, or search for how a text begins.`
        : `The list took longer than ${seconds} seconds. Sort by an indexed field, or filter by one.`,
    );
  }
}

interface Page {
  readonly rows: readonly RawRow[];
  readonly next: Position | undefined;
  readonly previous: Position | undefined;
}

/** Puts the rows in the list's order, and says where its neighbours begin. */
function turnPage(
  found: readonly RawRow[],
  { limit, skip }: ListRequest,
  position: Position | undefined,
  { sortAliases }: CompiledList,
): Page {
  const isBackwards = position?.towards === 'previous';
  const hasMore = found.length > limit;
  const rows = isBackwards ? found.slice(0, limit).reverse() : found.slice(0, limit);
  const at = (row: RawRow | undefined, towards: Position['towards']): Position | undefined => {
    if (row) {
      const values = sortAliases.map((alias) => textOf(row[alias]));
      return { towards, isIncluded: false, values };
    }
    // Everything beyond the place is gone: the way back begins with the place itself.
    return position && position.towards !== towards
      ? { towards, isIncluded: !position.isIncluded, values: position.values }
      : undefined;
  };
  const isAway = position !== undefined || skip > 0;
  const hasNext = isBackwards || hasMore;
  const hasPrevious = isBackwards ? hasMore : isAway;
  return {
    rows,
    next: hasNext ? at(rows.at(-1), 'next') : undefined,
    previous: hasPrevious ? at(rows[0], 'previous') : undefined,
  };
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** A list that ends on its first page is counted already. */
async function totalOf<Db>(
  adapter: Pick<OrmAdapter<Db>, 'dialect' | 'query'>,
  db: Db,
  model: AdministeredModel,
  list: CompiledList,
  { cursor, skip, limit }: ListRequest,
  { rows, next }: Page,
): Promise<Total> {
  const isWhole = cursor === undefined && next === undefined && rows.length <= limit;
  if (isWhole && (skip === 0 || rows.length > 0)) return { count: skip + rows.length, is_estimate: false };
  return countRows(adapter, db, model, list);
}
