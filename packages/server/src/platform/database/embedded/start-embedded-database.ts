import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { DatabaseLog } from '../database-log.ts';
import { prepareBinaries } from './binaries.ts';
import { ensureCluster, superuser } from './cluster.ts';
import { addressOf, type DatabaseAddress } from './database-address.ts';
import { takeOwnership } from './ownership.ts';
import { place } from './placement.ts';
import { endPostmaster, findOrStart } from './postmaster.ts';
import { createPrivately } from './private-files.ts';
import { readSecret } from './secret.ts';

/** What an embedded database is started with. */
export interface EmbeddedDatabaseOptions {
  /** Its own directory, made if it is not there. It holds the data, the log and the secret, for its owner only. */
  readonly directory: string;
  readonly log: DatabaseLog;
  /** The database to make and to return; `castellan` when left out. */
  readonly database?: string;
  /** Further settings of `postgres`; those that keep data safe are checked elsewhere. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called when a process of PostgreSQL was started: it is waited for now, and what the caller does meanwhile delays nothing. */
  readonly onWait?: () => void;
}

/** A PostgreSQL that this process owns, and the address of one database in it. */
export interface EmbeddedDatabase extends DatabaseAddress {
  /** Whether it was running already: left behind by a process that was killed. */
  readonly adopted: boolean;
  /** The whole server, as its superuser: for maintenance and test harnesses, never for requests. */
  readonly administration: DatabaseAddress;
  /** Makes another database, if it is not there, with a role of its own that can enter no other. */
  createDatabase(name: string): Promise<DatabaseAddress>;
  /** Called once if the server ends, or is lost, without {@link stop}. */
  onExit(listener: (reason: string) => void): void;
  /** Ends the server: sessions are cut, everything committed is kept. */
  stop(): Promise<void>;
}

const stopPatienceMs = 20_000;
const leavePatienceMs = 250;

/**
 * Starts a real PostgreSQL as a child process that only this directory's owner can speak to.
 *
 * It lives on when this process is killed; the next start takes it over.
 *
 * @throws DatabaseStartError that says what to do
 * @example
 * const database = await startEmbeddedDatabase({ directory: '.castellan/database', log });
 * const pool = new pg.Pool(database.connection);
 */
export async function startEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const { log, database = 'castellan', settings = {}, onWait = () => {} } = options;
  const began = performance.now();
  const placement = await place(options.directory, log);
  const passwordOf = await readSecret(placement.secretFile);
  const password = passwordOf(superuser);
  const binaries = await prepareBinaries(placement, log);
  await ensureCluster(placement, binaries, password, onWait);
  const postmaster = await findOrStart({ placement, binaries, password, settings, log, onWait });
  const ownership = await takeOwnership(placement, postmaster, password);

  let turn: Promise<unknown> = Promise.resolve();
  const createDatabase = async (name: string): Promise<DatabaseAddress> => {
    // One at a time: they share a session.
    const mine = turn.then(() => ensureDatabase(ownership.client(), name, passwordOf(name)));
    turn = mine.catch(() => {});
    await mine;
    return addressOf({ ...postmaster.endpoint, user: name, password: passwordOf(name), database: name });
  };
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    ownership.release();
    // Bounded, should the server not answer at all.
    await Promise.race([letOthersLeave(ownership.client()).catch(() => {}), sleep(2 * leavePatienceMs)]);
    await endPostmaster(postmaster.pid, placement, postmaster.gone, stopPatienceMs);
    await rm(placement.ownerFile, { force: true });
    log.info({ directory: placement.directory }, 'PostgreSQL stopped');
  };

  const address = await createDatabase(database);
  await createPrivately(
    placement.createdFile,
    `${JSON.stringify({ major_version: binaries.majorVersion })}\n`,
  );
  log.info(
    {
      directory: placement.directory,
      home: placement.home,
      pid: postmaster.pid,
      adopted: postmaster.adopted,
      ms: Math.round(performance.now() - began),
    },
    'PostgreSQL is ready',
  );
  return {
    ...address,
    adopted: postmaster.adopted,
    administration: addressOf({ ...postmaster.endpoint, user: superuser, password, database: 'postgres' }),
    createDatabase,
    onExit: ownership.onLost,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/**
 * Waits a moment for sessions that are just closing. The end of a pool does not wait for its connections, and one
 * that is cut then, instead of closed, is an error that nobody listens for any more.
 */
async function letOthersLeave(client: pg.Client): Promise<void> {
  const giveUpAt = performance.now() + leavePatienceMs;
  while (performance.now() < giveUpAt) {
    const { rows } = await client.query(
      `SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1`,
    );
    if (rows.length === 0) return;
    await sleep(5);
  }
}

async function ensureDatabase(client: pg.Client, name: string, password: string): Promise<void> {
  const look =
    "SELECT has_database_privilege('public', datname, 'CONNECT') AS open FROM pg_database WHERE datname = $1";
  const found = (await client.query<{ open: boolean }>(look, [name])).rows[0];
  if (found && !found.open) return;
  const identifier = client.escapeIdentifier(name);
  if (!found) {
    const role = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
    if (role.rows.length === 0)
      await client.query(`CREATE ROLE ${identifier} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
    await client.query(`CREATE DATABASE ${identifier} OWNER ${identifier}`);
  }
  await client.query(`REVOKE CONNECT ON DATABASE ${identifier} FROM PUBLIC`);
}
