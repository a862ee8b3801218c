import { identityProvidersCheck, identityProvidersCreate, type RouteBody } from '@castellan/contract';
import {
  createPageBrowser,
  createTestPlatform,
  type EntraDirectory,
  type GitHubAccount,
  type GitHubSite,
  type PageAnswer,
  type PageBrowser,
  startEntraDirectory,
  startGitHubSite,
  type TestPlatform,
} from '@castellan/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/** Microsoft Entra ID's tenants and GitHub's own dialect (P1), against servers on loopback that speak as they do. */

const publicUrl = 'http://localhost:9003';
let house: TestPlatform;
let entra: EntraDirectory;
let gitHub: GitHubSite;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
let browser: PageBrowser;
let count = 0;

beforeAll(async () => {
  [house, entra, gitHub] = await Promise.all([
    createTestPlatform({ settings: { OUTBOUND_ALLOW: '127.0.0.0/8', REGISTRATION: 'open' } }),
    startEntraDirectory(),
    startGitHubSite(),
  ]);
  admin = await house.administrator();
  const { authority, tenant, clientId, clientSecret } = entra;
  await admin.call(identityProvidersCreate, {
    body: {
      ...{ slug: 'entra', kind: 'entra', issuer: authority, tenant, clientId, clientSecret },
      trustedEmailDomains: ['contoso.example'],
    },
  });
  await admin.call(identityProvidersCreate, {
    body: {
      ...{ slug: 'github', kind: 'github', issuer: gitHub.address },
      ...{ clientId: gitHub.clientId, clientSecret: gitHub.clientSecret },
    },
  });
});
afterAll(() => Promise.all([house.close(), entra.stop(), gitHub.stop()]));
beforeEach(() => {
  browser = createPageBrowser(house);
  entra.misbehave();
});

async function signInAt(slug: 'entra' | 'github'): Promise<PageAnswer> {
  const { location } = await browser.get(`/auth/login/${slug}`);
  return browser.get(await (slug === 'entra' ? entra : gitHub).visit(location));
}

const wayOf = ({ location }: PageAnswer) => new URL(location).pathname;

const identityOf = async (subject: string) =>
  (
    await house.query<{ email: string | null; email_verified: boolean; user_email: string; name: string }>(
      `SELECT i.email, i.email_verified, u.email AS user_email, u.name
       FROM identities i JOIN users u ON u.id = i.user_id WHERE i.subject = $1`,
      [subject],
    )
  )[0];

