import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from '../house.ts';
import { writeRequest } from '../load/connection.ts';
import { type Load, median, type Observed, quantile, runClosedLoop, runOpenLoop } from '../load/generate.ts';
import { spawnOn } from '../machine/placement.ts';
import { processorTime } from '../machine/processor-time.ts';
import { type ServerProcess, serverScript, stopProcess } from '../machine/server-process.ts';
import type { WorkloadResult } from '../report.ts';
import { signInPerson } from '../sign-in-client.ts';
import { sessionCheckLoad } from './session-check.ts';

const rounds = 5;
const seconds = 5;
const inFlight = 16;
const otherRoutePerSecond = 100;

interface Round {
  readonly alone: number;
  readonly signIns: Observed;
  readonly others: Observed;
  readonly quietOthers: Observed;
  readonly serverMicroseconds: number;
  readonly databaseMicroseconds: number;
}

/** Sign-ins of many people, each by their own password. */
function signInLoad(house: House, server: ServerProcess): Load {
  const requests = house.people.map(({ email, password }) =>
    writeRequest('POST', '/auth/login', server.publicTarget, {}, { email, password, service: 'bench' }),
  );
  let next = 0;
  return {
    target: server.publicTarget,
    next: () => requests[next++ % requests.length]!,
    mustContain: '"access_token"',
    // Limits count by address: people come from several.
    localAddresses: Array.from({ length: 8 }, (_, index) => `127.0.0.${index + 1}`),
  };
}

/** Verifications per second of a process that does nothing else, on the same cores, as many at once as there are cores. */
async function argon2Alone(house: House): Promise<number> {
  const child = spawnOn(
    house.placement.server,
    process.execPath,
    [...process.execArgv, serverScript('argon2-alone')],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  try {
    await once(child, 'message');
    child.send({ hash: house.passwordHash, password: house.administrator.password, seconds });
    const [done] = (await once(child, 'message')) as [{ verified: number; seconds: number }];
    return done.verified / done.seconds;
  } finally {
    child.disconnect();
    await stopProcess(child);
  }
}

async function runRound(house: House, server: ServerProcess, token: string): Promise<Round> {
  const checks = sessionCheckLoad(house, server, [token]);
  const steady = { perSecond: otherRoutePerSecond, seconds, connections: 32 };
  const quietOthers = await runOpenLoop(checks, steady);
  const alone = await argon2Alone(house);
  let began = { server: 0, database: 0 };
  let spent = began;
  const read = () => ({ server: processorTime(server.pid), database: processorTime(house.databasePid) });
  // Sign-ins alone for the share; then again with the other route, whose work must not be counted against them.
  const signIns = await runClosedLoop(signInLoad(house, server), {
    inFlight,
    seconds,
    span: {
      begin: () => {
        began = read();
      },
      end: () => {
        const now = read();
        spent = { server: now.server - began.server, database: now.database - began.database };
      },
    },
  });
  const busy = runClosedLoop(signInLoad(house, server), { inFlight, seconds: seconds + 1 });
  await sleep(700);
  const others = await runOpenLoop(checks, steady);
  await busy;
  return {
    alone,
    signIns,
    others,
    quietOthers,
    serverMicroseconds: spent.server / Math.max(1, signIns.answers),
    databaseMicroseconds: spent.database / Math.max(1, signIns.answers),
  };
}

/** Password sign-in beside argon2id alone, and what it does to another route. */
export async function measureSignIn(house: House): Promise<WorkloadResult> {
  const server = await house.serve();
  try {
    const token = await signInPerson(house, server);
    await runClosedLoop(signInLoad(house, server), { inFlight, seconds: 10 });
    const all: Round[] = [];
    for (let round = 0; round < rounds; round++) all.push(await runRound(house, server, token));
    const of = (read: (round: Round) => number): number => median(all.map(read));
    const perSecond = (observed: Observed): number => observed.answers / observed.seconds;
    const at = (observed: Observed, share: number): number =>
      quantile(observed.latencies, share) ?? Number.NaN;
    return {
      title: 'Password sign-in',
      method: `\`POST /auth/login\` by ${house.people.length} people, ${inFlight} in flight, beside a process that verifies the same hash on the same cores and does nothing else. Then the same sign-ins while session checks arrive at a fixed ${otherRoutePerSecond} a second.`,
      goals: [
        {
          name: 'sign-ins per second, share of argon2id alone',
          measured: of(({ signIns, alone }) => perSecond(signIns) / alone),
          unit: '',
          atLeast: 0.9,
        },
        {
          name: 'p99 of session checks meanwhile',
          measured: of(({ others }) => at(others, 0.99)),
          unit: 'ms',
          below: 20,
        },
      ],
      figures: [],
      facts: {
        'sign-ins per second': of(({ signIns }) => perSecond(signIns)),
        'argon2id alone, per second': of(({ alone }) => alone),
        'sign-in p50, ms': of(({ signIns }) => at(signIns, 0.5)),
        'sign-in p99, ms': of(({ signIns }) => at(signIns, 0.99)),
        'server processor time per sign-in, µs': of(({ serverMicroseconds }) => serverMicroseconds),
        'database processor time per sign-in, µs': of(({ databaseMicroseconds }) => databaseMicroseconds),
        'session check p50 during sign-ins, ms': of(({ others }) => at(others, 0.5)),
        'session check p50 without sign-ins, ms': of(({ quietOthers }) => at(quietOthers, 0.5)),
        'session check p99 without sign-ins, ms': of(({ quietOthers }) => at(quietOthers, 0.99)),
        errors: all.reduce((sum, { signIns, others }) => sum + signIns.errors + others.errors, 0),
      },
    };
  } finally {
    await server.stop();
  }
}
