import { identityProvidersCreate, identityProvidersUpdate } from '@castellan/contract';
import {
  createPageBrowser,
  createTestPlatform,
  type PageBrowser,
  startOpenIdProvider,
} from '@castellan/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type FederationHouse,
  problemOf,
  publicUrl,
  startFederationHouse,
} from '../../../test/federation-house.ts';
import { sweepAttempts } from './attempts.ts';

/** Sign-in of people at real OpenID providers on loopback (P1). Each test has a browser of its own. */

let at: FederationHouse;
let browser: PageBrowser;

beforeAll(async () => {
  at = await startFederationHouse();
});
afterAll(() => at.close());
beforeEach(() => {
  browser = createPageBrowser(at.house);
});

const begin = (slug = 'house', query = '') => browser.get(`/auth/login/${slug}${query}`);

describe('on the way to the provider', () => {
  it('takes state, nonce and PKCE S256 along, of 256 bits each, and asks with the exact redirect address', async () => {
    const { location } = await begin();
    const { origin, searchParams } = new URL(location);
    expect(origin).toBe(at.provider.issuer);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'castellan',
      redirect_uri: `${publicUrl}/auth/callback/house`,
      scope: 'openid email profile',
      code_challenge_method: 'S256',
    });
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(searchParams.get(name), name).toMatch(/^[\w-]{43}$/);
  });

  it('keeps digests and sealed values only, and a cookie that is HttpOnly and Lax', async () => {
    const { location, headers } = await begin();
    const { searchParams } = new URL(location);
    expect(headers['set-cookie']).toMatch(
      /^castellan_federation=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    const rows = JSON.stringify(await at.house.query('SELECT t::text FROM federation_attempts t'));
    for (const secret of [
      searchParams.get('state')!,
      searchParams.get('nonce')!,
      browser.cookies.get('castellan_federation')!,
    ]) {
      expect(rows).not.toContain(secret);
      expect(rows).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });

  it('takes along whom to ask for, and that the person is to be asked anew and for a second factor', async () => {
    at.newcomer();
    const { location } = await begin('house', '?again=1&login_hint=ada%40example.com&second_factor=1');
    const { searchParams } = new URL(location);
    expect([searchParams.get('prompt'), searchParams.get('login_hint')]).toEqual([
      'login',
      'ada@example.com',
    ]);
    const back = await browser.get(await at.provider.visit(location));
    expect(new URL(back.location).pathname).toBe('/sign-in/second-factor');
  });

  it('one address begins 600 in a quarter of an hour; others are not kept out by it', async () => {
    await begin();
    const counted = await at.house.query(
      `UPDATE rate_limits SET points = 600 WHERE key = 'provider-from:127.0.0.1' RETURNING key`,
    );
    expect(counted).toHaveLength(1);
    const limited = await begin();
    expect(limited.status).toBe(429);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    const elsewhere = await at.house.platform.publicListener.inject({
      url: '/auth/login/house',
      remoteAddress: '192.0.2.7',
    });
    expect(elsewhere.statusCode).toBe(303);
    await at.house.query(`DELETE FROM rate_limits WHERE key LIKE 'provider-from:%'`);
  });

  it('what nobody comes back with is swept away', async () => {
    await begin();
    const { db } = at.house.platform.database;
    const left = async () => (await at.house.query('SELECT FROM federation_attempts')).length;
    await sweepAttempts(db, at.house.clock.now());
    expect(await left()).toBeGreaterThan(0);
    at.house.clock.pass(601);
    await sweepAttempts(db, at.house.clock.now());
    expect(await left()).toBe(0);
  });

  it('an unknown provider is a page that helps', async () => {
    const { code, page } = await problemOf(browser, await begin('nobody'));
    expect(code).toBe('provider_unknown');
    expect(page.status).toBe(404);
    expect(page.text).toContain('You can not sign in this way');
  });
});

