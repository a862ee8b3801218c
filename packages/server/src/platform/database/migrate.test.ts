import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@castellan/testkit/database';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkServer } from './check-server.ts';
import { silentLog } from './database-log.ts';
import { startEmbeddedDatabase } from './embedded/start-embedded-database.ts';
import { migrate, pendingMigrations } from './migrate.ts';

describe('migrate', () => {
  let database: TestDatabase;
  let directory: string;

  beforeEach(async () => {
    database = await createTestDatabase({ content: 'empty' });
    directory = await mkdtemp(join(tmpdir(), 'castellan-migrations-'));
    await write('0001-people.sql', 'CREATE TABLE people (id int); CREATE TABLE places (id int);');
    await write('0002-more.sql', 'ALTER TABLE people ADD name text;');
  });
  afterEach(async () => {
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  });

  const write = (name: string, sql: string) => writeFile(join(directory, name), sql);
  const run = () => migrate({ database: database.pool, directory, log: silentLog });
  const ask = () => pendingMigrations({ database: database.pool, directory });
  const tables = async () => {
    const { rows } = await database.pool.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };

  it('applies what is missing, in order, once, and records it', async () => {
    expect(await ask()).toEqual(['0001-people.sql', '0002-more.sql']);
    expect(await tables(), 'asking changes nothing').toEqual([]);
    expect(await run()).toEqual({ applied: ['0001-people.sql', '0002-more.sql'] });
    expect(await run()).toEqual({ applied: [] });
    expect(await tables()).toEqual(['castellan_migrations', 'people', 'places']);

    await write('0003-last.sql', 'DROP TABLE places;');
    expect(await ask()).toEqual(['0003-last.sql']);
    expect(await run()).toEqual({ applied: ['0003-last.sql'] });
  });

  it('applies each file once when several replicas start at the same moment', async () => {
    for (let number = 3; number <= 9; number++)
      await write(`000${number}-step.sql`, `CREATE TABLE step_${number} (id int); SELECT pg_sleep(0.01);`);
    const replicas = await Promise.all(
      [1, 2, 3, 4].map(() => migrate({ database: database.connection, directory, log: silentLog })),
    );
    const applied = replicas.flatMap((replica) => replica.applied);
    expect(applied.sort()).toEqual([
      '0001-people.sql',
      '0002-more.sql',
      ...[3, 4, 5, 6, 7, 8, 9].map((n) => `000${n}-step.sql`),
    ]);
    expect(await ask()).toEqual([]);
  });

  it('leaves nothing of a file that fails, and goes on from there once it is mended', async () => {
    await write('0003-broken.sql', 'CREATE TABLE half (id int); SELECT 1 / 0;');
    await expect(run()).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringMatching(/0003-broken\.sql.*division by zero/),
    });
    expect(await tables()).toEqual(['castellan_migrations', 'people', 'places']);
    await write('0003-broken.sql', 'CREATE TABLE whole (id int);');
    expect(await run()).toEqual({ applied: ['0003-broken.sql'] });
  });

  it('refuses a file that changed after it was applied', async () => {
    await run();
    await write('0001-people.sql', 'CREATE TABLE people (id bigint); CREATE TABLE places (id int);');
    for (const attempt of [run, ask])
      await expect(attempt()).rejects.toMatchObject({
        code: 'migration_changed',
        message: expect.stringContaining('0001-people.sql'),
      });
  });

  it('takes a file with the line ends of Windows for the same file', async () => {
    await write('0003-lines.sql', 'CREATE TABLE lines\n(id int);\n');
    await run();
    await write('0003-lines.sql', 'CREATE TABLE lines\r\n(id int);\r\n');
    expect(await run()).toEqual({ applied: [] });
  });

  it('refuses a database that a newer version migrated', async () => {
    await write('0003-future.sql', 'CREATE TABLE future (id int);');
    await run();
    await rm(join(directory, '0003-future.sql'));
    for (const attempt of [run, ask])
      await expect(attempt()).rejects.toMatchObject({
        code: 'database_ahead',
        message: expect.stringContaining('0003-future.sql'),
      });
  });

  it('refuses a file that comes before one that is applied', async () => {
    await rm(join(directory, '0001-people.sql'));
    await write('0002-more.sql', 'CREATE TABLE more (id int);');
    await run();
    await write('0001-late.sql', 'CREATE TABLE late (id int);');
    await expect(run()).rejects.toMatchObject({ code: 'migration_out_of_order' });
  });

  it.each(['3-short.sql', '0003_underscore.sql', '0002-twice.sql'])(
    'refuses the file name %s',
    async (name) => {
      await write(name, 'SELECT 1;');
      await expect(run()).rejects.toMatchObject({ code: 'migration_misnamed' });
    },
  );

  it('is not cut short by the limits that suit a request', async () => {
    await write('0003-slow.sql', 'SELECT pg_sleep(0.3);');
    const hurried = new pg.Pool({ ...database.connection, statement_timeout: 100 });
    expect((await migrate({ database: hurried, directory, log: silentLog })).applied).toContain(
      '0003-slow.sql',
    );
    await hurried.end();
  });

  it("applies Castellan's own migrations to an empty database", async () => {
    const { applied } = await migrate({ database: database.pool, log: silentLog });
    expect(applied.length).toBeGreaterThan(0);
    expect(await pendingMigrations({ database: database.pool })).toEqual([]);
  });
});

describe('checkServer', () => {
  it('refuses a session whose commits are not durable', async () => {
    const database = await createTestDatabase({ content: 'empty' });
    const client = new pg.Client(database.connection);
    await client.connect();
    await checkServer(client);
    await client.query('SET synchronous_commit = off');
    await expect(checkServer(client)).rejects.toMatchObject({
      code: 'server_not_durable',
      message: expect.stringContaining('synchronous_commit = off'),
    });
    await client.end();
    await database.drop();
  });

  it('refuses a server that runs without fsync', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'castellan-careless-'));
    const server = await startEmbeddedDatabase({
      directory,
      log: silentLog,
      settings: { fsync: 'off', full_page_writes: 'off' },
    });
    const pool = new pg.Pool(server.connection);
    await expect(checkServer(pool)).rejects.toMatchObject({
      code: 'server_not_durable',
      message: expect.stringContaining('fsync = off and full_page_writes = off'),
    });
    await pool.end();
    await server.stop();
    await rm(directory, { recursive: true });
  });
});
