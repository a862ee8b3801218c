import { setTimeout as sleep } from 'node:timers/promises';
import { adminLogin, login, logout, refresh, workspacesCreate } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type TestPerson = Awaited<ReturnType<TestPlatform['person']>>;

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
  await house.service('orders');
});
afterAll(() => house.close());

const anyone = () => house.caller();
const credentials = ({ email, password }: TestPerson) => ({ email, password });
const signIn = (person: TestPerson) =>
  anyone().call(login, { body: { ...credentials(person), service: 'orders' } });
const refusalsOf = async (userId: string): Promise<{ action: string; detail: { reason: string } }[]> => {
  await house.platform.settled();
  return house.query(
    "SELECT action, detail FROM activity_events WHERE target_id = $1 AND action LIKE '%login_refused' ORDER BY sequence",
    [userId],
  );
};

/** Lets a call run into a row that another transaction holds, then goes on in that one and commits it. */
async function whileWaiting<T>(options: {
  readonly hold: (other: pg.Client) => Promise<unknown>;
  readonly call: () => Promise<T>;
  readonly goOn?: (other: pg.Client) => Promise<unknown>;
}): Promise<T> {
  const other = new pg.Client({ connectionString: house.testDatabase.url });
  await other.connect();
  try {
    await other.query("BEGIN; SET LOCAL lock_timeout = '500ms'");
    await options.hold(other);
    const answer = options.call();
    answer.catch(() => {});
    for (let waiting = false; !waiting; await sleep(5)) {
      const { rows } = await other.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      waiting = rows.length > 0;
    }
    await options.goOn?.(other);
    await other.query('COMMIT');
    return await answer;
  } finally {
    await other.end();
  }
}

const holdPerson = (id: string) => (other: pg.Client) =>
  other.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [id]);
/** As a deactivation does, once it holds the person: it would wait here for whoever holds the session already. */
const endSessions = (id: string) => (other: pg.Client) =>
  other.query("UPDATE grants SET ended_at = now(), ended_reason = 'user_deactivated' WHERE user_id = $1", [
    id,
  ]);

describe('who ends the sessions of a person never waits for what those sessions do', () => {
  it('refresh', async () => {
    const person = await house.person();
    const { refreshToken } = (await signIn(person)).result;
    const answer = await whileWaiting({
      hold: holdPerson(person.id),
      call: () => anyone().call(refresh, { body: { refreshToken } }),
      goOn: endSessions(person.id),
    });
    expect(answer.code).toBe('session_ended');
  });

  it('a hundred refreshes with one token wait with one connection: others are served, and none is refused for it', async () => {
    const [person, other] = [await house.person(), await house.person()];
    const { refreshToken } = (await signIn(person)).result;
    const { refreshToken: others } = (await signIn(other)).result;
    const answers = await whileWaiting({
      hold: holdPerson(person.id),
      call: () =>
        Promise.all(Array.from({ length: 100 }, () => anyone().call(refresh, { body: { refreshToken } }))),
      goOn: async (holder) => {
        expect((await anyone().call(refresh, { body: { refreshToken: others } })).status).toBe(200);
        const { rows } = await holder.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        expect(rows).toHaveLength(1);
      },
    });
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ result }) => result.refreshToken)).size).toBe(1);
  }, 60_000);

  it('sign-out', async () => {
    const person = await house.person();
    const { refreshToken } = (await signIn(person)).result;
    const answer = await whileWaiting({
      hold: holdPerson(person.id),
      call: () => anyone().call(logout, { body: { refreshToken } }),
      goOn: endSessions(person.id),
    });
    expect(answer.status).toBe(204);
  });

  it('a change by an operator', async () => {
    const admin = await house.administrator();
    const answer = await whileWaiting({
      hold: holdPerson(admin.person.id),
      call: () => admin.call(workspacesCreate, { body: { name: 'Too late', slug: 'too-late' } }),
      goOn: endSessions(admin.person.id),
    });
    expect(answer.code).toBe('session_ended');
  });
});

describe('every refused sign-in is told in the timeline', () => {
  const deactivate = (id: string) => (other: pg.Client) =>
    other.query("UPDATE users SET state = 'deactivated' WHERE id = $1", [id]);

  it('to a service, of an account that is deactivated while its password is checked', async () => {
    const person = await house.person();
    const answer = await whileWaiting({ hold: deactivate(person.id), call: () => signIn(person) });
    expect(answer.code).toBe('invalid_credentials');
    expect(await refusalsOf(person.id)).toEqual([
      { action: 'user_login_refused', detail: { reason: 'invalid_credentials' } },
    ]);
  });

  it('to the console, of an account that is deactivated while its password is checked', async () => {
    const person = await house.person({ isAdmin: true });
    const answer = await whileWaiting({
      hold: deactivate(person.id),
      call: () => anyone().call(adminLogin, { body: credentials(person) }),
    });
    expect(answer.code).toBe('invalid_credentials');
    expect(await refusalsOf(person.id)).toEqual([
      { action: 'admin_login_refused', detail: { reason: 'invalid_credentials' } },
    ]);
  });

  it('beyond the limit once: further tries can not fill the timeline', async () => {
    const person = await house.person();
    const remoteAddress = '203.0.113.201';
    const wrong = { email: person.email, password: 'not the passphrase', service: 'orders' };
    for (let count = 0; count < 15; count++) await anyone().call(login, { body: wrong, remoteAddress });
    const reasons = (await refusalsOf(person.id)).map(({ detail }) => detail.reason);
    expect(reasons).toEqual([...Array(10).fill('invalid_credentials'), 'rate_limited']);
  });
});
