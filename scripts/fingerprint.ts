import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot, type Workspace } from './workspaces.ts';

/** The file in `dist` that says of which sources it was built. */
export const stampName = '.build-hash';

const ignoredFolders = new Set(['dist', 'node_modules', 'coverage', 'test']);
const sharedInputs = ['package-lock.json', 'tsconfig.base.json', 'tsconfig.build.json'];

/**
 * A content hash for each workspace: its files but its tests, the lockfile and compiler settings, and the hashes of
 * the workspaces that it depends on, so that a change in one makes all that stand on it stale.
 *
 * @param workspaces in dependency order.
 */
export function fingerprints(workspaces: readonly Workspace[]): ReadonlyMap<string, string> {
  const base = createHash('sha256').update(process.versions.node.split('.')[0]!);
  for (const file of sharedInputs) base.update(readFileSync(join(repositoryRoot, file)));
  const prints = new Map<string, string>();
  for (const workspace of workspaces) {
    const hash = base.copy();
    for (const file of filesBelow(workspace.path, ''))
      hash.update(file).update(readFileSync(join(workspace.path, file)));
    for (const name of workspace.dependsOn) hash.update(prints.get(name)!);
    prints.set(workspace.name, hash.digest('hex'));
  }
  return prints;
}

/** Whether `dist` was built of exactly these sources. */
export async function isFresh(workspace: Workspace, print: string): Promise<boolean> {
  try {
    return (await readFile(join(workspace.path, 'dist', stampName), 'utf8')) === print;
  } catch {
    return false;
  }
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory()) return ignoredFolders.has(entry.name) ? [] : filesBelow(root, path);
      return entry.isFile() && !/\.test\.tsx?$/.test(entry.name) ? [path] : [];
    });
}
