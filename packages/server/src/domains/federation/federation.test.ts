import { identityProvidersCreate, identityProvidersUpdate } from '@castellan/contract';
import {
  createPageBrowser,
  createTestPlatform,
  type PageAnswer,
  type PageBrowser,
  startOpenIdProvider,
  type TestOpenIdProvider,
  type TestPlatform,
} from '@castellan/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/** Sign-in of people at a real OpenID provider on loopback (P1). Each test has a browser of its own. */

const publicUrl = 'http://localhost:9003';
let house: TestPlatform;
let provider: TestOpenIdProvider;
let other: TestOpenIdProvider;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
let providerId: string;
let browser: PageBrowser;
let count = 0;

beforeAll(async () => {
  const redirectUris = [`${publicUrl}/auth/callback/house`, `${publicUrl}/auth/callback/guild`];
  [house, provider, other] = await Promise.all([
    createTestPlatform({ settings: { OUTBOUND_ALLOW: '127.0.0.0/8', REGISTRATION: 'open' } }),
    startOpenIdProvider({ users: [], redirectUris }),
    startOpenIdProvider({ users: [], redirectUris }),
  ]);
  admin = await house.administrator();
  const create = async (slug: string, { issuer, clientId, clientSecret }: TestOpenIdProvider) =>
    (
      await admin.call(identityProvidersCreate, {
        body: {
          slug,
          kind: 'oidc',
          name: slug === 'house' ? 'House ID' : 'Guild ID',
          issuer,
          clientId,
          clientSecret,
        },
      })
    ).result.id;
  providerId = await create('house', provider);
  await create('guild', other);
});
afterAll(() => Promise.all([house.close(), provider.stop(), other.stop()]));
beforeEach(() => {
  browser = createPageBrowser(house);
});

/** Somebody new at the provider, who sits at the browser from now on. */
function newcomer(facts: { email?: string; emailVerified?: boolean; name?: string } = {}, at = provider) {
  const sub = `sub-${++count}`;
  const user = { sub, email: `${sub}@example.com`, emailVerified: true, name: `Person ${count}`, ...facts };
  at.setUser(user);
  at.signIn(sub);
  return user;
}

const begin = (slug = 'house', query = '') => browser.get(`/auth/login/${slug}${query}`);

/** The whole way: to the provider and back. */
async function signIn(slug = 'house', query = '', at = provider): Promise<PageAnswer> {
  const sent = await begin(slug, query);
  expect(sent.status).toBe(303);
  return browser.get(await at.visit(sent.location));
}

async function problemOf(answer: PageAnswer): Promise<{ code: string; page: PageAnswer }> {
  expect(answer.status).toBe(303);
  expect(answer.location).toContain('/auth/problem/');
  const page = await browser.get(answer.location);
  return { code: new URL(answer.location).pathname.split('/').at(-1)!, page };
}

const userOf = async (email: string) =>
  (
    await house.query<{ id: string; state: string; email_verified_at: Date | null; is_admin: boolean }>(
      'SELECT * FROM users WHERE email = $1',
      [email],
    )
  )[0];

const events = async (action: string) => {
  await house.platform.settled();
  return house.query<{ detail: Record<string, unknown>; target_label: string }>(
    'SELECT detail, target_label FROM activity_events WHERE action = $1 ORDER BY sequence',
    [action],
  );
};

const isSignedIn = () => browser.cookies.has('castellan_session');

