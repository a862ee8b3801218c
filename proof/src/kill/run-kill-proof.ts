import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { attachEmbeddedDatabase, silentLog } from '@castellan/server/database';
import pg from 'pg';
import { type Outcome, readClientLog } from './client-log.ts';
import { type Furnished, furnish } from './furnish.ts';
import { type Finding, heeded, judge } from './judge.ts';
import { killTree } from './process-tree.ts';
import { adminUrlOf, type Place, publicUrlOf, type RunningServer, startServer } from './server-tree.ts';
import type { Orders } from './writers.ts';

/** What one round did and found. */
export interface Round {
  readonly round: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Sent, and no answer came: each of them may have happened or not. */
  readonly unanswered: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly killedProcesses: number;
  readonly readyAgainMs: number;
  readonly findings: readonly Finding[];
}

export interface KillProof {
  readonly writers: number;
  readonly rounds: readonly Round[];
  /** Every log judged once more at the very end. */
  readonly final: readonly Finding[];
}

const writers = 16;
const roundCount = 10;
const acknowledgedAtLeast = 1_000;
/** The kill falls at a random moment after enough was acknowledged. */
const longestDelayMs = 400;
const roundPatienceMs = 120_000;
const settlePatienceMs = 15_000;

/** Kills a whole house again and again while it is written to, and judges it by what its clients were told. */
export async function runKillProof(say: (line: string) => void): Promise<KillProof> {
  const home = await mkdtemp(join(tmpdir(), 'castellan-kill-'));
  const place: Place = {
    directory: join(home, 'house'),
    publicPort: await freePort(),
    adminPort: await freePort(),
    secret: randomBytes(32).toString('base64'),
  };
  let server: RunningServer | undefined;
  try {
    server = await startServer(place);
    const furnished = await withClient(place, (client) => furnish(place, server!, client));
    const rounds: Round[] = [];
    const logs: Outcome[][] = [];
    for (let round = 1; round <= roundCount; round++) {
      const logPath = join(home, `clients-${round}.log`);
      const killedProcesses = await writeUntilKilled(place, server, furnished, logPath);
      const outcomes = readClientLog(logPath);
      server = await startServer(place);
      const findings = await withClient(place, async (client) => {
        await settled(client);
        return judge(client, outcomes);
      });
      logs.push(outcomes);
      const done = summarize(round, outcomes, killedProcesses, server.readyAfterMs, findings);
      rounds.push(done);
      say(
        `round ${round}: ${done.acknowledged} acknowledged, ${done.unanswered} unanswered, ${killedProcesses} processes killed, ready again after ${Math.round(done.readyAgainMs)} ms, ${findings.flatMap(({ complaints }) => complaints).length} complaints`,
      );
    }
    const final = await withClient(place, (client) => judge(client, logs.flat()));
    return { writers, rounds, final };
  } finally {
    if (server) await killTree(server.pid, home);
    await rm(home, { recursive: true, force: true });
  }
}

async function writeUntilKilled(
  place: Place,
  server: RunningServer,
  furnished: Furnished,
  logPath: string,
): Promise<number> {
  const clients = fork(fileURLToPath(new URL('./writers.ts', import.meta.url)), { stdio: 'inherit' });
  try {
    await once(clients, 'message');
    const orders: Orders = {
      ...furnished,
      logPath,
      writers,
      publicUrl: publicUrlOf(place),
      adminUrl: adminUrlOf(place),
    };
    const enough = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error('Too few writes were acknowledged in time')),
        roundPatienceMs,
      );
      clients.on('message', ({ acknowledged }: { acknowledged: number }) => {
        if (acknowledged < acknowledgedAtLeast) return;
        clearTimeout(timer);
        resolve();
      });
    });
    clients.send(orders);
    await enough;
    await sleep(Math.random() * longestDelayMs);
    const killed = await killTree(server.pid, place.directory);
    // Every writer ends by itself once no answer comes.
    if (clients.exitCode === null) await Promise.race([once(clients, 'exit'), sleep(15_000)]);
    return killed;
  } finally {
    clients.kill('SIGKILL');
  }
}

/** Waits until the log has caught up: numbering follows the commit, and after a kill there is some to catch up with. */
async function settled(client: pg.ClientBase): Promise<void> {
  const giveUpAt = performance.now() + settlePatienceMs;
  for (;;) {
    const { rows } = await client.query<{ waiting: number; behind: number }>(
      `SELECT (SELECT count(*)::int FROM activity_outbox) AS waiting,
              (SELECT count(*)::int FROM activity_followers f JOIN activity_events e ON e.sequence > f.position
               WHERE NOT $1::jsonb ? f.name OR $1::jsonb -> f.name ? e.action) AS behind`,
      [JSON.stringify(heeded)],
    );
    if ((rows[0]!.waiting === 0 && rows[0]!.behind === 0) || performance.now() > giveUpAt) return;
    await sleep(50);
  }
}

async function withClient<T>(place: Place, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const address = await attachEmbeddedDatabase({
    directory: join(place.directory, 'database'),
    log: silentLog,
  });
  if (!address) throw new Error('The embedded database does not run');
  const client = new pg.Client(address.connection);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function summarize(
  round: number,
  outcomes: readonly Outcome[],
  killedProcesses: number,
  readyAgainMs: number,
  findings: readonly Finding[],
): Round {
  const acknowledged = outcomes.filter((outcome) => outcome.acknowledged !== undefined);
  const refused = outcomes.filter((outcome) => outcome.refused !== undefined);
  const byKind: Record<string, number> = {};
  for (const { write } of acknowledged) byKind[write.kind] = (byKind[write.kind] ?? 0) + 1;
  return {
    round,
    sent: outcomes.length,
    acknowledged: acknowledged.length,
    refused: refused.length,
    unanswered: outcomes.length - acknowledged.length - refused.length,
    byKind,
    killedProcesses,
    readyAgainMs,
    findings,
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      listener.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
