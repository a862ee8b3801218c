import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { readdir, readFile, readlink, realpath, rename, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { DatabaseLog } from '../database-log.ts';
import { DatabaseStartError } from '../database-start-error.ts';
import type { Binaries } from './binaries.ts';
import { cannotRun } from './cluster.ts';
import { livingOwner } from './owner-file.ts';
import type { Placement } from './placement.ts';
import {
  isPostmaster,
  type PostmasterFile,
  readPostmasterFile,
  removeStaleFiles,
} from './postmaster-file.ts';
import { openPrivately } from './private-files.ts';
import { probe } from './probe.ts';
import {
  type Endpoint,
  freeLoopbackEndpoint,
  postgresArguments,
  postgresEnvironment,
  socketEndpoint,
} from './settings.ts';

/** A PostgreSQL that runs, ours or found, and one session in it. */
export interface Postmaster {
  readonly pid: number;
  readonly endpoint: Endpoint;
  readonly adopted: boolean;
  readonly client: pg.Client;
  /** Waits until the process has ended. */
  gone(): Promise<void>;
}

interface Plan {
  readonly placement: Placement;
  readonly binaries: Binaries;
  readonly password: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: DatabaseLog;
  /** Called when the process was started. */
  readonly onWait: () => void;
}

const pollMs = 4;
/** A long recovery is not asked more often: each answer is a line in the log. */
const slowestPollMs = 100;
const silencePatienceMs = 6_000;
const restartPatienceMs = 10_000;
const largestLogBytes = 5 * 1024 * 1024;

/** Finds the PostgreSQL that a killed process left behind, or starts one. */
export async function findOrStart(plan: Plan): Promise<Postmaster> {
  const giveUpAt = performance.now() + restartPatienceMs;
  for (;;) {
    const found = await findRunning(plan);
    if (found) return found;
    const stale = await removeStaleFiles(plan.placement);
    if (stale) plan.log.info({ pid: stale }, 'the lock files of a PostgreSQL that is gone were removed');
    const started = await start(plan);
    if ('client' in started) return started;
    // Another process may have been faster, or what a killed one left may still be going.
    if (!started.mayPass || performance.now() > giveUpAt) throw failure(plan.placement, started.said);
    await sleep(50);
  }
}

/** Speaks to whatever serves this directory, until it is ready or gone. */
async function findRunning(plan: Plan): Promise<Postmaster | undefined> {
  const { placement } = plan;
  let silentSince: number | undefined;
  let saidSo = false;
  for (;;) {
    const file = await readPostmasterFile(placement.dataDirectory);
    const alive = file !== undefined && (await isPostmaster(file.pid, placement.dataDirectory));
    const endpoint = socketEndpoint(placement) ?? (alive && file.port > 0 ? loopback(file) : undefined);
    if (!endpoint && !alive) return undefined;
    const answer = endpoint
      ? await probe(endpoint, plan.password, placement.directory)
      : { kind: 'busy' as const };
    if (answer.kind === 'ready') {
      if (alive) return adopt(plan, file.pid, endpoint!, answer.client);
      await answer.client.end();
      if (file && !(await isNewer(file, placement))) throw servedElsewhere(placement);
    }
    if (!alive && answer.kind === 'absent') return undefined;
    if (answer.kind === 'silent') {
      silentSince ??= performance.now();
      await refuseLivingOwner(placement);
      if (performance.now() - silentSince > silencePatienceMs) {
        await endSilent(plan, file);
        silentSince = undefined;
      }
    } else silentSince = undefined;
    if (!saidSo && answer.kind !== 'absent')
      plan.log.info({ pid: file?.pid }, 'waiting for PostgreSQL, which is busy');
    saidSo = true;
    await sleep(pollMs * 5);
  }
}

function adopt({ placement, log }: Plan, pid: number, endpoint: Endpoint, client: pg.Client): Postmaster {
  log.info({ pid }, 'found the running PostgreSQL of this directory');
  return { pid, endpoint, adopted: true, client, gone: () => goneByPolling(pid, placement) };
}

/** Whether another PostgreSQL has written its file since this one was read. */
async function isNewer(file: PostmasterFile, { dataDirectory }: Placement): Promise<boolean> {
  return (await readPostmasterFile(dataDirectory))?.pid !== file.pid;
}

async function refuseLivingOwner(placement: Placement): Promise<void> {
  const owner = await livingOwner(placement);
  if (owner !== undefined)
    throw new DatabaseStartError(
      'directory_in_use',
      `${placement.directory} is in use by process ${owner}, and its PostgreSQL does not answer. End that process first.`,
    );
}

/** A socket reaches across containers that share a volume; process numbers do not. */
function servedElsewhere({ directory }: Placement): DatabaseStartError {
  return new DatabaseStartError(
    'directory_in_use',
    `${directory} is in use by a PostgreSQL that can't be seen from here, such as one in another container. Stop that one first.`,
  );
}

/** Ends a PostgreSQL that does not answer and that nobody holds. */
async function endSilent({ placement, log }: Plan, file: PostmasterFile | undefined): Promise<void> {
  // Nobody's process is ended whose number is not known.
  if (!file) throw servedElsewhere(placement);
  log.warn({ pid: file.pid }, 'the PostgreSQL that a killed process left does not answer: ending it');
  await endPostmaster(file.pid, placement, () => goneByPolling(file.pid, placement), 1_000);
}

/** Fast shutdown; at once if that takes too long; by force if even that does. */
export async function endPostmaster(
  pid: number,
  placement: Placement,
  gone: () => Promise<void>,
  patienceMs: number,
): Promise<void> {
  const children = await childrenOf(pid);
  const isGone = gone().then(() => true);
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!(await isPostmaster(pid, placement.dataDirectory))) break;
    tell(pid, signal);
    const patience = new AbortController();
    const waited = sleep(patienceMs, false, { signal: patience.signal }).catch(() => false);
    const ended = await Promise.race([isGone, waited]);
    patience.abort();
    if (ended) return;
  }
  // A helper that is itself stopped would keep the memory that the next start needs.
  for (const child of children) if (await isHelperOf(child, placement)) tell(child, 'SIGKILL');
}

