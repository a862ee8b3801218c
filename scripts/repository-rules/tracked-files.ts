import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../workspaces.ts';

const generatedFolders = new Set(['node_modules', 'dist', '.git', '.castellan', 'coverage']);

/** Paths of the files that belong to the repository, new ones included, relative to its top folder. */
export function listFiles(): readonly string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: repositoryRoot,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const present = new Set(filesBelow(''));
    return listed.split('\0').filter((file) => present.has(file));
  } catch {
    // An archive without git, or a checkout that belongs to another account.
    return filesBelow('');
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(repositoryRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    if (entry.isDirectory()) return generatedFolders.has(entry.name) ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/** The text of one file of the repository. */
export const readText = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8');

/** Whether a file is one that people write as text. */
export const isText = (path: string): boolean => !/\.(woff2?|png|ico|jpg|webp)$/.test(path);