describe('Microsoft Entra ID', () => {
  const person = (claims: Record<string, unknown> = {}) => {
    const sub = `pairwise-${++count}`;
    entra.signIn({ sub, email: `${sub}@contoso.example`, name: 'Ada Contoso', ...claims });
    return sub;
  };

  it('signs somebody of the one directory in', async () => {
    const sub = person();
    const { location } = await browser.get('/auth/login/entra');
    expect(location.startsWith(`${entra.authority}/${entra.tenant}/oauth2/v2.0/authorize?`)).toBe(true);
    expect((await browser.get(await entra.visit(location))).location).toBe(`${publicUrl}/account`);
    expect(await identityOf(sub)).toEqual({
      email: `${sub}@contoso.example`,
      email_verified: true,
      user_email: `${sub}@contoso.example`,
      name: 'Ada Contoso',
    });
  });

  it('an e-mail of a domain that nobody vouches for is not taken: any directory can write any address', async () => {
    const sub = person({ email: 'ceo@victim.example' });
    expect(wayOf(await signInAt('entra'))).toBe('/auth/problem/email_unverified');
    expect(await identityOf(sub)).toBeUndefined();
  });

  it('a claim email_verified, which Microsoft never makes, changes nothing; xms_edov does', async () => {
    person({ email: 'ceo@victim.example', email_verified: true });
    expect(wayOf(await signInAt('entra'))).toBe('/auth/problem/email_unverified');
    const sub = person({ email: `owner-${count}@other.example`, xms_edov: true });
    expect(wayOf(await signInAt('entra'))).toBe('/account');
    expect(await identityOf(sub)).toMatchObject({ email_verified: true });
    for (const xms_edov of [false, 0, '0', 'false', null]) {
      person({ email: 'ceo@victim.example', xms_edov });
      expect(wayOf(await signInAt('entra'))).toBe('/auth/problem/email_unverified');
    }
  });

  it('preferred_username stands in to be shown, and is trusted for nothing', async () => {
    const held = await house.person({ email: 'held@contoso.example' });
    const sub = person({ email: undefined, preferred_username: held.email });
    expect(wayOf(await signInAt('entra'))).toBe('/auth/problem/email_missing');
    expect(await identityOf(sub)).toBeUndefined();
    await house.platform.settled();
    const [event] = await house.query<{ target_label: string }>(
      `SELECT target_label FROM activity_events WHERE action = 'user_login_refused' ORDER BY sequence DESC LIMIT 1`,
    );
    expect(event!.target_label).toBe(held.email);
  });

  const refused: Readonly<Record<string, Parameters<EntraDirectory['misbehave']>[0]>> = {
    'another tenant in tid': { claims: { tid: '01930000-0000-7000-8000-00000000aaaa' } },
    'no tid': { claims: { tid: undefined } },
    'the issuer of another tenant': { claims: { iss: 'https://login.microsoftonline.com/other/v2.0' } },
    'another audience': { claims: { aud: 'somebody-else' } },
    'another nonce': { claims: { nonce: 'A'.repeat(43) } },
    'no nonce': { claims: { nonce: undefined } },
    'a token that has expired': { claims: { exp: Math.floor(Date.now() / 1000) - 3600 } },
    'a token of tomorrow': { claims: { nbf: Math.floor(Date.now() / 1000) + 86_400 } },
    'no subject': { claims: { sub: undefined } },
    'an empty subject': { claims: { sub: '' } },
    'a subject that is not ASCII': { claims: { sub: 'gr\u00fc\u00dfe' } },
    'a subject without end': { claims: { sub: 'x'.repeat(256) } },
    'another key': { foreignKey: true },
    'a payload that was changed after it was signed': { changedAfterwards: true },
    'no signature (alg none)': { unsigned: true },
    'the iss of another issuer in the answer (RFC 9207)': { issParameter: 'https://accounts.google.com' },
  };
  for (const [name, misbehaviour] of Object.entries(refused))
    it(`refuses ${name}, and makes nothing of it`, async () => {
      const sub = person();
      const before = await house.query('SELECT count(*) FROM users');
      entra.misbehave(misbehaviour);
      expect(wayOf(await signInAt('entra'))).toMatch(/^\/auth\/problem\/(answer_refused|tenant_refused)$/);
      expect(browser.cookies.has('castellan_session')).toBe(false);
      expect(await identityOf(sub)).toBeUndefined();
      expect(await house.query('SELECT count(*) FROM users')).toEqual(before);
    });

  it('what is no e-mail address counts as none, and odd text harms nobody', async () => {
    for (const email of [
      'nobody',
      'a b@contoso.example',
      '\0@contoso.example',
      `${'x'.repeat(260)}@contoso.example`,
    ]) {
      person({ email, preferred_username: `odd\0\ud800 ${'x'.repeat(300)}` });
      expect(wayOf(await signInAt('entra')), email).toBe('/auth/problem/email_missing');
    }
    const sub = person({ name: `\0Odd\n${'x'.repeat(300)}` });
    expect(wayOf(await signInAt('entra'))).toBe('/account');
    expect((await identityOf(sub))!.name).toMatch(/^Odd x{116}$/);
  });

  it('a description that leads elsewhere than to the web is refused', async () => {
    for (const authorizationEndpoint of ['javascript:alert(1)', 'data:text/html,x']) {
      entra.misbehave({ authorizationEndpoint });
      // A change of the provider makes its description be asked for again.
      await house.query(
        `UPDATE identity_providers SET updated_at = updated_at + interval '1 second' WHERE slug = 'entra'`,
      );
      expect(wayOf(await browser.get('/auth/login/entra'))).toBe('/auth/problem/answer_refused');
    }
    entra.misbehave();
    await house.query(
      `UPDATE identity_providers SET updated_at = updated_at + interval '1 second' WHERE slug = 'entra'`,
    );
  });

  it('a token endpoint with a fault is a provider that is down', async () => {
    person();
    entra.misbehave({ tokenStatus: 503 });
    expect(wayOf(await signInAt('entra'))).toBe('/auth/problem/provider_unavailable');
  });
});

