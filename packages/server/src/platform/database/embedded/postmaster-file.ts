import { execFile } from 'node:child_process';
import { link, readFile, readlink, realpath, rename, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Placement } from './placement.ts';
import { socketLockFile } from './settings.ts';

/** What a running PostgreSQL says about itself in `postmaster.pid`. */
export interface PostmasterFile {
  readonly pid: number;
  /** The TCP port, or the number in the socket's name. */
  readonly port: number;
  readonly text: string;
}

const postmasterFile = 'postmaster.pid';

/** Reads `postmaster.pid`; nothing when there is none, or it is not written yet. */
export async function readPostmasterFile(dataDirectory: string): Promise<PostmasterFile | undefined> {
  return readFileOf(join(dataDirectory, postmasterFile));
}

async function readFileOf(path: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [pid, , , port] = text.split('\n');
  // A standalone backend writes its pid as a negative number.
  return Number(pid) ? { pid: Math.abs(Number(pid)), port: Number(port), text } : undefined;
}

/**
 * Whether a process is the PostgreSQL of this directory: not one that has died and waits to be collected,
 * and not one that was given the number of a PostgreSQL long gone.
 */
export async function isPostmaster(pid: number, dataDirectory: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  if (process.platform === 'win32') return true;
  const command = await commandOf(pid);
  // `postgres: …` is how its helpers call themselves.
  if (!command || basename(command.program) !== 'postgres') return false;
  if (command.line.includes(dataDirectory)) return true;
  // The directory may have been moved since it was started; its working directory moved with it.
  const place = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return place !== undefined && place === (await realpath(dataDirectory).catch(() => dataDirectory));
}

async function commandOf(pid: number): Promise<{ program: string; line: string } | undefined> {
  if (process.platform === 'linux') {
    // Empty for a process that has ended and is not collected yet.
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return text === '' ? undefined : { program: text.split('\0')[0]!, line: text };
  }
  const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  return stdout.trim() === '' ? undefined : { program: stdout.trim().split(' -')[0]!, line: stdout };
}

/**
 * Takes away the lock files, of the directory and of its socket, that name no PostgreSQL of this directory.
 * PostgreSQL does so itself when the number is free, but not when another process has it now, nor when the dead one
 * was never collected, as happens in containers.
 *
 * @returns the number that was removed
 */
export async function removeStaleFiles({
  dataDirectory,
  socketDirectory,
}: Placement): Promise<number | undefined> {
  let removed: number | undefined;
  const files = [join(dataDirectory, postmasterFile), join(socketDirectory, socketLockFile)];
  for (const path of files) {
    const stale = await readFileOf(path);
    if (!stale || (await isPostmaster(stale.pid, dataDirectory))) continue;
    await removeUnlessChanged(path, stale.text);
    removed = stale.pid;
  }
  return removed;
}

async function removeUnlessChanged(path: string, text: string): Promise<void> {
  const aside = `${path}.stale-${process.pid}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Should a PostgreSQL have started in between, what was moved is its lock: it goes back.
  if ((await readFile(aside, 'utf8')) !== text) await link(aside, path).catch(() => {});
  await unlink(aside);
}
