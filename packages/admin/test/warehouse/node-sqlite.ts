import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { drizzle, type SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy';

/** An SQLite in memory, as Node itself has it. Whole numbers beyond JavaScript's come as `bigint`. */
export function openSqlite(): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  database.exec('PRAGMA foreign_keys = ON');
  return database;
}

/** Drizzle over Node's own SQLite: what `docs/guides/admin-orms.md` shows. */
export function drizzleOverNodeSqlite(database: DatabaseSync): SqliteRemoteDatabase {
  return drizzle(async (text, values, method) => {
    const statement = database.prepare(text);
    statement.setReturnArrays(true);
    const given = values as SQLInputValue[];
    if (method === 'run') {
      statement.run(...given);
      return { rows: [] };
    }
    const rows = statement.all(...given) as unknown as unknown[][];
    return { rows: method === 'get' ? rows[0]! : rows };
  });
}
