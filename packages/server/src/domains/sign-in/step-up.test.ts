import { setTimeout as sleep } from 'node:timers/promises';
import {
  adminLogin,
  adminLoginMfa,
  passkeyRegister,
  passkeyRegistrationOptions,
  stepUpPasskeyOptions,
  stepUpProve,
  stepUpRead,
} from '@castellan/contract';
import { createTestPlatform, type TestCaller, type TestPerson, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Authenticator } from '../../../test/authenticator.ts';
import { browserOf, enrolTotp } from '../../../test/enrol.ts';

/** An operator proves again who they are, in a console session that is older than ten minutes. */

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
});
afterAll(() => house.close());
beforeEach(() => house.clock.pass(31)); // Each code of an app works once.

const long = 601;
const isFresh = async (caller: TestCaller) => (await caller.call(stepUpRead)).result.freshUntil !== null;
const codeOf = (answer: { readonly status: number; readonly code: string | undefined }) =>
  answer.code ?? answer.status;

/** Signs somebody in to the console. @returns a caller with its cookie */
async function signIn(person: TestPerson, code?: () => string): Promise<TestCaller> {
  let answer: Pick<Awaited<ReturnType<TestCaller['call']>>, 'headers' | 'text'> = await house
    .caller()
    .call(adminLogin, { body: { email: person.email, password: person.password } });
  const { mfa_token: mfaToken } = JSON.parse(answer.text);
  if (mfaToken)
    answer = await house.caller().call(adminLoginMfa, { body: { mfaToken, method: 'totp', code: code!() } });
  return house.caller({ cookie: String(answer.headers['set-cookie']).split(';')[0]! });
}

/** Longer than what was taken by right proofs takes to be given back. */
const giveBackMs = 300;

const prove = (caller: TestCaller, body: Parameters<typeof passing>[0]) => caller.call(stepUpProve, { body });
const passing = (body: {
  method: 'password' | 'totp' | 'recovery_code' | 'passkey';
  [field: string]: unknown;
}) => body as never;

describe('by password', () => {
  it('counts for ten minutes and for this session alone; wrong ones do not, and are limited as sign-ins are', async () => {
    const person = await house.person({ isAdmin: true });
    const [here, elsewhere] = [await signIn(person), await signIn(person)];
    expect(await isFresh(here)).toBe(true);
    house.clock.pass(long);
    expect(await isFresh(here)).toBe(false);
    expect(codeOf(await prove(here, passing({ method: 'password', password: 'wrong' })))).toBe(
      'invalid_credentials',
    );
    expect(await isFresh(here)).toBe(false);
    expect(codeOf(await prove(here, passing({ method: 'password', password: person.password })))).toBe(200);
    expect([await isFresh(here), await isFresh(elsewhere)]).toEqual([true, false]);
    house.clock.pass(long);
    expect(await isFresh(here)).toBe(false);
    // Ten may be wrong. The proof that was right gives back all tries of its moment, also some of these on a fast machine.
    await sleep(giveBackMs);
    const codes = [];
    for (let at = 0; at < 11; at++)
      codes.push(codeOf(await prove(here, passing({ method: 'password', password: 'wrong' }))));
    expect(codes).toEqual([...Array(10).fill('invalid_credentials'), 'rate_limited']);
  });

  it('what the method needs has to be there', async () => {
    const caller = await signIn(await house.person({ isAdmin: true }));
    for (const body of [{ method: 'password' }, { method: 'totp' }, { method: 'passkey' }] as const)
      expect(codeOf(await prove(caller, passing(body)))).toBe('validation_failed');
  });
});

describe('by a second factor', () => {
  it('a code of the app counts once; the password counts no more, nor a recovery code twice', async () => {
    const person = await house.person({ isAdmin: true });
    const { code, recoveryCodes } = await enrolTotp(house, person);
    house.clock.pass(31);
    const caller = await signIn(person, code);
    house.clock.pass(long);
    expect((await caller.call(stepUpRead)).result).toMatchObject({
      freshUntil: null,
      methods: ['totp', 'recovery_code'],
    });
    const byPassword = await prove(caller, passing({ method: 'password', password: person.password }));
    expect(codeOf(byPassword)).toBe('mfa_required');
    const now = code();
    expect(codeOf(await prove(caller, passing({ method: 'totp', code: now })))).toBe(200);
    expect(await isFresh(caller)).toBe(true);
    expect(codeOf(await prove(caller, passing({ method: 'totp', code: now })))).toBe('mfa_code_wrong');
    house.clock.pass(long);
    const recovery = { method: 'recovery_code' as const, code: recoveryCodes[0]! };
    expect(codeOf(await prove(caller, passing(recovery)))).toBe(200);
    expect(codeOf(await prove(caller, passing(recovery)))).toBe('mfa_code_wrong');
    await house.platform.settled();
    const told = await house.query<{ method: string }>(
      `SELECT detail->>'method' AS method FROM activity_events WHERE action = 'step_up_proved' AND target_id = $1 ORDER BY sequence`,
      [person.id],
    );
    expect(told.map(({ method }) => method)).toEqual(['totp', 'recovery_code']);
  });

  it('another person’s code helps nobody', async () => {
    const [person, other] = [await house.person({ isAdmin: true }), await house.person({ isAdmin: true })];
    const own = await enrolTotp(house, person);
    const { code } = await enrolTotp(house, other);
    house.clock.pass(31);
    const caller = await signIn(person, own.code);
    house.clock.pass(long);
    expect(codeOf(await prove(caller, passing({ method: 'totp', code: code() })))).toBe('mfa_code_wrong');
    expect(await isFresh(caller)).toBe(false);
  });

  it('a passkey counts in the session that asked for it, once, on the console’s own page', async () => {
    const person = await house.person({ isAdmin: true });
    // Signed in before the passkey was there.
    const [caller, elsewhere] = [await signIn(person), await signIn(person)];
    const authenticator = new Authenticator();
    const page = { origin: 'http://localhost:9003', 'x-requested-with': 'test' };
    const { cookie } = await browserOf(house, person);
    const browser = house.caller({ ...page, cookie });
    const made = (await browser.call(passkeyRegistrationOptions, { body: {} })).result.options;
    authenticator.userHandle = (made.user as { id: string }).id;
    const ceremony = (options: Record<string, unknown>, origin: string) => ({
      challenge: String(options.challenge),
      origin,
      rpId: 'localhost',
    });
    await browser.call(passkeyRegister, {
      body: { passkey: authenticator.register(ceremony(made, page.origin)), name: 'Laptop' },
    });
    house.clock.pass(long);
    const ask = async (from = caller) => (await from.call(stepUpPasskeyOptions)).result.options;
    const answer = async (options: Record<string, unknown>, origin = 'http://localhost:9004') =>
      passing({ method: 'passkey', passkey: authenticator.assert(ceremony(options, origin)) });
    expect(codeOf(await prove(caller, await answer(await ask(), page.origin)))).toBe('passkey_refused');
    expect(codeOf(await prove(elsewhere, await answer(await ask())))).toBe('passkey_refused');
    expect(await isFresh(elsewhere)).toBe(false);
    const good = await answer(await ask());
    expect(codeOf(await prove(caller, good))).toBe(200);
    expect(codeOf(await prove(caller, good))).toBe('passkey_refused');
    expect([await isFresh(caller), await isFresh(elsewhere)]).toEqual([true, false]);
  });
});
