import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePort } from '@castellan/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BundledCommand, bundleCommand } from '../../test/bundled-command.ts';

/** `castellan-server sample` as a process of its own, told by its environment to do what it must not. */

let castellan: BundledCommand;
let directory: string;
beforeAll(async () => {
  castellan = await bundleCommand();
  directory = await mkdtemp(join(tmpdir(), 'castellan-sample-'));
  // The account that PostgreSQL runs under passes through to its own directory inside.
  await chmod(directory, 0o711);
}, 60_000);
afterAll(() => Promise.all([castellan.remove(), rm(directory, { recursive: true, force: true })]));

const canConnect = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const tell = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', tell(true)).on('error', tell(false)).on('timeout', tell(false));
  });

/** Addresses of this machine beside localhost's at which a listener of every interface is reached. */
async function otherAddresses(): Promise<string[]> {
  const ours = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  // All of 127.0.0.0/8 is this machine on Linux, and a listener on 127.0.0.1 or ::1 hears none of the rest.
  const candidates = [
    '127.0.0.2',
    ...ours.filter(({ internal, scopeid }) => !internal && !scopeid).map(({ address }) => address),
  ];
  const server = createServer().listen(0, '::');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const reached = await Promise.all(candidates.map((host) => canConnect(host, port)));
  server.close();
  return candidates.filter((_, place) => reached[place]);
}

it('sample data is on loopback only, has random passwords, and is refused by serve', async () => {
  const [publicPort, adminPort, ordersPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const environment = {
    PATH: process.env.PATH ?? '',
    PUBLIC_PORT: String(publicPort),
    ADMIN_PORT: String(adminPort),
    ORDERS_PORT: String(ordersPort),
    PUBLIC_HOST: '0.0.0.0',
    ADMIN_HOST: '0.0.0.0',
    PUBLIC_URL: 'https://sample.example.com',
    ADMIN_URL: 'https://admin.example.com',
  };
  const child = spawn(process.execPath, [castellan.path, 'sample', '--directory', directory], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  try {
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      ended.then(() => Promise.reject(new Error(`castellan-server sample ended:\n${said}`))),
    ]);
    const ready = JSON.parse(line as string);
    expect([ready.public_url, ready.admin_url]).toEqual([
      `http://localhost:${publicPort}`,
      `http://localhost:${adminPort}`,
    ]);

    const elsewhere = await otherAddresses();
    expect(elsewhere, 'addresses that would tell').not.toEqual([]);
    for (const port of [publicPort, adminPort]) {
      expect((await fetch(`http://localhost:${port}/healthz`)).status).toBeLessThan(500);
      for (const host of elsewhere) expect(await canConnect(host, port), `${host} at ${port}`).toBe(false);
    }

    const passwords: string[] = ready.signins.map(({ password }: { password: string }) => password);
    expect(passwords.length).toBeGreaterThan(1);
    expect(new Set(passwords).size).toBe(passwords.length);
    // 96 random bits each.
    for (const password of passwords) expect(password).toMatch(/^[\w-]{16}$/);
    expect((await stat(ready.sample_file)).mode & 0o777).toBe(0o600);
    expect(said, 'what it says to the terminal').not.toContain(passwords[0]);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }

  // The same database, by the command for production.
  const served = await promisify(execFile)(
    process.execPath,
    [castellan.path, 'serve', '--embedded', '--directory', directory],
    {
      env: {
        ...environment,
        PUBLIC_URL: `http://localhost:${publicPort}`,
        ADMIN_URL: `http://localhost:${adminPort}`,
        COOKIE_SECURE: 'false',
        KEY_ENCRYPTION_SECRET: (await readFile(join(directory, 'key-encryption-secret'), 'utf8')).trim(),
      },
      timeout: 60_000,
    },
  ).then(
    () => ({ code: 0, stderr: '' }),
    (error: { code: number; stderr: string }) => error,
  );
  expect([served.code, served.stderr]).toEqual([1, expect.stringContaining('sample data')]);
}, 120_000);