async function start(plan: Plan): Promise<Postmaster | { readonly mayPass: boolean; readonly said: string }> {
  const { placement, binaries } = plan;
  const endpoint = socketEndpoint(placement) ?? (await freeLoopbackEndpoint());
  await turnLog(placement.logFile);
  const log = await openPrivately(placement.logFile, constants.O_WRONLY | constants.O_APPEND);
  const { size: saidBefore } = await log.stat();
  let child: ChildProcess;
  try {
    child = spawn(binaries.postgres, postgresArguments(placement, endpoint, plan.settings), {
      cwd: placement.home,
      env: postgresEnvironment(),
      stdio: ['ignore', log.fd, log.fd],
      // A group of its own: Ctrl-C in a terminal goes to us, who end our work before we end the database.
      detached: true,
      ...(placement.account && { uid: placement.account.uid, gid: placement.account.gid }),
    });
  } finally {
    await log.close();
  }
  plan.onWait();
  let failed: Error | undefined;
  let ended = false;
  const exit = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      failed = error;
      resolve();
    });
  }).then(() => {
    ended = true;
  });
  // It does not hold up the end of this process, except while that waits for it.
  child.unref();
  const gone = (): Promise<void> => {
    child.ref();
    return exit;
  };
  for (let pauseMs = pollMs; ; pauseMs = Math.min(pauseMs * 1.1, slowestPollMs)) {
    const answer = await probe(endpoint, plan.password, placement.directory);
    if (failed) throw cannotRun(binaries.postgres, failed);
    if (answer.kind === 'ready' && !ended)
      return { pid: child.pid!, endpoint, adopted: false, client: answer.client, gone };
    if (answer.kind === 'ready') await answer.client.end();
    if (ended) {
      const said = (await readFile(placement.logFile)).subarray(saidBefore).toString();
      return { said, mayPass: /lock file .* already exists|still in use|Address already in use/i.test(said) };
    }
    await sleep(pauseMs);
  }
}

function loopback(file: PostmasterFile): Endpoint {
  return { host: '127.0.0.1', port: file.port };
}

async function goneByPolling(pid: number, { dataDirectory }: Placement): Promise<void> {
  let intervalMs = pollMs;
  while (await isPostmaster(pid, dataDirectory)) {
    await sleep(intervalMs);
    intervalMs = 20;
  }
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  if (process.platform !== 'linux') return [];
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}

async function isHelperOf(pid: number, { dataDirectory }: Placement): Promise<boolean> {
  return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === (await realpath(dataDirectory));
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function turnLog(path: string): Promise<void> {
  const size = await stat(path).then(
    (file) => file.size,
    () => 0,
  );
  if (size > largestLogBytes) await rename(path, `${path}.1`);
}

function failure({ logFile }: Placement, said: string): DatabaseStartError {
  const fatal = said
    .split('\n')
    .filter((line) => /FATAL|PANIC|HINT|DETAIL/.test(line))
    .join('\n');
  return new DatabaseStartError(
    'server_failed',
    `PostgreSQL did not start. ${fatal || said.trim()}\nIts log is ${logFile}`,
  );
}