describe('back with an answer', () => {
  it('makes the account, links it by its subject, and goes on where the person wanted to', async () => {
    const { email, sub } = at.newcomer({ name: 'Nora New' });
    const answer = await at.signIn(browser, 'house', '?return_to=/account/sessions');
    expect(answer.status).toBe(303);
    expect(answer.location).toBe(`${publicUrl}/account/sessions`);
    expect(browser.cookies.has('castellan_session')).toBe(true);
    const user = (await at.userOf(email))!;
    expect(user).toMatchObject({ state: 'active', is_admin: false });
    expect(user.email_verified_at).not.toBeNull();
    expect(
      await at.house.query('SELECT subject, email FROM identities WHERE user_id = $1', [user.id]),
    ).toEqual([{ subject: sub, email }]);
    expect((await at.events('user_login')).at(-1)!.detail).toMatchObject({ method: 'provider:house' });
    expect((await at.events('identity_linked')).at(-1)).toMatchObject({
      target_label: 'Nora New',
      detail: { provider: 'house' },
    });
  });

  it('the second time it is the same account, also when the e-mail there is another by now', async () => {
    const { email, sub } = at.newcomer();
    await at.signIn(browser);
    const first = (await at.userOf(email))!;
    at.provider.setUser({ sub, email: 'moved@example.com', emailVerified: false });
    browser = createPageBrowser(at.house);
    expect((await at.signIn(browser)).location).toBe(`${publicUrl}/account`);
    expect(browser.cookies.has('castellan_session')).toBe(true);
    expect(await at.userOf('moved@example.com')).toBeUndefined();
    expect(
      await at.house.query('SELECT user_id, email, email_verified FROM identities WHERE subject = $1', [sub]),
    ).toEqual([{ user_id: first.id, email: 'moved@example.com', email_verified: false }]);
  });

  it('leads nowhere but to a path of our own (open redirect)', async () => {
    at.newcomer();
    for (const wanted of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
    ])
      expect((await at.signIn(browser, 'house', `?return_to=${encodeURIComponent(wanted)}`)).location).toBe(
        `${publicUrl}/account`,
      );
  });

  it('a state that nobody was sent away with, or none: refused, and no code is traded', async () => {
    at.newcomer();
    const callback = new URL(await at.provider.visit((await begin()).location));
    for (const state of ['A'.repeat(43), '']) {
      const forged = new URL(callback);
      forged.searchParams.set('state', state);
      const { code, page } = await problemOf(browser, await browser.get(forged.href));
      expect(code).toBe('attempt_unknown');
      expect(page.status).toBe(400);
    }
    expect(browser.cookies.has('castellan_session')).toBe(false);
  });

  it('a callback that was followed before is worth nothing', async () => {
    at.newcomer();
    const callback = await at.provider.visit((await begin()).location);
    expect((await browser.get(callback)).location).toBe(`${publicUrl}/account`);
    expect((await problemOf(browser, await browser.get(callback))).code).toBe('attempt_unknown');
  });

  it('of two that follow one callback at once, one is signed in', async () => {
    at.newcomer();
    const callback = await at.provider.visit((await begin()).location);
    const answers = await Promise.all([browser.get(callback), browser.get(callback), browser.get(callback)]);
    const ways = answers.map(({ location }) => new URL(location).pathname).sort();
    expect(ways).toEqual(['/account', '/auth/problem/attempt_unknown', '/auth/problem/attempt_unknown']);
  });

  it('another browser can not follow it (login CSRF), and the one that was sent still can', async () => {
    at.newcomer();
    const callback = await at.provider.visit((await begin()).location);
    const stranger = createPageBrowser(at.house);
    expect((await stranger.get(callback)).location).toContain('attempt_unknown');
    await stranger.get('/auth/login/house');
    expect((await stranger.get(callback)).location).toContain('attempt_unknown');
    expect((await browser.get(callback)).location).toBe(`${publicUrl}/account`);
  });

  it('two tabs of one browser can be under way', async () => {
    at.newcomer();
    const first = await at.provider.visit((await begin('house', '?return_to=/account/first')).location);
    const second = await at.provider.visit((await begin('house', '?return_to=/account/second')).location);
    expect((await browser.get(second)).location).toBe(`${publicUrl}/account/second`);
    expect((await browser.get(first)).location).toBe(`${publicUrl}/account/first`);
  });

  it('after ten minutes it is over', async () => {
    at.newcomer();
    const callback = await at.provider.visit((await begin()).location);
    at.house.clock.pass(601);
    expect((await problemOf(browser, await browser.get(callback))).code).toBe('attempt_unknown');
  });

  it('an answer of one provider is not taken by another (mix-up, RFC 9700 §4.4)', async () => {
    at.newcomer();
    const callback = await at.provider.visit((await begin('house')).location);
    expect(
      (await problemOf(browser, await browser.get(callback.replace('/callback/house', '/callback/guild'))))
        .code,
    ).toBe('attempt_unknown');
    // And with the state of an attempt at the other one.
    const { location } = await begin('guild');
    const mixed = new URL(callback.replace('/callback/house', '/callback/guild'));
    mixed.searchParams.set('state', new URL(location).searchParams.get('state')!);
    expect((await problemOf(browser, await browser.get(mixed.href))).code).toBe('answer_refused');
    expect(browser.cookies.has('castellan_session')).toBe(false);
  });

  it('an iss that is not the provider’s is refused (RFC 9207 §2.4); so is one that is missing', async () => {
    for (const iss of [at.other.issuer, undefined]) {
      at.newcomer();
      const callback = new URL(await at.provider.visit((await begin()).location));
      expect(callback.searchParams.get('iss')).toBe(at.provider.issuer);
      if (iss) callback.searchParams.set('iss', iss);
      else callback.searchParams.delete('iss');
      expect((await problemOf(browser, await browser.get(callback.href))).code).toBe('answer_refused');
    }
    expect((await at.events('user_login_refused')).at(-1)!.detail).toMatchObject({
      reason: 'answer_refused',
      provider: 'house',
    });
  });

  it('a code that was given to somebody else’s browser is refused (PKCE)', async () => {
    at.newcomer();
    const stolen = new URL(await at.provider.visit((await begin()).location)).searchParams.get('code')!;
    const callback = new URL(await at.provider.visit((await begin()).location));
    callback.searchParams.set('code', stolen);
    expect((await problemOf(browser, await browser.get(callback.href))).code).toBe('answer_refused');
  });

  it('a parameter that comes twice is refused', async () => {
    at.newcomer();
    const callback = await at.provider.visit((await begin()).location);
    expect((await browser.get(`${callback}&state=x`)).status).toBe(422);
  });

  it('who cancels there reads that nothing was changed', async () => {
    at.provider.signIn(undefined);
    const { code, page } = await problemOf(browser, await at.signIn(browser));
    expect(code).toBe('cancelled');
    expect(page.text).toContain('Try again with House ID');
  });
});

