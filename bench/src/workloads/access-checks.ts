import { randomUUID } from 'node:crypto';
import { type House, openHouse } from '../house.ts';
import { writeRequest } from '../load/connection.ts';
import { median } from '../load/generate.ts';
import { processorTime } from '../machine/processor-time.ts';
import { type ServerProcess, serverScript } from '../machine/server-process.ts';
import { brief, compare, type Figures, figuresOf, keptUp, openLoopName, type Variant } from '../measure.ts';
import type { WorkloadResult } from '../report.ts';
import {
  fillWorld,
  largeWorld,
  questionsOf,
  resourceType,
  smallWorld,
  type WorldSize,
} from '../worlds/access-world.ts';

const rounds = 3;
const seconds = 2;
const requestCount = 4096;
/** Checks in a second, whether or not they are answered. */
const fixedRates = [1000, 2500, 5000, 7500];

/** What one way of checking did without HTTP around it. */
interface InProcess {
  readonly perSecond: number;
  readonly allowedShare: number;
  readonly p50: number;
  readonly p99: number;
}

interface Way {
  readonly name: string;
  readonly way: string;
  readonly inFlight: number;
  readonly together: number;
  /** `page`: what is asked together is asked of one person, as one call of the API does. */
  readonly shape?: 'page';
}

const ways: readonly Way[] = [
  { name: 'castellan, one by one', way: 'castellan', inFlight: 256, together: 1 },
  { name: 'castellan, batches of 100', way: 'castellan', inFlight: 8, together: 100, shape: 'page' },
  { name: 'castellan, batches of 100 with as many people', way: 'castellan', inFlight: 8, together: 100 },
  { name: 'plain SQL, one by one', way: 'sql', inFlight: 32, together: 1 },
];
const casbin: Way = { name: 'casbin in memory', way: 'casbin', inFlight: 1, together: 1 };

/** Checks of resources, over HTTP and in process, at a thousand and at a million resources. */
export async function measureAccessChecks(house: House): Promise<WorkloadResult> {
  await fillWorld(house.pool, largeWorld);
  const small = await openHouse();
  try {
    await fillWorld(small.pool, smallWorld);
    const [http, httpSmall, large, little] = [
      await overHttp(house, largeWorld),
      await overHttp(small, smallWorld),
      await inProcess(house, ways, true),
      await inProcess(small, [...ways, casbin], false),
    ];
    return resultOf(http, httpSmall, large, little);
  } finally {
    await small.close();
  }
}

async function overHttp(house: House, size: WorldSize): Promise<Figures[]> {
  const isLarge = size === largeWorld;
  const fresh = await house.platform();
  const floor = await house.platform(['--remembered', '--checks-remembered']);
  try {
    const variants = [variantOf(house, size, 'fresh', fresh), variantOf(house, size, 'no look-up', floor)];
    return await compare(house, variants, {
      rounds,
      seconds,
      inFlight: [1, 32, 256],
      ...(isLarge ? { openLoopPerSecond: fixedRates } : {}),
    });
  } finally {
    await Promise.all([fresh.stop(), floor.stop()]);
  }
}

function variantOf(house: House, size: WorldSize, name: string, server: ServerProcess): Variant {
  const requests = questionsOf(size, requestCount).map(({ userId, key, right }) =>
    writeRequest(
      'POST',
      '/permissions/check',
      server.publicTarget,
      { authorization: `Bearer ${house.serviceKey}` },
      { user_id: userId, checks: [{ type: resourceType, id: key, permission: right }] },
    ),
  );
  let next = 0;
  const load = {
    target: server.publicTarget,
    next: () => requests[next++ % requestCount]!,
    mustContain: '"allowed":',
  };
  return { name, server, load };
}

/** Every way in turns, in one process that has a core of its own; each is the middle of its rounds. */
async function inProcess(
  house: House,
  tried: readonly Way[],
  isLarge: boolean,
): Promise<Map<string, InProcess & { readonly serverMicroseconds: number }>> {
  const server = await house.run(serverScript('access-in-process'), isLarge ? ['--large'] : []);
  try {
    const call = async <T>(path: string): Promise<T> => {
      const response = await fetch(`http://127.0.0.1:${server.publicTarget.port}${path}`);
      const text = await response.text();
      if (!response.ok) throw new Error(text);
      return JSON.parse(text) as T;
    };
    for (const way of new Set(tried.map((one) => one.way))) {
      const count = way === 'casbin' || brief ? 500 : 5000;
      const differing = await call<number>(`/compare?way=${way}&count=${count}`);
      if (differing > 0) throw new Error(`${way} answers ${differing} of ${count} checks otherwise`);
    }
    const all = new Map<string, (InProcess & { serverMicroseconds: number })[]>();
    for (let round = 0; round <= (brief ? 1 : rounds); round++)
      for (const { name, way, inFlight, together, shape = '' } of tried) {
        const query = `way=${way}&in_flight=${inFlight}&together=${together}&shape=${shape}&seconds=${brief ? 0.5 : seconds}&${randomUUID()}`;
        const before = processorTime(server.pid);
        const one = await call<InProcess>(`/run?${query}`);
        const took = processorTime(server.pid) - before;
        // The first turn warms up.
        if (round > 0)
          all.set(name, [
            ...(all.get(name) ?? []),
            { ...one, serverMicroseconds: took / (one.perSecond * (brief ? 0.5 : seconds)) },
          ]);
      }
    return new Map(
      [...all].map(([name, runs]) => {
        const of = (read: (one: (typeof runs)[number]) => number): number => median(runs.map(read));
        return [
          name,
          {
            perSecond: of(({ perSecond }) => perSecond),
            allowedShare: of(({ allowedShare }) => allowedShare),
            p50: of(({ p50 }) => p50),
            p99: of(({ p99 }) => p99),
            serverMicroseconds: of(({ serverMicroseconds }) => serverMicroseconds),
          },
        ];
      }),
    );
  } finally {
    await server.stop();
  }
}

