import { setTimeout as sleep } from 'node:timers/promises';
import { hasPrecedence } from '../machine/placement.ts';
import { type Connection, openConnection, type Target } from './connection.ts';

/** What is sent, and how its answers are recognised as good. */
export interface Load {
  readonly target: Target;
  /** The request to send next. */
  readonly next: () => Buffer;
  readonly mustContain?: string;
  /** Loopback addresses that connections take turns to come from. */
  readonly localAddresses?: readonly string[];
}

/** What came back while it was measured. */
export interface Observed {
  readonly seconds: number;
  readonly answers: number;
  readonly errors: number;
  /** Of the good answers, in milliseconds, sorted. */
  readonly latencies: Float64Array;
}

/** Called when measuring begins and when it ends, so that processor time covers exactly the same span. */
export interface Span {
  readonly begin: () => void;
  readonly end: () => void;
}

const warmSeconds = 0.5;

function openAll(load: Load, count: number): Promise<Connection[]> {
  const addresses = load.localAddresses ?? [undefined];
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      openConnection(load.target, {
        mustContain: load.mustContain,
        localAddress: addresses[index % addresses.length],
      }),
    ),
  );
}

/** Keeps `inFlight` requests under way for `seconds`. */
export async function runClosedLoop(
  load: Load,
  options: { readonly inFlight: number; readonly seconds: number; readonly span?: Span },
): Promise<Observed> {
  const connections = await openAll(load, options.inFlight);
  const latencies: number[] = [];
  let errors = 0;
  let measuring = false;
  let stopped = false;

  const loops = connections.map(
    (connection) =>
      new Promise<void>((resolve) => {
        const again = (): void => {
          if (stopped) {
            resolve();
            return;
          }
          const sentAt = performance.now();
          connection.send(load.next(), (succeeded) => {
            if (measuring)
              if (succeeded) latencies.push(performance.now() - sentAt);
              else errors++;
            // A connection that was closed answers at once, and would spin.
            if (succeeded) again();
            else setTimeout(again, 5);
          });
        };
        again();
      }),
  );
  // A generator that sleeps has to be woken by every single answer, which the server pays for and which a server
  // that answers in bursts pays less: awake all the time, it costs all variants the same.
  const spin = (): void => {
    if (!stopped) setImmediate(spin);
  };
  if (hasPrecedence() && options.inFlight > 1) spin();
  await sleep(warmSeconds * 1000);
  options.span?.begin();
  const began = performance.now();
  measuring = true;
  await sleep(options.seconds * 1000);
  measuring = false;
  const seconds = (performance.now() - began) / 1000;
  options.span?.end();
  stopped = true;
  await Promise.race([Promise.all(loops), sleep(10_000)]);
  for (const connection of connections) connection.close();
  return observed(seconds, errors, latencies);
}

/** Sends each request once, `inFlight` at a time: for what can be used once, such as a code. */
export async function runBatch(
  load: Omit<Load, 'next'>,
  options: { readonly requests: readonly Buffer[]; readonly inFlight: number; readonly span?: Span },
): Promise<Observed> {
  const { requests, inFlight, span } = options;
  const connections = await openAll({ ...load, next: () => requests[0]! }, inFlight);
  const latencies: number[] = [];
  let [next, errors] = [0, 0];
  span?.begin();
  const began = performance.now();
  await Promise.all(
    connections.map(
      (connection) =>
        new Promise<void>((resolve) => {
          const again = (): void => {
            if (next === requests.length) {
              resolve();
              return;
            }
            const sentAt = performance.now();
            connection.send(requests[next++]!, (succeeded) => {
              if (succeeded) latencies.push(performance.now() - sentAt);
              else errors++;
              again();
            });
          };
          again();
        }),
    ),
  );
  const seconds = (performance.now() - began) / 1000;
  span?.end();
  for (const connection of connections) connection.close();
  return observed(seconds, errors, latencies);
}

/**
 * Sends at a fixed rate whether or not answers come back. Latency counts from when a request was due, so that a
 * server which stalls is charged for every request that it kept waiting.
 */
export async function runOpenLoop(
  load: Load,
  options: {
    readonly perSecond: number;
    readonly seconds: number;
    readonly connections: number;
    readonly span?: Span;
  },
): Promise<Observed> {
  const connections = await openAll(load, options.connections);
  const free = [...connections];
  const due: number[] = [];
  const latencies: number[] = [];
  let errors = 0;
  let answered = 0;

  const dispatch = (): void => {
    while (due.length > 0 && free.length > 0) {
      const dueAt = due.shift()!;
      const connection = free.pop()!;
      connection.send(load.next(), (succeeded) => {
        answered++;
        if (succeeded) latencies.push(performance.now() - dueAt);
        else errors++;
        free.push(connection);
        dispatch();
      });
    }
  };
  const total = Math.round(options.perSecond * options.seconds);
  options.span?.begin();
  const began = performance.now();
  for (let sent = 0; sent < total; ) {
    const now = performance.now();
    for (; sent < total; sent++) {
      const dueAt = began + (sent * 1000) / options.perSecond;
      if (dueAt > now) break;
      due.push(dueAt);
    }
    dispatch();
    await sleep(1);
  }
  const giveUpAt = performance.now() + 10_000;
  while (answered < total && performance.now() < giveUpAt) await sleep(5);
  const seconds = (performance.now() - began) / 1000;
  options.span?.end();
  for (const connection of connections) connection.close();
  return observed(seconds, errors + total - answered, latencies);
}

function observed(seconds: number, errors: number, latencies: readonly number[]): Observed {
  return {
    seconds,
    errors,
    answers: latencies.length,
    latencies: Float64Array.from(latencies).sort(),
  };
}

/** A quantile of sorted values; `null` when there are none. */
export function quantile(sorted: Float64Array, share: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

/** The middle one; of an even number the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
