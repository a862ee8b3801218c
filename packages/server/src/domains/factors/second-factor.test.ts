import { adminLogin, adminLoginMfa, login, loginMfa, refresh, usersSetStates } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { browserOf, enrolTotp, type TestPerson } from '../../../test/enrol.ts';
import { systemOrigin } from '../../platform/activity/event.ts';
import { beginTotp, confirmTotp } from './account-factors.ts';
import { listFactors } from './held-factors.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
  await house.service('orders', ['http://localhost:9005']);
});
afterAll(() => house.close());
beforeEach(() => {
  // Five seconds into a step: none begins while a test counts them.
  house.clock.pass(35 - ((house.clock.now().getTime() / 1000) % 30));
});

const anyone = () => house.caller();
const signIn = (person: Pick<TestPerson, 'email' | 'password'>) =>
  anyone().call(login, { body: { email: person.email, password: person.password, service: 'orders' } });
/** Proves the password and gives the token for the second step. */
const begin = async (person: Pick<TestPerson, 'email' | 'password'>): Promise<string> => {
  const answer = await signIn(person);
  expect(answer.code).toBe('mfa_required');
  return JSON.parse(answer.text).mfa_token;
};
const prove = (mfaToken: string, code: string, method: 'totp' | 'recovery_code' = 'totp') =>
  anyone().call(loginMfa, { body: { mfaToken, method, code } });
const beginAsOperator = async (person: Pick<TestPerson, 'email' | 'password'>): Promise<string> => {
  const answer = await anyone().call(adminLogin, {
    body: { email: person.email, password: person.password },
  });
  expect(answer.code).toBe('mfa_required');
  return JSON.parse(answer.text).mfa_token;
};
const proveAsOperator = (mfaToken: string, code: string, method: 'totp' | 'recovery_code' = 'totp') =>
  anyone().call(adminLoginMfa, { body: { mfaToken, method, code } });
const wrongFor = (code: string): string => (code === '000000' ? '000001' : '000000');
const eventsOf = async (userId: string): Promise<string[]> => {
  await house.platform.settled();
  const rows = await house.query<{ action: string }>(
    'SELECT action FROM activity_events WHERE target_id = $1 ORDER BY sequence',
    [userId],
  );
  return rows.map((row) => row.action);
};

describe('P2 a sign-in with a second factor', () => {
  it('is answered with what is needed, makes no session before, and gives tokens after the code', async () => {
    const person = await house.person();
    const { code } = await enrolTotp(house, person);
    const first = await signIn(person);
    expect(first.status).toBe(401);
    expect(JSON.parse(first.text)).toMatchObject({
      code: 'mfa_required',
      mfa_token: expect.stringMatching(/^mfa_/),
      methods: ['totp', 'recovery_code'],
    });
    const live = () => house.query("SELECT FROM grants WHERE user_id = $1 AND kind = 'session'", [person.id]);
    expect(await live()).toHaveLength(0);
    const second = await prove(JSON.parse(first.text).mfa_token, code());
    expect(second.status).toBe(200);
    expect(decodeJwt(second.result.accessToken)).toMatchObject({ sub: person.id, aud: 'orders' });
    const [grant] = await house.query<{ amr: string[] }>('SELECT amr FROM grants WHERE id = $1', [
      second.result.sessionId,
    ]);
    expect(grant!.amr).toEqual(['pwd', 'otp', 'mfa']);
    const renewed = await anyone().call(refresh, { body: { refreshToken: second.result.refreshToken } });
    expect(renewed.status).toBe(200);
    expect(await eventsOf(person.id)).toEqual(['user_login', 'factor_added', 'user_login']);
  });

  it('is not asked of somebody whose app was never confirmed', async () => {
    const person = await house.person();
    const { session } = await browserOf(house, person);
    const { database, vault } = house.platform;
    await database.write(systemOrigin, (tx) => beginTotp({ vault }, tx, session));
    expect((await signIn(person)).status).toBe(200);
    expect((await listFactors(database.db, person.id)).totp).toBeNull();
  });

  it('takes the token once, for five minutes, in this form only', async () => {
    const person = await house.person();
    const { code } = await enrolTotp(house, person);
    const token = await begin(person);
    expect((await prove(token, code())).status).toBe(200);
    expect((await prove(token, code(1))).code).toBe('token_invalid');
    expect((await prove('mfa_nonsense', code(1))).code).toBe('token_invalid');
    const late = await begin(person);
    house.clock.pass(301);
    expect((await prove(late, code())).code).toBe('token_expired');
  });

  it('gives one of 100 at once a session, with the same token and code', async () => {
    const person = await house.person();
    const { code } = await enrolTotp(house, person);
    const token = await begin(person);
    const now = code();
    const answers = await Promise.all(Array.from({ length: 100 }, () => prove(token, now)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.map(({ code: refused }) => refused))).toEqual(
      new Set([undefined, 'token_invalid']),
    );
  });

  it('is over when the password was changed or the account deactivated meanwhile', async () => {
    const person = await house.person();
    const { code } = await enrolTotp(house, person);
    const token = await begin(person);
    house.clock.pass(1);
    await house.query('UPDATE users SET password_set_at = $2 WHERE id = $1', [person.id, house.clock.now()]);
    expect((await prove(token, code())).code).toBe('token_invalid');
    const other = await house.person();
    const app = await enrolTotp(house, other);
    const pending = await begin(other);
    const admin = await house.administrator();
    await admin.call(usersSetStates, { body: { ids: [other.id], isActive: false } });
    expect((await prove(pending, app.code())).code).toBe('account_deactivated');
  });

  it('leaves no way around by an origin that is not registered, and keeps the token then', async () => {
    const person = await house.person();
    const { code } = await enrolTotp(house, person);
    const mfaToken = await begin(person);
    const body = { mfaToken, method: 'totp', code: code() } as const;
    const foreign = await anyone().call(loginMfa, { body, headers: { origin: 'https://evil.example' } });
    expect(foreign.code).toBe('origin_refused');
    const own = await anyone().call(loginMfa, { body, headers: { origin: 'http://localhost:9005' } });
    expect(own.status).toBe(200);
  });
});

