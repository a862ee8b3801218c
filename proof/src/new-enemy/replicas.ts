import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { migrate, silentLog, startEmbeddedDatabase } from '@castellan/server/database';
import pg from 'pg';

/** Several servers on one database, and a service that may ask them. */
export interface Replicas {
  readonly urls: readonly string[];
  readonly serviceKey: string;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

const command = fileURLToPath(import.meta.resolve('@castellan/server')).replace(/index\.(ts|js)$/, 'main.$1');
const startPatienceMs = 60_000;

/** Starts `count` times `castellan-server serve`, as a load balancer would have them behind it. */
export async function startReplicas(count: number): Promise<Replicas> {
  const home = await mkdtemp(join(tmpdir(), 'castellan-replicas-'));
  const database = await startEmbeddedDatabase({ directory: home, log: silentLog });
  await migrate({ database: { connectionString: database.url }, log: silentLog });
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  const settings = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    DATABASE_URL: database.url,
    KEY_ENCRYPTION_SECRET: randomBytes(32).toString('base64'),
    // One address for all of them, as behind a load balancer.
    PUBLIC_URL: 'http://127.0.0.1:9003',
    ADMIN_URL: 'http://127.0.0.1:9004',
    PUBLIC_HOST: '127.0.0.1',
  };
  const children: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    for (const child of children) if (child.exitCode === null) child.kill('SIGTERM');
    await Promise.all(children.map((child) => child.exitCode ?? once(child, 'exit')));
    await pool.end();
    await database.stop();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const urls: string[] = [];
    for (let index = 0; index < count; index++) {
      const port = await freePort();
      const child = spawn(process.execPath, [...process.execArgv, command, 'serve'], {
        stdio: ['ignore', 'ignore', 'ignore'],
        env: { ...settings, PUBLIC_PORT: String(port), ADMIN_PORT: String(await freePort()) },
      });
      children.push(child);
      urls.push(`http://127.0.0.1:${port}`);
    }
    await Promise.all(urls.map((url, index) => ready(url, children[index]!)));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...process.execArgv, command, 'services', 'add', 'proof'],
      { env: settings },
    );
    const serviceKey = /sk_[\w-]+/.exec(stdout)![0];
    return { urls, serviceKey, pool, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  const giveUpAt = performance.now() + startPatienceMs;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`A replica ended with ${child.exitCode}`);
    const answers = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (answers) return;
    if (performance.now() > giveUpAt) throw new Error('A replica was not ready in time');
    await sleep(20);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
