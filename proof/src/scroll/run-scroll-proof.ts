import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPlatform, createServerLog, readSettings } from '@castellan/server';
import { migrate, silentLog, startEmbeddedDatabase } from '@castellan/server/database';
import { freePort } from '@castellan/testkit';
import { launchBrowser, type TestPage } from '@castellan/testkit/browser';
import { hash } from '@node-rs/argon2';
import pg from 'pg';

const people = 100_000;
const scrollMs = 15_000;
const password = 'scrolled from end to end';
const email = 'operator@scroll.example';
const consoleDirectory = fileURLToPath(new URL('../../../apps/console/dist', import.meta.url));
const widths = [1440, 390] as const;

/** What one scroll was like. */
export interface Scroll {
  readonly width: number;
  readonly frames: number;
  /** The longest time between two frames, in milliseconds. */
  readonly longestFrameMs: number;
  readonly p99FrameMs: number;
  /** Tasks of the main thread over 50 ms, as the browser reports them (Long Tasks API). */
  readonly longTasks: number;
  readonly longestTaskMs: number;
  /** How far down the list it came, in CSS pixels. */
  readonly reachedPixels: number;
}

/** The console's list of 100,000 people, scrolled in Chromium by its wheel, with every frame measured. */
export async function runScrollProof(say: (line: string) => void): Promise<readonly Scroll[]> {
  const directory = await mkdtemp(join(tmpdir(), 'castellan-scroll-'));
  const database = await startEmbeddedDatabase({ directory, log: silentLog });
  try {
    const connection = { connectionString: database.url };
    await migrate({ database: connection, log: silentLog });
    await fill(connection);
    say(`${people.toLocaleString('en')} people are in place`);
    const port = await freePort();
    const address = `http://localhost:${port}`;
    const settings = readSettings({
      DATABASE_URL: database.url,
      KEY_ENCRYPTION_SECRET: Buffer.alloc(32, 7).toString('base64'),
      PUBLIC_URL: 'http://localhost:9003',
      ADMIN_URL: address,
    });
    const { log } = createServerLog('silent');
    const platform = await createPlatform({ settings, connection, log, consoleDirectory });
    await platform.adminListener.listen({ host: 'localhost', port });
    const browser = await launchBrowser();
    try {
      const scrolls: Scroll[] = [];
      for (const width of widths) {
        const opened = await browser.openPage({
          url: `${address}/users`,
          width,
          tolerates: [/status of 401/],
        });
        await signIn(opened);
        const scroll = await measure(opened, width);
        say(`${width} px: longest frame ${scroll.longestFrameMs} ms, ${scroll.longTasks} long tasks`);
        scrolls.push(scroll);
        await opened.close();
      }
      return scrolls;
    } finally {
      await browser.close();
      await platform.close();
    }
  } finally {
    await database.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function fill(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query(
      `INSERT INTO users (id, email, name, state, created_at, updated_at)
       SELECT gen_random_uuid(), 'person-' || n || '@scroll.example', 'Person ' || n, 'active', now() - n * interval '1 minute', now()
       FROM generate_series(1, $1::int) n`,
      [people],
    );
    await client.query(
      `INSERT INTO users (id, email, name, state, is_admin, password_hash, password_set_at, email_verified_at, created_at, updated_at)
       VALUES ($1, $2, 'Operator', 'active', true, $3, now(), now(), now(), now())`,
      [randomUUID(), email, await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })],
    );
    await client.query('VACUUM ANALYZE users');
  } finally {
    await client.end();
  }
}

async function signIn({ page }: TestPage): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
  await page.getByText('Person 1', { exact: true }).first().waitFor();
}

interface Seen {
  readonly frames: number[];
  readonly tasks: number[];
  readonly reached: number;
}

/** Runs in the page: notes the time between frames, and long tasks. */
const watch = `
  const seen = (window.seen = { frames: [], tasks: [], going: true });
  let last = performance.now();
  const frame = (now) => {
    seen.frames.push(now - last);
    last = now;
    if (seen.going) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) seen.tasks.push(task.duration);
  }).observe({ type: 'longtask' });
`;

const read = `
  window.seen.going = false;
  ({ frames: seen.frames, tasks: seen.tasks,
    reached: Math.max(...[...document.querySelectorAll('*')].map((one) => one.scrollTop)) })
`;

async function measure({ page }: TestPage, width: number): Promise<Scroll> {
  // What is measured is the list, not the start of the page.
  await page.waitForLoadState('networkidle');
  await page.evaluate(watch);
  await page.mouse.move(width / 2, 500);
  const end = Date.now() + scrollMs;
  for (let turn = 0; Date.now() < end; turn++) {
    // As a hand does it: many turns down, now and then some up.
    await page.mouse.wheel(0, turn % 12 === 11 ? -900 : 360);
    await page.waitForTimeout(30);
  }
  const { frames, tasks, reached } = await page.evaluate<Seen>(read);
  const sorted = frames.slice(2).sort((a, b) => a - b);
  const round = (value: number | undefined): number => Math.round((value ?? 0) * 10) / 10;
  return {
    width,
    frames: sorted.length,
    longestFrameMs: round(sorted.at(-1)),
    p99FrameMs: round(sorted[Math.floor(sorted.length * 0.99)]),
    longTasks: tasks.length,
    longestTaskMs: round(Math.max(0, ...tasks)),
    reachedPixels: Math.round(reached),
  };
}
