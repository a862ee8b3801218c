import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, setPriority } from 'node:os';

/** Which cores do what. */
export interface Placement {
  /** Cores of the server under test, as `taskset` writes them; `null` for wherever the kernel likes. */
  readonly server: string | null;
  /** Cores of the load generator and of PostgreSQL. */
  readonly others: string | null;
  readonly text: string;
}

const ownPriority = -14;
/** For the database: see {@link givePrecedence}. */
export const databasePriority = -18;
const everyCore = `0-${cpus().length - 1}`;
const canPin = spawnSync('taskset', ['-cp', String(process.pid)]).status === 0;

/** The server alone on one core, load and database on another, where that is wanted, there are two, and `taskset` is there. */
export function choosePlacement(pinned: boolean): Placement {
  const before = precedence ? `; all before other work (priority ${ownPriority})` : '';
  if (!pinned || !canPin || cpus().length < 2)
    return { server: null, others: canPin ? everyCore : null, text: `nothing was pinned to cores${before}` };
  return {
    server: '0',
    others: '1',
    text: `server under test on core 0; load generator and PostgreSQL on core 1${before}`,
  };
}

let precedence = false;

/** Whether {@link takePrecedence} was called. */
export function hasPrecedence(): boolean {
  return precedence;
}

/**
 * Puts this process, and what it starts from now on, before other work of the machine: on a machine that is shared,
 * figures would else be about the others. Needs root.
 */
export function takePrecedence(): void {
  precedence = true;
  givePrecedence([process.pid]);
}

/**
 * The same for PostgreSQL, each process of which has a session of its own, where Linux schedules sessions rather than
 * processes; a little more of it, since the generator on the same core never sleeps.
 */
export function givePrecedence(pids: readonly number[], priority = ownPriority): void {
  if (!precedence) return;
  for (const pid of pids)
    try {
      setPriority(pid, priority);
      writeFileSync(`/proc/${pid}/autogroup`, String(priority));
    } catch {
      // It ended meanwhile, or this system has no such groups.
    }
}

/** Moves this process, and what it starts from now on. */
export function moveSelf(cores: string | null): void {
  if (cores !== null) spawnSync('taskset', ['-acp', cores, String(process.pid)]);
}

/** Starts a program on the given cores. */
export function spawnOn(
  cores: string | null,
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  return cores === null
    ? spawn(program, args, options)
    : spawn('taskset', ['-c', cores, program, ...args], options);
}
