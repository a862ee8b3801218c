import type { activityExport, RouteQuery } from '@castellan/contract';
import type { SQL } from 'drizzle-orm';
import { after } from '../../platform/clock.ts';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import { allOf } from '../../platform/http/keyset.ts';

export type ActivityFilters = RouteQuery<typeof activityExport>;

/** Index entries that one request reads at the most, however rare what it looks for is. */
const walkedEntries = 10_000;
/**
 * How far the order of the log and the order of time may differ: an event carries the time its transaction began
 * and gets its place after the commit, and no transaction of the platform lasts so long.
 */
const disorderSeconds = 15 * 60;

/** The places of matching events, newest first, and where to go on. */
export interface FoundActivity {
  readonly sequences: readonly number[];
  /** Go on below this place; absent when nothing is left. */
  readonly nextBelow?: number;
}

/**
 * Finds events by any combination of filters in bounded work: it walks the index of the narrowest filter and
 * tests the others on what it meets. When the walk ends before the page is full, the page is short and says
 * where to go on.
 */
export async function findActivity(
  db: Queryable,
  filters: ActivityFilters,
  { below, limit }: { readonly below: number | undefined; readonly limit: number },
): Promise<FoundActivity> {
  const [leading, ...others] = conditionsOf(filters);
  const bounds = await boundsOf(db, filters);
  const span = allOf([
    leading,
    below === undefined ? undefined : sql`sequence < ${below}`,
    bounds.above === undefined ? undefined : sql`sequence > ${bounds.above}`,
    bounds.below === undefined ? undefined : sql`sequence < ${bounds.below}`,
  ]);
  const walk = sql`SELECT * FROM activity_events WHERE ${span} ORDER BY sequence DESC`;
  const tests = allOf([...others, ...timesOf(filters)]);
  const found = await rowsOf<{ sequence: string }>(
    db,
    sql`SELECT sequence FROM (${walk} LIMIT ${walkedEntries}) walked WHERE ${tests} ORDER BY sequence DESC LIMIT ${limit + 1}`,
  );
  const sequences = found.slice(0, limit).map((row) => Number(row.sequence));
  if (found.length > limit) return { sequences, nextBelow: sequences.at(-1)! };
  const [end] = await rowsOf<{ sequence: string }>(
    db,
    sql`SELECT sequence FROM activity_events WHERE ${span} ORDER BY sequence DESC OFFSET ${walkedEntries - 1} LIMIT 1`,
  );
  return end ? { sequences, nextBelow: Number(end.sequence) } : { sequences };
}

/** Equalities, the one that leaves fewest events first: a thing has few, a person more, a kind of event most. */
function conditionsOf({ targetId, actorId, workspaceId, action }: ActivityFilters): SQL[] {
  return [
    targetId === undefined ? undefined : sql`target_id = ${targetId}`,
    actorId === undefined ? undefined : sql`actor_id = ${actorId}`,
    workspaceId === undefined ? undefined : sql`workspace_id = ${workspaceId}`,
    action === undefined ? undefined : sql`action = ${action}`,
  ].filter((condition) => condition !== undefined);
}

function timesOf({ since, until }: ActivityFilters): (SQL | undefined)[] {
  return [
    since && sql`at >= ${since.toISOString()}::timestamptz`,
    until && sql`at < ${until.toISOString()}::timestamptz`,
  ];
}

/** Events that `activity_events__by_time` holds: every 64th. */
const isMark = sql`sequence % 64 = 0`;

/**
 * The places that a time span can lie between. An event that began well after `until` was numbered after every
 * event of the span, one that began well before `since` before every one: so any such event bounds the walk.
 */
async function boundsOf(
  db: Queryable,
  { since, until }: Pick<ActivityFilters, 'since' | 'until'>,
): Promise<{ readonly above?: number; readonly below?: number }> {
  const above =
    since &&
    (await rowsOf<{ sequence: string }>(
      db,
      sql`SELECT sequence FROM activity_events WHERE ${isMark} AND at <= ${after(since, -disorderSeconds).toISOString()}::timestamptz
          ORDER BY at DESC LIMIT 1`,
    ));
  const below =
    until &&
    (await rowsOf<{ sequence: string }>(
      db,
      sql`SELECT sequence FROM activity_events WHERE ${isMark} AND at >= ${after(until, disorderSeconds).toISOString()}::timestamptz
          ORDER BY at LIMIT 1`,
    ));
  return {
    ...(above?.[0] ? { above: Number(above[0].sequence) } : {}),
    ...(below?.[0] ? { below: Number(below[0].sequence) } : {}),
  };
}

const countedUpTo = 10_000;

/**
 * How many events match, where that is cheap to know: the log has no gaps, so its ends tell its length; one
 * filter is counted by its index up to a bound; of combinations nothing is said.
 */
export async function countActivity(
  db: Queryable,
  filters: ActivityFilters,
): Promise<{ readonly total?: number; readonly totalIsEstimate?: true }> {
  const [leading, ...others] = conditionsOf(filters);
  if (others.length > 0 || filters.since || filters.until) return {};
  if (!leading) {
    const [ends] = await rowsOf<{ total: string }>(
      db,
      sql`SELECT coalesce(max(sequence) - min(sequence) + 1, 0) AS total FROM activity_events`,
    );
    return { total: Number(ends!.total) };
  }
  const [row] = await rowsOf<{ total: number }>(
    db,
    sql`SELECT count(*)::int AS total
        FROM (SELECT 1 FROM activity_events WHERE ${leading} LIMIT ${countedUpTo + 1}) counted`,
  );
  const { total } = row!;
  return total > countedUpTo ? { total: countedUpTo, totalIsEstimate: true } : { total };
}
