import {
  adminLogin,
  adminLoginMfa,
  adminPasskeyOptions,
  login,
  passkeyRegister,
  passkeyRegistrationOptions,
  passkeySecondFactor,
  passkeySecondFactorOptions,
  passkeySignIn,
  passkeySignInOptions,
} from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authenticator, type Ceremony } from '../../../test/authenticator.ts';
import { browserOf, enrolTotp, type TestPerson } from '../../../test/enrol.ts';
import { systemOrigin } from '../../platform/activity/event.ts';
import { pendingCookieName } from '../account/sign-in-completed.ts';
import { removePasskey, renamePasskey } from './account-factors.ts';
import { listFactors } from './held-factors.ts';
import { beginPending } from './pending-sign-in.ts';
import { recentSignInSeconds } from './recent-sign-in.ts';

let house: TestPlatform;
const ownOrigin = 'http://localhost:9003';
const consoleOrigin = 'http://localhost:9004';
const page = { origin: ownOrigin, 'x-requested-with': 'test' };

beforeAll(async () => {
  house = await createTestPlatform();
  await house.service('orders');
});
afterAll(() => house.close());

const cookieOf = (answer: { headers: Readonly<Record<string, unknown>> }, name: string): string => {
  const set = [answer.headers['set-cookie']].flat().map(String);
  return set.find((one) => one.startsWith(`${name}=`))!.split(';')[0]!;
};
const ceremony = (options: Record<string, unknown>, rest: Partial<Ceremony> = {}): Ceremony => ({
  challenge: String(options.challenge),
  origin: ownOrigin,
  rpId: 'localhost',
  ...rest,
});

/** Adds a passkey as the account page does. */
async function addPasskey(
  person: TestPerson,
  authenticator = new Authenticator(),
  rest: Partial<Ceremony> = {},
) {
  const { cookie } = await browserOf(house, person);
  const caller = house.caller({ ...page, cookie });
  const { options } = (await caller.call(passkeyRegistrationOptions, { body: {} })).result;
  authenticator.userHandle = (options.user as { id: string }).id;
  const answer = await caller.call(passkeyRegister, {
    body: { passkey: authenticator.register(ceremony(options, rest)), name: 'Laptop' },
  });
  return { authenticator, answer, caller, options };
}

/** Asks for options of the sign-in page. */
async function askToSignIn() {
  const answer = await house.caller(page).call(passkeySignInOptions, { body: {} });
  return { options: answer.result.options, cookie: cookieOf(answer, 'castellan_passkey') };
}
const signIn = (cookie: string, passkey: ReturnType<Authenticator['assert']>, returnTo?: string) =>
  house
    .caller({ ...page, cookie })
    .call(passkeySignIn, { body: { passkey, ...(returnTo ? { returnTo } : {}) } });

/** A pending sign-in of the pages, as its cookie. */
const waitFor = async (person: TestPerson): Promise<string> => {
  const token = await house.platform.database.write(systemOrigin, (tx) =>
    beginPending(tx, {
      door: 'browser',
      userId: person.id,
      amr: ['pwd'],
      method: 'password',
      returnTo: '/account/sessions',
    }),
  );
  return `${pendingCookieName}=${token}`;
};

