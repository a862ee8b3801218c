import { createPageBrowser, createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
});
afterAll(() => house.close());

const own = (path: string): string => `${house.settings.PUBLIC_URL}${path}`;
const sessionCookie = 'castellan_session';

const eventsOf = async (action: string) => {
  await house.platform.settled();
  return house.query<{ target_label: string; detail: Record<string, unknown>; correlation_id: string }>(
    'SELECT target_label, detail, correlation_id FROM activity_events WHERE action = $1 ORDER BY sequence',
    [action],
  );
};

describe('P2 GET /sign-in', () => {
  it('is a whole page without scripts, in English or German, that stays as it was chosen', async () => {
    const browser = createPageBrowser(house, 'de-AT,de;q=0.9');
    const german = await browser.get('/sign-in');
    expect(german.status).toBe(200);
    expect(german.text).toContain('<html lang="de">');
    expect(german.text).toContain('Anmelden');
    expect(german.text).not.toMatch(/<script(?! type="module" src="\/)|<style| style="|\son\w+="/);
    expect(german.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(german.headers['cache-control']).toBe('no-store');
    expect(german.headers['referrer-policy']).toBe('strict-origin');
    const english = await browser.get('/sign-in?return_to=%2Faccount%2Fapps&lang=en');
    expect(english.text).toContain('<html lang="en">');
    // The choice keeps the rest of the address.
    expect(english.text).toContain('href="?return_to=%2Faccount%2Fapps&amp;lang=de"');
    expect((await browser.get('/sign-in')).text).toContain('<html lang="en">');
  });

  it('lets parameters be that mail programs add, and refuses one given twice', async () => {
    const browser = createPageBrowser(house);
    expect((await browser.get('/sign-in?utm_source=mail')).status).toBe(200);
    expect((await browser.get('/sign-in?return_to=/a&return_to=/b')).status).toBe(422);
  });

  it('puts what came in the address into the page as text', async () => {
    const { text } = await createPageBrowser(house).get(
      `/sign-in?login_hint=${encodeURIComponent('"><script>alert(1)</script>')}&return_to=${encodeURIComponent('/"onload="x')}`,
    );
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('"onload="');
  });
});

it('a refusal is told to a person in words, in their language, with its correlation id; to a program as a problem', async () => {
  const browser = createPageBrowser(house, 'de');
  const forged = await browser.post('/sign-in', {}, { origin: 'https://evil.example' });
  expect([forged.status, forged.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8']);
  expect(forged.text).toContain('<html lang="de">');
  expect(forged.text).toContain('Dieses Formular kam von einer anderen Seite');
  expect(forged.text).toContain(String(forged.headers['x-correlation-id']));
  expect((await browser.get('/nowhere')).text).toContain('Hier ist nichts');
  const large = await browser.post('/sign-in', { email: 'x'.repeat(70_000) });
  expect([large.status, large.text.includes('Das ist zu viel')]).toEqual([413, true]);
  const program = await browser.post('/sign-in', {}, { origin: 'https://evil.example', accept: '*/*' });
  expect(program.headers['content-type']).toContain('application/problem+json');
});

describe('P2 POST /sign-in', () => {
  it('begins a browser session and goes on to where the person wanted to be', async () => {
    const person = await house.person({ name: 'Ada Lovelace' });
    const browser = createPageBrowser(house);
    const answer = await browser.post('/sign-in', {
      email: ` ${person.email.toUpperCase()} `,
      password: person.password,
      return_to: '/account/sessions?x=1',
    });
    expect([answer.status, answer.location]).toEqual([303, own('/account/sessions?x=1')]);
    expect(browser.cookies.get(sessionCookie)).toMatch(/^cbs_/);
    const [cookie] = [answer.headers['set-cookie']].flat() as string[];
    expect(cookie).toMatch(/HttpOnly.*SameSite=Lax/);
    const [login] = (await eventsOf('user_login')).slice(-1);
    expect(login).toMatchObject({ target_label: 'Ada Lovelace', detail: { method: 'password' } });
    // Signed in already: it goes on at once.
    const again = await browser.get('/sign-in?return_to=/account/apps');
    expect([again.status, again.location]).toEqual([303, own('/account/apps')]);
    // Asked to prove it again: it does not.
    expect((await browser.get('/sign-in?again=1')).text).toContain('Confirm that it is you');
  });

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
    'never leads to %s',
    async (returnTo) => {
      const person = await house.person();
      const { location } = await createPageBrowser(house).post('/sign-in', {
        email: person.email,
        password: person.password,
        return_to: returnTo,
      });
      expect(location).toBe(own('/account'));
      const browser = createPageBrowser(house);
      await browser.post('/sign-in', { email: person.email, password: person.password });
      expect((await browser.get(`/sign-in?return_to=${encodeURIComponent(returnTo)}`)).location).toBe(
        own('/account'),
      );
    },
  );

  it('says what is missing beside the field, and keeps what was typed, except the password', async () => {
    const browser = createPageBrowser(house);
    const nothing = await browser.post('/sign-in', {});
    expect(nothing.status).toBe(422);
    expect(nothing.text).toContain('Enter your e-mail address.');
    expect(nothing.text).toContain('Enter your password.');
    const wrong = await browser.post('/sign-in', { email: 'not an address', password: 'secret words here' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('value="not an address"');
    expect(wrong.text).not.toContain('secret words here');
  });

  it('answers unknown e-mail and wrong password alike, and tells both in the timeline', async () => {
    const person = await house.person();
    const tries = [
      await createPageBrowser(house).post('/sign-in', { email: person.email, password: 'wrong words here' }),
      await createPageBrowser(house).post('/sign-in', {
        email: 'nobody@example.com',
        password: 'wrong words here',
      }),
    ];
    const texts = tries.map(({ status, text, headers }) => {
      expect(status).toBe(401);
      expect(text).toContain(String(headers['x-correlation-id']));
      return text
        .replaceAll(person.email, 'EMAIL')
        .replaceAll('nobody@example.com', 'EMAIL')
        .replaceAll(String(headers['x-correlation-id']), 'ID');
    });
    expect(texts[0]).toBe(texts[1]);
    const refused = (await eventsOf('user_login_refused')).slice(-2);
    expect(refused.map(({ detail }) => detail.reason)).toEqual([
      'invalid_credentials',
      'invalid_credentials',
    ]);
  });

  it('shares its limits with /auth/login', async () => {
    const person = await house.person();
    const browser = createPageBrowser(house);
    const guess = () => browser.post('/sign-in', { email: person.email, password: 'wrong words here' });
    for (let tries = 0; tries < 10; tries++) expect((await guess()).status).toBe(401);
    const limited = await guess();
    expect(limited.status).toBe(429);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect(limited.text).toContain('Too many tries');
    await house.service('limits');
    const api = await house.platform.publicListener.inject({
      method: 'POST',
      url: '/auth/login',
      payload: { email: person.email, password: person.password, service: 'limits' },
    });
    expect(api.statusCode).toBe(429);
  });

  it('tells a deactivated person so only when they know the password', async () => {
    const person = await house.person();
    await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [person.id]);
    const browser = createPageBrowser(house);
    expect((await browser.post('/sign-in', { email: person.email, password: 'wrong words' })).status).toBe(
      401,
    );
    const right = await browser.post('/sign-in', { email: person.email, password: person.password });
    expect(right.status).toBe(403);
    expect(right.text).toContain('This account is deactivated');
    expect(browser.cookies.has(sessionCookie)).toBe(false);
  });

  it.each([
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['Origin null', { origin: 'null' }],
    ['the admin listener', { origin: 'http://localhost:9004' }],
    ['a same-site page', { 'sec-fetch-site': 'same-site' }],
    ['a cross-site page', { 'sec-fetch-site': 'cross-site' }],
  ] as [string, Record<string, string>][])('refuses a form of %s (login CSRF)', async (_, headers) => {
    const person = await house.person();
    const browser = createPageBrowser(house);
    const form = { email: person.email, password: person.password };
    const answer = await browser.post('/sign-in', form, headers);
    expect(answer.status).toBe(403);
    expect(browser.cookies.has(sessionCookie)).toBe(false);
  });

  it('ends the session of whoever was signed in before, and keeps that of the same person', async () => {
    const [ada, bob] = [await house.person({ name: 'Ada' }), await house.person({ name: 'Bob' })];
    const browser = createPageBrowser(house);
    const signIn = (person: typeof ada) =>
      browser.post('/sign-in', { email: person.email, password: person.password, again: '1' });
    const liveOf = async (id: string) =>
      (await house.query('SELECT 1 FROM grants WHERE user_id = $1 AND ended_at IS NULL', [id])).length;
    await signIn(ada);
    const first = browser.cookies.get(sessionCookie);
    await signIn(ada);
    expect([browser.cookies.get(sessionCookie), await liveOf(ada.id)]).toEqual([first, 1]);
    await signIn(bob);
    expect(browser.cookies.get(sessionCookie)).not.toBe(first);
    expect([await liveOf(ada.id), await liveOf(bob.id)]).toEqual([0, 1]);
  });
});

describe('P19 sign-out', () => {
  it('asks first, then ends the session on the next call', async () => {
    const person = await house.person();
    const browser = createPageBrowser(house);
    await browser.post('/sign-in', { email: person.email, password: person.password });
    const copy = browser.cookies.get(sessionCookie)!;
    const asked = await browser.get('/sign-out');
    expect(asked.text).toContain(person.email);
    expect(browser.cookies.has(sessionCookie)).toBe(true);
    const foreign = await browser.post('/sign-out', {}, { origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
    const answer = await browser.post('/sign-out');
    expect([answer.status, answer.location]).toEqual([303, own('/sign-out')]);
    expect(browser.cookies.has(sessionCookie)).toBe(false);
    expect((await browser.get('/sign-out')).text).toContain('You are signed out');
    const thief = createPageBrowser(house);
    thief.cookies.set(sessionCookie, copy);
    expect((await thief.get('/sign-in')).status).toBe(200);
    expect((await eventsOf('user_logout')).length).toBeGreaterThan(0);
  });

  it('does nothing to somebody who is not signed in', async () => {
    const browser = createPageBrowser(house);
    expect((await browser.get('/sign-out')).text).toContain('You are signed out');
    expect((await browser.post('/sign-out')).status).toBe(303);
  });
});

// The last one: it uses up what this address may try.
it('100 at once: each gets an answer, none waits for itself', async () => {
  const person = await house.person();
  const answers = await Promise.all(
    Array.from({ length: 100 }, () =>
      createPageBrowser(house).post('/sign-in', { email: person.email, password: person.password }),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  // All come before the first right password gives its try back; the limit holds meanwhile.
  expect(statuses.every((status) => [303, 429, 503].includes(status))).toBe(true);
  expect(statuses).toContain(303);
});
