import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Where one server keeps its data, and how it is reached. */
export interface Place {
  /** Its `--directory`. */
  readonly directory: string;
  readonly publicPort: number;
  readonly adminPort: number;
  readonly secret: string;
}

/** A server that runs, with its embedded database below it. */
export interface RunningServer {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Milliseconds from starting it to its first good answer. */
  readonly readyAfterMs: number;
  /** What it wrote to standard error so far. */
  said(): string;
}

const startPatienceMs = 60_000;

/** The command `castellan-server`, as the server's package has it. */
const command = fileURLToPath(import.meta.resolve('@castellan/server')).replace(/index\.(ts|js)$/, 'main.$1');

export function publicUrlOf({ publicPort }: Place): string {
  return `http://127.0.0.1:${publicPort}`;
}

export function adminUrlOf({ adminPort }: Place): string {
  return `http://127.0.0.1:${adminPort}`;
}

function environmentOf(place: Place): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    PUBLIC_URL: publicUrlOf(place),
    ADMIN_URL: adminUrlOf(place),
    PUBLIC_HOST: '127.0.0.1',
    PUBLIC_PORT: String(place.publicPort),
    ADMIN_PORT: String(place.adminPort),
    KEY_ENCRYPTION_SECRET: place.secret,
  };
}

/** Starts `castellan-server serve --embedded`, always in the same way: a start after a kill gets no help. */
export async function startServer(place: Place): Promise<RunningServer> {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [...process.execArgv, command, 'serve', '--embedded', '--directory', place.directory],
    { stdio: ['ignore', 'ignore', 'pipe'], env: environmentOf(place) },
  );
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}: ${said}`);
    const ready = await fetch(`${publicUrlOf(place)}/readyz`).then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      () => false,
    );
    if (ready) break;
    if (performance.now() - began > startPatienceMs) {
      child.kill('SIGKILL');
      throw new Error(`The server was not ready in ${startPatienceMs} ms: ${said}`);
    }
    await sleep(5);
  }
  return { child, pid: child.pid!, readyAfterMs: performance.now() - began, said: () => said };
}

/** Runs another command of `castellan-server` beside the running server. @returns what it printed */
export async function runCommand(place: Place, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...process.execArgv, command, ...args, '--embedded', '--directory', place.directory],
    { env: environmentOf(place) },
  );
  return stdout;
}
