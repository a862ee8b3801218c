import { and, eq, sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { importJobs } from '../../platform/database/schema.ts';
import { type Database, rowsOf, type Transaction } from '../../platform/database/transaction.ts';
import {
  type CreatedPeople,
  createMemberships,
  createUsers,
  type RowRange,
  tidySearch,
} from './create-people.ts';
import { makeIds } from './make-ids.ts';
import type { ImportJobRow } from './repository.ts';

/** The runner in this process; replicas share the work by the lock on a job's row. */
export interface ImportRunner {
  /** Says that a job was started. */
  nudge(): void;
  /** Whether rows are being created at this moment. */
  isBusy(): boolean;
  /** Ends after the run of rows that is under way. */
  stop(): Promise<void>;
}

/** How often jobs are looked for that another process began and left. */
const lookAgainMs = 5000;
const longestPauseMs = 60_000;
const rowsAtOnce = 5000;
/** Sets these advisory locks apart from others. */
const runLock = 728_401_002;

/**
 * Works off started imports, a run of rows in one transaction: people, memberships, events, outcomes and
 * the job's progress commit together. So whatever ends the process leaves whole people and a job that the next start
 * takes up behind the last run.
 */
export function startImportRunner(options: {
  readonly database: Database;
  readonly log: Logger;
  /** Called when there is nothing left to create, for work that waited for the machine. */
  readonly onIdle?: () => void;
  /** Rows of one transaction. */
  readonly rowsAtOnce?: number;
}): ImportRunner {
  const { database, log } = options;
  const size = options.rowsAtOnce ?? rowsAtOnce;
  let stopped = false;
  let nudged = false;
  let wake: (() => void) | undefined;
  let failures = 0;
  let busy = false;

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (nudged || stopped) return resolve();
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** Works until the job is finished, someone else has it, or this process stops. */
  const workOff = async (job: ImportJobRow): Promise<void> => {
    let previous: Promise<void> = Promise.resolve();
    try {
      for (let first = job.nextPosition; first < job.totalRows && !stopped; first += size) {
        const range = { jobId: job.id, first, end: Math.min(first + size, job.totalRows) };
        const run = startRun(database, job, range, makeIds(range.end - first), previous);
        // From here on the next run may make its accounts, while this one makes all that belongs to them.
        await run.accountsMade;
        await previous;
        previous = run.committed;
      }
      await previous;
    } finally {
      await previous.catch(() => {});
    }
  };

  const round = async (): Promise<void> => {
    const jobs = await database.db
      .select()
      .from(importJobs)
      .where(eq(importJobs.state, 'running'))
      .orderBy(importJobs.startedAt);
    let failed = false;
    for (const job of jobs) {
      if (stopped) break;
      busy = true;
      try {
        await workOff(job);
      } catch (error) {
        if (error instanceof TakenElsewhere) continue;
        failed = true;
        log.error(
          { err: error, import: job.id },
          'an import stopped; it goes on from its last committed rows',
        );
      }
    }
    failures = failed ? failures + 1 : 0;
    if (busy) {
      await tidySearch(database).catch((error: unknown) =>
        log.info({ err: error }, 'the search index is tidied by autovacuum'),
      );
      busy = false;
      options.onIdle?.();
    }
  };

  const run = async (): Promise<void> => {
    while (!stopped) {
      nudged = false;
      try {
        await round();
      } catch (error) {
        failures++;
        log.warn({ err: error }, 'imports could not be looked for');
      }
      await sleep(failures === 0 ? lookAgainMs : Math.min(500 * 2 ** failures, longestPauseMs));
      wake = undefined;
    }
  };

  const running = run();
  return {
    nudge() {
      nudged = true;
      wake?.();
    },
    isBusy: () => busy,
    async stop() {
      stopped = true;
      wake?.();
      await running;
    },
  };
}

/** Another replica is at the same rows. */
class TakenElsewhere extends Error {}

interface Run {
  readonly accountsMade: Promise<void>;
  readonly committed: Promise<void>;
}

/**
 * Starts one transaction. Two overlap, so that two cores are used; they commit in the order of the file, since the
 * job's position only ever moves from the end of one run to the end of the next. The accounts of a run are begun after
 * those of the one before it, so neither can wait for the other in a circle.
 */
function startRun(
  database: Database,
  job: ImportJobRow,
  range: RowRange,
  userIds: Buffer,
  previous: Promise<void>,
): Run {
  const made = Promise.withResolvers<void>();
  const origin = { actors: job.actors, address: null, correlationId: job.correlationId };
  const committed = database.write(origin, async (tx) => {
    await claimRun(tx, range);
    await createUsers(tx, range, userIds);
    made.resolve();
    const counts = await createMemberships(tx, range, userIds);
    await previous;
    await advance(tx, job, range, counts);
  });
  committed.catch(made.reject);
  return { accountsMade: made.promise, committed };
}

async function claimRun(tx: Transaction, { jobId, first }: RowRange): Promise<void> {
  const [claim] = await rowsOf<{ claimed: boolean }>(
    tx.db,
    sql`SELECT pg_try_advisory_xact_lock(hashtextextended(${`${jobId} ${first}`}, ${runLock})) AS claimed`,
  );
  if (!claim!.claimed) throw new TakenElsewhere();
}

/** Moves the job behind a run, exactly once: who comes second finds another position and takes all of its run back. */
async function advance(
  tx: Transaction,
  { id, totalRows, problemRows, fileName }: ImportJobRow,
  { first, end }: RowRange,
  made: CreatedPeople,
): Promise<void> {
  const finished = end >= totalRows;
  const [job] = await tx.db
    .update(importJobs)
    .set({
      processedRows: end,
      nextPosition: end,
      createdUsers: sql`${importJobs.createdUsers} + ${made.createdUsers}`,
      addedMembers: sql`${importJobs.addedMembers} + ${made.addedMembers}`,
      ...(finished ? { state: 'finished' as const, finishedAt: tx.now } : {}),
    })
    .where(and(eq(importJobs.id, id), eq(importJobs.state, 'running'), eq(importJobs.nextPosition, first)))
    .returning();
  if (!job) throw new TakenElsewhere();
  if (finished)
    tx.record({
      action: 'import_finished',
      target: { kind: 'import', id, label: fileName },
      detail: {
        total_rows: totalRows,
        created_users: job.createdUsers,
        added_members: job.addedMembers,
        problem_rows: problemRows,
      },
    });
}
