import type { Pool } from 'pg';

/** Tells what was changed of the facts that authentication stands on, so that what was read once need not be read again. */
export interface ChangeWatch {
  /** Names this moment, to be kept with what is read after it. What is read while nothing is watched counts as changed at once. */
  moment(): number;
  /**
   * Learns of everything that was committed before this was called, by one look into a table that is nearly always empty.
   * @throws when the database does not answer; all that was read before counts as changed then
   */
  catchUp(): Promise<void>;
  /** Whether one of these is known to have changed since a moment. */
  changedSince(moment: number, subjects: readonly string[]): boolean;
}

/** Where everything has changed. */
const everything = '*';
/** More names than these are not kept apart, nor asked for: then everything is said to have changed. */
const mostKept = 10_000;
/** Changes are kept longer than this after they were made (operations/sweeper.ts): who slept longer may have missed some. */
const longestSleepSeconds = 5 * 60;

interface ChangesRow {
  /** What the query saw: which transactions were over (PostgreSQL, `pg_snapshot`). */
  readonly snapshot: string;
  /** Which server answered: another one, after a failover, may have lost what the first one told. */
  readonly server: string;
  /** The database's time, in seconds. */
  readonly at: number;
  readonly changed: readonly string[];
}

// A row is new where this query sees it and the snapshot before did not: that also finds what a transaction changed that had
// begun before others and was committed after them, which no time and no counter would. A server that recovered from a crash gives
// ids out again that this snapshot takes for over: its statistics were reset then, where its start was not.
const changes = {
  name: 'authority changes',
  text: `
SELECT pg_current_snapshot()::text AS snapshot, extract(epoch FROM now())::float8 AS at,
       (pg_postmaster_start_time(), pg_stat_get_bgwriter_stat_reset_time())::text AS server,
       ARRAY(SELECT c.subject FROM authority_changes c
             WHERE c.xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(c.xid, $1::pg_snapshot)
             ORDER BY c.xid LIMIT ${mostKept + 1}) AS changed`,
};

/** Watches one database; several looks may be under way at once. */
export function createChangeWatch(pool: Pool): ChangeWatch {
  let seen:
    | { readonly snapshot: string; readonly server: string; readonly at: number; readonly look: number }
    | undefined;
  let now = 0;
  /** All that was read before has changed. */
  let allChangedAt = 0;
  let looks = 0;
  const changedAt = new Map<string, number>();

  const forgetAll = (): void => {
    allChangedAt = ++now;
    changedAt.clear();
  };
  const learn = (changed: readonly string[]): void => {
    if (changed.includes(everything) || changedAt.size + changed.length > mostKept) {
      forgetAll();
      return;
    }
    now++;
    for (const subject of changed) changedAt.set(subject, now);
  };

  return {
    moment: () => (seen === undefined ? -1 : now),
    async catchUp() {
      const look = ++looks;
      const before = seen;
      try {
        const { rows } = await pool.query<ChangesRow>({ ...changes, values: [before?.snapshot ?? null] });
        const { snapshot, server, at, changed } = rows[0]!;
        // Whoever began to watch, or lost the thread, while this look was under way knows nothing of what it did not ask for.
        if (
          before === undefined ||
          before.server !== server ||
          Math.abs(at - before.at) > longestSleepSeconds
        )
          forgetAll();
        else if (changed.length > 0) learn(changed);
        if (seen === undefined || seen.look < look) seen = { snapshot, server, at, look };
      } catch (error) {
        seen = undefined;
        forgetAll();
        throw error;
      }
    },
    changedSince: (moment, subjects) =>
      moment < now &&
      (moment < allChangedAt || subjects.some((subject) => (changedAt.get(subject) ?? 0) > moment)),
  };
}
