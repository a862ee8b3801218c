import { identityProvidersCreate } from '@castellan/contract';
import {
  createTestPlatform,
  type PageAnswer,
  type PageBrowser,
  startOpenIdProvider,
  type TestOpenIdProvider,
  type TestPlatform,
} from '@castellan/testkit';
import { expect } from 'vitest';

/** Where the platform of the tests is for people. */
export const publicUrl = 'http://localhost:9003';

/** A platform with registration open, and two providers that people can sign in at: `house` and `guild`. */
export interface FederationHouse {
  readonly house: TestPlatform;
  readonly provider: TestOpenIdProvider;
  readonly other: TestOpenIdProvider;
  readonly admin: Awaited<ReturnType<TestPlatform['administrator']>>;
  /** The row of `house`. */
  readonly providerId: string;
  /** Somebody new at a provider (`house` unless told), who sits at the browser from now on. */
  newcomer(
    facts?: { readonly email?: string; readonly emailVerified?: boolean; readonly name?: string },
    at?: TestOpenIdProvider,
  ): { readonly sub: string; readonly email: string };
  /** The whole way of a browser: to a provider and back. */
  signIn(browser: PageBrowser, slug?: 'house' | 'guild', query?: string): Promise<PageAnswer>;
  /** The account of an e-mail. */
  userOf(email: string): Promise<
    | {
        readonly id: string;
        readonly state: string;
        readonly email_verified_at: Date | null;
        readonly is_admin: boolean;
      }
    | undefined
  >;
  /** The events of one action, the oldest first. */
  events(action: string): Promise<{ detail: Record<string, unknown>; target_label: string }[]>;
  close(): Promise<void>;
}

/** Starts the platform and both providers. */
export async function startFederationHouse(): Promise<FederationHouse> {
  const redirectUris = [`${publicUrl}/auth/callback/house`, `${publicUrl}/auth/callback/guild`];
  const [house, provider, other] = await Promise.all([
    createTestPlatform({ settings: { OUTBOUND_ALLOW: '127.0.0.0/8', REGISTRATION: 'open' } }),
    startOpenIdProvider({ users: [], redirectUris }),
    startOpenIdProvider({ users: [], redirectUris }),
  ]);
  const admin = await house.administrator();
  const create = async (slug: string, name: string, at: TestOpenIdProvider) => {
    const { issuer, clientId, clientSecret } = at;
    const body = { slug, name, kind: 'oidc', issuer, clientId, clientSecret } as const;
    return (await admin.call(identityProvidersCreate, { body })).result.id;
  };
  const providerId = await create('house', 'House ID', provider);
  await create('guild', 'Guild ID', other);
  let count = 0;
  return {
    ...{ house, provider, other, admin, providerId },
    newcomer(facts = {}, at = provider) {
      const sub = `sub-${++count}`;
      const user = {
        sub,
        email: `${sub}@example.com`,
        emailVerified: true,
        name: `Person ${count}`,
        ...facts,
      };
      at.setUser(user);
      at.signIn(sub);
      return user;
    },
    async signIn(browser, slug = 'house', query = '') {
      const sent = await browser.get(`/auth/login/${slug}${query}`);
      expect(sent.status).toBe(303);
      return browser.get(await (slug === 'house' ? provider : other).visit(sent.location));
    },
    async userOf(email) {
      return (await house.query<never>('SELECT * FROM users WHERE email = $1', [email]))[0];
    },
    async events(action) {
      await house.platform.settled();
      return house.query(
        'SELECT detail, target_label FROM activity_events WHERE action = $1 ORDER BY sequence',
        [action],
      );
    },
    async close() {
      await Promise.all([house.close(), provider.stop(), other.stop()]);
    },
  };
}

/** Follows a browser to the page about what went wrong. */
export async function problemOf(
  browser: PageBrowser,
  answer: PageAnswer,
): Promise<{ code: string; page: PageAnswer }> {
  expect(answer.status).toBe(303);
  expect(answer.location).toContain('/auth/problem/');
  const page = await browser.get(answer.location);
  return { code: new URL(answer.location).pathname.split('/').at(-1)!, page };
}
