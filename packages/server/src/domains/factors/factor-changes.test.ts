import { setTimeout as sleep } from 'node:timers/promises';
import {
  adminLogin,
  adminLoginMfa,
  adminSession,
  login,
  loginMfa,
  refresh,
  usersFactors,
  usersRemoveFactors,
} from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { browserOf, enrolTotp, type TestPerson } from '../../../test/enrol.ts';
import { systemOrigin } from '../../platform/activity/event.ts';
import {
  beginTotp,
  confirmTotp,
  readTotpEnrolment,
  regenerateRecoveryCodes,
  removeTotp,
} from './account-factors.ts';
import { listFactors } from './held-factors.ts';
import { recentSignInSeconds } from './recent-sign-in.ts';

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
const eventsOf = async (userId: string): Promise<string[]> => {
  await house.platform.settled();
  const rows = await house.query<{ action: string }>(
    'SELECT action FROM activity_events WHERE target_id = $1 ORDER BY sequence',
    [userId],
  );
  return rows.map((row) => row.action);
};

describe('recovery codes', () => {
  it('are ten, each works once, however it is typed; the tenth use is told with none left', async () => {
    const person = await house.person();
    const { recoveryCodes } = await enrolTotp(house, person);
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first, second] = recoveryCodes as [string, string];
    expect(first).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
    expect((await prove(await begin(person), first, 'recovery_code')).status).toBe(200);
    expect((await prove(await begin(person), first, 'recovery_code')).code).toBe('mfa_code_wrong');
    const typed = second.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l');
    expect((await prove(await begin(person), typed, 'recovery_code')).status).toBe(200);
    expect((await listFactors(house.platform.database.db, person.id)).recoveryCodesLeft).toBe(8);
    expect((await eventsOf(person.id)).filter((action) => action === 'recovery_code_used')).toHaveLength(2);
  });

  it('give one of 30 sign-ins a session when the same code comes at once', async () => {
    const person = await house.person();
    const { recoveryCodes } = await enrolTotp(house, person);
    const tokens: string[] = [];
    for (let turn = 0; turn < 30; turn++) {
      // Tries that were right are given back a moment later.
      if (turn % 5 === 4) await sleep(150);
      tokens.push(await begin(person));
    }
    const answers = await Promise.all(
      tokens.map((token) => prove(token, recoveryCodes[3]!, 'recovery_code')),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('are replaced as a whole, after a recent sign-in only', async () => {
    const person = await house.person();
    const { recoveryCodes } = await enrolTotp(house, person);
    const { session } = await browserOf(house, person);
    const { database } = house.platform;
    const fresh = await database.write(systemOrigin, (tx) => regenerateRecoveryCodes(tx, session));
    expect((await prove(await begin(person), recoveryCodes[0]!, 'recovery_code')).code).toBe(
      'mfa_code_wrong',
    );
    expect((await prove(await begin(person), fresh[0]!, 'recovery_code')).status).toBe(200);
    house.clock.pass(recentSignInSeconds + 1);
    await expect(
      database.write(systemOrigin, (tx) => regenerateRecoveryCodes(tx, session)),
    ).rejects.toMatchObject({ code: 'recent_sign_in_required' });
  });
});

describe('changing factors', () => {
  it('needs a recent sign-in, and the last factor takes the recovery codes with it', async () => {
    const person = await house.person();
    await enrolTotp(house, person);
    const { database, vault } = house.platform;
    const { session } = await browserOf(house, person);
    await expect(
      database.write(systemOrigin, (tx) => beginTotp({ vault }, tx, session)),
    ).rejects.toMatchObject({ code: 'factor_exists' });
    house.clock.pass(recentSignInSeconds + 1);
    for (const change of [
      () => database.write(systemOrigin, (tx) => removeTotp(tx, session)),
      () => database.write(systemOrigin, (tx) => beginTotp({ vault }, tx, session)),
    ])
      await expect(change()).rejects.toMatchObject({ code: 'recent_sign_in_required' });
    const again = await browserOf(house, person);
    await database.write(systemOrigin, (tx) => removeTotp(tx, again.session));
    expect(await listFactors(database.db, person.id)).toEqual({
      totp: null,
      passkeys: [],
      recoveryCodesLeft: 0,
    });
    expect((await signIn(person)).status).toBe(200);
    expect((await eventsOf(person.id)).filter((action) => action.startsWith('factor_'))).toEqual([
      'factor_added',
      'factor_removed',
    ]);
  });

  it('an app that was begun is shown again with the same secret until it is confirmed, then never', async () => {
    const person = await house.person();
    const { database, vault } = house.platform;
    const { browserSessions, session } = await browserOf(house, person);
    const begun = await database.write(systemOrigin, (tx) => beginTotp({ vault }, tx, session));
    const shown = await readTotpEnrolment({ vault }, database.db, session);
    expect(shown).toEqual(begun);
    expect(begun.uri).toMatch(/^otpauth:\/\/totp\/Castellan:/);
    expect(begun.qrSvg).toMatch(/^<svg [^>]*viewBox/);
    const wrong = await database.write(systemOrigin, (tx) =>
      confirmTotp({ vault, browserSessions }, tx, session, '000000'),
    );
    expect(wrong.confirmed).toBe(false);
    expect((await signIn(person)).status).toBe(200);
  });

  it('a session that confirmed its app has proved two factors', async () => {
    const person = await house.person();
    const { browserSessions, cookie } = await browserOf(house, person);
    const { session } = { session: (await browserSessions.read(cookie))! };
    expect(session.acr).toBe('aal1');
    const { database, vault } = house.platform;
    const { secret } = await database.write(systemOrigin, (tx) => beginTotp({ vault }, tx, session));
    const { Secret, TOTP } = await import('otpauth');
    const code = new TOTP({ secret: Secret.fromBase32(secret.replaceAll(' ', '')) }).generate({
      timestamp: house.clock.now().getTime(),
    });
    await database.write(systemOrigin, (tx) => confirmTotp({ vault, browserSessions }, tx, session, code));
    expect(await browserSessions.read(cookie)).toMatchObject({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });
  });
});

describe('operators', () => {
  it('prove their second factor at the console’s door, with its own token', async () => {
    const operator = await house.person({ isAdmin: true });
    const { code, recoveryCodes } = await enrolTotp(house, operator);
    const atConsole = await beginAsOperator(operator);
    const atService = await begin(operator);
    expect((await prove(atConsole, code())).code).toBe('token_invalid');
    expect((await proveAsOperator(atService, code())).code).toBe('token_invalid');
    const answer = await proveAsOperator(atConsole, code());
    expect(answer.status).toBe(200);
    const cookie = String(answer.headers['set-cookie']).split(';')[0]!;
    expect((await house.caller({ cookie }).call(adminSession)).result.email).toBe(operator.email);
    const byRecovery = await proveAsOperator(
      await beginAsOperator(operator),
      recoveryCodes[0]!,
      'recovery_code',
    );
    expect(byRecovery.status).toBe(200);
    const missing = await anyone().call(adminLoginMfa, {
      body: { mfaToken: await beginAsOperator(operator), method: 'totp' },
    });
    expect(missing.fields).toEqual(['code']);
  });

  it('are refused when they administer nothing any more, and keep the token for nothing', async () => {
    const operator = await house.person({ isAdmin: true });
    const { code } = await enrolTotp(house, operator);
    const token = await beginAsOperator(operator);
    await house.query('UPDATE users SET is_admin = false WHERE id = $1', [operator.id]);
    expect((await proveAsOperator(token, code())).code).toBe('not_admin');
  });

  it('take all factors from somebody who lost them: sessions end, the password alone gets in', async () => {
    const admin = await house.administrator();
    const person = await house.person();
    const { code } = await enrolTotp(house, person);
    const signedIn = await prove(await begin(person), code());
    const pending = await begin(person);
    expect((await admin.call(usersFactors, { params: { id: person.id } })).result).toMatchObject({
      totp: { addedAt: expect.any(Date) },
      recoveryCodesLeft: 10,
    });
    const removed = await admin.call(usersRemoveFactors, { params: { id: person.id } });
    expect(removed.result.removed).toBe(1);
    expect(removed.result.endedSessions).toBeGreaterThan(0);
    const refused = await anyone().call(refresh, { body: { refreshToken: signedIn.result.refreshToken } });
    expect(refused.code).toBe('session_ended');
    expect((await prove(pending, code(1))).code).toBe('token_invalid');
    expect((await signIn(person)).status).toBe(200);
    const [last] = (await eventsOf(person.id)).filter((action) => action === 'factors_removed');
    expect(last).toBe('factors_removed');
    const again = await admin.call(usersRemoveFactors, { params: { id: person.id } });
    expect(again.result).toEqual({ removed: 0, endedSessions: 0 });
    const nobody = '01930000-0000-7000-8000-000000000001';
    expect((await admin.call(usersFactors, { params: { id: nobody } })).code).toBe('not_found');
  });
});
