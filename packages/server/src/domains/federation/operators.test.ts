import {
  adminLoginMfa,
  adminSession,
  adminSignInProviders,
  identityProvidersCreate,
  usersUpdate,
} from '@castellan/contract';
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
import { enrolTotp } from '../../../test/enrol.ts';

/** Operators come in to the console by a provider (P1, P3, P15): only one that may let them in. */

const publicUrl = 'http://localhost:9003';
const adminUrl = 'http://localhost:9004';
let house: TestPlatform;
let provider: TestOpenIdProvider;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
let browser: PageBrowser;
let count = 0;

beforeAll(async () => {
  provider = await startOpenIdProvider({
    users: [],
    redirectUris: ['trusted', 'public'].flatMap((slug) => [
      `${publicUrl}/auth/callback/${slug}`,
      `${adminUrl}/auth/admin/callback/${slug}`,
    ]),
  });
  house = await createTestPlatform({
    settings: {
      OUTBOUND_ALLOW: '127.0.0.1',
      REGISTRATION: 'open',
      ADMIN_EMAILS:
        'chief@example.com,demoted@example.com,squat@example.com,later@example.com,invited@example.com',
    },
  });
  admin = await house.administrator();
  const { issuer, clientId, clientSecret } = provider;
  for (const [slug, adminAllowed] of [
    ['trusted', true],
    ['public', false],
  ] as const)
    await admin.call(identityProvidersCreate, {
      body: { slug, kind: 'oidc', issuer, clientId, clientSecret, adminAllowed },
    });
});
afterAll(() => Promise.all([house.close(), provider.stop()]));
beforeEach(() => {
  browser = createPageBrowser(house);
});

function newcomer(email = `p${++count}@example.com`, emailVerified = true) {
  const sub = `sub-${++count}`;
  provider.setUser({ sub, email, emailVerified, name: 'Opal Operator' });
  provider.signIn(sub);
  return { sub, email };
}

async function toConsole(slug = 'trusted', query = ''): Promise<PageAnswer> {
  const sent = await browser.get(`${adminUrl}/auth/admin/login/${slug}${query}`);
  return sent.location.startsWith(provider.issuer) ? browser.get(await provider.visit(sent.location)) : sent;
}

async function toPages(slug = 'trusted'): Promise<PageAnswer> {
  return browser.get(await provider.visit((await browser.get(`${publicUrl}/auth/login/${slug}`)).location));
}

const who = () =>
  house.caller({ cookie: `admin_token=${browser.cookies.get('admin_token')}` }).call(adminSession);
const errorOf = ({ location }: PageAnswer) => new URL(location).searchParams.get('error');
const isAdmin = async (email: string) =>
  (await house.query<{ is_admin: boolean }>('SELECT is_admin FROM users WHERE email = $1', [email]))[0]
    ?.is_admin;