describe('P2 adding a passkey', () => {
  it('asks for a discoverable one that verifies its user, of this host, not where one is; recovery codes come with the first', async () => {
    const person = await house.person({ name: 'Ada Lovelace' });
    const first = await addPasskey(person);
    expect(first.options).toMatchObject({
      rp: { id: 'localhost', name: 'Castellan' },
      user: { name: person.email, displayName: 'Ada Lovelace' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [],
    });
    expect(first.answer.status).toBe(201);
    expect(first.answer.result.passkey).toMatchObject({ name: 'Laptop', lastUsedAt: null });
    expect(first.answer.result.recoveryCodes).toHaveLength(10);
    const second = await addPasskey(person);
    expect(second.options.excludeCredentials).toMatchObject([
      { id: first.authenticator.credentialId.toString('base64url') },
    ]);
    expect(second.answer.result.recoveryCodes).toBeUndefined();
    const held = await listFactors(house.platform.database.db, person.id);
    expect(held.passkeys).toHaveLength(2);
  });

  it('takes each challenge once, in the session it was made for, for five minutes', async () => {
    const person = await house.person();
    const { caller, options } = await addPasskey(person);
    const again = new Authenticator().register(ceremony(options));
    expect((await caller.call(passkeyRegister, { body: { passkey: again } })).code).toBe('passkey_refused');
    const elsewhere = house.caller({ ...page, cookie: (await browserOf(house, person)).cookie });
    const fresh = (await caller.call(passkeyRegistrationOptions, { body: {} })).result.options;
    const made = new Authenticator().register(ceremony(fresh));
    expect((await elsewhere.call(passkeyRegister, { body: { passkey: made } })).code).toBe('passkey_refused');
    expect((await caller.call(passkeyRegister, { body: { passkey: made } })).status).toBe(201);
    const late = (await caller.call(passkeyRegistrationOptions, { body: {} })).result.options;
    house.clock.pass(301);
    const tooLate = new Authenticator().register(ceremony(late));
    expect((await caller.call(passkeyRegister, { body: { passkey: tooLate } })).code).toBe('passkey_refused');
  });

  it('refuses another origin, another host, an unverified user, a frame, an assertion’s type, a known id', async () => {
    const person = await house.person();
    for (const wrong of [
      { origin: 'http://localhost:9005' },
      { origin: consoleOrigin },
      { origin: 'https://evil.example' },
      { rpId: 'evil.example' },
      { isUserVerified: false },
      { crossOrigin: true },
      { type: 'webauthn.get' },
      { challenge: 'AAAA' },
    ]) {
      const { answer } = await addPasskey(person, new Authenticator(), wrong);
      expect(answer.code, JSON.stringify(wrong)).toBe('passkey_refused');
    }
    expect((await listFactors(house.platform.database.db, person.id)).passkeys).toEqual([]);
    const { authenticator } = await addPasskey(person);
    const { answer } = await addPasskey(await house.person(), authenticator);
    expect(answer.code).toBe('passkey_refused');
  });

  it('needs a session, a recent sign-in, and our own page', async () => {
    const person = await house.person();
    const { cookie } = await browserOf(house, person);
    const nobody = await house.caller(page).call(passkeyRegistrationOptions, { body: {} });
    expect(nobody.code).toBe('unauthenticated');
    const foreign = await house
      .caller({ ...page, cookie, origin: 'https://evil.example' })
      .call(passkeyRegistrationOptions, { body: {} });
    expect(foreign.code).toBe('origin_refused');
    house.clock.pass(recentSignInSeconds + 1);
    const late = await house.caller({ ...page, cookie }).call(passkeyRegistrationOptions, { body: {} });
    expect(late.code).toBe('recent_sign_in_required');
  });

  it('is renamed and removed by its owner alone', async () => {
    const person = await house.person();
    const { answer } = await addPasskey(person);
    const { id } = answer.result.passkey;
    const { database } = house.platform;
    const stranger = (await browserOf(house, await house.person())).session;
    for (const change of [
      () => database.write(systemOrigin, (tx) => renamePasskey(tx, stranger, id, 'Mine')),
      () => database.write(systemOrigin, (tx) => removePasskey(tx, stranger, id)),
    ])
      await expect(change()).rejects.toMatchObject({ code: 'not_found' });
    const { session } = await browserOf(house, person);
    await database.write(systemOrigin, (tx) => renamePasskey(tx, session, id, 'Blue key'));
    expect((await listFactors(database.db, person.id)).passkeys).toMatchObject([{ name: 'Blue key' }]);
    await database.write(systemOrigin, (tx) => removePasskey(tx, session, id));
    expect((await listFactors(database.db, person.id)).recoveryCodesLeft).toBe(0);
  });
});

describe('P2 signing in with a passkey', () => {
  it('needs no name, counts as two factors, and goes on where the person wanted', async () => {
    const person = await house.person();
    const { authenticator } = await addPasskey(person);
    const { options, cookie } = await askToSignIn();
    expect(options).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
    expect(options.allowCredentials ?? []).toEqual([]);
    const answer = await signIn(cookie, authenticator.assert(ceremony(options)), '/account/sessions');
    expect(answer.result.location).toBe('/account/sessions');
    const { browserSessions } = await browserOf(house, person);
    const session = await browserSessions.read(cookieOf(answer, 'castellan_session'));
    expect(session).toMatchObject({ userId: person.id, acr: 'phr', amr: ['swk', 'user', 'mfa'] });
    const [held] = (await listFactors(house.platform.database.db, person.id)).passkeys;
    expect(held!.lastUsedAt).toEqual(expect.any(Date));
  });

  it('never leads to another site', async () => {
    const { authenticator } = await addPasskey(await house.person());
    for (const returnTo of ['https://evil.example', '//evil.example', '/\\evil.example']) {
      const { options, cookie } = await askToSignIn();
      const answer = await signIn(cookie, authenticator.assert(ceremony(options)), returnTo);
      expect(answer.result.location).toBe('/account');
    }
  });

  it('takes each challenge once, in the browser that asked, for five minutes', async () => {
    const { authenticator } = await addPasskey(await house.person());
    const { options, cookie } = await askToSignIn();
    const passkey = authenticator.assert(ceremony(options));
    const other = await askToSignIn();
    expect((await signIn(other.cookie, passkey)).code).toBe('passkey_refused');
    expect((await signIn('nothing=1', passkey)).code).toBe('passkey_refused');
    const answers = await Promise.all(Array.from({ length: 20 }, () => signIn(cookie, passkey)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await signIn(cookie, passkey)).code).toBe('passkey_refused');
    const late = await askToSignIn();
    house.clock.pass(301);
    expect((await signIn(late.cookie, authenticator.assert(ceremony(late.options)))).code).toBe(
      'passkey_refused',
    );
  });

  it('refuses another origin, another host, an unverified user, a frame, another key, another handle', async () => {
    const person = await house.person();
    const { authenticator } = await addPasskey(person);
    for (const wrong of [
      { origin: 'http://localhost:9005' },
      { origin: consoleOrigin },
      { rpId: 'evil.example' },
      { isUserVerified: false },
      { crossOrigin: true },
      { type: 'webauthn.create' },
    ]) {
      const { options, cookie } = await askToSignIn();
      const answer = await signIn(cookie, authenticator.assert(ceremony(options, wrong)));
      expect(answer.code, JSON.stringify(wrong)).toBe('passkey_refused');
    }
    const { options, cookie } = await askToSignIn();
    const forged = {
      ...new Authenticator().assert(ceremony(options)),
      id: authenticator.credentialId.toString('base64url'),
    };
    expect((await signIn(cookie, { ...forged, rawId: forged.id })).code).toBe('passkey_refused');
    const stranger = (await addPasskey(await house.person())).authenticator;
    const asked = await askToSignIn();
    const handled = authenticator.assert(ceremony(asked.options));
    const response = { ...handled.response, userHandle: stranger.userHandle! };
    expect((await signIn(asked.cookie, { ...handled, response })).code).toBe('passkey_refused');
    await house.platform.settled();
    const told = await house.query(
      "SELECT FROM activity_events WHERE target_id = $1 AND action = 'user_login_refused'",
      [person.id],
    );
    expect(told.length).toBeGreaterThan(4);
  });

  it('§7.2 a counter that goes back tells of a copy: refused, recorded, and refused from then on, the original too', async () => {
    const person = await house.person();
    const { authenticator } = await addPasskey(person);
    const use = async (counter?: number) => {
      const { options, cookie } = await askToSignIn();
      if (counter !== undefined) authenticator.counter = counter;
      return signIn(cookie, authenticator.assert(ceremony(options)));
    };
    expect((await use(10)).status).toBe(200);
    expect((await use(5)).code).toBe('passkey_refused');
    expect((await use(50)).code).toBe('passkey_refused');
    const [held] = (await listFactors(house.platform.database.db, person.id)).passkeys;
    expect(held!.suspectedAt).toEqual(expect.any(Date));
    await house.platform.settled();
    const events = await house.query<{ detail: object }>(
      "SELECT detail FROM activity_events WHERE target_id = $1 AND action = 'passkey_suspected'",
      [person.id],
    );
    expect(events).toEqual([{ detail: { passkey: 'Laptop', counter: { known: 11, given: 6 } } }]);
  });

  it('§6.1.1 an authenticator that does not count stays at zero and is taken', async () => {
    const { authenticator } = await addPasskey(await house.person(), new Authenticator(0));
    for (let turn = 0; turn < 3; turn++) {
      const { options, cookie } = await askToSignIn();
      authenticator.counter = -1;
      expect((await signIn(cookie, authenticator.assert(ceremony(options)))).status).toBe(200);
    }
  });

  it('a forged counter without the signature says nothing about the passkey', async () => {
    const person = await house.person();
    const { authenticator } = await addPasskey(person);
    const { options, cookie } = await askToSignIn();
    const passkey = authenticator.assert(ceremony(options));
    const bytes = Buffer.from(passkey.response.authenticatorData, 'base64url');
    bytes.writeUInt32BE(0, 33);
    const response = { ...passkey.response, authenticatorData: bytes.toString('base64url') };
    expect((await signIn(cookie, { ...passkey, response })).code).toBe('passkey_refused');
    expect((await listFactors(house.platform.database.db, person.id)).passkeys).toMatchObject([
      { suspectedAt: null },
    ]);
  });

  it('refuses a deactivated account, and a page of another site', async () => {
    const person = await house.person();
    const { authenticator } = await addPasskey(person);
    await house.query("UPDATE users SET state = 'deactivated' WHERE id = $1", [person.id]);
    const { options, cookie } = await askToSignIn();
    expect((await signIn(cookie, authenticator.assert(ceremony(options)))).code).toBe('account_deactivated');
    const foreign = await house
      .caller({ ...page, origin: 'https://evil.example' })
      .call(passkeySignInOptions, { body: {} });
    expect(foreign.code).toBe('origin_refused');
  });

  it('strangers get so many challenges and no more', async () => {
    const ask = () =>
      house.caller(page).call(passkeySignInOptions, { body: {}, remoteAddress: '198.51.100.7' });
    const answers = await Promise.all(Array.from({ length: 310 }, ask));
    expect(answers.filter(({ code }) => code === 'rate_limited')).toHaveLength(10);
    expect((await house.caller(page).call(passkeySignInOptions, { body: {} })).status).toBe(200);
  });
});

describe('P2 a passkey as second factor', () => {
  it('of the person whose sign-in waits, once, with its own challenge', async () => {
    const person = await house.person();
    const { authenticator } = await addPasskey(person);
    const cookie = await waitFor(person);
    const waiting = house.caller({ ...page, cookie });
    const { options } = (await waiting.call(passkeySecondFactorOptions, { body: {} })).result;
    expect(options.allowCredentials).toMatchObject([
      { id: authenticator.credentialId.toString('base64url') },
    ]);
    const stranger = (await addPasskey(await house.person())).authenticator;
    const refused = await waiting.call(passkeySecondFactor, {
      body: { passkey: stranger.assert(ceremony(options)) },
    });
    expect(refused.code).toBe('passkey_refused');
    const again = (await waiting.call(passkeySecondFactorOptions, { body: {} })).result.options;
    const passkey = authenticator.assert(ceremony(again));
    const answer = await waiting.call(passkeySecondFactor, { body: { passkey } });
    expect(answer.result.location).toBe('/account/sessions');
    const { browserSessions } = await browserOf(house, person);
    expect(await browserSessions.read(cookieOf(answer, 'castellan_session'))).toMatchObject({
      amr: ['pwd', 'swk', 'user', 'mfa'],
      acr: 'phr',
    });
    expect((await waiting.call(passkeySecondFactor, { body: { passkey } })).code).toBe('token_invalid');
  });

  it('is asked of whoever has one; a product’s own form is told where it works', async () => {
    const person = await house.person();
    await addPasskey(person);
    const body = { email: person.email, password: person.password, service: 'orders' };
    const answer = await house.caller().call(login, { body });
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'mfa_required', methods: ['recovery_code'] });
    await enrolTotp(house, person);
    const both = await house.caller().call(login, { body });
    expect(JSON.parse(both.text).methods).toEqual(['totp', 'recovery_code']);
  });

  it('works at the console where its host is ours, for the console’s origin alone', async () => {
    const operator = await house.person({ isAdmin: true });
    const { authenticator } = await addPasskey(operator);
    const begin = async () => {
      const answer = await house.caller().call(adminLogin, { body: operator });
      expect(JSON.parse(answer.text).methods).toEqual(['passkey', 'recovery_code']);
      const mfaToken: string = JSON.parse(answer.text).mfa_token;
      const { options } = (await house.caller().call(adminPasskeyOptions, { body: { mfaToken } })).result;
      return { mfaToken, options };
    };
    for (const [origin, status] of [
      [ownOrigin, 401],
      [consoleOrigin, 200],
    ] as const) {
      const { mfaToken, options } = await begin();
      const passkey = authenticator.assert(ceremony(options, { origin }));
      const answer = await house
        .caller()
        .call(adminLoginMfa, { body: { mfaToken, method: 'passkey', passkey } });
      expect(answer.status, origin).toBe(status);
    }
  });

  it('is not offered at a console of another host', async () => {
    const apart = await createTestPlatform({ settings: { ADMIN_URL: 'http://console.test:9004' } });
    const operator = await apart.person({ isAdmin: true });
    await apart.query("UPDATE users SET second_factors = '{passkey}' WHERE id = $1", [operator.id]);
    const answer = await apart.caller().call(adminLogin, {
      body: operator,
      headers: { origin: 'http://console.test:9004' },
    });
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'mfa_required', methods: [] });
    await apart.close();
  });
});
