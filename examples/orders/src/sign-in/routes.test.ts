import { touched } from '@castellan/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OrdersHouse, startOrdersHouse } from '../../test/house.ts';

let house: OrdersHouse;
beforeAll(async () => {
  house = await startOrdersHouse();
});
afterAll(() => house.stop());

const post = (url: string, headers: Record<string, string> = {}) =>
  house.app.inject({ method: 'POST', url, headers: { origin: house.address, ...headers } });
const host = () => new URL(house.address).host;

test('a sign-in leads to Castellan with PKCE, state and nonce, and remembers them where no script reads', async () => {
  const answer = await house.app.inject({ url: '/sign-in/start', headers: { host: host() } });
  expect(answer.statusCode).toBe(303);
  const url = new URL(String(answer.headers.location));
  expect(`${url.origin}${url.pathname}`).toBe(`${house.issuer}/oauth/authorize`);
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    response_type: 'code',
    redirect_uri: `${house.address}/sign-in/callback`,
    scope: 'openid profile email',
    code_challenge_method: 'S256',
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
  });
  const cookie = String(answer.headers['set-cookie']);
  expect(cookie).toMatch(/HttpOnly; SameSite=Lax/);
  expect(cookie).not.toContain(url.searchParams.get('state'));
});

test('by another name of the machine it goes on under its own, where the cookie will be found', async () => {
  const answer = await house.app.inject({ url: '/sign-in/start?again', headers: { host: 'localhost:9' } });
  expect(answer.headers.location).toBe(`${house.address}/sign-in/start?again`);
});

test('an answer for another state, an invented code and no attempt at all sign nobody in', async () => {
  const begun = await house.app.inject({ url: '/sign-in/start', headers: { host: host() } });
  const cookie = String(begun.headers['set-cookie']).split(';')[0]!;
  const state = new URL(String(begun.headers.location)).searchParams.get('state');
  for (const [query, headers, outcome] of [
    ['?code=x&state=other', { cookie }, 'answer_refused'],
    [`?code=x&state=${state}`, { cookie }, 'answer_refused'], // Without iss (RFC 9207).
    [`?code=x&state=${state}&iss=https%3A%2F%2Fevil.example`, { cookie }, 'answer_refused'],
    [`?code=x&state=${state}&iss=${encodeURIComponent(house.issuer)}`, { cookie }, 'invalid_grant'],
    [
      `?error=access_denied&state=${state}&iss=${encodeURIComponent(house.issuer)}`,
      { cookie },
      'access_denied',
    ],
    [`?code=x&state=${state}`, {}, 'not_begun_here'],
    [`?code=x&state=${state}`, { cookie: `${touched(cookie)}` }, 'not_begun_here'],
  ] as const) {
    const answer = await house.app.inject({ url: `/sign-in/callback${query}`, headers: { ...headers } });
    expect([query, answer.statusCode, answer.headers.location]).toEqual([
      query,
      303,
      `/#sign-in-failed=${outcome}`,
    ]);
    expect([answer.headers['set-cookie']].flat().join()).not.toContain('orders_session');
  }
});

test('tokens are for this product’s own page alone, and for a cookie that was sealed here', async () => {
  for (const url of ['/sign-in/token', '/sign-in/end'])
    for (const origin of ['https://evil.example', 'null', ''])
      expect((await post(url, { origin })).json()).toMatchObject({ status: 403, code: 'other_site' });
  for (const cookie of ['', 'orders_session=', 'orders_session=AAAA', `orders_session=${'A'.repeat(200)}`]) {
    const answer = await post('/sign-in/token', { cookie });
    expect([answer.statusCode, answer.json()]).toEqual([401, { code: 'session_ended' }]);
  }
  expect((await post('/sign-in/end')).statusCode).toBe(204);
});
