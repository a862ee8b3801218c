// Long because it is one idea: every refusal of every route, generated from the contract.
import {
  adminLogin,
  allRoutes,
  login,
  pathOf,
  type RouteDefinition,
  type TokenKind,
  tokenKinds,
  usersCreate,
  usersInvite,
  usersList,
} from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBrowserSessions } from '../../domains/browser-sessions/browser-session.ts';
import { registerService } from '../../domains/services/register-service.ts';
import { systemOrigin } from '../activity/event.ts';
import { newToken } from '../secrets/opaque-token.ts';

/** Every route × every token kind, from the contract's two tables: a new route is covered the moment it is declared. */

const routes = allRoutes as readonly RouteDefinition[];
const someId = '01930000-0000-7000-8000-000000000001';
/** A value for each name that a path can hold; tokens apart. */
const someParams = {
  ...{
    id: someId,
    uid: someId,
    sid: someId,
    cid: someId,
    kid: someId,
    gid: someId,
    said: someId,
    vid: someId,
  },
  ...{ code: 'internal', provider: 'x', type: 'order', rid: 'o-1', scope: '*' },
};
let house: TestPlatform;
let tokens: Record<TokenKind, string>;

beforeAll(async () => {
  house = await createTestPlatform();
  const { key } = await house.platform.database.write(systemOrigin, (tx) =>
    registerService(tx, { name: 'orders', description: '', origins: [], adminUrl: null }),
  );
  const person = await house.person();
  const signedIn = await house
    .caller()
    .call(login, { body: { email: person.email, password: person.password, service: 'orders' } });
  const admin = await house.administrator();
  tokens = {
    user_access: signedIn.result.accessToken,
    refresh: signedIn.result.refreshToken,
    browser_session: await signInBrowser(person),
    admin_session: admin.cookie.split('=')[1]!,
    service_key: key,
    second_factor: newToken('mfa_'),
    admin_second_factor: newToken('amf_'),
    invitation: newToken('inv_'),
    sign_in_link: newToken('lnk_'),
    password_reset: newToken('rst_'),
    registration: newToken('reg_'),
    impersonation_ticket: newToken('imt_'),
    setup: newToken('set_'),
  };
});
afterAll(() => house.close());

async function signInBrowser(person: { readonly id: string; readonly name: string }): Promise<string> {
  const { database } = house.platform;
  const sessions = createBrowserSessions({ database, clock: house.clock, cookieSecure: false });
  const { cookie } = await database.write(systemOrigin, (tx) =>
    sessions.begin(tx, {
      userId: person.id,
      name: person.name,
      amr: ['pwd'],
      method: 'password',
      address: null,
      userAgent: null,
    }),
  );
  return cookie.split(';')[0]!.split('=')[1]!;
}

const kinds = Object.keys(tokenKinds) as TokenKind[];
const isForm = (route: RouteDefinition): boolean => route.takes === 'form';
const isOwnPages = (route: RouteDefinition): boolean =>
  route.ownPagesOnly === true || route.permission === 'person';

interface Presented {
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly token?: string;
}

