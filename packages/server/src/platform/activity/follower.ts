import type { ActivityAction } from '@castellan/contract';
import { and, asc, eq, gt, inArray, lte, sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { activityEvents, activityFollowers } from '../database/schema.ts';
import type { Database, Transaction } from '../database/transaction.ts';
import { systemOrigin } from './event.ts';

export type LoggedEvent = typeof activityEvents.$inferSelect;

/** Something that follows the event log: it sees each event once, in order, in the transaction that moves its position. */
export interface Follower {
  readonly name: string;
  readonly actions: readonly ActivityAction[];
  /** Between two rounds, 100 unless said otherwise: what follows the log may be a moment behind it, and then does much in one transaction. */
  readonly restMs?: number;
  handle(tx: Transaction, events: readonly LoggedEvent[]): Promise<void>;
}

export interface FollowerRun {
  /** Says that there may be new events. */
  nudge(): void;
  /** Waits until it has seen every event that is numbered now. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

const batchSize = 500;
const defaultRestMs = 100;

/** Reads only: most of what is numbered concerns no follower but one, and a round that moves nothing need not be written. */
const lookQuery = {
  name: 'look for events to follow',
  text: `
SELECT log.last - f.position AS behind, EXISTS (
  SELECT FROM activity_events e WHERE e.sequence > f.position AND e.sequence <= log.last AND e.action = ANY ($2)
) AS found
FROM activity_followers f, (SELECT coalesce(max(sequence), 0) AS last FROM activity_events) log WHERE f.name = $1`,
};

/** Runs a follower until it is stopped; replicas take turns by the lock on its row. */
export function runFollower(options: {
  readonly database: Database;
  readonly follower: Follower;
  readonly log: Logger;
  /** Whether other work needs the machine: it stops between two batches then, and goes on when it is nudged. */
  readonly shouldWait?: () => boolean;
}): FollowerRun {
  const { database, follower, log, shouldWait = () => false } = options;
  let stopped = false;
  let again = false;
  let running: Promise<void> | undefined;
  let endRest: (() => void) | undefined;

  const hasWork = async (): Promise<boolean> => {
    const { rows } = await database.pool.query<{ behind: string; found: boolean }>({
      ...lookQuery,
      values: [follower.name, follower.actions],
    });
    const row = rows[0];
    // Its place is moved past what does not concern it now and then, so that a look never has far to go.
    return row === undefined || row.found || Number(row.behind) >= batchSize;
  };

  const round = (): Promise<boolean> =>
    database.write(systemOrigin, async (tx) => {
      await tx.db.insert(activityFollowers).values({ name: follower.name }).onConflictDoNothing();
      const [row] = await tx.db
        .select({ position: activityFollowers.position })
        .from(activityFollowers)
        .where(eq(activityFollowers.name, follower.name))
        .for('update', { skipLocked: true });
      if (!row) return false; // Another replica is at it.
      const [end] = await tx.db
        .select({ last: sql<string | null>`max(${activityEvents.sequence})` })
        .from(activityEvents);
      const last = Number(end?.last ?? 0);
      if (last <= row.position) return false;
      const events = await tx.db
        .select()
        .from(activityEvents)
        // Up to `last` only: an event numbered since then belongs to the next round.
        .where(
          and(
            gt(activityEvents.sequence, row.position),
            lte(activityEvents.sequence, last),
            inArray(activityEvents.action, [...follower.actions]),
          ),
        )
        .orderBy(asc(activityEvents.sequence))
        .limit(batchSize);
      if (events.length > 0) await follower.handle(tx, events);
      const full = events.length === batchSize;
      const position = full ? events.at(-1)!.sequence : last;
      await tx.db
        .update(activityFollowers)
        .set({ position })
        .where(eq(activityFollowers.name, follower.name));
      return full;
    });

  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      if (stopped) return resolve();
      const timer = setTimeout(resolve, follower.restMs ?? defaultRestMs);
      endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const catchUp = async (): Promise<void> => {
    try {
      let full = true;
      // One round at least: whoever nudged before it was stopped has events to be seen.
      do full = (await hasWork()) && (await round());
      while (full && !stopped && !shouldWait());
    } catch (error) {
      log.error(
        { err: error, follower: follower.name },
        'a follower of the event log failed; it tries again with the next event',
      );
    }
  };
  let catchingUp = Promise.resolve();

  const work = async (): Promise<void> => {
    do {
      again = false;
      catchingUp = catchingUp.then(catchUp);
      await catchingUp;
      await rest();
    } while (again && !stopped);
    running = undefined;
  };

  return {
    nudge() {
      if (stopped) return;
      if (running) again = true;
      else running = work();
    },
    caughtUp() {
      catchingUp = catchingUp.then(catchUp);
      return catchingUp;
    },
    async stop() {
      stopped = true;
      endRest?.();
      await running;
    },
  };
}