describe('RFC 6238 codes of an authenticator app', () => {
  it('§5.2 each works once: seen over a shoulder it is worth nothing, and neither is the one before', async () => {
    const person = await house.person();
    const { code } = await enrolTotp(house, person);
    const used = code();
    expect((await prove(await begin(person), used)).status).toBe(200);
    expect((await prove(await begin(person), used)).code).toBe('mfa_code_wrong');
    expect((await prove(await begin(person), code(-1))).code).toBe('mfa_code_wrong');
    house.clock.pass(30);
    expect((await prove(await begin(person), code())).status).toBe(200);
  });

  it('the code that confirmed the app signs nobody in', async () => {
    const person = await house.person();
    const { database, vault } = house.platform;
    const { browserSessions, session } = await browserOf(house, person);
    const { secret } = await database.write(systemOrigin, (tx) => beginTotp({ vault }, tx, session));
    const { Secret, TOTP } = await import('otpauth');
    const generator = new TOTP({ secret: Secret.fromBase32(secret.replaceAll(' ', '')) });
    const code = generator.generate({ timestamp: house.clock.now().getTime() });
    const confirmed = await database.write(systemOrigin, (tx) =>
      confirmTotp({ vault, browserSessions }, tx, session, `${code.slice(0, 3)} ${code.slice(3)}`),
    );
    expect(confirmed.confirmed).toBe(true);
    expect((await prove(await begin(person), code)).code).toBe('mfa_code_wrong');
  });

  it('§6 one step of difference between two clocks is taken, two are not', async () => {
    for (const [steps, status] of [
      [1, 200],
      [0, 200],
      [2, 401],
      [-2, 401],
    ] as const) {
      const person = await house.person();
      const { code } = await enrolTotp(house, person);
      expect((await prove(await begin(person), code(steps))).status, `${steps} steps`).toBe(status);
    }
    const behind = await house.person();
    const app = await enrolTotp(house, behind);
    house.clock.pass(60);
    expect((await prove(await begin(behind), app.code(-1))).status, '-1 steps').toBe(200);
  });

  it('what is no code of six digits is wrong like any other', async () => {
    const person = await house.person();
    await enrolTotp(house, person);
    for (const code of ['12345', '1234567', 'abcdef', '１２３４５６', '      ', '-12345'])
      expect((await prove(await begin(person), code)).code, code).toBe('mfa_code_wrong');
  });
});

