import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { DatabaseStartError } from './database-start-error.ts';

/** Castellan's own migrations. */
export const ownMigrations = join(packageRoot, 'migrations');

/** One `NNNN-name.sql` file. */
export interface MigrationFile {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text, in hexadecimal. */
  readonly digest: string;
}

/** Reads the migrations of a directory, in their order. */
export async function readMigrationFiles(directory: string): Promise<readonly MigrationFile[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  for (const [index, name] of names.entries()) {
    if (!/^\d{4}-[a-z0-9]+(-[a-z0-9]+)*\.sql$/.test(name))
      throw new DatabaseStartError(
        'migration_misnamed',
        `${name} in ${directory} is not a migration: name it NNNN-name.sql.`,
      );
    if (names[index - 1]?.slice(0, 4) === name.slice(0, 4))
      throw new DatabaseStartError(
        'migration_misnamed',
        `${names[index - 1]} and ${name} have the same number: give the newer one the next number.`,
      );
  }
  return Promise.all(
    names.map(async (name) => {
      // A checkout on Windows may end its lines otherwise; that is not another migration.
      const sql = (await readFile(join(directory, name), 'utf8')).replaceAll('\r\n', '\n');
      return { name, sql, digest: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}
