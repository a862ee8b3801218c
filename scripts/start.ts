/**
 * `npm start`: builds what is stale, runs the platform with sample data and the orders product beside it, and says
 * where everything is. Ctrl-C ends all of it. `npm start -- --directory PATH` keeps the data elsewhere.
 */
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.ts';
import { type Door, describeTakenDoors, readDoors, waitForDoor } from './doors.ts';
import { type Part, startPart } from './part.ts';
import { describeHouse, type SignIn } from './welcome.ts';
import { repositoryRoot } from './workspaces.ts';

/** What the platform prints on its standard output when it is ready. */
interface Ready {
  readonly ready: true;
  readonly public_url: string;
  readonly admin_url: string;
  readonly signins: readonly SignIn[];
  readonly service_key: string;
  /** Absent in a sample that an earlier version made. */
  readonly client_id?: string;
  readonly client_secret?: string;
  readonly sample_file: string;
  readonly orders_database_url: string;
}

/** A failure that needs no stack: its text is for the person at the terminal. */
class Stop extends Error {}

const began = performance.now();
const parts: Part[] = [];
const leaving = new AbortController();

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { directory: { type: 'string', default: '.castellan' } } });
  const doors = readDoors(process.env);
  const taken = await describeTakenDoors(Object.values(doors));
  if (taken.length > 0)
    throw new Stop(`${taken.join('\n')}\nShould Castellan run already, stop that one first.`);

  const { failed } = await build([
    '@castellan/server',
    '@castellan/console',
    '@castellan/account',
    '@castellan/example-orders',
  ]);
  if (failed.length > 0) throw new Stop(`Not started, because ${failed.join(', ')} did not build.`);
  if (leaving.signal.aborted) return;

  const ready = await startPlatform(values.directory);
  if (leaving.signal.aborted) return;
  await startOrders(ready, doors.orders);
  if (leaving.signal.aborted) return;
  console.log(
    describeHouse(
      {
        consoleUrl: ready.admin_url,
        platformUrl: ready.public_url,
        ordersUrl: `http://localhost:${doors.orders.port}`,
        signIns: ready.signins,
        directory: relative(process.cwd(), resolve(repositoryRoot, values.directory)) || values.directory,
        seconds: (performance.now() - began) / 1000,
      },
      process.stdout.isTTY && !process.env.NO_COLOR,
    ),
  );
  // From here on a part that ends, ends everything.
  throw await firstEnding();
}

async function startPlatform(directory: string): Promise<Ready> {
  let tellReady: (ready: Ready) => void;
  const ready = new Promise<Ready>((resolve) => {
    tellReady = resolve;
  });
  parts.push(
    startPart({
      name: 'platform',
      // As the command's first line has it: they keep the platform small.
      nodeArgs: [
        '--min-semi-space-size=8',
        '--max-semi-space-size=8',
        '--heap-growing-percent=10',
        '--v8-pool-size=2',
        '--no-sparkplug',
        '--use-largepages=silent',
      ],
      program: join(repositoryRoot, 'packages/server/dist/main.js'),
      args: ['sample', '--directory', directory],
      onLine: (line) => {
        const said = parse(line);
        if (said?.ready !== true) return repeat('platform', line);
        tellReady(said as unknown as Ready);
        return undefined;
      },
    }),
  );
  return orEnd(ready);
}

async function startOrders(ready: Ready, door: Door): Promise<void> {
  parts.push(
    startPart({
      name: 'orders',
      program: join(repositoryRoot, 'examples/orders/dist/main.js'),
      env: {
        CASTELLAN_ISSUER: ready.public_url,
        CASTELLAN_SERVICE: 'orders',
        CASTELLAN_SERVICE_KEY: ready.service_key,
        ...(ready.client_id && ready.client_secret
          ? { CASTELLAN_CLIENT_ID: ready.client_id, CASTELLAN_CLIENT_SECRET: ready.client_secret }
          : {}),
        ORDERS_URL: `http://localhost:${door.port}`,
        DATABASE_URL: ready.orders_database_url,
        ORDERS_SAMPLE_FILE: ready.sample_file,
        HOST: door.host,
        PORT: String(door.port),
        LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
      },
      onLine: (line) => repeat('orders', line),
    }),
  );
  await orEnd(waitForDoor(door, leaving.signal));
}

/** Waits for something that a part should bring about, or for the end of a part. */
async function orEnd<T>(wanted: Promise<T>): Promise<T> {
  const left = new Promise<never>((_, reject) => {
    leaving.signal.addEventListener('abort', () => reject(new Stop('')), { once: true });
  });
  return Promise.race([wanted, left, firstEnding().then((stop) => Promise.reject(stop))]);
}

async function firstEnding(): Promise<Stop> {
  const { name, ending } = await Promise.race(
    parts.map(async (part) => ({ name: part.name, ending: await part.ended })),
  );
  const taken = ending.lastLines.some((line) => line.includes('EADDRINUSE'));
  const hint =
    taken && name === 'orders' ? '\nIts port is taken. Choose another: ORDERS_PORT=9105 npm start' : '';
  return new Stop(`The ${name} part ${ending.reason}.${hint}`);
}

/** Shows a line of a part: its warnings and errors in words, plain text as it is. */
function repeat(name: string, line: string): string | undefined {
  if (line.trim() === '') return undefined;
  const entry = parse(line);
  const text = entry ? describeEntry(entry) : line;
  if (text !== undefined) console.error(`[${name}] ${text}`);
  return text;
}

const leastLevel = 40;

function describeEntry(entry: Record<string, unknown>): string | undefined {
  if (typeof entry.level === 'number' && entry.level < leastLevel) return undefined;
  const error = (entry.err ?? entry.error) as { message?: string; stack?: string } | undefined;
  return [entry.msg, error?.stack ?? error?.message].filter(Boolean).join('\n  ') || JSON.stringify(entry);
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** The product first, then what it stands on. */
async function endParts(): Promise<void> {
  for (const part of parts.toReversed()) await part.stop();
}

let asked = false;
function leave(): void {
  if (asked) {
    for (const part of parts) part.kill();
    process.exit(1);
  }
  asked = true;
  if (parts.length > 0) console.log('\nStopping …');
  leaving.abort();
  endParts().then(
    () => process.exit(0),
    () => process.exit(1),
  );
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);

// npm keeps a SIGTERM to itself: that it is gone is then all that this process is told.
const npm = process.ppid;
if (process.env.npm_lifecycle_event)
  setInterval(() => {
    if (process.ppid !== npm && !asked) leave();
  }, 500).unref();

try {
  await main();
} catch (error) {
  // While leaving, parts end because they were asked to.
  if (!asked) {
    console.error(error instanceof Stop ? error.message : error);
    process.exitCode = 1;
    await endParts();
    process.exit();
  }
}
