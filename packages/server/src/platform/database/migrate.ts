import pg from 'pg';
import type { DatabaseLog } from './database-log.ts';
import { DatabaseStartError } from './database-start-error.ts';
import { type MigrationFile, ownMigrations, readMigrationFiles } from './migration-files.ts';

/** Two numbers that name the lock under which a migration is chosen, applied and recorded. */
const lock = [0x43_53_54_4c, 1] as const;
const waitIsWorthALineAfterMs = 5_000;

/** Which database, and which migrations. */
export interface MigrationSource {
  readonly database: pg.Pool | pg.ClientConfig;
  /** Castellan's own when left out. */
  readonly directory?: string;
}

/** What {@link migrate} works on, and where it tells what it did. */
export interface MigrateOptions extends MigrationSource {
  readonly log: DatabaseLog;
}

/**
 * Applies what is missing, each file in its own transaction together with its record.
 *
 * The lock is taken in each transaction, not in the session, so that a pooler which hands out a connection per
 * transaction can't leave it behind. Of two processes that migrate at once, each applies what it finds first;
 * both return when nothing is missing.
 *
 * @returns the names that this call applied
 * @throws DatabaseStartError when an applied file has changed since, or the database knows migrations that are not here
 */
export async function migrate(options: MigrateOptions): Promise<{ readonly applied: readonly string[] }> {
  const files = await readMigrationFiles(options.directory ?? ownMigrations);
  return withClient(options.database, async (client) => {
    const applied: string[] = [];
    for (;;) {
      const started = performance.now();
      const next = await inTransaction(client, () => applyNext(client, files, options.log));
      if (!next) return { applied };
      applied.push(next);
      options.log.info({ migration: next, ms: Math.round(performance.now() - started) }, 'migration applied');
    }
  });
}

/** The migrations that {@link migrate} would apply; refuses for the same reasons. It changes nothing. */
export async function pendingMigrations(source: MigrationSource): Promise<readonly string[]> {
  const files = await readMigrationFiles(source.directory ?? ownMigrations);
  return withClient(source.database, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(
      `SELECT to_regclass('castellan_migrations') IS NOT NULL AS there`,
    );
    const recorded = rows[0]!.there ? await readRecords(client) : [];
    return pending(files, recorded).map((file) => file.name);
  });
}

async function applyNext(
  client: pg.ClientBase,
  files: readonly MigrationFile[],
  log: DatabaseLog,
): Promise<string | undefined> {
  // The role or the pool may limit statements to what suits a request. No file waits for the disk: should the machine fail within the
  // next second, the last files are gone as wholes, and the next start applies them again.
  await client.query(
    'SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL synchronous_commit = off',
  );
  const patience = setTimeout(
    () => log.info({}, 'waiting for another process that migrates this database'),
    waitIsWorthALineAfterMs,
  );
  await client.query('SELECT pg_advisory_xact_lock($1, $2)', [...lock]).finally(() => clearTimeout(patience));
  await client.query(`
    CREATE TABLE IF NOT EXISTS castellan_migrations (
      name text COLLATE "C" NOT NULL,
      digest text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT castellan_migrations__pk PRIMARY KEY (name)
    )`);
  const next = pending(files, await readRecords(client))[0];
  if (!next) return undefined;
  try {
    await client.query(next.sql);
  } catch (error) {
    throw new DatabaseStartError(
      'migration_failed',
      `Migration ${next.name} failed and left nothing behind: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  await client.query('INSERT INTO castellan_migrations (name, digest) VALUES ($1, $2)', [
    next.name,
    next.digest,
  ]);
  return next.name;
}

interface MigrationRecord {
  readonly name: string;
  readonly digest: string;
}

async function readRecords(client: pg.ClientBase): Promise<readonly MigrationRecord[]> {
  const { rows } = await client.query<MigrationRecord>(
    'SELECT name, digest FROM castellan_migrations ORDER BY name',
  );
  return rows;
}

function pending(
  files: readonly MigrationFile[],
  recorded: readonly MigrationRecord[],
): readonly MigrationFile[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const unknown = recorded.filter(({ name }) => !byName.has(name)).map(({ name }) => name);
  if (unknown.length > 0)
    throw new DatabaseStartError(
      'database_ahead',
      `The database was migrated by a newer Castellan: it has ${unknown.join(', ')}, which this version does not know. ` +
        'Run that version or a later one; migrations only go forward.',
    );
  const changed = recorded.filter(({ name, digest }) => byName.get(name)!.digest !== digest);
  if (changed.length > 0)
    throw new DatabaseStartError(
      'migration_changed',
      `${changed.map(({ name }) => name).join(', ')} changed after it was applied to this database. ` +
        'Put the file back as it was and write the change as a new migration.',
    );
  const last = recorded.at(-1)?.name ?? '';
  const names = new Set(recorded.map(({ name }) => name));
  const missing = files.filter(({ name }) => !names.has(name));
  const early = missing.find(({ name }) => name < last);
  if (early)
    throw new DatabaseStartError(
      'migration_out_of_order',
      `${early.name} comes before ${last}, which is applied already. Give it the next number.`,
    );
  return missing;
}

async function withClient<T>(
  database: pg.Pool | pg.ClientConfig,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  if ('connect' in database) {
    const client = await database.connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      // What state a failed migration leaves a connection in is not worth knowing.
      client.release(true);
      throw error;
    }
  }
  const client = new pg.Client(database);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function inTransaction<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
