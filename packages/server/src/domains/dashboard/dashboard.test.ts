import { stats } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFollower } from '../../platform/activity/follower.ts';
import { activityDaysFollower } from './count-by-day.ts';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
});
afterAll(() => house.close());

const read = async () => (await admin.call(stats)).result;
const dayOf = (daysAgo: number): string =>
  new Date(house.clock.now().getTime() - daysAgo * 864e5).toISOString().slice(0, 10);

async function signedIn(sequence: number, daysAgo: number, action = 'user_login'): Promise<void> {
  await house.query(
    `INSERT INTO activity_events (sequence, id, action, actors, target_kind, target_label, detail, at)
     VALUES ($1, gen_random_uuid(), $2, '[]', 'user', 'x', '{}', $3)`,
    [sequence, action, new Date(`${dayOf(daysAgo)}T12:00:00Z`)],
  );
}

describe('P13 the dashboard', () => {
  it('counts people by state, workspaces by size, members by role, sessions that are live', async () => {
    const people = [];
    for (let index = 0; index < 12; index++) people.push(await house.person());
    await house.query(`UPDATE users SET state = 'invited' WHERE id = $1`, [people[0]!.id]);
    await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [people[1]!.id]);
    await house.query(`INSERT INTO user_logins VALUES ($1, now() - interval '31 days')`, [people[2]!.id]);
    const workspace = await house.workspace({
      members: people.map((person, index) => [person, index === 0 ? 'owner' : 'viewer'] as const),
    });
    await house.workspace();
    await house.workspace({ members: [[people[0]!, 'admin']] });
    await house.query(
      `INSERT INTO groups (id, workspace_id, name, created_at, updated_at) VALUES (gen_random_uuid(), $1, 'G', now(), now())`,
      [workspace.id],
    );
    const figures = await read();
    expect(figures).toMatchObject({
      users: { total: 13, active: 11, invited: 1, deactivated: 1 },
      activeUsers30d: 1, // The administrator, just now.
      workspaces: 3,
      groups: 1,
      services: 0,
      liveSessions: 1,
      roles: { owner: 1, admin: 1, editor: 0, viewer: 11 },
    });
    expect(figures.workspaceSizes.filter((size) => size.count > 0)).toEqual([
      { label: 'empty', count: 1 },
      { label: '1–10', count: 1 },
      { label: '11–50', count: 1 },
    ]);
    house.clock.pass(2 * 3600);
    admin = await house.administrator();
    expect((await read()).liveSessions).toBe(1);
  });

  it('shows 30 days, oldest first, those without any too, each sign-in once whether added up yet or not', async () => {
    await house.platform.settled();
    const [row] = await house.query<{ last: string }>('SELECT max(sequence) AS last FROM activity_events');
    let sequence = Number(row!.last) + 1000;
    for (const daysAgo of [3, 3, 29, 30, 40]) await signedIn(sequence++, daysAgo);
    await signedIn(sequence++, 3, 'user_logout');
    const before = (await read()).signInsByDay;
    expect(before).toHaveLength(30);
    expect(before[0]).toEqual({ day: dayOf(29), count: 1 });
    expect(before.at(-1)!.day).toBe(dayOf(0));
    expect(before.find(({ day }) => day === dayOf(3))!.count).toBe(2);
    expect(before.find(({ day }) => day === dayOf(4))!.count).toBe(0);
    const run = runFollower({
      database: house.platform.database,
      follower: activityDaysFollower,
      log: pino({ level: 'silent' }),
    });
    run.nudge();
    await run.stop();
    const moved = await house.query(
      `SELECT 1 FROM activity_followers WHERE name = 'activity-days' AND position >= $1`,
      [sequence - 1],
    );
    expect(moved).toHaveLength(1);
    expect((await read()).signInsByDay).toEqual(before);
    await signedIn(sequence++, 3);
    expect((await read()).signInsByDay.find(({ day }) => day === dayOf(3))!.count).toBe(3);
  });

  it('counts new people by day', async () => {
    const person = await house.person();
    await house.query('UPDATE users SET created_at = $2 WHERE id = $1', [
      person.id,
      new Date(`${dayOf(7)}T23:59:59Z`),
    ]);
    const { newUsersByDay } = await read();
    expect(newUsersByDay).toHaveLength(30);
    expect(newUsersByDay.find(({ day }) => day === dayOf(7))).toEqual({ day: dayOf(7), count: 1 });
  });

  it('ends with the ten latest events', async () => {
    const [row] = await house.query<{ last: string }>('SELECT max(sequence) AS last FROM activity_events');
    for (let index = 1; index <= 12; index++) await signedIn(Number(row!.last) + index, 1);
    const { recentActivity } = await read();
    expect(recentActivity).toHaveLength(10);
    expect(recentActivity[0]!.sequence).toBe(Number(row!.last) + 12);
    const sequences = recentActivity.map((event) => event.sequence);
    expect(sequences).toEqual([...sequences].sort((one, other) => other - one));
  });

  it('has figures for an empty house', async () => {
    const empty = await createTestPlatform();
    try {
      const figures = (await (await empty.administrator()).call(stats)).result;
      expect(figures).toMatchObject({ users: { total: 1 }, workspaces: 0, liveSessions: 1 });
    } finally {
      await empty.close();
    }
  });
});