describe('on the way to the provider', () => {
  it('takes state, nonce and PKCE S256 along, of 256 bits each, and asks with the exact redirect address', async () => {
    const { location } = await begin();
    const { origin, searchParams } = new URL(location);
    expect(origin).toBe(provider.issuer);
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
    const rows = JSON.stringify(await house.query('SELECT t::text FROM federation_attempts t'));
    for (const secret of [
      searchParams.get('state')!,
      searchParams.get('nonce')!,
      browser.cookies.get('castellan_federation')!,
    ]) {
      expect(rows).not.toContain(secret);
      expect(rows).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });

  it('an unknown provider is a page that helps', async () => {
    const { code, page } = await problemOf(await begin('nobody'));
    expect(code).toBe('provider_unknown');
    expect(page.status).toBe(404);
    expect(page.text).toContain('You can not sign in this way');
  });
});

describe('back with an answer', () => {
  it('makes the account, links it by its subject, and goes on where the person wanted to', async () => {
    const { email, sub } = newcomer({ name: 'Nora New' });
    const answer = await signIn('house', '?return_to=/account/sessions');
    expect(answer.status).toBe(303);
    expect(answer.location).toBe(`${publicUrl}/account/sessions`);
    expect(isSignedIn()).toBe(true);
    const user = (await userOf(email))!;
    expect(user).toMatchObject({ state: 'active', is_admin: false });
    expect(user.email_verified_at).not.toBeNull();
    expect(await house.query('SELECT subject, email FROM identities WHERE user_id = $1', [user.id])).toEqual([
      { subject: sub, email },
    ]);
    expect((await events('user_login')).at(-1)!.detail).toMatchObject({ method: 'provider:house' });
    expect((await events('identity_linked')).at(-1)).toMatchObject({
      target_label: 'Nora New',
      detail: { provider: 'house' },
    });
  });

  it('the second time it is the same account, also when the e-mail there is another by now', async () => {
    const { email, sub } = newcomer();
    await signIn();
    const first = (await userOf(email))!;
    provider.setUser({ sub, email: 'moved@example.com', emailVerified: false });
    browser = createPageBrowser(house);
    expect((await signIn()).location).toBe(`${publicUrl}/account`);
    expect(isSignedIn()).toBe(true);
    expect(await userOf('moved@example.com')).toBeUndefined();
    expect(
      await house.query('SELECT user_id, email, email_verified FROM identities WHERE subject = $1', [sub]),
    ).toEqual([{ user_id: first.id, email: 'moved@example.com', email_verified: false }]);
  });

  it('leads nowhere but to a path of our own (open redirect)', async () => {
    newcomer();
    for (const wanted of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
    ])
      expect((await signIn('house', `?return_to=${encodeURIComponent(wanted)}`)).location).toBe(
        `${publicUrl}/account`,
      );
  });

  it('a state that nobody was sent away with, or none: refused, and no code is traded', async () => {
    newcomer();
    const callback = new URL(await provider.visit((await begin()).location));
    for (const state of ['A'.repeat(43), '']) {
      const forged = new URL(callback);
      forged.searchParams.set('state', state);
      const { code, page } = await problemOf(await browser.get(forged.href));
      expect(code).toBe('attempt_unknown');
      expect(page.status).toBe(400);
    }
    expect(isSignedIn()).toBe(false);
  });

  it('a callback that was followed before is worth nothing', async () => {
    newcomer();
    const callback = await provider.visit((await begin()).location);
    expect((await browser.get(callback)).location).toBe(`${publicUrl}/account`);
    expect((await problemOf(await browser.get(callback))).code).toBe('attempt_unknown');
  });

  it('of two that follow one callback at once, one is signed in', async () => {
    newcomer();
    const callback = await provider.visit((await begin()).location);
    const answers = await Promise.all([browser.get(callback), browser.get(callback), browser.get(callback)]);
    const ways = answers.map(({ location }) => new URL(location).pathname).sort();
    expect(ways).toEqual(['/account', '/auth/problem/attempt_unknown', '/auth/problem/attempt_unknown']);
  });

  it('another browser can not follow it (login CSRF), and the one that was sent still can', async () => {
    newcomer();
    const callback = await provider.visit((await begin()).location);
    const stranger = createPageBrowser(house);
    expect((await stranger.get(callback)).location).toContain('attempt_unknown');
    await stranger.get('/auth/login/house');
    expect((await stranger.get(callback)).location).toContain('attempt_unknown');
    expect((await browser.get(callback)).location).toBe(`${publicUrl}/account`);
  });

  it('two tabs of one browser can be under way', async () => {
    newcomer();
    const first = await provider.visit((await begin('house', '?return_to=/account/first')).location);
    const second = await provider.visit((await begin('house', '?return_to=/account/second')).location);
    expect((await browser.get(second)).location).toBe(`${publicUrl}/account/second`);
    expect((await browser.get(first)).location).toBe(`${publicUrl}/account/first`);
  });

  it('after ten minutes it is over', async () => {
    newcomer();
    const callback = await provider.visit((await begin()).location);
    house.clock.pass(601);
    expect((await problemOf(await browser.get(callback))).code).toBe('attempt_unknown');
  });

  it('an answer of one provider is not taken by another (mix-up, RFC 9700 §4.4)', async () => {
    newcomer();
    const callback = await provider.visit((await begin('house')).location);
    expect(
      (await problemOf(await browser.get(callback.replace('/callback/house', '/callback/guild')))).code,
    ).toBe('attempt_unknown');
    // And with the state of an attempt at the other one.
    const { location } = await begin('guild');
    const mixed = new URL(callback.replace('/callback/house', '/callback/guild'));
    mixed.searchParams.set('state', new URL(location).searchParams.get('state')!);
    expect((await problemOf(await browser.get(mixed.href))).code).toBe('answer_refused');
    expect(isSignedIn()).toBe(false);
  });

  it('an iss that is not the provider’s is refused (RFC 9207 §2.4); so is one that is missing', async () => {
    for (const iss of [other.issuer, undefined]) {
      newcomer();
      const callback = new URL(await provider.visit((await begin()).location));
      expect(callback.searchParams.get('iss')).toBe(provider.issuer);
      if (iss) callback.searchParams.set('iss', iss);
      else callback.searchParams.delete('iss');
      expect((await problemOf(await browser.get(callback.href))).code).toBe('answer_refused');
    }
    expect((await events('user_login_refused')).at(-1)!.detail).toMatchObject({
      reason: 'answer_refused',
      provider: 'house',
    });
  });

  it('a code that was given to somebody else’s browser is refused (PKCE)', async () => {
    newcomer();
    const stolen = new URL(await provider.visit((await begin()).location)).searchParams.get('code')!;
    const callback = new URL(await provider.visit((await begin()).location));
    callback.searchParams.set('code', stolen);
    expect((await problemOf(await browser.get(callback.href))).code).toBe('answer_refused');
  });

  it('a parameter that comes twice is refused', async () => {
    newcomer();
    const callback = await provider.visit((await begin()).location);
    expect((await browser.get(`${callback}&state=x`)).status).toBe(422);
  });

  it('who cancels there reads that nothing was changed', async () => {
    provider.signIn(undefined);
    const { code, page } = await problemOf(await signIn());
    expect(code).toBe('cancelled');
    expect(page.text).toContain('Try again with House ID');
  });
});

