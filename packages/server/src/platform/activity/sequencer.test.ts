import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NewEvent, systemOrigin } from './event.ts';
import { runFollower } from './follower.ts';
import { startSequencer } from './sequencer.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
});
afterAll(() => house.close());

const event = (label: string): NewEvent => ({
  action: 'user_updated',
  target: { kind: 'user', id: null, label },
});
const write = (label: string) =>
  house.platform.database.write(systemOrigin, async (tx) => tx.record(event(label)));
const sequences = async (): Promise<number[]> =>
  (await house.query<{ sequence: string }>('SELECT sequence FROM activity_events ORDER BY sequence')).map(
    (row) => Number(row.sequence),
  );

describe('one order of events, given after commit (ARCHITECTURE.md, one event log)', () => {
  it('gives a transaction that began early and commits late a later number, so that no follower skips it', async () => {
    const seen: string[] = [];
    const follower = runFollower({
      database: house.platform.database,
      log: pino({ level: 'silent' }),
      follower: {
        name: 'late-commit test',
        actions: ['user_updated'],
        handle: async (_tx, events) => void seen.push(...events.map((each) => each.targetLabel)),
      },
    });
    let finish = (): void => {};
    const late = house.platform.database.write(systemOrigin, async (tx) => {
      tx.record(event('late'));
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    await write('early');
    await house.platform.settled();
    follower.nudge();
    await expect.poll(() => seen).toEqual(['early']);
    finish();
    await late;
    await house.platform.settled();
    follower.nudge();
    await expect.poll(() => seen).toEqual(['early', 'late']);
    await follower.stop();
  });

  it('numbers without gaps or doubles, with three sequencers trying and many writers', async () => {
    const connection = house.platform.database.pool.options;
    const rivals = [1, 2].map(() =>
      startSequencer({ connection, log: pino({ level: 'silent' }), onNumbered: () => {} }),
    );
    await Promise.all(Array.from({ length: 300 }, (_, index) => write(`event ${index}`)));
    await house.platform.settled();
    const found = await sequences();
    expect(found).toEqual(Array.from({ length: found.length }, (_, index) => index + 1));
    expect(found.length).toBeGreaterThanOrEqual(300);
    const [outbox] = await house.query<{ count: string }>('SELECT count(*) FROM activity_outbox');
    expect(Number(outbox!.count)).toBe(0);
    await Promise.all(rivals.map((rival) => rival.stop()));
  });

  it('writes no event of a transaction that failed', async () => {
    await expect(
      house.platform.database.write(systemOrigin, async (tx) => {
        tx.record(event('never'));
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await house.platform.settled();
    expect(await house.query(`SELECT 1 FROM activity_events WHERE target_label = 'never'`)).toEqual([]);
  });

  it('lets a follower that failed see the same events again, and counts none twice', async () => {
    let fail = true;
    const seen: string[] = [];
    const follower = runFollower({
      database: house.platform.database,
      log: pino({ level: 'silent' }),
      follower: {
        name: 'failing test',
        actions: ['user_updated'],
        handle: async (_tx, events) => {
          if (fail) throw new Error('not now');
          seen.push(...events.map((each) => each.id));
        },
      },
    });
    follower.nudge();
    await new Promise((resolve) => setTimeout(resolve, 50));
    fail = false;
    follower.nudge();
    const [row] = await house.query<{ count: string }>(
      `SELECT count(*) FROM activity_events WHERE action = 'user_updated'`,
    );
    await expect.poll(() => seen.length).toBe(Number(row!.count));
    expect(new Set(seen).size).toBe(seen.length);
    await follower.stop();
  });

  it('lets nobody change, remove or empty what is in the log', async () => {
    for (const statement of [
      `UPDATE activity_events SET target_label = 'x'`,
      'DELETE FROM activity_events',
      'TRUNCATE activity_events',
    ])
      await expect(house.query(statement)).rejects.toThrow('only ever added');
  });
});
