import { randomBytes, randomUUID } from 'node:crypto';
import { createTestPlatform, type TestPerson, type TestPlatform } from '@castellan/testkit';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemOrigin } from '../../platform/activity/event.ts';
import { createBrowserSessions } from '../browser-sessions/browser-session.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
});
afterAll(() => house.close());

async function signedIn(given?: TestPerson) {
  const person = given ?? (await house.person({ name: 'Ada Lovelace' }));
  const { database, publicListener: app } = house.platform;
  const sessions = createBrowserSessions({ database, clock: house.clock, cookieSecure: false });
  const begun = await database.write(systemOrigin, (tx) =>
    sessions.begin(tx, {
      userId: person.id,
      name: person.name,
      amr: ['pwd'],
      method: 'password',
      address: null,
      userAgent: null,
    }),
  );
  const headers = { cookie: begun.cookie.split(';')[0]!, accept: 'text/html' };
  return {
    person,
    get: (url: string) => app.inject({ url, headers }),
    post: (url: string, form: Record<string, string> = {}) =>
      app.inject({
        method: 'POST',
        url,
        headers: {
          ...headers,
          origin: house.settings.PUBLIC_URL,
          'content-type': 'application/x-www-form-urlencoded',
        },
        payload: new URLSearchParams(form).toString(),
      }),
  };
}

async function addPasskey(person: TestPerson, name: string): Promise<string> {
  const id = randomUUID();
  await house.query(
    `INSERT INTO passkeys (id, user_id, credential_id, public_key, sign_count, transports, backup_eligible, backed_up, name, created_at)
     VALUES ($1, $2, $3, '\\x00', 0, '{}', false, false, $4, now())`,
    [id, person.id, randomBytes(16), name],
  );
  await house.query(`UPDATE users SET second_factors = '{passkey}' WHERE id = $1`, [person.id]);
  return id;
}

const keyOf = (body: string): string => /<dd><code>([A-Z2-7 ]+)<\/code>/.exec(body)![1]!.replaceAll(' ', '');
const codesOf = (body: string): string[] =>
  [...body.matchAll(/<code>([0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4})<\/code>/g)].map(
    ([, code]) => code!,
  );
const codeAt = (secret: string) => new TOTP({ secret }).generate({ timestamp: house.clock.now().getTime() });

describe('P2, P19 authenticator app', () => {
  it('is set up with a picture and a key, confirmed by a code, and gives recovery codes once, also as a file', async () => {
    const ada = await signedIn();
    const begun = await ada.post('/account/security/authenticator');
    expect(begun.statusCode).toBe(200);
    expect(begun.body).toContain('src="data:image/svg+xml;base64,');
    const secret = keyOf(begun.body);
    const wrong = await ada.post('/account/security/authenticator', { code: '000000' });
    expect(wrong.statusCode).toBe(422);
    expect(wrong.body).toContain('This code does not fit');
    expect(keyOf(wrong.body)).toBe(secret);
    const on = await ada.post('/account/security/authenticator', { code: codeAt(secret) });
    expect(on.statusCode).toBe(200);
    const codes = codesOf(on.body);
    expect(new Set(codes).size).toBe(10);
    const file = /href="data:text\/plain;charset=utf-8,([^"]+)" download="([^"]+)"/.exec(on.body)!;
    expect(file[2]).toBe('recovery-codes.txt');
    expect(decodeURIComponent(file[1]!)).toContain(codes.join('\r\n'));
    expect(on.headers['cache-control']).toBe('no-store');
    const overview = await ada.get('/account/security');
    expect(overview.body).toContain('on since');
    expect(overview.body).toContain('10 codes left');
    for (const code of codes) expect(overview.body).not.toContain(code);
    // It can not be set up over the one that is there.
    expect((await ada.post('/account/security/authenticator')).headers.location).toBe(
      '/account/security/authenticator',
    );
    expect((await ada.post('/account/security/authenticator/remove')).statusCode).toBe(303);
    expect((await ada.get('/account/security?done=authenticator_removed')).body).toContain('is removed');
  });

  it('guessing the code is limited', async () => {
    const ada = await signedIn();
    await ada.post('/account/security/authenticator');
    let status = 422;
    for (let round = 0; round < 30 && status === 422; round++)
      status = (await ada.post('/account/security/authenticator', { code: '000000' })).statusCode;
    expect(status).toBe(429);
  });

  it('what changes how somebody gets in needs a recent sign-in, for the page and for the form', async () => {
    const ada = await signedIn();
    const passkey = await addPasskey(ada.person, 'Laptop');
    house.clock.pass(11 * 60);
    expect((await ada.get('/account/security')).statusCode).toBe(200);
    for (const [url, back] of [
      ['/account/security/authenticator', '/account/security/authenticator'],
      ['/account/security/recovery-codes', '/account/security/recovery-codes'],
      [`/account/security/passkeys/${passkey}`, `/account/security/passkeys/${passkey}`],
      ['/account/security/passkeys/new', '/account/security/passkeys/new'],
    ] as const) {
      const asked = await ada.get(url);
      expect(asked.statusCode, url).toBe(303);
      expect(asked.headers.location).toContain(`/sign-in?return_to=${encodeURIComponent(back)}&again=1`);
    }
    for (const url of [
      '/account/security/authenticator',
      '/account/security/authenticator',
      '/account/security/authenticator/remove',
      '/account/security/recovery-codes',
      `/account/security/passkeys/${passkey}`,
    ]) {
      const asked = await ada.post(url, { name: 'X', code: '123456' });
      expect(asked.headers.location, url).toMatch(/^\/sign-in\?.*again=1/);
    }
    expect(await house.query('SELECT name FROM passkeys WHERE id = $1', [passkey])).toEqual([
      { name: 'Laptop' },
    ]);
  });
});

