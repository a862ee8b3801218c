import { and, eq, sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { importJobs } from '../../platform/database/schema.ts';
import type { Database, Transaction } from '../../platform/database/transaction.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { createPeople } from './create-people.ts';
import { type LinkKeys, makeLinkKeys } from './link-keys.ts';
import type { ImportJobRow } from './repository.ts';

/** The runner in this process; replicas share the work by the lock on a job's row. */
export interface ImportRunner {
  /** Says that a job was started. */
  nudge(): void;
  /** Ends after the run of rows that is under way. */
  stop(): Promise<void>;
}

/** How often jobs are looked for that another process began and left. */
const lookAgainMs = 5000;
const longestPauseMs = 60_000;
const rowsAtOnce = 5000;

/**
 * Works off started imports, a run of rows in one transaction: people, memberships, invitations, events, outcomes and
 * the job's progress commit together. So whatever ends the process leaves whole people and a job that the next start
 * takes up behind the last run.
 */
export function startImportRunner(options: {
  readonly database: Database;
  readonly vault: Vault;
  readonly log: Logger;
  /** Rows of one transaction. */
  readonly rowsAtOnce?: number;
}): ImportRunner {
  const { database, vault, log } = options;
  const size = options.rowsAtOnce ?? rowsAtOnce;
  let stopped = false;
  let nudged = false;
  let wake: (() => void) | undefined;
  let failures = 0;

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (nudged || stopped) return resolve();
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const finish = async (job: ImportJobRow): Promise<void> => {
    let keys = makeLinkKeys(vault, size);
    for (;;) {
      const mine = await keys;
      // The next keys are made while the database works.
      keys = makeLinkKeys(vault, size);
      const more = await database.write(
        { actors: job.actors, address: null, correlationId: job.correlationId },
        (tx) => advance(tx, job.id, size, mine),
      );
      if (!more || stopped) {
        await keys;
        return;
      }
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
      if (stopped) return;
      try {
        await finish(job);
      } catch (error) {
        failed = true;
        log.error(
          { err: error, import: job.id },
          'an import stopped; it goes on from its last committed rows',
        );
      }
    }
    failures = failed ? failures + 1 : 0;
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
    async stop() {
      stopped = true;
      wake?.();
      await running;
    },
  };
}

/**
 * Creates the next run of a job.
 * @returns whether rows are left for this runner
 */
async function advance(tx: Transaction, jobId: string, size: number, keys: LinkKeys): Promise<boolean> {
  const [job] = await tx.db
    .select()
    .from(importJobs)
    .where(and(eq(importJobs.id, jobId), eq(importJobs.state, 'running')))
    .for('update', { skipLocked: true });
  if (!job) return false; // Finished, or another replica is at it.
  const first = job.nextPosition;
  const end = Math.min(first + size, job.totalRows);
  const made =
    end > first ? await createPeople(tx, { jobId, first, end }, keys) : { createdUsers: 0, addedMembers: 0 };
  const createdUsers = job.createdUsers + made.createdUsers;
  const addedMembers = job.addedMembers + made.addedMembers;
  const finished = end >= job.totalRows;
  await tx.db
    .update(importJobs)
    .set({
      processedRows: end,
      nextPosition: end,
      createdUsers,
      addedMembers,
      ...(finished ? { state: 'finished' as const, finishedAt: sql`greatest(${tx.now}, started_at)` } : {}),
    })
    .where(eq(importJobs.id, jobId));
  if (finished)
    tx.record({
      action: 'import_finished',
      target: { kind: 'import', id: jobId, label: job.fileName },
      detail: {
        total_rows: job.totalRows,
        created_users: createdUsers,
        added_members: addedMembers,
        problem_rows: job.problemRows,
      },
    });
  return !finished;
}