describe('a provider that is not to be used', () => {
  it('disabled: neither the way there nor an answer that is under way', async () => {
    at.newcomer();
    const callback = await at.provider.visit((await begin()).location);
    const enable = (enabled: boolean) =>
      at.admin.call(identityProvidersUpdate, { params: { id: at.providerId }, body: { enabled } });
    await enable(false);
    expect((await problemOf(browser, await begin())).code).toBe('provider_unknown');
    expect((await problemOf(browser, await browser.get(callback))).code).toBe('provider_unknown');
    await enable(true);
    expect((await at.signIn(browser)).location).toBe(`${publicUrl}/account`);
  });

  it('down, before or after the person came back: a page with the correlation id and ways on, never a fault', async () => {
    const fresh = await startOpenIdProvider({
      users: [],
      redirectUris: [`${publicUrl}/auth/callback/frail`],
    });
    const { issuer, clientId, clientSecret } = fresh;
    await at.admin.call(identityProvidersCreate, {
      body: { slug: 'frail', kind: 'oidc', name: 'Frail ID', issuer, clientId, clientSecret },
    });
    fresh.setDown(true);
    const first = await problemOf(browser, await begin('frail'));
    expect(first.code).toBe('provider_unavailable');
    expect(first.page.status).toBe(503);
    expect(first.page.text).toContain('Frail ID could not be reached');
    expect(first.page.text).toMatch(/<code>[0-9a-f-]{36}<\/code>/);
    expect(first.page.text).toContain('Try again with Frail ID');
    fresh.setDown(false);
    at.newcomer({}, fresh);
    const callback = await fresh.visit((await begin('frail')).location);
    fresh.setDown(true);
    expect((await problemOf(browser, await browser.get(callback))).code).toBe('provider_unavailable');
    await fresh.stop();
  });

  it('at a private address that the operator did not name: not asked', async () => {
    const closed = await createTestPlatform();
    const operator = await closed.administrator();
    const { issuer, clientId, clientSecret } = at.provider;
    await operator.call(identityProvidersCreate, {
      body: { slug: 'house', kind: 'oidc', issuer, clientId, clientSecret },
    });
    const { location } = await createPageBrowser(closed).get('/auth/login/house');
    expect(location).toContain('provider_unavailable');
    await closed.close();
  });
});

describe('pages about problems', () => {
  it('speak German to who wishes for it, keep no code of the answer, and take no provider that is not there', async () => {
    at.provider.signIn(undefined);
    const sent = await at.signIn(browser);
    expect(sent.location).not.toMatch(/code=|state=/);
    const german = createPageBrowser(at.house, 'de-AT');
    const page = await german.get(sent.location);
    expect(page.text).toContain('<html lang="de">');
    expect(page.text).toContain('Sie haben sich nicht angemeldet');
    const odd = await german.get(
      '/auth/problem/cancelled?provider=%3Cscript%3E&return_to=//evil.example&reference=%22%3E',
    );
    expect(odd.status).toBe(403);
    expect(odd.text).not.toContain('<script');
    // The links to other languages repeat the page's own query; nothing leads there.
    expect(odd.text).not.toMatch(/(?:href|action)="[^?"][^"]*evil/);
    expect((await german.get('/auth/problem/no_such_code')).status).toBe(404);
  });
});