describe('whose account it is', () => {
  it('an e-mail that is not verified makes no account, and the page says what to do', async () => {
    for (const emailVerified of [false, undefined]) {
      const user = newcomer();
      provider.setUser({
        sub: user.sub,
        email: user.email,
        ...(emailVerified === undefined ? {} : { emailVerified }),
      });
      const { code, page } = await problemOf(await signIn());
      expect(code).toBe('email_unverified');
      expect(page.status).toBe(403);
      expect(page.text).toContain('Confirm the address in your settings at House ID');
      expect(await userOf(user.email)).toBeUndefined();
    }
    expect((await events('user_login_refused')).at(-1)!.detail).toMatchObject({ reason: 'email_unverified' });
  });

  it('no e-mail at all makes no account', async () => {
    const { sub } = newcomer();
    provider.setUser({ sub });
    expect((await problemOf(await signIn())).code).toBe('email_missing');
  });

  it('a domain that an operator trusts stands in where the provider says nothing, not where it says no', async () => {
    const trust = (trustedEmailDomains: string[]) =>
      admin.call(identityProvidersUpdate, { params: { id: providerId }, body: { trustedEmailDomains } });
    expect((await trust(['trusted.example'])).status).toBe(200);
    const silent = newcomer();
    provider.setUser({ sub: silent.sub, email: 'silent@trusted.example' });
    expect((await signIn()).location).toBe(`${publicUrl}/account`);
    const denied = newcomer();
    provider.setUser({ sub: denied.sub, email: 'denied@trusted.example', emailVerified: false });
    expect((await problemOf(await signIn())).code).toBe('email_unverified');
    const below = newcomer();
    provider.setUser({ sub: below.sub, email: 'x@sub.trusted.example' });
    expect((await problemOf(await signIn())).code).toBe('email_unverified');
    await trust([]);
  });

  it('an account with that e-mail is never joined by the e-mail alone: the page says how to link', async () => {
    const person = await house.person({ email: 'held@example.com' });
    newcomer({ email: person.email });
    const { code, page } = await problemOf(await signIn());
    expect(code).toBe('account_exists');
    expect(page.status).toBe(409);
    expect(page.text).toContain('An e-mail address alone opens no account');
    expect(page.text).toContain('href="/sign-in?return_to=%2Faccount%2Fsecurity"');
    expect(isSignedIn()).toBe(false);
    expect(await house.query('SELECT FROM identities WHERE user_id = $1', [person.id])).toEqual([]);
  });

  it('nor is the account that another provider made', async () => {
    const { email } = newcomer();
    await signIn();
    browser = createPageBrowser(house);
    newcomer({ email }, other);
    expect((await problemOf(await signIn('guild', '', other))).code).toBe('account_exists');
  });

  it('of two that arrive at once with one new e-mail from two providers, one gets the account', async () => {
    const { email } = newcomer();
    newcomer({ email }, other);
    const second = createPageBrowser(house);
    const [here, there] = await Promise.all([
      provider.visit((await begin('house')).location),
      other.visit((await second.get('/auth/login/guild')).location),
    ]);
    const answers = await Promise.all([browser.get(here), second.get(there)]);
    expect(answers.map(({ location }) => new URL(location).pathname).sort()).toEqual([
      '/account',
      '/auth/problem/account_exists',
    ]);
    expect(await house.query('SELECT FROM users WHERE email = $1', [email])).toHaveLength(1);
  });

  it('an invitation to the verified e-mail counts as accepted, and its link is used', async () => {
    const { usersCreate } = await import('@castellan/contract');
    const { email } = newcomer({ name: 'Ignored Name' });
    const { id, invitation } = (await admin.call(usersCreate, { body: { email, name: 'Ina Vited' } })).result;
    expect((await signIn()).location).toBe(`${publicUrl}/account`);
    expect(await userOf(email)).toMatchObject({ id, state: 'active' });
    expect(
      await house.query('SELECT used_at IS NOT NULL AS used FROM invitations WHERE id = $1', [
        invitation!.id,
      ]),
    ).toEqual([{ used: true }]);
    expect((await events('invitation_accepted')).at(-1)!.detail).toMatchObject({
      provider: 'house',
      email_verified: true,
    });
  });

  it('a deactivated account stays closed, linked or not', async () => {
    const { email } = newcomer();
    await signIn();
    await house.query(`UPDATE users SET state = 'deactivated' WHERE email = $1`, [email]);
    browser = createPageBrowser(house);
    expect((await problemOf(await signIn())).code).toBe('account_deactivated');
    expect(isSignedIn()).toBe(false);
    newcomer({ email }, other);
    expect((await problemOf(await signIn('guild', '', other))).code).toBe('account_deactivated');
  });

  it('a session begun so ends with the account’s deactivation, on the next request', async () => {
    const { email } = newcomer();
    await signIn();
    const { id } = (await userOf(email))!;
    const post = () => browser.post(`/account/identities/${id}/unlink`);
    expect((await post()).status).not.toBe(401);
    await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [id]);
    expect((await post()).status).toBe(401);
  });
});

