import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseStartError } from '../database-start-error.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Placement } from './placement.ts';
import { syncDirectory } from './private-files.ts';
import { postgresEnvironment } from './settings.ts';

/** The role that owns the server. Nothing that answers requests is it. */
export const superuser = 'postgres';

const unfinished = /^new-(\d+)-[0-9a-f]+$/;

/**
 * Makes the data directory if there is none yet, in one step that a crash can't leave half done:
 * it is made beside its place, written out to disk, and renamed.
 *
 * @throws DatabaseStartError when the data is of another major version, or was there and is gone
 */
export async function ensureCluster(
  placement: Placement,
  binaries: Binaries,
  password: string,
  onWait: () => void,
): Promise<void> {
  const { dataDirectory, home } = placement;
  if (existsSync(dataDirectory)) return checkVersion(placement, binaries);
  if (existsSync(placement.createdFile))
    throw new DatabaseStartError(
      'data_missing',
      `The data of this database was in ${dataDirectory} and is gone. Restore it from a backup, or delete ${placement.directory} to start with nothing.`,
    );
  await removeUnfinished(home);
  const workshop = join(home, `new-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await makeWorkshop(workshop, placement.account, password);
    await runInitdb(placement, binaries, workshop, onWait);
    await rename(join(workshop, 'postgresql'), dataDirectory).catch((error: NodeJS.ErrnoException) => {
      // Another process was first; which of the two goes on is decided by the lock.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    await syncDirectory(home);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

async function checkVersion(placement: Placement, binaries: Binaries): Promise<void> {
  const text = await readFile(join(placement.dataDirectory, 'PG_VERSION'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      throw new DatabaseStartError(
        error.code === 'EACCES' ? 'directory_not_ours' : 'data_missing',
        `${placement.dataDirectory} can't be read as PostgreSQL's data (${error.message}). Start as its owner, restore it from a backup, or delete ${placement.directory} to start with nothing.`,
        { cause: error },
      );
    },
  );
  const major = Number(text.trim());
  if (major !== binaries.majorVersion)
    throw new DatabaseStartError(
      'other_major_version',
      `${placement.dataDirectory} was made by PostgreSQL ${text.trim()}; this Castellan brings ${binaries.majorVersion}, which can't read it. ` +
        `Run a PostgreSQL ${text.trim()} on it, dump it with pg_dump, and restore that into a new directory; or delete ${placement.directory} if its content does not matter.`,
    );
}

/** Given away last: root changes nothing in a directory that belongs to another. */
async function makeWorkshop(workshop: string, account: Account | undefined, password: string): Promise<void> {
  await mkdir(workshop, { mode: 0o700 });
  await writeFile(passwordFileIn(workshop), password, { mode: 0o600, flag: 'wx' });
  if (!account) return;
  await chown(passwordFileIn(workshop), account.uid, account.gid);
  await chown(workshop, account.uid, account.gid);
}

function passwordFileIn(workshop: string): string {
  return join(workshop, 'password');
}

async function runInitdb(
  { account, logFile }: Placement,
  { initdb }: Binaries,
  workshop: string,
  onWait: () => void,
): Promise<void> {
  const { code, output } = await run(initdb, [
    `--pgdata=${join(workshop, 'postgresql')}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFileIn(workshop)}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Byte order, whatever the machine's libraries; case mapping by PostgreSQL's own tables.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ]);
  if (code !== 0)
    throw new DatabaseStartError(
      'server_failed',
      `The database could not be made: ${output.trim()} (see also ${logFile})`,
    );

  function run(program: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        cwd: workshop,
        env: postgresEnvironment(),
        stdio: ['ignore', 'ignore', 'pipe'],
        ...(account && { uid: account.uid, gid: account.gid }),
      });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      child.on('error', (error) => reject(cannotRun(program, error)));
      child.on('close', (exitCode) => resolve({ code: exitCode, output: said }));
      onWait();
    });
  }
}

/** What a program that could not even be started means. */
export function cannotRun(program: string, cause: Error): DatabaseStartError {
  return new DatabaseStartError(
    'server_failed',
    `${program} could not be run (${cause.message}). Where root has no other accounts, as in some containers, set DATABASE_URL to a PostgreSQL of your own.`,
    { cause },
  );
}

/** What a process that died while it made the data left behind. */
async function removeUnfinished(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = unfinished.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) await rm(join(home, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
