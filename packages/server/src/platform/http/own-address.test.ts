import {
  allRoutes,
  identityProvidersCreate,
  mailList,
  mailRead,
  pathOf,
  type RouteDefinition,
  usersCreate,
} from '@castellan/contract';
import {
  createPageBrowser,
  createTestPlatform,
  startOpenIdProvider,
  type TestOpenIdProvider,
  type TestPlatform,
} from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askForLink } from '../../../test/ask-for-link.ts';
import { browserOf } from '../../../test/enrol.ts';

/** Links are built from PUBLIC_URL and ADMIN_URL alone, whatever a request or a trusted proxy says of the host. */

const evil = 'evil.example';
const lies = {
  host: `host.${evil}:8443`,
  'x-forwarded-host': `forwarded-host.${evil}`,
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '8443',
  'x-forwarded-server': `server.${evil}`,
  'x-original-host': `original.${evil}`,
  forwarded: `for=192.0.2.1;host=standard.${evil};proto=https`,
};
const publicUrl = 'http://localhost:9003';
const adminUrl = 'http://localhost:9004';
let house: TestPlatform;
let provider: TestOpenIdProvider;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
let key: string;

beforeAll(async () => {
  house = await createTestPlatform({
    settings: {
      PUBLIC_URL: publicUrl,
      ADMIN_URL: adminUrl,
      // The worst case: the one who asks is a proxy that is believed.
      TRUSTED_PROXIES: '127.0.0.1',
      REGISTRATION: 'open',
      OUTBOUND_ALLOW: '127.0.0.0/8',
    },
  });
  provider = await startOpenIdProvider({ users: [], redirectUris: [`${publicUrl}/auth/callback/house`] });
  key = await house.service('orders');
  admin = await house.administrator();
});
afterAll(() => Promise.all([house.close(), provider.stop()]));

const someId = '01930000-0000-7000-8000-000000000001';
const someParams = Object.fromEntries(
  ['id', 'uid', 'sid', 'cid', 'kid', 'gid', 'said', 'vid'].map((name) => [name, someId]),
);

/** An operator and a person who are signed in with one browser. */
async function signedIn(): Promise<string> {
  const operator = await house.administrator();
  const { cookie } = await browserOf(house, operator.person);
  return `${operator.cookie}; ${cookie}`;
}

describe('no answer names a host that the request named', () => {
  it('of any route, for anybody, as a page or as JSON', async () => {
    let own = 0;
    let cookie = await signedIn();
    for (const route of allRoutes as readonly RouteDefinition[]) {
      const listener =
        route.listener === 'public' ? house.platform.publicListener : house.platform.adminListener;
      const ownUrl = route.listener === 'public' ? publicUrl : adminUrl;
      const others = { code: 'internal', provider: 'house', type: 'order', rid: 'o-1', scope: '*' };
      const url = pathOf(route, { ...someParams, ...others, token: 'nonsense' });
      for (const proof of [{}, { authorization: `Bearer ${key}` }, { cookie }])
        for (const accept of ['text/html', 'application/json']) {
          const answer = await listener.inject({
            method: route.method,
            url,
            headers: {
              ...(route.method === 'GET' ? {} : { origin: ownUrl, 'x-requested-with': 'castellan' }),
              ...{ accept, ...proof, ...lies },
            },
            ...(route.takes === 'form' ? { payload: {} } : {}),
          });
          const said = JSON.stringify(answer.headers) + answer.body;
          expect(said.includes(evil), `${route.id}: ${said.slice(0, 2000)}`).toBe(false);
          if (said.includes(publicUrl) || said.includes(adminUrl)) own++;
        }
      // It may have been the one that signs out.
      if (route.method !== 'GET') cookie = await signedIn();
    }
    expect(own, 'answers with an address of ours').toBeGreaterThan(50);
  }, 120_000);

  it('of the discovery documents: every address in them is the issuer’s', async () => {
    for (const name of ['openid-configuration', 'oauth-authorization-server']) {
      const { statusCode, body } = await house.platform.publicListener.inject({
        url: `/.well-known/${name}`,
        headers: lies,
      });
      expect(statusCode).toBe(200);
      const addresses = [...body.matchAll(/https?:\/\/[^"\s]+/g)].map(([address]) => new URL(address).origin);
      expect(addresses.length).toBeGreaterThan(8);
      expect(new Set(addresses)).toEqual(new Set([publicUrl]));
    }
  });
});

it('where a browser is sent to a provider, it is told to come back to PUBLIC_URL', async () => {
  const { issuer, clientId, clientSecret } = provider;
  const body = { slug: 'house', name: 'House', kind: 'oidc', issuer, clientId, clientSecret } as const;
  expect((await admin.call(identityProvidersCreate, { body })).status).toBe(201);
  const sent = await createPageBrowser(house).get('/auth/login/house', lies);
  expect(sent.status).toBe(303);
  expect(new URL(sent.location).searchParams.get('redirect_uri')).toBe(`${publicUrl}/auth/callback/house`);
});

it('mails lead to PUBLIC_URL, whoever asked for them with whatever host', async () => {
  const invited = { email: 'invited@example.com', name: 'Grace Hopper' };
  expect((await admin.call(usersCreate, { body: invited, headers: lies })).status).toBe(201);
  const browser = createPageBrowser(house);
  const lying = { ...browser, post: (path: string, form = {}) => browser.post(path, form, lies) };
  const person = await house.person();
  const asked = ['sign_in', 'reset_password'] as const;
  for (const kind of asked) await askForLink(house, kind, person.email, { browser: lying });
  await askForLink(house, 'register', 'new@example.com', { browser: lying });
  await expect
    .poll(async () => (await admin.call(mailList)).result.items.length, { timeout: 10_000 })
    .toBeGreaterThanOrEqual(4);
  const links: string[] = [];
  for (const { id } of (await admin.call(mailList)).result.items) {
    const {
      text,
      html = '',
      link,
    } = (await admin.call(mailRead, { params: { id }, headers: lies })).result as {
      text: string;
      html?: string;
      link: string | null;
    };
    expect(text + html).not.toContain(evil);
    if (link) links.push(link);
    for (const [address] of text.matchAll(/https?:\/\/\S+/g)) links.push(address);
  }
  expect(links.length).toBeGreaterThanOrEqual(4);
  for (const link of links) expect(new URL(link).origin).toBe(publicUrl);
});
