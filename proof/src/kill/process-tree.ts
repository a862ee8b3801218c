import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return []; // It ended meanwhile.
  }
}

/** A process and everything that descends from it, parents first. */
export function treeOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(treeOf)];
}

function isAlive(pid: number): boolean {
  try {
    // A zombie holds nothing any more.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** Processes that work in a directory: PostgreSQL's own are all in its data directory. */
function workingIn(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(directory);
      } catch {
        return false;
      }
    });
}

const patienceMs = 5000;

/**
 * Kills a tree with SIGKILL, all of it in one go: nothing of it gets to say goodbye to anything else of it.
 *
 * @param directory whatever still works in here afterwards has escaped, which fails the proof
 * @returns how many processes were killed
 */
export async function killTree(root: number, directory: string): Promise<number> {
  const pids = treeOf(root);
  for (const pid of pids)
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const left = [...new Set([...pids.filter(isAlive), ...workingIn(directory).filter(isAlive)])];
    if (left.length === 0) return pids.length;
    // Forked in the moment of the kill by one that was not dead yet.
    for (const pid of left)
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    if (performance.now() > giveUpAt) throw new Error(`Processes ${left.join(', ')} outlived the kill`);
    await sleep(2);
  }
}
