import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { repositoryRoot } from './workspaces.ts';

/** A program that runs as a part of `npm start`. */
export interface Part {
  readonly name: string;
  /** Settles when it has ended. */
  readonly ended: Promise<Ending>;
  /** Asks it to end, waits, and insists when it takes too long. */
  stop(): Promise<void>;
  /** Ends it without asking. */
  kill(): void;
}

/** How a part ended, and the last that it said. */
export interface Ending {
  readonly reason: string;
  readonly lastLines: readonly string[];
}

/** What to run. */
export interface PartOptions {
  readonly name: string;
  readonly program: string;
  /** Flags of Node itself. */
  readonly nodeArgs?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Receives each line that it prints; what it returns is kept as what it said. */
  readonly onLine: (line: string) => string | undefined;
  readonly patienceMs?: number;
}

const keptLines = 12;

/**
 * Starts a part in a process group of its own: Ctrl-C reaches this process alone, which then ends the parts in order.
 * Should this process be killed, its parts end by themselves.
 */
export function startPart({
  name,
  program,
  nodeArgs = [],
  args = [],
  env = {},
  onLine,
  patienceMs = 15_000,
}: PartOptions): Part {
  const child = spawn(
    process.execPath,
    [...nodeArgs, '--import', join(repositoryRoot, 'scripts', 'end-with-parent.js'), program, ...args],
    {
      cwd: repositoryRoot,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
    },
  );
  const lastLines: string[] = [];
  for (const stream of [child.stdout!, child.stderr!])
    createInterface({ input: stream }).on('line', (line) => {
      const said = onLine(line);
      if (said === undefined) return;
      lastLines.push(said);
      if (lastLines.length > keptLines) lastLines.shift();
    });
  const ended = endOf(child).then((reason) => ({ reason, lastLines }));
  return {
    name,
    ended,
    async stop() {
      child.kill('SIGTERM');
      const insist = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await ended;
      clearTimeout(insist);
    },
    kill: () => child.kill('SIGKILL'),
  };
}

/** Waits for `close`, not `exit`: what it said last is read then. */
async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
  } catch (error) {
    return `could not be started: ${(error as Error).message}`;
  }
}
