import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from '../house.ts';
import { median, runClosedLoop } from '../load/generate.ts';
import { spawnOn } from '../machine/placement.ts';
import { residentMegabytes, treeMegabytes, treeOf } from '../machine/processor-time.ts';
import {
  answers,
  commandNodeArgs,
  commandPath,
  freePort,
  plainEnvironment,
  stopProcess,
} from '../machine/server-process.ts';
import type { WorkloadResult } from '../report.ts';
import { signInPerson } from '../sign-in-client.ts';
import { sessionCheckLoad } from './session-check.ts';

const freshRounds = 7;
const laterRounds = 11;

/** What others install: compiled, not the sources. */
function builtCommand(): string {
  const built = commandPath().replace(/[/\\]src[/\\]main\.ts$/, '/dist/main.js');
  if (!existsSync(built)) throw new Error('The server is not built: npm run build');
  return built;
}

/** Starts `castellan-server serve --embedded`. @returns milliseconds from spawning it to its first good answer of /readyz */
async function start(
  directory: string,
  secret: string,
  extra: Readonly<Record<string, string>>,
): Promise<number> {
  const [publicPort, adminPort] = [await freePort(), await freePort()];
  const spawnedAt = performance.now();
  const child = spawnOn(
    null,
    process.execPath,
    [...commandNodeArgs, builtCommand(), 'serve', '--embedded', '--directory', directory],
    {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: {
        ...plainEnvironment(),
        ...extra,
        PUBLIC_URL: `http://127.0.0.1:${publicPort}`,
        ADMIN_URL: `http://127.0.0.1:${adminPort}`,
        PUBLIC_HOST: '127.0.0.1',
        PUBLIC_PORT: String(publicPort),
        ADMIN_PORT: String(adminPort),
        KEY_ENCRYPTION_SECRET: secret,
      },
    },
  );
  try {
    return (await answers(child, `http://127.0.0.1:${publicPort}/readyz`)) - spawnedAt;
  } finally {
    await stopProcess(child);
  }
}

async function measureStarts(): Promise<{ fresh: number[]; later: number[]; first: number }> {
  const home = await mkdtemp(join(tmpdir(), 'castellan-start-'));
  const secret = randomBytes(32).toString('base64');
  const fresh: number[] = [];
  const later: number[] = [];
  try {
    // An empty compile cache: the very first start after an installation.
    const first = await start(join(home, 'first'), secret, { NODE_COMPILE_CACHE: join(home, 'cache') });
    for (let round = 0; round < freshRounds; round++)
      fresh.push(await start(join(home, `fresh-${round}`), secret, {}));
    for (let round = 0; round < laterRounds; round++)
      later.push(await start(join(home, 'fresh-0'), secret, {}));
    return { fresh, later, first };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** How long a start takes, and how much memory the server holds: at rest and after work. */
export async function measureStartUp(house: House): Promise<WorkloadResult> {
  const { fresh, later, first } = await measureStarts();
  const server = await house.run(builtCommand(), ['serve'], { MALLOC_ARENA_MAX: '2' }, commandNodeArgs);
  try {
    await sleep(8000);
    const idle = residentMegabytes(server.pid).now;
    const token = await signInPerson(house, server);
    await runClosedLoop(sessionCheckLoad(house, server, [token]), { inFlight: 64, seconds: 10 });
    const working = residentMegabytes(server.pid).now;
    await sleep(8000);
    const rested = residentMegabytes(server.pid).now;
    return {
      title: 'Start-up and memory',
      method: `\`castellan-server serve --embedded\` as built, from spawning it to the first good answer of \`/readyz\`; fresh makes the database (${freshRounds} starts), later finds it (${laterRounds} starts after a clean stop). Memory is what the system says the server's process holds; the load is ten seconds of session checks, 64 in flight.`,
      goals: [
        { name: 'start, fresh, p50', measured: median(fresh) / 1000, unit: 's', below: 1.2 },
        { name: 'start, later, p50', measured: median(later) / 1000, unit: 's', below: 0.5 },
        { name: 'server memory, idle', measured: idle, unit: 'MB', below: 150 },
        { name: 'server memory, after load', measured: rested, unit: 'MB', below: 150 },
      ],
      figures: [],
      facts: {
        'very first start, empty compile cache, s': first / 1000,
        'start, fresh, slowest, s': Math.max(...fresh) / 1000,
        'start, later, slowest, s': Math.max(...later) / 1000,
        'server memory right after load, MB': working,
        'server memory, highest, MB': residentMegabytes(server.pid).peak,
        'PostgreSQL memory, shared parts counted once, MB': treeMegabytes(house.databasePid),
        'PostgreSQL processes': treeOf(house.databasePid).length,
      },
    };
  } finally {
    await server.stop();
  }
}
