import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@castellan/testkit/database';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Connection, connect } from '../database/connect.ts';
import { fillSample } from './fill.ts';
import { generateSample, type SampleSource } from './generate.ts';

const until = new Date('2026-06-30T12:00:00Z');
const workspaces = ['acme', 'globex', 'initech'].map((slug) => ({ id: randomUUID(), slug, name: slug }));
const source: SampleSource = {
  workspaces,
  users: Array.from({ length: 200 }, (_, index) => ({
    id: randomUUID(),
    email: `person${index}@example.com`,
    name: `Person ${index}`,
    workspaceIds: [workspaces[index % 3]!.id],
  })),
};

let testDatabase: TestDatabase;
let connection: Connection;
beforeAll(async () => {
  testDatabase = await createTestDatabase({ content: 'empty' });
  connection = await connect(testDatabase.url, () => {});
});
afterAll(async () => {
  await connection.pool.end();
  await testDatabase.drop();
});

describe('sample orders', () => {
  test('are the same for the same source and time', () => {
    expect(generateSample(source, until)).toEqual(generateSample(source, until));
  });

  test('fill an empty order book once, even when two processes start', async () => {
    const filled = await Promise.all([1, 2].map(() => fillSample(connection.pool, source, until)));
    const done = filled.filter((one) => one !== null);
    expect(done).toHaveLength(1);
    expect(done[0]!.orders).toBeGreaterThanOrEqual(3500);
    expect(await fillSample(connection.pool, source, until)).toBeNull();
  });

  test('add up: totals are their lines, refunds are what orders say, nothing lies in the future', async () => {
    const { rows } = await connection.pool.query(
      `
      select
        (select count(*)::int from orders o where total_minor <> (
          select sum(quantity * unit_price_minor) from order_lines l where l.order_id = o.id)) as wrong_totals,
        (select count(*)::int from orders o where refunded_minor <> (
          select coalesce(sum(amount_minor), 0) from refunds r where r.order_id = o.id)) as wrong_refunds,
        (select count(*)::int from orders where (status = 'refunded') <> (refunded_minor = total_minor)) as wrong_states,
        (select count(*)::int from orders where created_at > $1) as in_future,
        (select count(*)::int from (
          select created_at < lag(created_at) over (partition by workspace_id order by number) as back from orders
        ) x where back) as out_of_order,
        (select count(distinct workspace_id)::int from orders) as workspaces`,
      [until],
    );
    expect(rows[0]).toEqual({
      wrong_totals: 0,
      wrong_refunds: 0,
      wrong_states: 0,
      in_future: 0,
      out_of_order: 0,
      workspaces: 3,
    });
  });
});
