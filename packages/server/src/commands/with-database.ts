import pg from 'pg';
import { systemClock } from '../platform/clock.ts';
import { attachEmbeddedDatabase } from '../platform/database/index.ts';
import { createDatabase, type Database } from '../platform/database/transaction.ts';
import { type DatabaseChoice, type OpenedDatabase, openDatabase, prepareDatabase } from './open-database.ts';

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
