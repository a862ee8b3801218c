import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from './house.ts';
import {
  type Load,
  median,
  type Observed,
  quantile,
  runBatch,
  runClosedLoop,
  runOpenLoop,
  type Span,
} from './load/generate.ts';
import { machineTime, processorTime } from './machine/processor-time.ts';
import type { ServerProcess } from './machine/server-process.ts';

/** One way to answer the same request. */
export interface Variant {
  readonly name: string;
  readonly server: ServerProcess;
  readonly load: Load;
}

/** What one variant did under one kind of load; the middle of all rounds. */
export interface Figures {
  readonly variant: string;
  readonly load: string;
  readonly perSecond: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly errorShare: number;
  /** Processor microseconds per request. */
  readonly serverMicroseconds: number;
  readonly databaseMicroseconds: number;
  /** How busy the server's process was, in cores. */
  readonly serverCores: number;
  /** Cores that other processes of this machine, or its host, took meanwhile. */
  readonly foreignCores: number;
}

/** How often and how long. */
export interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly inFlight: readonly number[];
  /** Fixed rates, from the lowest; a variant that falls behind one is not asked to keep up with a higher one in that round. */
  readonly openLoopPerSecond?: number | readonly number[];
}

/** The share of a fixed rate that has to be answered, its backlog included, by one that keeps up with it. */
const keepsUpShare = 0.95;

/** The load at a fixed rate, as figures name it. */
export const openLoopName = (perSecond: number): string => `${perSecond}/s open loop`;

/** Whether a variant kept up with a fixed rate. */
export function keptUp(figures: Pick<Figures, 'perSecond'>, rate: number): boolean {
  return figures.perSecond >= rate * keepsUpShare;
}

const breathMs = 700;

/** `--brief`: one short round, to see that a workload works; its figures say nothing. */
export const brief = process.argv.includes('--brief');

/** Runs variants in turns, every other round in reverse order, so that drift of the machine meets all of them alike. */
export async function compare(house: House, variants: readonly Variant[], whole: Plan): Promise<Figures[]> {
  const plan = brief ? { ...whole, rounds: 1, seconds: 0.5 } : whole;
  const loads = [
    ...plan.inFlight.map((inFlight) => ({
      name: `${inFlight} in flight`,
      rate: undefined,
      run: (load: Load, span: Span) => runClosedLoop(load, { inFlight, seconds: plan.seconds, span }),
    })),
    ...[plan.openLoopPerSecond ?? []].flat().map((rate) => ({
      name: openLoopName(rate),
      rate,
      run: (load: Load, span: Span) =>
        runOpenLoop(load, { perSecond: rate, seconds: plan.seconds, connections: 64, span }),
    })),
  ];
  const rounds = new Map<string, Figures[]>();
  // Code that has run a while is compiled: a first turn that is not counted.
  for (const variant of variants) await runClosedLoop(variant.load, { inFlight: 32, seconds: 2 });
  for (let round = 0; round < plan.rounds; round++) {
    const behind = new Set<Variant>();
    for (const load of loads)
      for (const variant of round % 2 === 0 ? variants : [...variants].reverse()) {
        if (load.rate !== undefined && behind.has(variant)) continue;
        const { span, figures } = watch(house, variant);
        const observed = figures(load.name, await load.run(variant.load, span));
        if (load.rate !== undefined && !keptUp(observed, load.rate)) behind.add(variant);
        const key = `${variant.name} ${load.name}`;
        rounds.set(key, [...(rounds.get(key) ?? []), observed]);
        // Whoever else works on this machine gets a turn too.
        await sleep(breathMs);
      }
  }
  return [...rounds.values()].map(middle);
}

/** A variant whose requests can be sent once each. */
export interface BatchVariant extends Pick<Variant, 'name' | 'server'> {
  readonly load: Omit<Load, 'next'>;
  /** Makes the requests of one round; not measured. */
  readonly prepare: (count: number) => Promise<readonly Buffer[]>;
}

/** Like {@link compare}, for requests that can be sent once: each round makes its own, and measures how long they take together. */
export async function compareBatches(
  house: House,
  variants: readonly BatchVariant[],
  whole: { readonly rounds: number; readonly requests: number; readonly inFlight: readonly number[] },
): Promise<Figures[]> {
  const plan = brief ? { ...whole, rounds: 1, requests: 100 } : whole;
  const rounds = new Map<string, Figures[]>();
  for (const variant of variants)
    await runBatch(variant.load, { requests: await variant.prepare(plan.requests), inFlight: 16 });
  for (let round = 0; round < plan.rounds; round++)
    for (const inFlight of plan.inFlight)
      for (const variant of round % 2 === 0 ? variants : [...variants].reverse()) {
        const requests = await variant.prepare(plan.requests);
        await sleep(breathMs);
        const { span, figures } = watch(house, variant);
        const observed = await runBatch(variant.load, { requests, inFlight, span });
        const load = `${inFlight} in flight`;
        const key = `${variant.name} ${load}`;
        rounds.set(key, [...(rounds.get(key) ?? []), figures(load, observed)]);
      }
  return [...rounds.values()].map(middle);
}

/** Reads the clocks of server and database around one span. */
function watch(
  house: House,
  variant: Pick<Variant, 'name' | 'server'>,
): { readonly span: Span; readonly figures: (load: string, observed: Observed) => Figures } {
  const read = () => ({
    server: processorTime(variant.server.pid),
    database: processorTime(house.databasePid),
    self: process.cpuUsage(),
    machine: machineTime(),
  });
  let before = read();
  let after = before;
  return {
    span: {
      begin: () => {
        before = read();
      },
      end: () => {
        after = read();
      },
    },
    figures: (load, { seconds, answers, errors, latencies }) => {
      const server = after.server - before.server;
      const database = after.database - before.database;
      const self = after.self.user + after.self.system - before.self.user - before.self.system;
      const machine = after.machine.busy - before.machine.busy + after.machine.stolen - before.machine.stolen;
      const requests = Math.max(1, answers + errors);
      return {
        variant: variant.name,
        load,
        perSecond: answers / seconds,
        p50Ms: quantile(latencies, 0.5),
        p99Ms: quantile(latencies, 0.99),
        errorShare: errors / requests,
        serverMicroseconds: server / requests,
        databaseMicroseconds: database / requests,
        serverCores: server / seconds / 1e6,
        foreignCores: Math.max(0, machine - server - database - self) / seconds / 1e6,
      };
    },
  };
}

function middle(rounds: readonly Figures[]): Figures {
  const of = (read: (figures: Figures) => number): number => median(rounds.map(read));
  const ofSome = (read: (figures: Figures) => number | null): number | null => {
    const values = rounds.map(read).filter((value) => value !== null);
    return values.length === 0 ? null : median(values);
  };
  const first = rounds[0]!;
  return {
    variant: first.variant,
    load: first.load,
    perSecond: of((round) => round.perSecond),
    p50Ms: ofSome((round) => round.p50Ms),
    p99Ms: ofSome((round) => round.p99Ms),
    errorShare: of((round) => round.errorShare),
    serverMicroseconds: of((round) => round.serverMicroseconds),
    databaseMicroseconds: of((round) => round.databaseMicroseconds),
    serverCores: of((round) => round.serverCores),
    foreignCores: of((round) => round.foreignCores),
  };
}

/** The figures of one variant under one load. */
export function figuresOf(all: readonly Figures[], variant: string, load: string): Figures {
  const found = all.find((figures) => figures.variant === variant && figures.load === load);
  if (!found) throw new Error(`Nothing was measured for ${variant}, ${load}`);
  return found;
}