type Measured = Awaited<ReturnType<typeof inProcess>>;

function resultOf(
  http: readonly Figures[],
  httpSmall: readonly Figures[],
  large: Measured,
  little: Measured,
): WorkloadResult {
  const share = (figures: readonly Figures[], load: string): number =>
    figuresOf(figures, 'fresh', load).perSecond / figuresOf(figures, 'no look-up', load).perSecond;
  const single = 'castellan, one by one';
  const batch = 'castellan, batches of 100';
  const told = (measured: Measured, size: string): Record<string, string> =>
    Object.fromEntries(
      [...measured].map(([name, { perSecond: rate, p50, p99, allowedShare, serverMicroseconds }]) => [
        `${name}, ${size}`,
        `${Math.round(rate).toLocaleString('en')}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${serverMicroseconds.toFixed(1)} µs of processor each, ${(allowedShare * 100).toFixed(0)} % yes`,
      ]),
    );
  return {
    title: 'Checks of resources',
    method:
      '100,000 people, 10,000 workspaces, 1,000,000 resources, 3,000,000 shares. `POST /permissions/check` with one check picked at random from 4,096, fresh from PostgreSQL, beside the same route answered from memory: as fast as answers come back, and at fixed rates (open loop: latency counts from when a check was due), up to the first that is not kept up with; the former also at 1,000 resources. Then without HTTP, in a process with a core of its own (PostgreSQL on the other): one by one with 256 waiting, and 8 batches of 100, each of one person as in one call (and, told beside it, of as many people); beside one prepared SQL statement for each check, and, at 1,000 resources, casbin with the same world in memory. Before it is timed, 5,000 answers are compared with those of plain SQL, and 500 with those of casbin.',
    goals: [
      ...['32 in flight', '256 in flight'].map((load) => ({
        name: `answers per second, ${load}, share of no look-up`,
        measured: share(http, load),
        unit: '',
        atLeast: 0.7,
      })),
      {
        name: 'checks in process, one by one',
        measured: large.get(single)!.perSecond,
        unit: '/s',
        atLeast: 25_000,
      },
      {
        name: 'checks in process, batches of 100',
        measured: large.get(batch)!.perSecond,
        unit: '/s',
        atLeast: 35_000,
      },
      // Each beside the same route without a look-up in the same minute: the two worlds are not measured at once.
      ...['32 in flight', '256 in flight'].map((load) => ({
        name: `answers at 1,000,000 resources, ${load}, share of those at 1,000`,
        measured: share(http, load) / share(httpSmall, load),
        unit: '',
        atLeast: 0.8,
      })),
    ],
    figures: [...http],
    facts: {
      'in process, one by one, 1,000,000 resources, share of those at 1,000':
        large.get(single)!.perSecond / little.get(single)!.perSecond,
      'in process, batches of 100, 1,000,000 resources, share of those at 1,000':
        large.get(batch)!.perSecond / little.get(batch)!.perSecond,
      'plain SQL, 1,000,000 resources, share of those at 1,000':
        large.get('plain SQL, one by one')!.perSecond / little.get('plain SQL, one by one')!.perSecond,
      ...told(large, '1,000,000 resources'),
      ...told(little, '1,000 resources'),
      'fresh, highest fixed rate that it kept up with': rateKept(http, 'fresh'),
      'no look-up, highest fixed rate that it kept up with': rateKept(http, 'no look-up'),
      'times plain SQL, one by one, 1,000,000 resources':
        large.get(single)!.perSecond / large.get('plain SQL, one by one')!.perSecond,
      'times casbin, 1,000 resources': little.get(single)!.perSecond / little.get(casbin.name)!.perSecond,
    },
  };
}

/** The highest fixed rate that a variant kept up with, and what became of the next one. */
function rateKept(figures: readonly Figures[], variant: string): string {
  const tried = fixedRates.flatMap((rate) => {
    const found = figures.find((one) => one.variant === variant && one.load === openLoopName(rate));
    return found ? [{ rate, found }] : [];
  });
  const lost = tried.find(({ rate, found }) => !keptUp(found, rate));
  const kept = tried.filter(({ rate }) => lost === undefined || rate < lost.rate).at(-1);
  const text = kept ? `${kept.rate.toLocaleString('en')}/s` : 'none';
  return lost
    ? `${text}; at ${lost.rate.toLocaleString('en')}/s it answered ${Math.round(lost.found.perSecond).toLocaleString('en')}/s, and higher ones were not tried`
    : `${text}, the highest that was tried`;
}