describe('into the console', () => {
  it('offers the providers that may let operators in, and no other', async () => {
    expect((await house.caller().call(adminSignInProviders)).result.providers).toEqual([
      { slug: 'trusted', name: 'trusted' },
    ]);
    expect(errorOf(await toConsole('public'))).toBe('provider_unknown');
  });

  it('an administrator whose account is linked gets the session of the console, and goes on where they wanted to', async () => {
    const { email } = newcomer();
    await toPages();
    await house.query('UPDATE users SET is_admin = true WHERE email = $1', [email]);
    const answer = await toConsole('trusted', '?return_to=/users');
    expect(answer.location).toBe(`${adminUrl}/users`);
    expect(answer.headers['set-cookie']).toMatch(
      /^admin_token=[\w.-]+; Max-Age=3600; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect((await who()).result).toMatchObject({ email, admin: true });
    await house.platform.settled();
    const [event] = await house.query(
      `SELECT detail->>'method' AS method FROM activity_events WHERE action = 'admin_login' ORDER BY sequence DESC LIMIT 1`,
    );
    expect(event).toEqual({ method: 'provider:trusted' });
  });

  it('who does not administer goes back to the sign-in page with error=not_admin; nothing is made for strangers', async () => {
    const { email } = newcomer();
    const stranger = await toConsole();
    expect(stranger.location).toBe(`${adminUrl}/sign-in?error=not_admin&provider=trusted`);
    expect(await isAdmin(email)).toBeUndefined();
    await toPages();
    expect(errorOf(await toConsole())).toBe('not_admin');
    expect(browser.cookies.has('admin_token')).toBe(false);
    await house.platform.settled();
    const [event] = await house.query(
      `SELECT target_label, detail->>'reason' AS reason FROM activity_events WHERE action = 'admin_login_refused' ORDER BY sequence DESC LIMIT 1`,
    );
    expect(event).toEqual({ target_label: email, reason: 'not_admin' });
  });

  it('leads to paths of the console only (open redirect)', async () => {
    const { email } = newcomer();
    await toPages();
    await house.query('UPDATE users SET is_admin = true WHERE email = $1', [email]);
    for (const wanted of ['https://evil.example', '//evil.example', '/\\evil.example'])
      expect((await toConsole('trusted', `?return_to=${encodeURIComponent(wanted)}`)).location).toBe(
        `${adminUrl}/`,
      );
  });

  it('an answer for the pages opens no console, nor the other way round', async () => {
    const { email } = newcomer();
    await toPages();
    await house.query('UPDATE users SET is_admin = true WHERE email = $1', [email]);
    const forPages = await provider.visit((await browser.get(`${publicUrl}/auth/login/trusted`)).location);
    const turned = forPages.replace(`${publicUrl}/auth/callback`, `${adminUrl}/auth/admin/callback`);
    expect(errorOf(await browser.get(turned))).toBe('attempt_unknown');
    const forConsole = await provider.visit(
      (await browser.get(`${adminUrl}/auth/admin/login/trusted`)).location,
    );
    const back = forConsole.replace(`${adminUrl}/auth/admin/callback`, `${publicUrl}/auth/callback`);
    expect((await browser.get(back)).location).toContain('attempt_unknown');
  });

  it('an operator with a second factor is asked for it: the console gets what it asks with behind #', async () => {
    const { email } = newcomer();
    await toPages();
    const [user] = await house.query<{ id: string; name: string }>(
      'UPDATE users SET is_admin = true WHERE email = $1 RETURNING id, name',
      [email],
    );
    const app = await enrolTotp(house, user!);
    const answer = await toConsole('trusted', '?return_to=/users');
    const address = new URL(answer.location);
    expect(address.origin + address.pathname + address.search).toBe(`${adminUrl}/sign-in?returnTo=%2Fusers`);
    const fragment = new URLSearchParams(address.hash.slice(1));
    const mfaToken = fragment.get('mfa_token')!;
    expect(mfaToken).toMatch(/^amf_[\w-]{49}$/);
    expect(fragment.get('methods')).toBe('totp,recovery_code');
    expect(browser.cookies.has('admin_token')).toBe(false);
    const prove = (code: string) =>
      house.caller().call(adminLoginMfa, { body: { mfaToken, method: 'totp', code } });
    expect((await prove(app.code() === '000000' ? '000001' : '000000')).code).toBe('mfa_code_wrong');
    const proved = await prove(app.code());
    expect(proved.result).toMatchObject({ email, admin: true });
    await house.platform.settled();
    const [event] = await house.query(
      `SELECT detail->>'method' AS method, detail->'amr' AS amr FROM activity_events
       WHERE action = 'admin_login' ORDER BY sequence DESC LIMIT 1`,
    );
    expect(event).toEqual({ method: 'provider:trusted', amr: ['fed', 'otp', 'mfa'] });
    expect((await prove(app.code())).code).toBe('token_invalid');
  });

  it('demotion and deactivation are true at once, for the session and for the next sign-in', async () => {
    const { email } = newcomer();
    await toPages();
    const [user] = await house.query<{ id: string }>(
      'UPDATE users SET is_admin = true WHERE email = $1 RETURNING id',
      [email],
    );
    await toConsole();
    expect((await who()).status).toBe(200);
    await admin.call(usersUpdate, { params: { id: user!.id }, body: { isAdmin: false } });
    expect((await who()).status).toBe(401);
    expect(errorOf(await toConsole())).toBe('not_admin');
    await admin.call(usersUpdate, { params: { id: user!.id }, body: { isAdmin: true, isActive: false } });
    expect(errorOf(await toConsole())).toBe('account_deactivated');
  });
});

describe('ADMIN_EMAILS', () => {
  it('a verified e-mail from a provider that may: the account is made and administers', async () => {
    newcomer('chief@example.com');
    expect((await toConsole()).location).toBe(`${adminUrl}/`);
    expect((await who()).result.email).toBe('chief@example.com');
  });

  it('an explicit demotion wins, by whichever door', async () => {
    newcomer('demoted@example.com');
    await toConsole();
    const [user] = await house.query<{ id: string }>(
      `SELECT id FROM users WHERE email = 'demoted@example.com'`,
    );
    await admin.call(usersUpdate, { params: { id: user!.id }, body: { isAdmin: false } });
    browser = createPageBrowser(house);
    expect(errorOf(await toConsole())).toBe('not_admin');
    expect((await toPages()).location).toBe(`${publicUrl}/account`);
    expect(await isAdmin('demoted@example.com')).toBe(false);
  });

  it('an e-mail that is not verified there is nothing', async () => {
    newcomer('squat@example.com', false);
    expect(errorOf(await toConsole())).toBe('email_unverified');
  });

  it('a provider that may not let operators in can not make one: no account takes the address, though registration is open', async () => {
    newcomer('squat@example.com');
    expect((await toPages('public')).location).toContain('registration_closed');
    expect(await isAdmin('squat@example.com')).toBeUndefined();
  });

  it('nor by vouching for an account that ADMIN_EMAILS names later, or that was invited', async () => {
    newcomer('ordinary@example.com');
    await toPages('public');
    // The operator adds them to ADMIN_EMAILS: as if they had another address that is named.
    await house.query(`UPDATE users SET email = 'later@example.com' WHERE email = 'ordinary@example.com'`);
    await toPages('public');
    expect(await isAdmin('later@example.com')).toBe(false);
    const { usersCreate } = await import('@castellan/contract');
    await admin.call(usersCreate, { body: { email: 'invited@example.com', name: 'Ina Vited' } });
    newcomer('invited@example.com');
    browser = createPageBrowser(house);
    expect((await toPages('public')).location).toContain('invitation_elsewhere');
    expect((await toPages('trusted')).location).toBe(`${publicUrl}/account`);
    expect(await isAdmin('invited@example.com')).toBe(true);
  });
});

describe('A21 operators who do not administer', () => {
  const grant = async (email: string) => {
    await house.query(
      `INSERT INTO operator_grants (user_id, service_id, role, created_at, updated_at)
       SELECT id, NULL, 'support', now(), now() FROM users WHERE email = $1`,
      [email],
    );
    const [user] = await house.query<{ id: string; name: string }>(
      'SELECT id, name FROM users WHERE email = $1',
      [email],
    );
    return user!;
  };
  const withdraw = (userId: string) =>
    house.query('DELETE FROM operator_grants WHERE user_id = $1', [userId]);

  it('come in by a provider that may let operators in, as long as they hold a grant', async () => {
    const { email } = newcomer();
    await toPages();
    expect(errorOf(await toConsole())).toBe('not_admin');
    const user = await grant(email);
    expect((await toConsole()).location).toBe(`${adminUrl}/`);
    expect((await who()).result).toMatchObject({
      email,
      admin: false,
      roles: [{ service: null, role: 'support' }],
    });
    expect(errorOf(await toConsole('public'))).toBe('provider_unknown');
    await withdraw(user.id);
    expect((await who()).code).toBe('not_admin');
    expect(errorOf(await toConsole())).toBe('not_admin');
  });

  it('prove their second factor like administrators; one whose grant went meanwhile is let in no more', async () => {
    const { email } = newcomer();
    await toPages();
    const user = await grant(email);
    const app = await enrolTotp(house, user);
    const tokenOf = ({ location }: PageAnswer) =>
      new URLSearchParams(new URL(location).hash.slice(1)).get('mfa_token')!;
    const prove = (mfaToken: string, code: string) =>
      house.caller().call(adminLoginMfa, { body: { mfaToken, method: 'totp', code } });
    expect((await prove(tokenOf(await toConsole()), app.code())).result).toMatchObject({
      email,
      admin: false,
    });
    const second = tokenOf(await toConsole());
    await withdraw(user.id);
    const refused = await prove(second, app.code(1));
    expect([refused.code, refused.headers['set-cookie']]).toEqual(['not_admin', undefined]);
  });

  it('no provider that may not let operators in opens an account that was made an operator before it was used', async () => {
    const { usersCreate } = await import('@castellan/contract');
    const { email } = newcomer('future-operator@example.com');
    await admin.call(usersCreate, { body: { email, name: 'Future Operator' } });
    await grant(email);
    expect((await toPages('public')).location).toContain('invitation_elsewhere');
    expect((await toPages('trusted')).location).toBe(`${publicUrl}/account`);
  });
});