describe('GitHub', () => {
  const account = (emails: GitHubAccount['emails'], facts: Partial<GitHubAccount> = {}) => {
    const id = 1000 + ++count;
    const found = { id, login: `octo-${id}`, name: 'Mona Lisa', emails, ...facts };
    gitHub.signIn(found);
    return found;
  };

  it('takes the primary verified e-mail, and knows the person by the number of their account', async () => {
    const { id } = account([
      { email: 'other@example.com', primary: false, verified: true },
      { email: 'Octo@Example.com', primary: true, verified: true },
    ]);
    expect((await signInAt('github')).location).toBe(`${publicUrl}/account`);
    expect(await identityOf(String(id))).toMatchObject({
      user_email: 'octo@example.com',
      name: 'Mona Lisa',
      email_verified: true,
    });
    // The name and the address passed to somebody else there: they are another person.
    const next = account([{ email: 'octo@example.com', primary: true, verified: true }], {
      login: `octo-${id}`,
    });
    browser = createPageBrowser(house);
    expect(wayOf(await signInAt('github'))).toBe('/auth/problem/account_exists');
    expect(await identityOf(String(next.id))).toBeUndefined();
  });

  it('a primary e-mail that is not verified is refused, whatever else is', async () => {
    account([
      { email: 'verified@example.com', primary: false, verified: true },
      { email: 'mine@example.com', primary: true, verified: false },
    ]);
    expect(wayOf(await signInAt('github'))).toBe('/auth/problem/email_unverified');
    account([]);
    expect(wayOf(await signInAt('github'))).toBe('/auth/problem/email_missing');
  });

  it('an error that comes with status 200 is an error; cancelling is cancelling', async () => {
    account([{ email: 'x@example.com', primary: true, verified: true }]);
    const callback = new URL(await gitHub.visit((await browser.get('/auth/login/github')).location));
    callback.searchParams.set('code', 'made-up');
    expect(wayOf(await browser.get(callback.href))).toBe('/auth/problem/answer_refused');
    gitHub.signIn(undefined);
    expect(wayOf(await signInAt('github'))).toBe('/auth/problem/cancelled');
  });

  it('has no name: the account is named by the beginning of the e-mail', async () => {
    const { id } = account([{ email: `nameless-${count}@example.com`, primary: true, verified: true }], {
      name: null,
    });
    await signInAt('github');
    expect((await identityOf(String(id)))?.name).toMatch(/^nameless-/);
  });
});

describe('a check by an operator', () => {
  const check = async (body: RouteBody<typeof identityProvidersCreate>) => {
    const { id } = (await admin.call(identityProvidersCreate, { body })).result;
    return (await admin.call(identityProvidersCheck, { params: { id } })).result;
  };
  const client = { clientId: 'x', clientSecret: 'y' };

  it('says that the provider is there, or what is wrong', async () => {
    const { authority, tenant } = entra;
    expect(await check({ slug: 'check-a', kind: 'entra', issuer: authority, tenant, ...client })).toEqual({
      ok: true,
      problem: null,
    });
    expect(await check({ slug: 'check-b', kind: 'github', issuer: gitHub.address, ...client })).toEqual({
      ok: true,
      problem: null,
    });
    const elsewhere = await check({ slug: 'check-c', kind: 'oidc', issuer: authority, ...client });
    expect(elsewhere.ok).toBe(false);
    const inside = await check({ slug: 'check-d', kind: 'oidc', issuer: 'https://10.1.2.3', ...client });
    expect(inside.problem).toContain('OUTBOUND_ALLOW');
    const plain = await check({ slug: 'check-e', kind: 'oidc', issuer: 'http://8.8.8.8', ...client });
    expect(plain.problem).toContain('https://');
  });
});
