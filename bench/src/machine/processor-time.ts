import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in ticks of 10 ms. */
const microsecondsPerTick = 10_000;

interface Stat {
  readonly own: number;
  /** Of children that have ended. */
  readonly ended: number;
}

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name stands in parentheses and may hold anything; the fields behind it are numbers.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const at = (position: number): number => Number(fields[position - 3]);
    return { own: at(14) + at(15), ended: at(16) + at(17) };
  } catch {
    return undefined;
  }
}

/** A process and everything that descends from it. */
export function treeOf(pid: number): number[] {
  const children: number[] = [];
  try {
    for (const task of readdirSync(`/proc/${pid}/task`))
      children.push(
        ...readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1')
          .split(' ')
          .filter(Boolean)
          .map(Number),
      );
  } catch {
    // It ended meanwhile.
  }
  return [pid, ...children.flatMap(treeOf)];
}

/** Processor time that a tree of processes has used so far, in microseconds; ended children count. */
export function processorTime(root: number): number {
  const stats = treeOf(root).map(readStat);
  const ticks = stats.reduce((sum, stat) => sum + (stat ? stat.own + stat.ended : 0), 0);
  return ticks * microsecondsPerTick;
}

/** Time that all cores together were busy since the machine started, in microseconds, with time stolen by the host. */
export function machineTime(): { readonly busy: number; readonly stolen: number } {
  const line = readFileSync('/proc/stat', 'latin1').split('\n')[0]!;
  const [user, nice, system, , , irq, softirq, steal] = line.trim().split(/\s+/).slice(1).map(Number);
  return {
    busy: (user! + nice! + system! + irq! + softirq!) * microsecondsPerTick,
    stolen: steal! * microsecondsPerTick,
  };
}

/** Memory that a process holds, in MB. */
export function residentMegabytes(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const kilobytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  return { now: kilobytes('VmRSS') / 1024, peak: kilobytes('VmHWM') / 1024 };
}

/** Memory of a tree of processes with what they share counted once, in MB; `null` where the system does not tell. */
export function treeMegabytes(root: number): number | null {
  try {
    const kilobytes = treeOf(root).map((pid) =>
      Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0),
    );
    return kilobytes.reduce((sum, value) => sum + value, 0) / 1024;
  } catch {
    return null;
  }
}
