import { join, resolve } from 'node:path';
import pg from 'pg';
import type { Logger } from 'pino';
import { systemClock } from '../platform/clock.ts';
import { ConfigurationError } from '../platform/config.ts';
import {
  attachEmbeddedDatabase,
  checkServer,
  type EmbeddedDatabase,
  migrate,
  startEmbeddedDatabase,
} from '../platform/database/index.ts';
import { createDatabase, type Database } from '../platform/database/transaction.ts';

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
}

/** Where the embedded database lives inside the directory that a person names. */
export function databaseDirectory(directory: string): string {
  return join(resolve(directory), 'database');
}

/** Connects to the configured database, or starts the embedded one. */
export async function openDatabase({ url, embeddedDirectory, log }: DatabaseChoice): Promise<OpenedDatabase> {
  if (url !== undefined)
    return { connection: { connectionString: url }, embedded: undefined, close: async () => {} };
  if (embeddedDirectory === undefined)
    throw new ConfigurationError([
      'DATABASE_URL is not set (or use --embedded for a PostgreSQL that Castellan runs itself)',
    ]);
  const embedded = await startEmbeddedDatabase({ directory: embeddedDirectory, log });
  return { connection: embedded.connection, embedded, close: () => embedded.stop() };
}

/** Checks the server and applies what is missing. */
export async function prepareDatabase(connection: pg.ClientConfig, log: Logger): Promise<void> {
  const pool = new pg.Pool({ ...connection, max: 2, application_name: 'castellan migrate' });
  try {
    await checkServer(pool);
    await migrate({ database: pool, log });
  } finally {
    await pool.end();
  }
}

/** The database for a command: a running embedded one is worked on beside its owner. */
async function openForCommand(choice: DatabaseChoice): Promise<OpenedDatabase> {
  if (choice.url === undefined && choice.embeddedDirectory !== undefined) {
    const running = await attachEmbeddedDatabase({ directory: choice.embeddedDirectory, log: choice.log });
    if (running) return { connection: running.connection, embedded: undefined, close: async () => {} };
  }
  return openDatabase(choice);
}

/** Runs one administrative task on the database of the settings, then lets go of it. */
export async function withDatabase<T>(
  choice: DatabaseChoice,
  task: (database: Database, connection: pg.ClientConfig) => Promise<T>,
): Promise<T> {
  const opened = await openForCommand(choice);
  const pool = new pg.Pool({ ...opened.connection, max: 2, application_name: 'castellan command' });
  try {
    await prepareDatabase(opened.connection, choice.log);
    return await task(createDatabase(pool, systemClock), opened.connection);
  } finally {
    await pool.end();
    await opened.close();
  }
}