describe('recovery codes', () => {
  it('new ones replace the old, and there are none without a factor that they stand in for', async () => {
    const ada = await signedIn();
    expect((await ada.get('/account/security/recovery-codes')).body).toContain('Add one of these first');
    expect((await ada.post('/account/security/recovery-codes')).headers.location).toBe(
      '/account/security?done=gone',
    );
    await addPasskey(ada.person, 'Key');
    expect((await ada.get('/account/security')).body).toContain('a lost device locks you out');
    const first = codesOf((await ada.post('/account/security/recovery-codes')).body);
    const second = codesOf((await ada.post('/account/security/recovery-codes')).body);
    expect(second).toHaveLength(10);
    expect(second.filter((code) => first.includes(code))).toEqual([]);
    expect(
      await house.query('SELECT count(*)::int AS kept FROM recovery_codes WHERE user_id = $1', [
        ada.person.id,
      ]),
    ).toEqual([{ kept: 10 }]);
  });
});

describe('passkeys', () => {
  it('are listed, renamed and removed; names are text', async () => {
    const ada = await signedIn();
    const id = await addPasskey(ada.person, '<i>Laptop</i>');
    expect((await ada.get('/account/security')).body).toContain('&lt;i&gt;Laptop&lt;/i&gt;');
    const empty = await ada.post(`/account/security/passkeys/${id}`, { name: ' ' });
    expect(empty.statusCode).toBe(422);
    expect(empty.body).toContain('Give it a name');
    await ada.post(`/account/security/passkeys/${id}`, { name: 'Blue key' });
    expect((await ada.get(`/account/security/passkeys/${id}`)).body).toContain('value="Blue key"');
    await ada.post(`/account/security/passkeys/${id}`, { action: 'remove' });
    expect((await ada.get('/account/security?done=passkey_removed')).body).not.toContain('Blue key');
  });

  it('somebody else’s can be neither seen, renamed nor removed', async () => {
    const [ada, bob] = [await signedIn(), await signedIn()];
    const id = await addPasskey(ada.person, 'Ada’s key');
    for (const other of [id, randomUUID()]) {
      expect((await bob.get(`/account/security/passkeys/${other}`)).headers.location).toBe(
        '/account/security?done=gone',
      );
      for (const form of [{ name: 'Mine' }, { action: 'remove' }])
        expect((await bob.post(`/account/security/passkeys/${other}`, form)).headers.location).toBe(
          '/account/security?done=gone',
        );
    }
    expect(await house.query('SELECT name FROM passkeys WHERE id = $1', [id])).toEqual([
      { name: 'Ada’s key' },
    ]);
  });
});

it('the last way in can not be removed: not by oneself, not by two requests at once', async () => {
  const ada = await signedIn();
  await house.query('UPDATE users SET password_hash = NULL WHERE id = $1', [ada.person.id]);
  const keys = [await addPasskey(ada.person, 'One'), await addPasskey(ada.person, 'Two')];
  const answers = await Promise.all(
    keys.map((id) => ada.post(`/account/security/passkeys/${id}`, { action: 'remove' })),
  );
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([303, 409]);
  expect(answers.find(({ statusCode }) => statusCode === 409)!.body).toContain('the only way in');
  expect(
    await house.query('SELECT count(*)::int AS left FROM passkeys WHERE user_id = $1', [ada.person.id]),
  ).toEqual([{ left: 1 }]);
});
