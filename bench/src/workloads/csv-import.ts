import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from '../house.ts';
import { median } from '../load/generate.ts';
import { processorTime, residentMegabytes } from '../machine/processor-time.ts';
import type { ServerProcess } from '../machine/server-process.ts';
import type { WorkloadResult } from '../report.ts';
import { signInAdministrator } from '../sign-in-client.ts';

const rows = 100_000;
const rounds = 3;
const patienceMs = 120_000;

interface Import {
  readonly previewSeconds: number;
  readonly executeSeconds: number;
  readonly numberedSeconds: number;
  readonly growthMegabytes: number;
  readonly serverSeconds: number;
  readonly databaseSeconds: number;
}

function file(round: number): string {
  const lines = Array.from(
    { length: rows },
    (_, index) => `import-${round}-${index}@example.com,Imported Person ${index},bench,viewer`,
  );
  return `email,name,workspace_slug,role\r\n${lines.join('\r\n')}\r\n`;
}

async function importOnce(house: House, server: ServerProcess, round: number): Promise<Import> {
  const headers = await signInAdministrator(house, server);
  const base = `http://${server.adminTarget.host}:${server.adminTarget.port}/admin/import/csv`;
  const text = file(round);
  await sleep(2000);
  const memoryBefore = residentMegabytes(server.pid).now;
  let peak = memoryBefore;
  const sampler = setInterval(() => {
    peak = Math.max(peak, residentMegabytes(server.pid).now);
  }, 20);
  try {
    const uploadedAt = performance.now();
    const preview = await fetch(`${base}/preview`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'text/csv' },
      body: text,
    });
    if (!preview.ok) throw new Error(`The preview was refused: ${await preview.text()}`);
    const { job } = (await preview.json()) as { job: { id: string; valid_rows: number } };
    if (job.valid_rows !== rows) throw new Error(`${job.valid_rows} of ${rows} rows are valid`);
    const before = { server: processorTime(server.pid), database: processorTime(house.databasePid) };
    const executedAt = performance.now();
    const execute = await fetch(`${base}/execute`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ job_id: job.id }),
    });
    if (!execute.ok) throw new Error(`Executing was refused: ${await execute.text()}`);
    await until(async () => {
      const state = await fetch(`${base}/jobs/${job.id}`, { headers });
      return ((await state.json()) as { state: string }).state === 'finished';
    });
    const finishedAt = performance.now();
    let numbered = 0;
    await until(async () => {
      const { rows: last } = await house.pool.query<{ last: string }>(
        'SELECT max(sequence) AS last FROM activity_events',
      );
      const before = numbered;
      numbered = Number(last[0]!.last);
      // Looking at the outbox itself would be work of its own while it is emptied.
      return (
        numbered === before &&
        (await house.pool.query('SELECT 1 FROM activity_outbox LIMIT 1')).rowCount === 0
      );
    });
    const numberedAt = performance.now();
    await check(house, round);
    return {
      previewSeconds: (executedAt - uploadedAt) / 1000,
      executeSeconds: (finishedAt - executedAt) / 1000,
      numberedSeconds: (numberedAt - executedAt) / 1000,
      growthMegabytes: peak - memoryBefore,
      serverSeconds: (processorTime(server.pid) - before.server) / 1e6,
      databaseSeconds: (processorTime(house.databasePid) - before.database) / 1e6,
    };
  } finally {
    clearInterval(sampler);
  }
}

/** A fast import that made too few people, or told too little of it, is none. */
async function check(house: House, round: number): Promise<void> {
  const { rows: found } = await house.pool.query<{ people: number; members: number; events: number }>(
    `SELECT count(*)::int AS people, count(m.user_id)::int AS members,
            (SELECT count(*)::int FROM activity_events e WHERE e.action = 'user_created'
             AND e.detail ->> 'email' LIKE $1) AS events
     FROM users u LEFT JOIN members m ON m.user_id = u.id WHERE u.email LIKE $1`,
    [`import-${round}-%`],
  );
  const { people, members, events } = found[0]!;
  if (people !== rows || members !== rows || events !== rows)
    throw new Error(`The import made ${people} people, ${members} members and ${events} events of ${rows}`);
}

async function until(done: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  while (!(await done())) {
    if (performance.now() > giveUpAt) throw new Error(`It was not done in ${patienceMs} ms`);
    await sleep(50);
  }
}

/** A CSV of a hundred thousand people, uploaded and executed over HTTP. */
export async function measureCsvImport(house: House): Promise<WorkloadResult> {
  const server = await house.serve();
  try {
    const all: Import[] = [];
    for (let round = 0; round < rounds; round++) all.push(await importOnce(house, server, round));
    const of = (read: (one: Import) => number): number => median(all.map(read));
    return {
      title: 'CSV import',
      method: `A file of ${rows.toLocaleString('en')} people, all new, all into one workspace: uploaded (preview), then executed; ${rounds} rounds into one growing database. Executing lasts until the job says finished; then until every event has its number. Memory is the highest resident size of the server while both go on, less what it held before.`,
      goals: [
        { name: 'execute', measured: of(({ executeSeconds }) => executeSeconds), unit: 's', below: 5 },
        {
          name: 'execute, until all events are numbered',
          measured: of(({ numberedSeconds }) => numberedSeconds),
          unit: 's',
          below: 5,
        },
        {
          name: 'memory growth',
          measured: of(({ growthMegabytes }) => growthMegabytes),
          unit: 'MB',
          below: 200,
        },
      ],
      figures: [],
      facts: {
        'execute, each round, s': all.map(({ executeSeconds }) => executeSeconds.toFixed(1)).join(', '),
        'until numbered, each round, s': all
          .map(({ numberedSeconds }) => numberedSeconds.toFixed(1))
          .join(', '),
        'preview, s': of(({ previewSeconds }) => previewSeconds),
        'memory growth in the first round, MB': all[0]!.growthMegabytes,
        'server processor time, s': of(({ serverSeconds }) => serverSeconds),
        'database processor time, s': of(({ databaseSeconds }) => databaseSeconds),
      },
    };
  } finally {
    await server.stop();
  }
}
