import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeStoppedDatabase, type StoppedDatabase } from '../../../../test/stopped-database.ts';
import { checkServer } from '../check-server.ts';
import { silentLog } from '../database-log.ts';
import {
  type EmbeddedDatabase,
  type EmbeddedDatabaseOptions,
  startEmbeddedDatabase,
} from './start-embedded-database.ts';

describe('embedded database', { timeout: 120_000 }, () => {
  let base: string;
  let directory: string;
  const running: EmbeddedDatabase[] = [];
  let stopped: StoppedDatabase;

  beforeAll(async () => {
    stopped = await makeStoppedDatabase();
  });
  afterAll(() => stopped.remove());
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'castellan-embedded-'));
    // As root, PostgreSQL runs as another account, which must be able to pass.
    if (process.geteuid?.() === 0) await chmod(base, 0o711);
    directory = join(base, 'database');
  });
  afterEach(async () => {
    for (const database of running.splice(0)) await database.stop();
    await rm(base, { recursive: true, force: true });
  });

  const start = async (options: Partial<EmbeddedDatabaseOptions> = {}): Promise<EmbeddedDatabase> => {
    const database = await startEmbeddedDatabase({ directory, log: silentLog, ...options });
    running.push(database);
    return database;
  };
  /** Starts one that was there before. */
  const startAgain = async (): Promise<EmbeddedDatabase> => {
    await stopped.copyTo(directory);
    return start();
  };
  const query = async (database: EmbeddedDatabase, text: string, url = database.url) => {
    const client = new pg.Client(url);
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };

  it('starts fresh, durable, in UTF-8, without superuser rights, and keeps its data from one start to the next', async () => {
    const first = await start();
    expect(first.adopted).toBe(false);
    await query(first, `CREATE TABLE kept AS SELECT 'žluťoučký' AS word`);
    expect(
      await query(
        first,
        `SELECT current_setting('server_encoding') AS encoding, current_setting('data_checksums') AS checksums,
                rolsuper OR rolcreatedb OR rolcreaterole AS powerful FROM pg_roles WHERE rolname = current_user`,
      ),
    ).toEqual([{ encoding: 'UTF8', checksums: 'on', powerful: false }]);
    const client = new pg.Client(first.connection);
    await client.connect();
    await checkServer(client);
    await client.end();
    await first.stop();

    const second = await start();
    expect(await query(second, 'TABLE kept')).toEqual([{ word: 'žluťoučký' }]);
  });

  it('lets only its owner read: files, data and socket', async () => {
    const database = await start();
    for (const name of ['secret', 'postgres.log', 'owner.json'])
      expect((await stat(join(directory, name))).mode & 0o777, name).toBe(0o600);
    for (const name of ['postgresql', 'socket'])
      expect((await stat(join(directory, name))).mode & 0o777, name).toBe(0o700);
    expect((await stat(directory)).mode & 0o066, 'nobody lists it').toBe(0);
    expect(database.connection.host).toBe(join(directory, 'socket'));
    const rows = await query(
      database,
      `SELECT current_setting('listen_addresses') AS addresses`,
      database.administration.url,
    );
    expect(rows).toEqual([{ addresses: '' }]);
  });

  it('asks for a password even on its own socket', async () => {
    const database = await startAgain();
    const client = new pg.Client({ ...database.connection, password: 'guess' });
    await expect(client.connect()).rejects.toThrow('password authentication failed');
  });

  it('listens on loopback only where the path is too long for a socket, and is found there again', async () => {
    directory = join(base, 'a'.repeat(90), 'database');
    const database = await start();
    expect(database.connection.host).toBe('127.0.0.1');
    expect(await query(database, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(startEmbeddedDatabase({ directory, log: silentLog })).rejects.toMatchObject({
      code: 'directory_in_use',
    });
  });

  it('gives each further database a role of its own, which can enter no other', async () => {
    const database = await start();
    const [orders] = await Promise.all([
      database.createDatabase('orders'),
      database.createDatabase('orders'),
    ]);
    expect(await query(database, 'SELECT current_user AS name', orders.url)).toEqual([{ name: 'orders' }]);
    const foreign = new pg.Client({ ...orders.connection, database: 'castellan' });
    await expect(foreign.connect()).rejects.toThrow('permission denied');
    await database.stop();
    const again = await start();
    expect((await again.createDatabase('orders')).url).toBe(orders.url);
  });

  it('is refused to a second owner, in words that name the first', async () => {
    await startAgain();
    await expect(startEmbeddedDatabase({ directory, log: silentLog })).rejects.toMatchObject({
      code: 'directory_in_use',
    });
  });

  it('starts once when two start at the same moment on nothing', async () => {
    const outcomes = await Promise.allSettled([start(), start(), start()]);
    const refusals = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    for (const { reason } of refusals) expect(reason).toMatchObject({ code: 'directory_in_use' });
  });

  it('is not stopped by a stale postmaster.pid, its number free or taken by another process', async () => {
    await stopped.copyTo(directory);
    const file = join(directory, 'postgresql', 'postmaster.pid');
    for (const pid of [4_194_000, process.pid]) {
      await writeFile(
        file,
        `${pid}\n${join(directory, 'postgresql')}\n1700000000\n5432\n\n\n  1  2\nready\n`,
      );
      const database = await start();
      expect(await query(database, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await database.stop();
    }
  });

  it('refuses data of another major version and says what to do', async () => {
    await stopped.copyTo(directory);
    await writeFile(join(directory, 'postgresql', 'PG_VERSION'), '16\n');
    await expect(start()).rejects.toMatchObject({
      code: 'other_major_version',
      message: expect.stringMatching(/PostgreSQL 16.*pg_dump/s),
    });
  });

  it('does not start with nothing where data was and is gone', async () => {
    await stopped.copyTo(directory);
    await rename(join(directory, 'postgresql'), join(base, 'moved'));
    await expect(start()).rejects.toMatchObject({ code: 'data_missing' });
  });

  it("does not take over a directory that holds somebody's files", async () => {
    await mkdir(directory);
    await writeFile(join(directory, 'letter.txt'), 'Dear');
    await expect(start()).rejects.toMatchObject({ code: 'directory_not_ours' });
    expect(existsSync(join(directory, 'socket'))).toBe(false);
  });

  it('tells when the server ends by itself, and not when it is stopped', async () => {
    const database = await startAgain();
    const reasons: string[] = [];
    database.onExit((reason) => reasons.push(reason));
    process.kill(await pidOf(directory), 'SIGKILL');
    await expect.poll(() => reasons, { timeout: 20_000 }).toEqual(['PostgreSQL has ended']);

    const next = await start();
    next.onExit((reason) => reasons.push(reason));
    await next.stop();
    expect(reasons).toHaveLength(1);
  });

  it('keeps hold of the server when one of its backends crashes and PostgreSQL restarts the others', async () => {
    const database = await startAgain();
    const reasons: string[] = [];
    database.onExit((reason) => reasons.push(reason));
    const client = new pg.Client(database.connection);
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const holders = (): Promise<readonly { pid: number }[]> =>
      query(
        database,
        `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted`,
        database.administration.url,
      );
    const before = await holders();
    expect(before).toHaveLength(1);
    process.kill(rows[0]!.pid, 'SIGKILL');
    // By another session than before: that one ends with the restart.
    await expect
      .poll(async () => (await holders().catch(() => before)).map(({ pid }) => pid !== before[0]!.pid), {
        timeout: 20_000,
      })
      .toEqual([true]);
    await expect(startEmbeddedDatabase({ directory, log: silentLog })).rejects.toMatchObject({
      code: 'directory_in_use',
    });
    expect(reasons).toEqual([]);
  });

  it('stops when asked twice', async () => {
    const database = await startAgain();
    await Promise.all([database.stop(), database.stop()]);
    expect(existsSync(join(directory, 'postgresql', 'postmaster.pid'))).toBe(false);
  });
});

async function pidOf(directory: string): Promise<number> {
  return Number.parseInt(await readFile(join(directory, 'postgresql', 'postmaster.pid'), 'utf8'), 10);
}
