import { readFile } from 'node:fs/promises';
import type { Placement } from './placement.ts';
import { writePrivately } from './private-files.ts';

interface Owner {
  readonly pid: number;
  /** When the process began, in the kernel's ticks: the same number later is another process. */
  readonly began: string;
}

/** Writes down that this process holds the database. It only explains; what decides is the lock in the database. */
export async function writeOwner({ ownerFile }: Placement): Promise<void> {
  await writePrivately(
    ownerFile,
    `${JSON.stringify({ pid: process.pid, began: await beginningOf(process.pid) })}\n`,
  );
}

/** The process that wrote itself down, if it lives. */
export async function livingOwner({ ownerFile }: Placement): Promise<number | undefined> {
  const text = await readFile(ownerFile, 'utf8').catch(() => '');
  if (text === '') return undefined;
  const { pid, began } = JSON.parse(text) as Owner;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  return (await beginningOf(pid)) === began ? pid : undefined;
}

async function beginningOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is a name in parentheses that may hold anything; the beginning is the 22nd.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
