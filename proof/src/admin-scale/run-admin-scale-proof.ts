import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog, startEmbeddedDatabase } from '@castellan/server/database';
import pg from 'pg';
import { openAdminJs, type PeerList } from './admin-js.ts';
import { openPlainAdmin } from './plain-admin.ts';
import { createIndexes, createTable, insertRows, type List, openProduct } from './product.ts';

/** How long one kind of question took, in milliseconds. */
export interface Latency {
  readonly question: string;
  readonly asked: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What was found with one number of rows. */
export interface AdminScaleFigures {
  readonly rows: number;
  /** Rows that came when the whole list was walked page by page, each once. */
  readonly walked: number;
  readonly castellan: readonly Latency[];
  /** Others on the same table in the same run, by name. */
  readonly peers: Readonly<Record<string, readonly Latency[]>>;
}

/** What the proof found. */
export interface AdminScaleProof {
  readonly postgresql: string;
  /** The version of AdminJS, or why it is not among the peers. */
  readonly adminJs: string;
  readonly figures: readonly AdminScaleFigures[];
}

/** The numbers of rows, from least to most. `brief` is to see that it works; its figures say nothing. */
const sizes = { whole: [1_000, 10_000_000], brief: [1_000, 5_000] } as const;
const batch = 100_000;
const walkedAtOnce = 200;

/** Lists of an administered model of a thousand and of ten million rows, on an embedded PostgreSQL as it comes. */
export async function runAdminScaleProof(
  say: (line: string) => void,
  { isBrief = false } = {},
): Promise<AdminScaleProof> {
  const directory = await mkdtemp(join(tmpdir(), 'castellan-admin-scale-'));
  const database = await startEmbeddedDatabase({ directory, log: silentLog });
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  try {
    const { rows } = await pool.query<{ version: string }>(
      "SELECT current_setting('server_version') AS version",
    );
    const list = openProduct(pool);
    const figures: AdminScaleFigures[] = [];
    let adminJs: Awaited<ReturnType<typeof openAdminJs>> | undefined;
    for (const size of isBrief ? sizes.brief : sizes.whole) {
      await fill(pool, size, say);
      // Its adapter reads the tables when it begins, and so only now that there is one.
      adminJs ??= await openAdminJs(directory, database.url);
      const peers: Record<string, PeerList> = {
        ...('list' in adminJs ? { AdminJS: adminJs.list } : {}),
        'plain SQL': openPlainAdmin(pool),
      };
      figures.push(await measure(list, peers, size, isBrief ? 40 : 400, say));
    }
    const known = adminJs && 'version' in adminJs ? adminJs.version : `not measured: ${adminJs?.reason}`;
    return { postgresql: rows[0]!.version, adminJs: known, figures };
  } finally {
    await pool.end();
    await database.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function fill(pool: pg.Pool, size: number, say: (line: string) => void): Promise<void> {
  await pool.query('DROP TABLE IF EXISTS scale_orders');
  await pool.query(createTable);
  for (let from = 1; from <= size; from += batch)
    await pool.query(insertRows, [from, Math.min(from + batch - 1, size)]);
  for (const statement of createIndexes) await pool.query(statement);
  await pool.query('VACUUM ANALYZE scale_orders');
  say(`${size.toLocaleString('en')} rows are in place`);
}

async function measure(
  list: List,
  peers: Readonly<Record<string, PeerList>>,
  rows: number,
  times: number,
  say: (line: string) => void,
): Promise<AdminScaleFigures> {
  let seed = 1;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const customer = (): number => 1 + random(Math.ceil(rows / 100));
  const letter = (): string => String.fromCharCode(65 + random(26));
  const ask = async (question: string, asked: number, one: () => Promise<number>): Promise<Latency> => {
    const took: number[] = [];
    for (let turn = 0; turn < asked; turn++) took.push(await one());
    took.sort((a, b) => a - b);
    const latency = {
      question,
      asked,
      p50Ms: took[Math.floor(asked / 2)]!,
      p99Ms: took[Math.min(asked - 1, Math.floor(asked * 0.99))]!,
    };
    say(`${rows.toLocaleString('en')} rows, ${question}: p99 ${latency.p99Ms.toFixed(1)} ms`);
    return latency;
  };
  const timed = async (payload: object): Promise<number> => (await list(payload)).tookMs;

  // What is measured is not the compiling of code.
  for (let turn = 0; turn < 200; turn++) await list({});
  const { walked, pages } = await walk(list, rows);
  let page = 0;
  const castellan = [
    await ask('first page', times, () => timed({})),
    await ask('first page with its count', times, () => timed({ count: true })),
    await ask('any page after', Math.min(times, pages.length), () => timed({ cursor: pages[page++]! })),
    await ask('filter on an indexed column', times, () =>
      timed({ filter: { field: 'customerId', op: 'eq', value: customer() } }),
    ),
    await ask('prefix search, many rows', times, () => timed({ search: letter() })),
    await ask('prefix search, few rows', times, () =>
      timed({ search: `${letter()}-${String(random(100_000_000)).padStart(8, '0').slice(0, 5)}` }),
    ),
    await ask('prefix search, no row', times, () => timed({ search: `nobody-${random(1_000_000)}` })),
  ];
  const few = Math.min(times, 7);
  const compared: Record<string, readonly Latency[]> = {};
  for (const [name, peer] of Object.entries(peers)) {
    await peer({});
    compared[name] = [
      await ask(`${name}: first page with its count`, few, () => peer({})),
      await ask(`${name}: a page in the middle`, few, () =>
        peer({ offset: Math.floor(rows / 2) + random(100) }),
      ),
      await ask(`${name}: filter on an indexed column`, few, () => peer({ customerId: customer() })),
      await ask(`${name}: search`, few, () => peer({ search: `nobody-${random(1_000_000)}` })),
    ];
  }
  return { rows, walked, castellan, peers: compared };
}

/** Goes from the first page to the last, counts every row once, and picks up cursors all along the way. */
async function walk(
  list: List,
  rows: number,
): Promise<{ readonly walked: number; readonly pages: readonly string[] }> {
  const every = Math.max(1, Math.floor(rows / walkedAtOnce / 400));
  const pages: string[] = [];
  let walked = 0;
  let last = BigInt(rows) + 1n;
  let cursor: string | null = null;
  for (let turn = 0; ; turn++) {
    const { data }: Awaited<ReturnType<List>> = await list({ fields: ['id'], cursor }, walkedAtOnce);
    for (const { id } of data.items) {
      // Later orders have greater ids, so that the list by time goes down one by one.
      if (BigInt(id) !== last - 1n) throw new Error(`After row ${last} came ${id}`);
      last = BigInt(id);
    }
    walked += data.items.length;
    cursor = data.next_cursor;
    if (cursor === null) return { walked, pages };
    if (turn % every === 0) pages.push(cursor);
  }
}
