import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { DatabaseStartError } from '../database-start-error.ts';
import { livingOwner, writeOwner } from './owner-file.ts';
import type { Placement } from './placement.ts';
import type { Postmaster } from './postmaster.ts';
import { isPostmaster } from './postmaster-file.ts';
import { probe } from './probe.ts';

/** Two numbers that name the lock of a whole server; it is held in the database `postgres`. */
const lock = [0x43_53_54_4c, 2] as const;
/** How long the session of a killed owner may take to be noticed. */
const patienceMs = 5_000;
const reclaimPatienceMs = 30_000;

/** The hold on a server, for as long as its session lives. */
export interface Ownership {
  /** The session that holds the lock, for administration. */
  client(): pg.Client;
  /** Called when the hold is lost and can't be had again. */
  onLost(listener: (reason: string) => void): void;
  /** Stops watching; the server's end is no surprise any more. */
  release(): void;
}

/**
 * Takes the server for this process. A session's lock can't go stale: the kernel closes the session of a killed
 * process, and the server lets go.
 *
 * @throws DatabaseStartError when a living process holds it
 */
export async function takeOwnership(
  placement: Placement,
  postmaster: Postmaster,
  password: string,
): Promise<Ownership> {
  let client = postmaster.client;
  let released = false;
  let lost: string | undefined;
  const listeners: ((reason: string) => void)[] = [];
  if (!(await lockWithin(client, placement))) {
    await client.end();
    throw inUse(placement, await livingOwner(placement));
  }
  await writeOwner(placement);
  watch();

  return {
    client: () => client,
    onLost: (listener) => (lost === undefined ? listeners.push(listener) : listener(lost)),
    release() {
      released = true;
    },
  };

  function watch(): void {
    client.once('end', () => {
      if (!released) void reclaim();
    });
  }

  /** One session can end alone: ended by hand, or when PostgreSQL restarts its backends after one of them crashed. */
  async function reclaim(): Promise<void> {
    const giveUpAt = performance.now() + reclaimPatienceMs;
    while (!released && performance.now() < giveUpAt) {
      if (!(await isPostmaster(postmaster.pid, placement.dataDirectory))) return lose('PostgreSQL has ended');
      const answer = await probe(postmaster.endpoint, password, placement.directory).catch(() => undefined);
      if (answer?.kind === 'ready') {
        client = answer.client;
        if (!(await lockWithin(client, placement).catch(() => false)))
          return lose('another process has taken the database');
        return watch();
      }
      await sleep(20);
    }
    lose('PostgreSQL does not answer');
  }

  function lose(reason: string): void {
    if (released || lost !== undefined) return;
    lost = reason;
    for (const listener of listeners) listener(reason);
  }
}

async function lockWithin(client: pg.Client, placement: Placement): Promise<boolean> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS held', [
      ...lock,
    ]);
    if (rows[0]!.held) return true;
    const owner = await livingOwner(placement);
    if (owner !== undefined || performance.now() > giveUpAt) return false;
    await sleep(10);
  }
}

function inUse({ directory }: Placement, pid: number | undefined): DatabaseStartError {
  return new DatabaseStartError(
    'directory_in_use',
    `${directory} is in use${pid === undefined ? ' by another process' : ` by process ${pid}`}. Stop that one first, or name another directory.`,
  );
}
