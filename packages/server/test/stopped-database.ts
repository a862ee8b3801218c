import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { silentLog } from '../src/platform/database/database-log.ts';
import { startEmbeddedDatabase } from '../src/platform/database/embedded/start-embedded-database.ts';

/** The directory of an embedded database that was started once and stopped, to be copied: making one takes a second. */
export interface StoppedDatabase {
  /** Puts a copy where nothing is yet, with the owners and modes of its files. */
  copyTo(directory: string): Promise<void>;
  remove(): Promise<void>;
}

/** Makes one. */
export async function makeStoppedDatabase(): Promise<StoppedDatabase> {
  const base = await mkdtemp(join(tmpdir(), 'castellan-stopped-'));
  // As root, PostgreSQL runs as another account, which must be able to pass.
  await chmod(base, 0o711);
  const original = join(base, 'database');
  await (await startEmbeddedDatabase({ directory: original, log: silentLog })).stop();
  return {
    async copyTo(directory) {
      await promisify(execFile)('cp', ['-a', original, directory]);
    },
    remove: () => rm(base, { recursive: true, force: true }),
  };
}