async function request(route: RouteDefinition, { headers = {}, body, token = 'nonsense' }: Presented) {
  const app = route.listener === 'public' ? house.platform.publicListener : house.platform.adminListener;
  const url = pathOf(route, {
    ...someParams,
    token,
  });
  const changes = route.method !== 'GET';
  const ownOrigin = route.listener === 'admin' ? house.settings.ADMIN_URL : house.settings.PUBLIC_URL;
  return app.inject({
    method: route.method,
    url,
    headers: {
      ...(changes && (route.listener === 'admin' || isForm(route) || isOwnPages(route))
        ? { origin: ownOrigin, 'x-requested-with': 'test' }
        : {}),
      ...(body === undefined
        ? {}
        : { 'content-type': isForm(route) ? 'application/x-www-form-urlencoded' : 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: body }),
  });
}

const guarded = routes.filter(
  (route) =>
    route.permission === 'administrator' ||
    route.permission === 'operator' ||
    route.permission === 'service' ||
    route.id === 'admin_session.end',
);
const bodyFor = (route: RouteDefinition): { body?: string } => (route.body ? { body: '{}' } : {});

describe('every route of the contract is served, and nothing else', () => {
  it('has one implementation for each route', () => {
    const served = house.platform.implementations.map((implementation) => implementation.route.id).sort();
    expect(served).toEqual(routes.map((route) => route.id).sort());
  });

  it('serves each route at its own listener only', async () => {
    for (const route of routes.filter((candidate) => candidate.path !== '/')) {
      const other =
        route.listener === 'public' ? house.platform.adminListener : house.platform.publicListener;
      const url = pathOf(route, {
        ...someParams,
        token: 'x',
      });
      const response = await other.inject({ method: route.method, url });
      expect(response.statusCode, `${route.method} ${url}`).toBe(404);
    }
  });
});

describe('no principal: 401 on every guarded route', () => {
  for (const route of guarded)
    it(`${route.method} ${route.path}`, async () => {
      const response = await request(route, bodyFor(route));
      expect(response.statusCode).toBe(401);
      expect(response.json().code).toBe('unauthenticated');
      expect(response.headers['content-type']).toContain('application/problem+json');
    });
});

describe('each token kind is refused wherever it has no business', () => {
  for (const route of guarded)
    for (const kind of kinds.filter((candidate) => !route.auth.includes(candidate)))
      it(`${kind} at ${route.method} ${route.path}`, async () => {
        const token = tokens[kind];
        for (const headers of [{ authorization: `Bearer ${token}` }, { cookie: `admin_token=${token}` }]) {
          const response = await request(route, { headers, ...bodyFor(route) });
          expect(response.statusCode).toBe(401);
        }
      });

  for (const route of routes.filter((candidate) => candidate.auth.includes('refresh')))
    for (const kind of kinds.filter((candidate) => candidate !== 'refresh'))
      it(`${kind} in the body of ${route.path}`, async () => {
        const response = await request(route, {
          body: JSON.stringify({ refresh_token: tokens[kind].slice(0, 200) }),
        });
        expect(response.statusCode).toBe(401);
      });

  for (const route of routes.filter((candidate) => candidate.path.endsWith('/{token}')))
    for (const kind of kinds)
      it(`${kind} in the path of ${route.method} ${route.path}`, async () => {
        const response = await request(route, {
          token: tokens[kind].slice(0, 200),
          ...(route.body ? { body: 'password=a+long+enough+passphrase&name=X&email=x%40example.com' } : {}),
        });
        expect([404, 410]).toContain(response.statusCode);
      });
});

describe('A21 an operator who does not administer is refused wherever administration is asked for', () => {
  const forAdministration = routes.filter((route) => route.permission === 'administrator');
  const cookieOf = async (role: string, service: string | null): Promise<string> => {
    const operator = await house.administrator();
    await house.query('UPDATE users SET is_admin = false WHERE id = $1', [operator.person.id]);
    await house.query(
      `INSERT INTO operator_grants (user_id, service_id, role, created_at, updated_at)
       VALUES ($1, (SELECT id FROM services WHERE name = $2), $3, now(), now())`,
      [operator.person.id, service, role],
    );
    return operator.cookie;
  };
  const mightiest = {
    'owner of a service': ['owner', 'orders'],
    'admin of every service': ['admin', null],
  } as const;
  let cookies: Record<keyof typeof mightiest, string>;
  beforeAll(async () => {
    cookies = {
      'owner of a service': await cookieOf(...mightiest['owner of a service']),
      'admin of every service': await cookieOf(...mightiest['admin of every service']),
    };
  });

  it('is most of the routes of the console', () => {
    expect(forAdministration.length).toBeGreaterThan(80);
    const open = routes.filter(
      (route) =>
        route.path.startsWith('/admin/') && !['administrator', 'operator'].includes(route.permission),
    );
    expect(open.map((route) => route.id)).toEqual([]);
  });

  for (const route of forAdministration)
    it(`${route.method} ${route.path}`, async () => {
      for (const [who, cookie] of Object.entries(cookies)) {
        const response = await request(route, {
          headers: { cookie },
          ...(route.body ? { body: '{}' } : {}),
        });
        expect([response.statusCode, response.json().code], who).toEqual([403, 'not_admin']);
      }
    });
});

describe('what can not be read is refused by name', () => {
  const jsonRoutes = routes.filter((route) => route.body && !isForm(route) && !route.protocol);
  const credential = (route: RouteDefinition): Record<string, string> =>
    route.auth.includes('service_key')
      ? { authorization: `Bearer ${tokens.service_key}` }
      : route.auth.includes('browser_session')
        ? { cookie: `castellan_session=${tokens.browser_session}` }
        : { cookie: `admin_token=${tokens.admin_session}` };
  for (const route of jsonRoutes) {
    it(`malformed JSON at ${route.method} ${route.path}: 400`, async () => {
      const response = await request(route, { headers: credential(route), body: '{"a":' });
      expect(response.statusCode).toBe(400);
      expect(response.json().code).toBe('malformed_request');
    });
    it(`an oversized body at ${route.method} ${route.path}: 413`, async () => {
      const response = await request(route, {
        headers: credential(route),
        body: JSON.stringify({ filler: 'x'.repeat((route.bodyLimitBytes ?? 64 * 1024) + 10) }),
      });
      expect(response.statusCode).toBe(413);
    });
    it(`an unknown field at ${route.method} ${route.path}: 422 that names it`, async () => {
      const response = await request(route, { headers: credential(route), body: '{"no_such_field":1}' });
      expect(response.statusCode).toBe(422);
      expect(response.json().errors.map((error: { field: string }) => error.field)).toContain(
        'no_such_field',
      );
    });
    it(`prototype pollution at ${route.method} ${route.path}: refused`, async () => {
      const response = await request(route, {
        headers: credential(route),
        body: '{"__proto__":{"isAdmin":true}}',
      });
      expect([400, 422]).toContain(response.statusCode);
    });
  }

  it('an id that is no UUID: 422', async () => {
    for (const route of routes.filter(
      (candidate) => candidate.path.includes('{id}') && candidate.listener === 'admin',
    )) {
      const response = await house.platform.adminListener.inject({
        method: route.method,
        url: route.path.replace(/\{\w+\}/g, 'not-an-id'),
        headers: {
          cookie: `admin_token=${tokens.admin_session}`,
          origin: house.settings.ADMIN_URL,
          'x-requested-with': 'x',
        },
      });
      expect(response.statusCode, `${route.method} ${route.path}`).toBe(422);
    }
  });

  it('an id that nothing has: 404, whatever the route', async () => {
    for (const route of routes.filter(
      (candidate) => candidate.path.includes('{id}') && candidate.listener === 'admin' && !candidate.body,
    )) {
      const response = await request(route, { headers: { cookie: `admin_token=${tokens.admin_session}` } });
      expect(response.statusCode, `${route.method} ${route.path}`).toBe(404);
      expect(response.json().code).toBe('not_found');
    }
  });

  it('a parameter given twice: 422', async () => {
    const response = await house.platform.adminListener.inject({
      method: 'GET',
      url: '/admin/users?search=a&search=b',
      headers: { cookie: `admin_token=${tokens.admin_session}` },
    });
    expect(response.statusCode).toBe(422);
    expect(response.json().errors[0].field).toBe('search');
  });
});

describe('another site can not write with the operator’s cookie (CSRF)', () => {
  const writes = guarded.filter((route) => route.listener === 'admin' && route.method !== 'GET');
  const forgeries: Record<string, Record<string, string>> = {
    'a foreign Origin': { origin: 'https://evil.example', 'x-requested-with': 'x' },
    'another port of the same host': { origin: 'http://localhost:9005', 'x-requested-with': 'x' },
    'Origin null': { origin: 'null', 'x-requested-with': 'x' },
    'Sec-Fetch-Site same-site': { 'sec-fetch-site': 'same-site' },
    'Sec-Fetch-Site cross-site': { 'sec-fetch-site': 'cross-site' },
    'no X-Requested-With': { 'x-requested-with': '' },
  };
  for (const route of [...writes, adminLogin as RouteDefinition])
    it(`${route.method} ${route.path}`, async () => {
      for (const [name, headers] of Object.entries(forgeries)) {
        const response = await request(route, {
          headers: { cookie: `admin_token=${tokens.admin_session}`, ...headers },
          ...bodyFor(route),
        });
        expect(response.statusCode, name).toBe(403);
        expect(response.json().code, name).toBe('origin_refused');
      }
    });
});

describe('another site can not read in the operator’s name: some reads are told in the timeline', () => {
  for (const route of guarded.filter((each) => each.listener === 'admin' && each.method === 'GET'))
    it(`${route.method} ${route.path}`, async () => {
      const ask = (site: string) =>
        request(route, {
          headers: { cookie: `admin_token=${tokens.admin_session}`, 'sec-fetch-site': site },
        });
      for (const site of ['same-site', 'cross-site']) {
        const response = await ask(site);
        expect(response.statusCode, site).toBe(403);
        expect(response.json().code, site).toBe('origin_refused');
      }
      for (const site of ['same-origin', 'none'])
        expect([200, 404], site).toContain((await ask(site)).statusCode);
    });
});

describe('answers are safe by default', () => {
  it('carries the security headers on successes, errors and unknown addresses', async () => {
    for (const url of ['/healthz', '/nowhere', '/admin/users'])
      for (const app of [house.platform.publicListener, house.platform.adminListener]) {
        const { headers } = await app.inject({ url });
        expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
        expect(headers['x-content-type-options']).toBe('nosniff');
        expect(headers['cache-control']).toContain('no-store');
      }
  });

  it('answers a method that an address does not take with 405', async () => {
    const response = await house.platform.publicListener.inject({ method: 'DELETE', url: '/auth/login' });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe('POST');
  });

  it('takes a sane correlation id over and makes its own otherwise', async () => {
    const given = await house.platform.publicListener.inject({
      url: '/healthz',
      headers: { 'x-correlation-id': 'abc-12345678' },
    });
    expect(given.headers['x-correlation-id']).toBe('abc-12345678');
    const made = await house.platform.publicListener.inject({
      url: '/healthz',
      headers: { 'x-correlation-id': 'bad id\n' },
    });
    expect(made.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('reads X-Forwarded-For only behind a configured proxy', async () => {
    const admin = await house.administrator();
    const addressOfLast = async (): Promise<string> => {
      await house.platform.settled();
      const [row] = await house.query<{ address: string }>(
        "SELECT address FROM activity_events WHERE action = 'admin_login' ORDER BY sequence DESC LIMIT 1",
      );
      return row!.address;
    };
    const body = { email: admin.person.email, password: admin.person.password };
    await house.caller().call(adminLogin, { body, headers: { 'x-forwarded-for': '203.0.113.1' } });
    expect(await addressOfLast()).toBe('127.0.0.1');
    const behind = await createTestPlatform({ settings: { TRUSTED_PROXIES: '127.0.0.1' } });
    const other = await behind.administrator();
    await behind.caller().call(adminLogin, {
      body: { email: other.person.email, password: other.person.password },
      headers: { 'x-forwarded-for': '203.0.113.1' },
    });
    await behind.platform.settled();
    const [row] = await behind.query<{ address: string }>(
      "SELECT address FROM activity_events WHERE action = 'admin_login' ORDER BY sequence DESC LIMIT 1",
    );
    expect(row!.address).toBe('203.0.113.1');
    await behind.close();
  });
});

describe('Idempotency-Key on creating requests', () => {
  const body = (email: string) => ({ email, name: 'Once Only' });

  it('gives a repeated request the first answer and creates once, even at the same moment', async () => {
    const admin = await house.administrator();
    const headers = { 'idempotency-key': 'key-00000001' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => admin.call(usersCreate, { body: body('once@example.com'), headers })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
    expect(new Set(answers.map((answer) => answer.result.id)).size).toBe(1);
    expect(
      (await admin.call(usersList, { query: { search: 'once@example.com' } })).result.items,
    ).toHaveLength(1);
  });

  it('sends one invitation for a repeated request that has no body', async () => {
    const admin = await house.administrator();
    const { id } = await house.person();
    const headers = { 'idempotency-key': 'key-00000004' };
    const invite = () => admin.call(usersInvite, { params: { id }, headers });
    const [first, second] = [await invite(), await invite()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.result.invitation?.id).toBe(first.result.invitation?.id);
    expect(await house.query('SELECT FROM invitations WHERE user_id = $1', [id])).toHaveLength(1);
    const other = await house.person();
    expect((await admin.call(usersInvite, { params: { id: other.id }, headers })).code).toBe(
      'idempotency_key_reused',
    );
  });

  it('refuses the key for another request, and is each administrator’s own', async () => {
    const admin = await house.administrator();
    const headers = { 'idempotency-key': 'key-00000002' };
    expect((await admin.call(usersCreate, { body: body('first@example.com'), headers })).status).toBe(201);
    expect((await admin.call(usersCreate, { body: body('second@example.com'), headers })).code).toBe(
      'idempotency_key_reused',
    );
    const colleague = await house.administrator();
    expect((await colleague.call(usersCreate, { body: body('third@example.com'), headers })).status).toBe(
      201,
    );
  });

  it('keeps no answer of a refused request', async () => {
    const admin = await house.administrator();
    const headers = { 'idempotency-key': 'key-00000003' };
    expect((await admin.call(usersCreate, { body: body(admin.person.email), headers })).code).toBe(
      'email_taken',
    );
    await house.query('DELETE FROM idempotency_keys WHERE key = $1', ['none']);
    expect((await admin.call(usersCreate, { body: body(admin.person.email), headers })).code).toBe(
      'email_taken',
    );
  });
});
