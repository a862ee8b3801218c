import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestDatabase } from './database.ts';

const builtServer = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url));
const builtOrders = fileURLToPath(new URL('../../../examples/orders/dist/main.js', import.meta.url));

/** The built platform and the sample product as real processes, as an operator runs them. */
export interface TestHouse {
  readonly publicUrl: string;
  readonly adminUrl: string;
  readonly ordersUrl: string;
  /** The one-time link that the first start prints. */
  readonly setupUrl: string;
  /** Settings of the platform's process, to run further commands with. */
  readonly environment: Readonly<Record<string, string>>;
  /** The platform's process. */
  readonly server: ChildProcess;
  /** Everything that the platform printed. */
  output(): string;
  /** Runs SQL on the platform's database. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs one `castellan-server` command beside the platform. */
  command(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** A port of loopback that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function waitFor(
  what: string,
  attempt: () => Promise<boolean>,
  child: ChildProcess,
  said: () => string,
): Promise<void> {
  for (const giveUpAt = Date.now() + 20_000; Date.now() < giveUpAt; ) {
    if (child.exitCode !== null) throw new Error(`${what} ended with ${child.exitCode}:\n${said()}`);
    if (await attempt().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} was not ready within 20 s:\n${said()}`);
}

function listenTo(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text;
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

/**
 * Starts `castellan-server serve` on an empty database and the orders product beside it. Needs the build.
 *
 * @param settings further environment variables of the platform
 */
export async function startHouse(settings: Readonly<Record<string, string>> = {}): Promise<TestHouse> {
  const [database, ordersDatabase] = await Promise.all([
    createTestDatabase({ content: 'empty' }),
    createTestDatabase({ content: 'empty' }),
  ]);
  const [publicPort, adminPort, ordersPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const environment = {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: database.url,
    PUBLIC_URL: `http://localhost:${publicPort}`,
    ADMIN_URL: `http://localhost:${adminPort}`,
    PUBLIC_HOST: 'localhost',
    PUBLIC_PORT: String(publicPort),
    ADMIN_HOST: 'localhost',
    ADMIN_PORT: String(adminPort),
    COOKIE_SECURE: 'false',
    KEY_ENCRYPTION_SECRET: randomBytes(32).toString('base64'),
    ...settings,
  };
  const server = spawn(process.execPath, [builtServer, 'serve'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const serverSaid = listenTo(server);
  const command = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [builtServer, ...args], { env: environment })).stdout;
  const stopDatabases = () => Promise.all([database.drop(), ordersDatabase.drop()]);

  try {
    await waitFor('castellan-server', async () => /\/setup\/set_/.test(serverSaid()), server, serverSaid);
    const setupUrl = /http\S+\/setup\/set_\S+/.exec(serverSaid())![0];
    const ordersUrl = `http://localhost:${ordersPort}`;
    const registered = await command('services', 'add', 'orders', '--origin', ordersUrl);
    const client = await command(
      ...['clients', 'add', 'orders', '--name', 'Orders'],
      ...['--redirect', `${ordersUrl}/sign-in/callback`],
    );
    const orders = spawn(process.execPath, [builtOrders], {
      env: {
        PATH: environment.PATH,
        PORT: String(ordersPort),
        HOST: 'localhost',
        CASTELLAN_ISSUER: environment.PUBLIC_URL,
        CASTELLAN_SERVICE: 'orders',
        CASTELLAN_SERVICE_KEY: /sk_\S+/.exec(registered)![0],
        CASTELLAN_CLIENT_ID: /cl_\S+/.exec(client)![0],
        CASTELLAN_CLIENT_SECRET: /cs_\S+/.exec(client)![0],
        ORDERS_URL: ordersUrl,
        DATABASE_URL: ordersDatabase.url,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ordersSaid = listenTo(orders);
    await waitFor('orders', async () => (await fetch(ordersUrl)).ok, orders, ordersSaid).catch(
      async (error) => {
        await endChild(orders);
        throw error;
      },
    );
    return {
      publicUrl: environment.PUBLIC_URL,
      adminUrl: environment.ADMIN_URL,
      ordersUrl,
      setupUrl,
      environment,
      server,
      output: serverSaid,
      async query<Row extends object>(text: string, values: readonly unknown[] = []) {
        return (await database.pool.query<Row & Record<string, unknown>>(text, [...values])).rows as Row[];
      },
      command,
      async stop() {
        await Promise.all([endChild(orders), endChild(server)]);
        await stopDatabases();
      },
    };
  } catch (error) {
    await endChild(server);
    await stopDatabases();
    throw error;
  }
}
