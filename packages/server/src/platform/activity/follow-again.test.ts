import { usersCreate } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

let house: TestPlatform;
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  house = await createTestPlatform();
});
afterAll(async () => {
  vi.useRealTimers();
  await house.close();
});

it('what a replica left unfollowed is taken up without a further event: an invitation is not left unsent', async () => {
  const admin = await house.administrator();
  await house.platform.settled();
  const mails = () => house.query('SELECT FROM mail_messages');
  // Another replica holds the follower's row, and goes without having seen the event.
  const replica = new pg.Client({ connectionString: house.testDatabase.url });
  await replica.connect();
  await expect
    .poll(async () => (await replica.query("SELECT FROM activity_followers WHERE name = 'mail'")).rowCount)
    .toBe(1);
  await replica.query("BEGIN; SELECT FROM activity_followers WHERE name = 'mail' FOR UPDATE");
  await admin.call(usersCreate, { body: { email: 'waits@example.com', name: 'Wai Ting' } });
  await house.platform.settled();
  await new Promise((resolve) => setTimeout(resolve, 400));
  await replica.end();
  expect(await mails()).toHaveLength(0);
  vi.advanceTimersByTime(10_000);
  await expect.poll(async () => (await mails()).length, { timeout: 3000 }).toBe(1);
});
