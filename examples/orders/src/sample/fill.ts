import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { z } from 'zod';
import { generateSample, type SampleSource } from './generate.ts';

const SampleFile = z.object({
  workspaces: z.array(z.object({ id: z.guid(), slug: z.string(), name: z.string() })),
  users: z.array(
    z.object({ id: z.guid(), email: z.string(), name: z.string(), workspace_ids: z.array(z.guid()) }),
  ),
});

const fillLock = 7_261_002;

/** Reads the file in which the platform describes its sample workspaces and people. */
export async function readSampleFile(path: string): Promise<SampleSource> {
  const { workspaces, users } = SampleFile.parse(JSON.parse(await readFile(path, 'utf8')));
  return {
    workspaces,
    users: users.map(({ id, email, name, workspace_ids }) => ({
      id,
      email,
      name,
      workspaceIds: workspace_ids,
    })),
  };
}

/** What was filled, and how long it took. */
export interface Filled {
  readonly customers: number;
  readonly orders: number;
  readonly lines: number;
  readonly refunds: number;
  readonly tookMs: number;
}

/** Fills an empty order book, all or nothing; `null` when there are orders already. */
export async function fillSample(pool: pg.Pool, source: SampleSource, until: Date): Promise<Filled | null> {
  const started = performance.now();
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [fillLock]);
    const { rowCount } = await client.query('select 1 from orders limit 1');
    const sample = rowCount === 0 ? generateSample(source, until) : null;
    if (sample !== null) {
      const insert = (table: string, columns: Readonly<Record<string, string>>, rows: readonly object[]) =>
        insertRows(client, table, columns, rows);
      const made = { id: 'uuid', workspaceId: 'uuid', createdBy: 'uuid', createdAt: 'timestamptz' };
      await insert('people', { userId: 'uuid', name: 'text', email: 'text' }, peopleOf(source));
      await insert('customers', { ...made, name: 'text', email: 'text' }, sample.customers);
      const money = { totalMinor: 'bigint', refundedMinor: 'bigint' };
      const order = { number: 'integer', customerId: 'uuid', status: 'text', currency: 'text', ...money };
      await insert('orders', { ...made, ...order }, sample.orders);
      const line = {
        position: 'smallint',
        description: 'text',
        quantity: 'integer',
        unitPriceMinor: 'bigint',
      };
      const owner = { workspaceId: 'uuid', orderId: 'uuid', createdBy: 'uuid' };
      await insert('order_lines', { ...owner, ...line }, sample.lines);
      const refund = { orderId: 'uuid', amountMinor: 'bigint', reason: 'text', idempotencyKey: 'text' };
      const refunds = sample.refunds.map((one) => ({ ...one, idempotencyKey: `sample-${one.id}` }));
      await insert('refunds', { ...made, ...refund }, refunds);
      await client.query(
        `insert into order_numbers (workspace_id, workspace_slug, last_number)
         select o.workspace_id, w.slug, max(o.number) from orders o
         join unnest($1::uuid[], $2::text[]) as w (id, slug) on w.id = o.workspace_id
         group by o.workspace_id, w.slug
         on conflict (workspace_id) do update set last_number = excluded.last_number`,
        [source.workspaces.map(({ id }) => id), source.workspaces.map(({ slug }) => slug)],
      );
    }
    await client.query('commit');
    if (sample === null) return null;
    const { customers, orders, lines, refunds } = sample;
    return {
      customers: customers.length,
      orders: orders.length,
      lines: lines.length,
      refunds: refunds.length,
      tookMs: Math.round(performance.now() - started),
    };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

function peopleOf(source: SampleSource) {
  return source.users.map(({ id, name, email }) => ({ userId: id, name, email }));
}

/** One statement for any number of rows: each column travels as an array. */
async function insertRows(
  client: pg.PoolClient,
  table: string,
  columns: Readonly<Record<string, string>>,
  rows: readonly object[],
): Promise<void> {
  const names = Object.keys(columns);
  const listed = names
    .map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
    .join(', ');
  const arrays = names.map((name, index) => `$${index + 1}::${columns[name]}[]`).join(', ');
  const values = names.map((name) => rows.map((row) => (row as Record<string, unknown>)[name]));
  // An idempotent target: the people of the sample may have worked here before.
  await client.query(
    `insert into ${table} (${listed}) select * from unnest(${arrays}) on conflict do nothing`,
    values,
  );
}
