import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Target } from '../load/connection.ts';
import { spawnOn } from './placement.ts';

/** A server under test, in a process of its own. */
export interface ServerProcess {
  readonly pid: number;
  readonly publicTarget: Target;
  readonly adminTarget: Target;
  stop(): Promise<void>;
}

/** Whatever ends this process, none of its servers lives on. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

const startPatienceMs = 90_000;
const stopPatienceMs = 15_000;

/** A port that is free now. */
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

/** The command `castellan-server`, as the server's package has it: sources in the repository, `dist` elsewhere. */
export function commandPath(): string {
  const entry = fileURLToPath(import.meta.resolve('@castellan/server'));
  return entry.replace(/index\.(ts|js)$/, 'main.$1');
}

/** A script of this folder's `servers`. */
export function serverScript(name: string): string {
  return fileURLToPath(new URL(`../servers/${name}.ts`, import.meta.url));
}

/** What the first line of the command `castellan-server` gives to Node. */
export const commandNodeArgs: readonly string[] = /^#!.*/
  .exec(readFileSync(commandPath(), 'utf8'))![0]
  .split(' ')
  .filter((word) => word.startsWith('--'));

/** Starts a server and waits until its public listener answers `path`. Its standard output, the access log, goes to /dev/null. */
export async function startServer(options: {
  readonly cores: string | null;
  readonly nodeArgs: readonly string[];
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly path?: string;
}): Promise<ServerProcess> {
  const [publicPort, adminPort] = [await freePort(), await freePort()];
  const child = spawnOn(options.cores, process.execPath, [...options.nodeArgs, ...options.args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...plainEnvironment(),
      PUBLIC_URL: `http://127.0.0.1:${publicPort}`,
      ADMIN_URL: `http://127.0.0.1:${adminPort}`,
      PUBLIC_HOST: '127.0.0.1',
      PUBLIC_PORT: String(publicPort),
      ADMIN_PORT: String(adminPort),
      ...options.environment,
    },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  await answers(child, `http://127.0.0.1:${publicPort}${options.path ?? '/readyz'}`);
  return {
    pid: child.pid!,
    publicTarget: { host: '127.0.0.1', port: publicPort },
    adminTarget: { host: '127.0.0.1', port: adminPort },
    stop: () => stopProcess(child),
  };
}

/** What a server needs of this process's environment, and nothing that changes what it does. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production' };
}

/** Waits until an address answers with success. @returns when that was, on `performance.now()` */
export async function answers(child: ChildProcess, url: string): Promise<number> {
  const giveUpAt = performance.now() + startPatienceMs;
  for (;;) {
    if (child.exitCode !== null)
      throw new Error(`The server ended with ${child.exitCode} before it was ready`);
    const ok = await fetch(url).then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      () => false,
    );
    if (ok) return performance.now();
    if (performance.now() > giveUpAt) throw new Error(`The server was not ready in ${startPatienceMs} ms`);
    await sleep(4);
  }
}

/** Ends a process that this one started; by force if it takes too long. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopPatienceMs);
  await ended;
  clearTimeout(timer);
}
