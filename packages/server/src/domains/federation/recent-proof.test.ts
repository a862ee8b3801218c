import { identityProvidersCreate, type RouteBody } from '@castellan/contract';
import {
  createPageBrowser,
  createTestPlatform,
  type EntraDirectory,
  type GitHubSite,
  type PageBrowser,
  startEntraDirectory,
  startGitHubSite,
  startOpenIdProvider,
  type TestOpenIdProvider,
  type TestPlatform,
} from '@castellan/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { askForLink } from '../../../test/ask-for-link.ts';

/** When somebody proved at a provider who they are counts by the provider's word alone (OpenID Connect Core §2, `auth_time`). */

const publicUrl = 'http://localhost:9003';
let house: TestPlatform;
let entra: EntraDirectory;
let gitHub: GitHubSite;
let certified: TestOpenIdProvider;
let browser: PageBrowser;
let count = 0;

beforeAll(async () => {
  [house, entra, gitHub, certified] = await Promise.all([
    createTestPlatform({ settings: { OUTBOUND_ALLOW: '127.0.0.0/8', REGISTRATION: 'open' } }),
    startEntraDirectory(),
    startGitHubSite(),
    startOpenIdProvider({ users: [], redirectUris: [`${publicUrl}/auth/callback/house`] }),
  ]);
  const admin = await house.administrator();
  const { authority, tenant } = entra;
  const bodies: RouteBody<typeof identityProvidersCreate>[] = [
    {
      ...{ slug: 'entra', kind: 'entra', issuer: authority, tenant, clientId: entra.clientId },
      ...{ clientSecret: entra.clientSecret, trustedEmailDomains: ['contoso.example'] },
    },
    {
      ...{ slug: 'github', kind: 'github', issuer: gitHub.address },
      ...{ clientId: gitHub.clientId, clientSecret: gitHub.clientSecret },
    },
    {
      ...{ slug: 'house', kind: 'oidc', issuer: certified.issuer },
      ...{ clientId: certified.clientId, clientSecret: certified.clientSecret },
    },
  ];
  for (const body of bodies) expect((await admin.call(identityProvidersCreate, { body })).status).toBe(201);
});
afterAll(() => Promise.all([house.close(), entra.stop(), gitHub.stop(), certified.stop()]));
beforeEach(() => {
  browser = createPageBrowser(house);
});

const inSeconds = (moment: Date) => Math.floor(moment.getTime() / 1000);

/** Somebody at Entra, whose tokens say (or do not say) when they proved who they are. */
async function atEntra(authTime: number | undefined, again = false) {
  const sub = `pairwise-${++count}`;
  entra.signIn({ sub, email: `${sub}@contoso.example`, name: 'Ada Contoso', auth_time: authTime });
  const { location } = await browser.get(`/auth/login/entra${again ? '?again=1' : ''}`);
  expect((await browser.get(await entra.visit(location))).location).toBe(`${publicUrl}/account`);
}

const kept = async () =>
  (
    await house.query<{ auth_time: Date | null }>(
      "SELECT auth_time FROM grants WHERE kind = 'browser_session' ORDER BY created_at DESC LIMIT 1",
    )
  )[0]!.auth_time;

/** Whether ways in can be changed: adding an authenticator app, for one. */
async function mayChange(): Promise<boolean> {
  const { status, location } = await browser.get('/account/security/authenticator');
  if (status === 200) return true;
  expect(status).toBe(303);
  const signIn = new URL(location);
  expect([signIn.pathname, signIn.searchParams.get('again')]).toEqual(['/sign-in', '1']);
  return false;
}

describe('P1, P2 a sign-in at a provider is recent by what the provider says', () => {
  it('one that proved it at the provider just now may change ways in', async () => {
    await atEntra(inSeconds(house.clock.now()) - 30);
    expect(await mayChange()).toBe(true);
  });

  it.each([
    ['an hour ago: the browser was signed in there', 3600],
    ['at no known moment', undefined],
    ['in the future', -600],
  ])('one that proved it %s may not', async (_, ago) => {
    await atEntra(ago === undefined ? undefined : inSeconds(house.clock.now()) - ago);
    expect(await mayChange()).toBe(false);
    const stated = ago !== undefined && ago > 0;
    expect((await kept()) !== null).toBe(stated);
  });

  it('such a person hears why, and a link by e-mail counts', async () => {
    gitHub.signIn({
      id: 71,
      login: 'octo',
      name: 'Octo',
      emails: [{ email: 'octo@example.com', primary: true, verified: true }],
    });
    const { location } = await browser.get('/auth/login/github');
    await browser.get(await gitHub.visit(location));
    expect(await mayChange()).toBe(false);
    const led = await browser.get('/account/security/authenticator');
    const page = await browser.get(led.location);
    expect(page.text).toContain('does not say when you last proved who you are there');
    const link = await askForLink(house, 'sign_in', 'octo@example.com', { browser });
    await browser.post(link.path);
    expect(await mayChange()).toBe(true);
  });

  it('asked to prove it again, a certified provider does, and says so', async () => {
    const user = { sub: `sub-${++count}`, email: `sub-${count}@example.com`, emailVerified: true };
    certified.setUser(user);
    certified.signIn(user.sub);
    const first = await browser.get('/auth/login/house');
    expect(new URL(first.location).searchParams.has('max_age')).toBe(false);
    await browser.get(await certified.visit(first.location));
    expect(await mayChange()).toBe(false);
    const { location } = await browser.get('/auth/login/house?again=1');
    const asked = new URL(location).searchParams;
    expect([asked.get('max_age'), asked.get('prompt')]).toEqual(['0', 'login']);
    await browser.get(await certified.visit(location));
    expect(await mayChange()).toBe(true);
  });

  it('one that was asked again and answers with an old proof counts as old', async () => {
    await atEntra(inSeconds(house.clock.now()) - 3600, true);
    expect(await mayChange()).toBe(false);
  });
});
