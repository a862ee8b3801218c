import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * Removes what an earlier build left in a folder and the compiler did not write this time. The folder itself is never
 * emptied first: a server that runs from it keeps its files.
 *
 * @param emitted the output of `tsc --listEmittedFiles`.
 */
export async function removeStaleFiles(folder: string, emitted: string): Promise<void> {
  const written = new Set([...emitted.matchAll(/^TSFILE:\s*(.+?)\s*$/gm)].map((match) => resolve(match[1]!)));
  if (written.size === 0) return;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && /\.(js|d\.ts|map)$/.test(entry.name) && !written.has(path))
      await rm(path, { force: true });
  }
}
