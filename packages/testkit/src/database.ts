import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { asAdministrator, databaseUrl, type TestCluster } from './test-cluster.ts';

export { otherServerVariable, startTestCluster, type TestCluster } from './test-cluster.ts';

/** A database of one test's own, with every migration applied. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  readonly connection: pg.PoolConfig;
  /** Connects when first used. */
  readonly pool: pg.Pool;
  /** Ends every session and lets nobody in, as if the server were gone. */
  cut(): Promise<void>;
  /** Undoes {@link TestDatabase.cut}. */
  mend(): Promise<void>;
  /** Ends the pool, cuts every other session, and removes the database. */
  drop(): Promise<void>;
}

/** What a test may ask for. */
export interface TestDatabaseOptions {
  /** `empty` leaves the migrations out. */
  readonly content?: 'migrated' | 'empty';
  /** The server of this run when left out. */
  readonly cluster?: TestCluster;
}

/** How the global set-up tells the tests where the run's server is. */
export const clusterVariable = 'CASTELLAN_TEST_CLUSTER';

/**
 * Makes a database by copying the run's template, in some tens of milliseconds.
 *
 * @example
 * const database = await createTestDatabase();
 * await database.pool.query('SELECT count(*) FROM users');
 * await database.drop();
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { content = 'migrated', cluster = clusterOfThisRun() } = options;
  const name = `test_${process.pid}_${randomBytes(5).toString('hex')}`;
  const template = content === 'migrated' ? cluster.template : 'template0';
  await asAdministrator(cluster, (client) =>
    client.query(
      `CREATE DATABASE ${name} OWNER ${cluster.role} TEMPLATE ${template} STRATEGY ${cluster.strategy} ENCODING 'UTF8' LOCALE 'C'`,
    ),
  );
  const url = databaseUrl(cluster, name);
  const connection = { connectionString: url };
  const pool = new pg.Pool(connection);
  // Idle connections are cut by `drop`, or by a test that means to; neither is the end of the process.
  pool.on('error', () => {});
  // `end` does not wait until its connections have closed, and listens to them no more.
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    name,
    url,
    connection,
    pool,
    cut: () =>
      asAdministrator(cluster, async (client) => {
        await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
        await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
          name,
        ]);
      }),
    mend: () =>
      asAdministrator(cluster, async (client) => {
        await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      }),
    async drop() {
      if (!pool.ended) await pool.end();
      await asAdministrator(cluster, async (client) => {
        await client.query(untilEverybodyLeft(name));
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      });
    },
  };
}

/** Ended connections close on their own, soon: one that is cut meanwhile ends a process that listens to it no more. */
const untilEverybodyLeft = (database: string): string => `
  DO $$ BEGIN
    FOR attempt IN 1..100 LOOP
      EXIT WHEN NOT EXISTS (
        SELECT FROM pg_stat_get_activity(NULL) JOIN pg_database ON pg_database.oid = datid WHERE datname = '${database}');
      PERFORM pg_sleep(0.005);
    END LOOP;
  END $$`;

function clusterOfThisRun(): TestCluster {
  const text = process.env[clusterVariable];
  if (!text)
    throw new Error(
      'No PostgreSQL was started for this run: let Vitest use vitest-global-setup.ts, or pass a cluster of startTestCluster().',
    );
  return JSON.parse(text) as TestCluster;
}