describe('a provider that is not to be used', () => {
  it('disabled: neither the way there nor an answer that is under way', async () => {
    newcomer();
    const callback = await provider.visit((await begin()).location);
    const enable = (enabled: boolean) =>
      admin.call(identityProvidersUpdate, { params: { id: providerId }, body: { enabled } });
    await enable(false);
    expect((await problemOf(await begin())).code).toBe('provider_unknown');
    expect((await problemOf(await browser.get(callback))).code).toBe('provider_unknown');
    await enable(true);
    expect((await signIn()).location).toBe(`${publicUrl}/account`);
  });

  it('down, before or after the person came back: a page with the correlation id and ways on, never a fault', async () => {
    const fresh = await startOpenIdProvider({
      users: [],
      redirectUris: [`${publicUrl}/auth/callback/frail`],
    });
    const { issuer, clientId, clientSecret } = fresh;
    await admin.call(identityProvidersCreate, {
      body: { slug: 'frail', kind: 'oidc', name: 'Frail ID', issuer, clientId, clientSecret },
    });
    fresh.setDown(true);
    const first = await problemOf(await begin('frail'));
    expect(first.code).toBe('provider_unavailable');
    expect(first.page.status).toBe(503);
    expect(first.page.text).toContain('Frail ID could not be reached');
    expect(first.page.text).toMatch(/<code>[0-9a-f-]{36}<\/code>/);
    expect(first.page.text).toContain('Try again with Frail ID');
    fresh.setDown(false);
    newcomer({}, fresh);
    const callback = await fresh.visit((await begin('frail')).location);
    fresh.setDown(true);
    expect((await problemOf(await browser.get(callback))).code).toBe('provider_unavailable');
    await fresh.stop();
  });

  it('at a private address that the operator did not name: not asked', async () => {
    const closed = await createTestPlatform();
    const operator = await closed.administrator();
    const { issuer, clientId, clientSecret } = provider;
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
    provider.signIn(undefined);
    const sent = await signIn();
    expect(sent.location).not.toMatch(/code=|state=/);
    const german = createPageBrowser(house, 'de-AT');
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
