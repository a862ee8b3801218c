import type { ClientBase, Pool } from 'pg';
import { DatabaseStartError } from './database-start-error.ts';

/** The oldest PostgreSQL that Castellan runs on. */
export const minimumMajorVersion = 15;

interface ServerFacts {
  readonly version: number;
  readonly name: string;
  readonly fsync: string;
  readonly commit: string;
  readonly pages: string;
  readonly encoding: string;
  readonly standby: boolean;
}

/**
 * Refuses a server that is too old, or that could lose a write it has acknowledged.
 *
 * @throws DatabaseStartError that says what to change
 */
export async function checkServer(database: Pool | ClientBase): Promise<void> {
  const { rows } = await database.query<ServerFacts>(`
    SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS name,
           current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
           current_setting('full_page_writes') AS pages, current_setting('server_encoding') AS encoding,
           pg_is_in_recovery() AS standby`);
  const facts = rows[0]!;
  if (facts.version < minimumMajorVersion * 10_000)
    throw new DatabaseStartError(
      'server_too_old',
      `This is PostgreSQL ${facts.name}; Castellan needs ${minimumMajorVersion} or later. Upgrade the server, or point DATABASE_URL at a newer one.`,
    );
  const off = [
    facts.fsync === 'off' ? 'fsync' : undefined,
    facts.commit === 'off' ? 'synchronous_commit' : undefined,
    facts.pages === 'off' ? 'full_page_writes' : undefined,
  ].filter((name) => name !== undefined);
  if (off.length > 0)
    throw new DatabaseStartError(
      'server_not_durable',
      `The server runs with ${off.map((name) => `${name} = off`).join(' and ')}: a crash would lose what was acknowledged, ` +
        'such as the end of a session. Turn it on in postgresql.conf (and for this role and database), then start again.',
    );
  if (facts.encoding !== 'UTF8')
    throw new DatabaseStartError(
      'server_not_usable',
      `The database is encoded in ${facts.encoding}. Make one with: CREATE DATABASE castellan ENCODING 'UTF8' TEMPLATE template0`,
    );
  if (facts.standby)
    throw new DatabaseStartError(
      'server_not_usable',
      'The server is a read-only standby. DATABASE_URL must name the primary: authority is always read there.',
    );
}
