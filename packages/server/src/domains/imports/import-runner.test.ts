import { importExecute, importPreview } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { createDatabase } from '../../platform/database/transaction.ts';
import { startImportRunner } from './import-runner.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
});
afterAll(() => house.close());

/** A runner as another process would have it: with connections of its own, which can be cut. */
function runnerOfItsOwn(rowsAtOnce: number, name: string) {
  const pool = new pg.Pool({ connectionString: house.testDatabase.url, application_name: name, max: 3 });
  pool.on('error', () => {});
  // A connection may be cut while it is handed on, when neither the pool nor a transaction listens.
  pool.on('connect', (client) => client.on('error', () => {}));
  const runner = startImportRunner({
    database: createDatabase(pool, systemClock),
    log: pino({ level: 'silent' }),
    rowsAtOnce,
  });
  return {
    ...runner,
    /** What the database sees when a process dies: its connections end in the middle of what they do. */
    async die() {
      await house.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
        [name],
      );
      await runner.stop();
      await pool.end();
    },
    async stop() {
      await runner.stop();
      await pool.end();
    },
  };
}

/** Puts a job of `count` people in place, started, while the platform's own runner is not told. */
async function startedJob(domain: string, count: number): Promise<string> {
  const admin = await house.administrator();
  const workspace = await house.workspace();
  const lines = Array.from({ length: count }, (_, n) =>
    n % 10 === 9
      ? `person${n - 1}@${domain},,,`
      : `person${n}@${domain},Person ${n},${workspace.slug},viewer`,
  );
  const { result } = await admin.call(importPreview, {
    rawBody: ['email,name,workspace_slug,role', ...lines].join('\n'),
  });
  // Not by the route: that would wake the runner of this process.
  await house.query(`UPDATE import_jobs SET state = 'running', started_at = now() WHERE id = $1`, [
    result.job.id,
  ]);
  return result.job.id;
}

async function jobOf(id: string) {
  const [job] = await house.query<{
    state: string;
    next_position: number;
    created_users: number;
    added_members: number;
    processed_rows: number;
  }>('SELECT * FROM import_jobs WHERE id = $1', [id]);
  return job!;
}

/** Every event that is told, numbered or not yet. */
const told = `SELECT action, target_id FROM activity_events
  UNION ALL SELECT action, target_id FROM activity_outbox WHERE action IS NOT NULL
  UNION ALL SELECT many.action, many.target_id FROM activity_outbox, unnest(actions, target_ids) AS many (action, target_id)`;

/** Rows behind and before the job's position, with what is there of their people. */
async function people(id: string) {
  return house.query<{ done: boolean; whole: boolean; absent: boolean }>(
    `SELECT r.position < j.next_position AS done,
       u.id IS NOT NULL AND (SELECT count(*) FROM members m WHERE m.user_id = u.id) = 1
         AND (SELECT array_agg(e.action ORDER BY e.action) FROM (${told}) e WHERE e.target_id = u.id)
           = ARRAY['member_invited', 'user_created'] AS whole,
       u.id IS NULL AS absent
     FROM import_rows r JOIN import_jobs j ON j.id = r.job_id LEFT JOIN users u ON u.email = r.email
     WHERE r.job_id = $1 AND r.workspace_slug <> '' ORDER BY r.position`,
    [id],
  );
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('It did not come to that.');
}

it('a crash half-way leaves whole people and a job that goes on; in the end each is there once', async () => {
  const id = await startedJob('crash.example', 2000);
  let position = 0;
  for (let round = 0; round < 4; round++) {
    const runner = runnerOfItsOwn(40, `runner that dies ${round}`);
    await until(async () => (await jobOf(id)).next_position > position);
    await runner.die();
    const job = await jobOf(id);
    position = job.next_position;
    expect(job.state).toBe('running');
    for (const person of await people(id)) {
      if (person.done) expect(person.whole).toBe(true);
      else expect(person.absent).toBe(true);
    }
  }
  expect(position).toBeLessThan(2000);
  const last = runnerOfItsOwn(300, 'the last runner');
  await until(async () => (await jobOf(id)).state === 'finished');
  await last.stop();
  expect(await jobOf(id)).toMatchObject({ processed_rows: 2000, created_users: 1800, added_members: 1800 });
  expect((await people(id)).every((person) => person.whole)).toBe(true);
  await house.platform.settled();
  const [links] = await house.query(
    `SELECT count(*)::int AS people, count(i.id)::int AS links, count(m.id)::int AS mails
     FROM users u LEFT JOIN invitations i ON i.user_id = u.id LEFT JOIN mail_messages m ON m.invitation_id = i.id
     WHERE u.email LIKE '%@crash.example'`,
  );
  expect(links).toEqual({ people: 1800, links: 1800, mails: 1800 });
});

it('runners of several replicas do each row once, and none of them fails', async () => {
  const id = await startedJob('replicas.example', 1500);
  const runners = [1, 2, 3].map((n) => runnerOfItsOwn(50, `replica ${n}`));
  await until(async () => {
    for (const runner of runners) runner.nudge();
    return (await jobOf(id)).state === 'finished';
  });
  for (const runner of runners) await runner.stop();
  expect(await jobOf(id)).toMatchObject({ processed_rows: 1500, created_users: 1350, added_members: 1350 });
  expect((await people(id)).every((person) => person.whole)).toBe(true);
  const finishes = await house.query(
    `SELECT 1 FROM (${told}) e WHERE e.action = 'import_finished' AND e.target_id = $1`,
    [id],
  );
  expect(finishes).toHaveLength(1);
});

it('a platform that starts goes on with what another left', async () => {
  const id = await startedJob('left.example', 100);
  // The route only wakes the runner; the job of the other process is found on the way.
  const admin = await house.administrator();
  const { result } = await admin.call(importPreview, {
    rawBody: 'email,name,workspace_slug,role\nother@left.example,,,',
  });
  await admin.call(importExecute, { body: { jobId: result.job.id } });
  await until(
    async () => (await jobOf(id)).state === 'finished' && (await jobOf(result.job.id)).state === 'finished',
  );
  expect((await jobOf(id)).created_users).toBe(90);
});
