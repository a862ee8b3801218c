import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';

describe('test databases', () => {
  const made: TestDatabase[] = [];
  const make = async (content: 'migrated' | 'empty' = 'migrated') => {
    const database = await createTestDatabase({ content });
    made.push(database);
    return database;
  };
  afterEach(async () => {
    for (const database of made.splice(0)) await database.drop();
  });

  it('come with every migration applied', async () => {
    const { pool } = await make();
    const { rows } = await pool.query<{ name: string }>(
      'SELECT name FROM castellan_migrations ORDER BY name',
    );
    const files = await readdir(new URL('../../server/migrations', import.meta.url));
    expect(rows.map(({ name }) => name)).toEqual(files.filter((name) => name.endsWith('.sql')).sort());
  });

  it('are empty when asked', async () => {
    const { pool } = await make('empty');
    const { rows } = await pool.query(`SELECT FROM pg_tables WHERE schemaname = 'public'`);
    expect(rows).toHaveLength(0);
  });

  it('share nothing', async () => {
    const [one, other] = await Promise.all([make(), make()]);
    await one.pool.query('CREATE TABLE left_behind (id int)');
    await expect(other.pool.query('TABLE left_behind')).rejects.toThrow('does not exist');
  });

  it('are used by a role that is no superuser: nothing may need one', async () => {
    const { pool } = await make();
    const { rows } = await pool.query(`SELECT rolsuper FROM pg_roles WHERE rolname = current_user`);
    expect(rows).toEqual([{ rolsuper: false }]);
  });

  it('are dropped though someone is still connected', async () => {
    const database = await make();
    const { pool } = await make();
    const client = await database.pool.connect();
    client.on('error', () => {});
    await client.query('SELECT 1');
    client.release();
    await database.drop();
    const { rows } = await pool.query('SELECT FROM pg_database WHERE datname = $1', [database.name]);
    expect(rows).toHaveLength(0);
  });

  it('take tens of milliseconds on an idle machine, never seconds', async () => {
    await make();
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const started = performance.now();
      await make();
      times.push(performance.now() - started);
    }
    expect(times.sort((a, b) => a - b)[2]).toBeLessThan(500);
  });
});
