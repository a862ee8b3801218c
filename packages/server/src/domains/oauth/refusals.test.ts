/**
 * What these endpoints refuse, in OAuth's words; they are exempt from the generated tests of JSON routes. Long because it is a
 * list of requests, one line of meaning each.
 */

import { randomBytes } from 'node:crypto';
import { login, refresh } from '@castellan/contract';
import { touched } from '@castellan/testkit';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beginAuthorization,
  createOAuthHouse,
  type OAuthHouse,
  type OAuthTestClient,
  signInWith,
} from '../../../test/oauth-house.ts';

let house: OAuthHouse;
let app: OAuthTestClient;
let lines: string[];
beforeAll(async () => {
  lines = [];
  house = await createOAuthHouse({ onLog: (line) => lines.push(line) });
  app = await house.client();
});
afterAll(() => house.close());

const form = 'application/x-www-form-urlencoded';
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${house.issuer}${path}`, { method: 'POST', body, headers: { 'content-type': form, ...headers } });
const basic = (secret = app.secret!) =>
  `Basic ${Buffer.from(`${encodeURIComponent(app.clientId)}:${encodeURIComponent(secret)}`).toString('base64')}`;
const told = async (response: Response) =>
  (await response.json()) as { error: string; error_description: string };

describe('the token endpoint', () => {
  const refused: Record<string, [() => Promise<Response>, number, string, RegExp]> = {
    'no client': [
      () => post('/oauth/token', 'grant_type=client_credentials'),
      400,
      'invalid_request',
      /client_id/,
    ],
    'an unknown client': [
      () => post('/oauth/token', 'grant_type=client_credentials&client_id=nobody'),
      401,
      'invalid_client',
      /client_id/,
    ],
    'a wrong secret': [
      () =>
        post('/oauth/token', 'grant_type=refresh_token&refresh_token=x', { authorization: basic('wrong') }),
      401,
      'invalid_client',
      /client_secret/,
    ],
    'the placeholder that the library keeps as secret': [
      () =>
        post('/oauth/token', 'grant_type=refresh_token&refresh_token=x', {
          authorization: basic('kept as a digest'),
        }),
      401,
      'invalid_client',
      /client_secret/,
    ],
    'two ways of proving at once': [
      () =>
        post('/oauth/token', `grant_type=refresh_token&client_secret=x&client_id=${app.clientId}`, {
          authorization: basic(),
        }),
      400,
      'invalid_request',
      /one mechanism/,
    ],
    'no grant_type': [
      () => post('/oauth/token', 'code=x', { authorization: basic() }),
      400,
      'invalid_request',
      /grant_type/,
    ],
    'an unknown grant_type': [
      () => post('/oauth/token', 'grant_type=password&username=a&password=b', { authorization: basic() }),
      400,
      'unsupported_grant_type',
      /grant_type/,
    ],
    'a grant_type that is not the client’s': [
      () => post('/oauth/token', 'grant_type=client_credentials', { authorization: basic() }),
      400,
      'invalid_request',
      /grant type/,
    ],
    'a parameter sent twice (RFC 6749 §3.2)': [
      () =>
        post('/oauth/token', 'grant_type=refresh_token&refresh_token=a&refresh_token=b', {
          authorization: basic(),
        }),
      400,
      'invalid_request',
      /refresh_token/,
    ],
    'grant_type sent twice': [
      () =>
        post('/oauth/token', 'grant_type=refresh_token&grant_type=authorization_code', {
          authorization: basic(),
        }),
      400,
      'invalid_request',
      /grant_type/,
    ],
    'an unknown code': [
      () =>
        post(
          '/oauth/token',
          'grant_type=authorization_code&code=x&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback&code_verifier=y',
          { authorization: basic() },
        ),
      400,
      'invalid_grant',
      /^code:/,
    ],
    'no redirect_uri': [
      () => post('/oauth/token', 'grant_type=authorization_code&code=x', { authorization: basic() }),
      400,
      'invalid_request',
      /redirect_uri/,
    ],
    'a refresh token of a sign-in by /auth/login': [
      async () => {
        const person = await house.person();
        const { result } = await house
          .caller()
          .call(login, { body: { email: person.email, password: person.password, service: 'orders' } });
        return post('/oauth/token', `grant_type=refresh_token&refresh_token=${result.refreshToken}`, {
          authorization: basic(),
        });
      },
      400,
      'invalid_grant',
      /^refresh_token:/,
    ],
    JSON: [
      () =>
        post('/oauth/token', '{"grant_type":"refresh_token"}', {
          'content-type': 'application/json',
          authorization: basic(),
        }),
      400,
      'invalid_request',
      /x-www-form-urlencoded/,
    ],
    'a body of 60 KiB': [
      () =>
        post('/oauth/token', `grant_type=refresh_token&refresh_token=${'x'.repeat(60 * 1024)}`, {
          authorization: basic(),
        }),
      413,
      'invalid_request',
      /56 KiB/,
    ],
    'a header that is no base64': [
      () => post('/oauth/token', 'grant_type=refresh_token', { authorization: 'Basic %%%' }),
      400,
      'invalid_request',
      /authorization header/,
    ],
  };
  for (const [name, [send, status, error, description]] of Object.entries(refused))
    it(`${name}: ${status} ${error}`, async () => {
      const response = await send();
      const body = await told(response);
      expect([response.status, body.error]).toEqual([status, error]);
      expect(body.error_description).toMatch(description);
      expect(response.headers.get('cache-control')).toContain('no-store');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('x-correlation-id')).toBeTruthy();
    });

  it('its refresh tokens are renewed there alone: /auth/refresh asks no client to prove itself', async () => {
    const { tokens } = await signInWith(await house.browser(), app);
    const answer = await house.caller().call(refresh, { body: { refreshToken: tokens.refresh_token! } });
    expect([answer.status, answer.code]).toEqual([401, 'token_invalid']);
    expect(
      (await client.refreshTokenGrant(app.configuration, tokens.refresh_token!)).refresh_token,
    ).toBeDefined();
  });

  it('of what an unauthenticated stranger sends, nothing is written', async () => {
    const count = async () =>
      (await house.query<{ count: number }>('SELECT count(*)::int AS count FROM oauth_artifacts'))[0]!.count;
    const before = await count();
    for (let tries = 0; tries < 5; tries++)
      await post('/oauth/par', `client_id=${app.clientId}&scope=openid`);
    expect(await count()).toBe(before);
  });
});

describe('the authorization endpoint never redirects to an address that is not registered (RFC 6749 §4.1.2.1)', () => {
  const good = () => ({
    client_id: app.clientId,
    response_type: 'code',
    redirect_uri: app.redirectUri,
    scope: 'openid',
    code_challenge: randomBytes(32).toString('base64url'),
    code_challenge_method: 'S256',
    state: 'abc',
  });
  const send = (changes: Record<string, string | undefined>, extra = '') => {
    const parameters = Object.entries({ ...good(), ...changes }).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    );
    return fetch(`${house.issuer}/oauth/authorize?${new URLSearchParams(parameters)}${extra}`, {
      redirect: 'manual',
      headers: { accept: 'text/html' },
    });
  };

  const pages: Record<string, Record<string, string | undefined>> = {
    'an unknown client': { client_id: 'nobody' },
    'no client': { client_id: undefined },
    'another address': { redirect_uri: 'https://evil.example.com/callback' },
    'a longer path': { redirect_uri: 'https://app.example.com/callback/more' },
    'another query': { redirect_uri: 'https://app.example.com/callback?x=1' },
    'an upper case host': { redirect_uri: 'https://APP.example.com/callback' },
    'a user in the address': { redirect_uri: 'https://app.example.com@evil.example.com/callback' },
    'no address': { redirect_uri: undefined },
    'an address that is none': { redirect_uri: 'javascript:alert(1)' },
  };
  for (const [name, changes] of Object.entries(pages))
    it(`${name}: a page that helps`, async () => {
      const response = await send(changes);
      expect(response.headers.get('location')).toBeNull();
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toContain('text/html');
      expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      const text = await response.text();
      expect(text).toContain(response.headers.get('x-correlation-id'));
      expect(text).not.toContain('<script');
    });

  const redirected: Record<string, [Record<string, string | undefined>, string, RegExp]> = {
    'no PKCE': [
      { code_challenge: undefined, code_challenge_method: undefined },
      'invalid_request',
      /PKCE|code_challenge/,
    ],
    'PKCE plain': [{ code_challenge_method: 'plain' }, 'invalid_request', /code_challenge_method/],
    'PKCE without its method': [
      { code_challenge_method: undefined },
      'invalid_request',
      /code_challenge_method/,
    ],
    'a challenge that is too short': [{ code_challenge: 'x' }, 'invalid_request', /code_challenge/],
    implicit: [{ response_type: 'token', nonce: 'n' }, 'unsupported_response_type', /response_type/],
    hybrid: [{ response_type: 'code id_token', nonce: 'n' }, 'unsupported_response_type', /response_type/],
    'an unknown prompt': [{ prompt: 'dance' }, 'invalid_request', /prompt/],
    'none beside another prompt': [{ prompt: 'none login' }, 'invalid_request', /prompt/],
    'a max_age that is no number': [{ max_age: 'old' }, 'invalid_request', /max_age/],
    'a request object': [{ request: 'x.y.z' }, 'request_not_supported', /^/],
    'a resource that is no address': [{ resource: 'orders' }, 'invalid_target', /resource/],
    'a resource with a fragment': [{ resource: 'https://a.example.com/#x' }, 'invalid_target', /resource/],
    'another service’s resource': [
      { resource: 'urn:castellan:service:billing' },
      'invalid_target',
      /resource/,
    ],
    'an id_token_hint that is none': [{ id_token_hint: 'x' }, 'invalid_request', /id_token_hint/],
  };
  for (const [name, [changes, error, description]] of Object.entries(redirected))
    it(`${name}: ${error}, with state and iss (RFC 9207)`, async () => {
      await house.service('billing').catch(() => {});
      const response = await send(changes);
      const location = new URL(response.headers.get('location')!);
      expect(`${location.origin}${location.pathname}`).toBe(app.redirectUri);
      const answer = new URLSearchParams(location.search || location.hash.slice(1));
      expect(answer.get('error')).toBe(error);
      expect(answer.get('error_description') ?? '').toMatch(description);
      expect(answer.get('state')).toBe('abc');
      expect(answer.get('iss')).toBe(house.issuer);
      expect(answer.has('code')).toBe(false);
    });

  it('a parameter sent twice: invalid_request that names it', async () => {
    const response = await send({}, '&scope=openid');
    const location = new URL(response.headers.get('location')!);
    expect(location.searchParams.get('error')).toBe('invalid_request');
    expect(location.searchParams.get('error_description')).toMatch(/scope/);
    expect(
      (await send({}, '&redirect_uri=https%3A%2F%2Fevil.example.com')).headers.get('location'),
    ).toBeNull();
  });

  it('is asked by GET or with a form, and not by HEAD', async () => {
    expect((await fetch(`${house.issuer}/oauth/authorize`, { method: 'HEAD' })).status).toBe(405);
    expect((await fetch(`${house.issuer}/oauth/authorize`, { method: 'PUT' })).status).toBe(405);
  });

  it('goes on only in the browser that began, and in no session that came since (session fixation)', async () => {
    const consenting = await house.client({ skipsConsent: false });
    const browser = await house.browser();
    const begun = await beginAuthorization(consenting);
    const uid = (await browser.fetch(begun.address.href)).headers.get('location')!.split('/').at(-1)!;
    const stranger = await house.browser();
    const elsewhere = await stranger.fetch(`${house.issuer}/oauth/authorize/${uid}`);
    expect(elsewhere.status).toBe(400);
    expect(elsewhere.headers.get('location')).toBeNull();
  });
});

describe('userinfo', () => {
  const ask = (headers: Record<string, string>, query = '') =>
    fetch(`${house.issuer}/oauth/userinfo${query}`, { headers });
  it('tells a stranger how to come (RFC 6750 §3), and takes no other token', async () => {
    const { tokens } = await signInWith(await house.browser(), app);
    const person = await house.person();
    const own = await house
      .caller()
      .call(login, { body: { email: person.email, password: person.password, service: 'orders' } });
    const wrong = {
      nothing: {},
      'an ID token': { authorization: `Bearer ${tokens.id_token}` },
      'a refresh token': { authorization: `Bearer ${tokens.refresh_token}` },
      'a token of /auth/login': { authorization: `Bearer ${own.result.accessToken}` },
      'a changed token': { authorization: `Bearer ${touched(tokens.access_token)}` },
      'a token by DPoP without proof': { authorization: `DPoP ${tokens.access_token}` },
    };
    for (const [name, headers] of Object.entries(wrong)) {
      const response = await ask(headers);
      expect([400, 401], name).toContain(response.status);
      expect(response.headers.get('www-authenticate'), name).toMatch(/^(Bearer|DPoP)/);
    }
    expect((await ask({}, `?access_token=${tokens.access_token}`)).status, 'in the address').toBe(400);
    const begun = await beginAuthorization(app, { scope: 'profile' });
    begun.address.searchParams.delete('nonce');
    const callback = await (await house.browser()).authorize(begun.address);
    const without = await client.authorizationCodeGrant(app.configuration, callback, {
      pkceCodeVerifier: begun.checks.pkceCodeVerifier,
      expectedState: begun.checks.expectedState,
    });
    const refused = await ask({ authorization: `Bearer ${without.access_token}` });
    expect(refused.status).toBe(403);
    expect((await told(refused)).error).toBe('insufficient_scope');
  });
});

describe('a page of another origin (CORS)', () => {
  it('may exchange codes where the client is answered there, and nowhere else', async () => {
    const body = `grant_type=authorization_code&code=x&redirect_uri=${encodeURIComponent(app.redirectUri)}&code_verifier=y`;
    const allowed = await post('/oauth/token', body, {
      authorization: basic(),
      origin: 'https://app.example.com',
    });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    const refused = await post('/oauth/token', body, {
      authorization: basic(),
      origin: 'https://evil.example.com',
    });
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await fetch(`${house.issuer}/oauth/token`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
  });
});

describe('registration', () => {
  it('is refused unless a setting allows it, and discovery does not offer it', async () => {
    const response = await fetch(`${house.issuer}/oauth/register`, {
      method: 'POST',
      body: JSON.stringify({ redirect_uris: ['https://a.example.com/'] }),
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(403);
    const discovery = (await (
      await fetch(`${house.issuer}/.well-known/openid-configuration`)
    ).json()) as Record<string, unknown>;
    expect(discovery.registration_endpoint).toBeUndefined();
  });
});

describe('every refusal is counted and logged, without what was secret in it', () => {
  it('by endpoint and error', async () => {
    await post('/oauth/token', 'grant_type=refresh_token&refresh_token=crt_canary-canary', {
      authorization: basic('canary-secret'),
    });
    const admin = await house.platform.adminListener.inject({ method: 'GET', url: '/metrics' });
    expect(admin.body).toMatch(
      /castellan_oauth_refused_total\{endpoint="\/oauth\/token",error="invalid_client"\} \d+/,
    );
    const refusals = lines.filter((line) => line.includes('an OAuth request was refused'));
    expect(refusals.length).toBeGreaterThan(10);
    expect(lines.some((line) => line.includes('canary'))).toBe(false);
    expect(lines.some((line) => line.includes(app.secret!))).toBe(false);
  });
});

describe('when the database is away', () => {
  it('503 temporarily_unavailable with Retry-After, and nothing else', async () => {
    const { tokens } = await signInWith(await house.browser(), app);
    await house.testDatabase.cut();
    try {
      const response = await post(
        '/oauth/token',
        `grant_type=refresh_token&refresh_token=${tokens.refresh_token}`,
        { authorization: basic() },
      );
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBeTruthy();
      expect((await told(response)).error).toBe('temporarily_unavailable');
    } finally {
      await house.testDatabase.mend();
    }
  });
});
