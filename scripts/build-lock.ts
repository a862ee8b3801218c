import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { repositoryRoot } from './workspaces.ts';

const folder = join(repositoryRoot, 'node_modules', '.cache');
const lockFile = join(folder, 'castellan-build.lock');

/**
 * Waits until no other build of this work tree runs (`npm start` and `npm test` both build), and holds the place.
 *
 * @returns a function that gives the place up.
 */
export async function holdBuildLock(say: (line: string) => void): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  for (let told = false; ; told = true) {
    try {
      const file = await open(lockFile, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(lockFile, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number(await readFile(lockFile, 'utf8').catch(() => ''));
    if (holder > 0 && !isRunning(holder)) await rm(lockFile, { force: true });
    else {
      if (!told) say(`  waiting for another build (process ${holder || 'starting'})`);
      await delay(200);
    }
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