describe('guessing codes', () => {
  it('ends the sign-in after five wrong ones, even for the right one', async () => {
    const person = await house.person();
    const { code } = await enrolTotp(house, person);
    const token = await begin(person);
    for (let tries = 0; tries < 5; tries++)
      expect((await prove(token, wrongFor(code()))).code).toBe('mfa_code_wrong');
    expect((await prove(token, code())).code).toBe('token_invalid');
  });

  it('pauses codes after ten wrong ones over all sign-ins; a recovery code still gets in, and time ends the pause', async () => {
    const person = await house.person();
    const { code, recoveryCodes } = await enrolTotp(house, person);
    for (const tries of [5, 5]) {
      const token = await begin(person);
      for (let one = 0; one < tries; one++) await prove(token, wrongFor(code()));
    }
    const paused = await prove(await begin(person), code());
    expect(paused.code).toBe('rate_limited');
    expect(Number(paused.headers['retry-after'])).toBeGreaterThan(800);
    // A sign-in at a pause costs the person none of its five tries.
    const token = await begin(person);
    for (let one = 0; one < 4; one++) await prove(token, code());
    expect((await prove(token, recoveryCodes[0]!, 'recovery_code')).status).toBe(200);
    house.clock.pass(15 * 60);
    expect((await prove(await begin(person), code())).status).toBe(200);
  });

  it('allows fifty wrong ones a day, however slowly they come', async () => {
    const person = await house.person();
    const { code } = await enrolTotp(house, person);
    await house.query(
      `INSERT INTO second_factor_failures (id, user_id, at)
       SELECT gen_random_uuid(), $1, $2::timestamptz - n * interval '25 minutes' FROM generate_series(1, 50) n`,
      [person.id, house.clock.now()],
    );
    const paused = await prove(await begin(person), code());
    expect(paused.code).toBe('rate_limited');
    expect(Number(paused.headers['retry-after'])).toBeLessThan(24 * 3600 - 49 * 25 * 60);
  });

  it('an administrator can not be locked out from outside: without the password nothing is counted', async () => {
    const operator = await house.person({ isAdmin: true });
    const { code } = await enrolTotp(house, operator);
    for (let tries = 0; tries < 20; tries++) {
      await anyone().call(adminLoginMfa, {
        body: { mfaToken: 'amf_guessed', method: 'totp', code: '000000' },
      });
      await anyone().call(adminLogin, {
        body: { email: operator.email, password: 'not the password' },
        remoteAddress: `203.0.113.${tries}`,
      });
    }
    expect(await house.query('SELECT FROM second_factor_failures WHERE user_id = $1', [operator.id])).toEqual(
      [],
    );
    expect((await proveAsOperator(await beginAsOperator(operator), code())).status).toBe(200);
  });

  it('tells each wrong code in the timeline, and never the code', async () => {
    const person = await house.person();
    const { code } = await enrolTotp(house, person);
    const wrong = wrongFor(code());
    await prove(await begin(person), wrong);
    await house.platform.settled();
    const [event] = await house.query<{ detail: object; address: string }>(
      "SELECT detail, address FROM activity_events WHERE target_id = $1 AND action = 'second_factor_refused'",
      [person.id],
    );
    expect(event).toEqual({ detail: { method: 'totp' }, address: '127.0.0.1' });
  });
});

it('secrets, codes and tokens are sealed or digested: who reads the database can use none of them', async () => {
  const person = await house.person();
  const { secret, secretText, recoveryCodes } = await enrolTotp(house, person);
  const token = await begin(person);
  await house.platform.settled();
  const tables = await house.query<{ name: string }>(
    "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'",
  );
  const rows: string[] = [];
  for (const { name } of tables)
    for (const { text } of await house.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`))
      rows.push(text);
  const everything = rows.join('\n').toLowerCase();
  expect(everything).toContain(person.id);
  const plain = recoveryCodes.map((code) => code.replaceAll('-', ''));
  for (const kept of [
    secretText,
    secret.toString('hex'),
    secret.toString('base64'),
    ...recoveryCodes,
    ...plain,
    token,
  ]) {
    expect(everything).not.toContain(kept.toLowerCase());
    expect(everything).not.toContain(Buffer.from(kept).toString('hex'));
  }
});
