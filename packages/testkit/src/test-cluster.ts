import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkServer, migrate, silentLog, startEmbeddedDatabase } from '@castellan/server/database';
import pg from 'pg';

/** What a test needs to make databases in the server of its run. It travels in an environment variable. */
export interface TestCluster {
  /** Signs in as one who may make and drop databases. */
  readonly administrationUrl: string;
  /** Every migration is applied to it; nobody is connected to it. */
  readonly template: string;
  /** Owns the test databases and is no superuser: what tests connect as. */
  readonly role: string;
  readonly password: string;
  readonly strategy: 'FILE_COPY' | 'WAL_LOG';
}

/** The variable that names another server to test on, by a superuser's URL: `postgres://root@127.0.0.1/postgres`. */
export const otherServerVariable = 'CASTELLAN_TEST_DATABASE_URL';

const memoryDirectory = '/dev/shm';
const memoryNeededBytes = 2 * 1024 ** 3;
const directoryName = /^castellan-test-(\d+)-/;

/** Starts the PostgreSQL of one test run, or uses the one that {@link otherServerVariable} names. */
export async function startTestCluster(): Promise<{ cluster: TestCluster; stop: () => Promise<void> }> {
  const otherServer = process.env[otherServerVariable];
  if (otherServer) return useServer(otherServer, 'WAL_LOG');

  const bases = (await hasRoomyMemory()) ? [memoryDirectory, tmpdir()] : [tmpdir()];
  for (const base of bases) await sweep(base);
  const directory = await mkdtemp(join(bases[0]!, `castellan-test-${process.pid}-`));
  const server = await startEmbeddedDatabase({
    directory,
    log: silentLog,
    settings: { max_connections: '200' },
  });
  // Measured: in memory a copy of files takes 11 ms and the log 20; on a disk it is 45 and 26.
  const { cluster } = await useServer(
    server.administration.url,
    bases[0] === memoryDirectory ? 'FILE_COPY' : 'WAL_LOG',
  );
  return {
    cluster,
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/**
 * Makes the folder for what the tests of one run write: in memory where there is enough of it, as they make and delete
 * files by the ten thousand. The next run removes what a killed one left.
 */
export async function makeTemporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const base = (await hasRoomyMemory()) ? memoryDirectory : tmpdir();
  const path = await mkdtemp(join(base, `castellan-test-${process.pid}-`));
  // A server that root starts runs as somebody else, and passes through.
  await chmod(path, 0o711);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

async function useServer(
  administrationUrl: string,
  strategy: TestCluster['strategy'],
): Promise<{ cluster: TestCluster; stop: () => Promise<void> }> {
  const run = `castellan_test_${process.pid}_${randomBytes(3).toString('hex')}`;
  const cluster: TestCluster = {
    administrationUrl,
    strategy,
    template: `${run}_template`,
    role: run,
    password: randomBytes(18).toString('base64url'),
  };
  await asAdministrator(cluster, async (client) => {
    await client.query(`CREATE ROLE ${run} LOGIN PASSWORD '${cluster.password}'`);
    await client.query(
      `CREATE DATABASE ${cluster.template} OWNER ${run} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`,
    );
  });
  const client = new pg.Client(databaseUrl(cluster, cluster.template));
  await client.connect();
  try {
    await checkServer(client);
  } finally {
    await client.end();
  }
  await migrate({ database: { connectionString: databaseUrl(cluster, cluster.template) }, log: silentLog });
  return { cluster, stop: () => removeAll(cluster) };
}

/** The URL of a database in the cluster, as the tests' role. */
export function databaseUrl(cluster: TestCluster, database: string): string {
  const url = new URL(cluster.administrationUrl);
  url.username = cluster.role;
  url.password = cluster.password;
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs statements as the one who may make and drop databases. */
export async function asAdministrator<T>(
  cluster: TestCluster,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(cluster.administrationUrl);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function removeAll(cluster: TestCluster): Promise<void> {
  await asAdministrator(cluster, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba WHERE rolname = $1',
      [cluster.role],
    );
    for (const { name } of rows) await client.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    await client.query(`DROP ROLE ${cluster.role}`);
  });
}

async function hasRoomyMemory(): Promise<boolean> {
  const facts = await statfs(memoryDirectory).catch(() => undefined);
  return facts !== undefined && facts.bavail * facts.bsize >= memoryNeededBytes;
}

/** Removes what runs left behind that were killed, their servers included. */
async function sweep(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const pid = directoryName.exec(name)?.[1];
    if (!pid || isAlive(Number(pid))) continue;
    const directory = join(base, name);
    try {
      if (existsSync(join(directory, 'postgresql', 'postmaster.pid')))
        await (await startEmbeddedDatabase({ directory, log: silentLog })).stop();
      await rm(directory, { recursive: true, force: true });
    } catch {
      // Another user's, or another run is sweeping it: it is not ours to insist.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
