import { join, resolve } from 'node:path';
import pg from 'pg';
import type { Logger } from 'pino';
import { ConfigurationError } from '../platform/config.ts';
import {
  checkServer,
  type EmbeddedDatabase,
  migrate,
  startEmbeddedDatabase,
} from '../platform/database/index.ts';

/** The database that a command works on. */
export interface OpenedDatabase {
  readonly connection: pg.ClientConfig;
  /** The process of the embedded database, where there is one. */
  readonly embedded: EmbeddedDatabase | undefined;
  close(): Promise<void>;
}

export interface DatabaseChoice {
  /** `DATABASE_URL`. */
  readonly url: string | undefined;
  /** Where an embedded database keeps its files; used when there is no URL. */
  readonly embeddedDirectory: string | undefined;
  readonly log: Logger;
  /** Called once there is only to wait: what takes long by itself is begun then. */
  readonly onWait?: () => void;
}

/** Where the embedded database lives inside the directory that a person names. */
export function databaseDirectory(directory: string): string {
  return join(resolve(directory), 'database');
}

/** Connects to the configured database, or starts the embedded one. */
export async function openDatabase({
  url,
  embeddedDirectory,
  log,
  onWait,
}: DatabaseChoice): Promise<OpenedDatabase> {
  if (url !== undefined) {
    onWait?.();
    return { connection: { connectionString: url }, embedded: undefined, close: async () => {} };
  }
  if (embeddedDirectory === undefined)
    throw new ConfigurationError([
      'DATABASE_URL is not set (or use --embedded for a PostgreSQL that Castellan runs itself)',
    ]);
  const embedded = await startEmbeddedDatabase({
    directory: embeddedDirectory,
    log,
    ...(onWait && { onWait }),
  });
  return { connection: embedded.connection, embedded, close: () => embedded.stop() };
}

/**
 * Checks the server and applies what is missing.
 * @param beforeUse what else is to be looked at
 */
export async function prepareDatabase(
  connection: pg.ClientConfig,
  log: Logger,
  beforeUse: (pool: pg.Pool) => Promise<void> = async () => {},
): Promise<void> {
  const pool = new pg.Pool({ ...connection, max: 2, application_name: 'castellan migrate' });
  try {
    await checkServer(pool);
    await migrate({ database: pool, log });
    await beforeUse(pool);
  } finally {
    await pool.end();
  }
}
