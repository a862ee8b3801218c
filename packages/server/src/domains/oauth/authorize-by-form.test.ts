import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginAuthorization, createOAuthHouse, type OAuthHouse } from '../../../test/oauth-house.ts';

let house: OAuthHouse;
beforeAll(async () => {
  house = await createOAuthHouse();
});
afterAll(() => house.close());

/** Sends an authorization request as another site's form does: without our cookies, which are SameSite=Lax. */
const send = (body: string, type = 'application/x-www-form-urlencoded') =>
  fetch(`${house.issuer}/oauth/authorize`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': type, origin: 'https://app.example.com', accept: 'text/html' },
    body,
  });
const onwards = (answer: Response): string => new URL(answer.headers.get('location')!, house.issuer).href;

describe('an authorization request in a form (OpenID Connect Core §3.1.2.1)', () => {
  it('goes on as the same request, and ends with tokens', async () => {
    const app = await house.client();
    const browser = await house.browser();
    const { address, checks } = await beginAuthorization(app);
    const answer = await send(new URL(address).searchParams.toString());
    expect(answer.status).toBe(303);
    expect(onwards(answer)).toBe(new URL(address).href.replaceAll('%20', '+'));
    const callback = await browser.authorize(onwards(answer));
    const tokens = await client.authorizationCodeGrant(app.configuration, callback, checks);
    expect(tokens.access_token).toBeDefined();
  });

  it('meets the same checks: an unregistered address, a parameter sent twice, no PKCE', async () => {
    const app = await house.client();
    const browser = await house.browser();
    const { address } = await beginAuthorization(app);
    const { searchParams } = new URL(address);
    const changed = (change: (parameters: URLSearchParams) => void): string => {
      const parameters = new URLSearchParams(searchParams);
      change(parameters);
      return parameters.toString();
    };
    for (const [body, error] of [
      [changed((one) => one.set('redirect_uri', 'https://evil.example/cb')), 'invalid_redirect_uri'],
      [changed((one) => one.append('redirect_uri', 'https://evil.example/cb')), 'invalid_request'],
    ] as const) {
      const page = await browser.fetch(onwards(await send(body)));
      expect(page.headers.get('location')).toBeNull();
      expect(await page.text()).toContain(error);
    }
    for (const body of [
      changed((one) => one.append('scope', 'openid')),
      changed((one) => one.delete('code_challenge')),
    ]) {
      const refused = await browser.fetch(onwards(await send(body)));
      const callback = new URL(refused.headers.get('location')!);
      expect([callback.origin, callback.searchParams.get('error')]).toEqual([
        'https://app.example.com',
        'invalid_request',
      ]);
    }
  });

  it('leads nowhere but to our own endpoint, whatever is in it, and is a form of a bearable length', async () => {
    const odd = await send('//evil.example\r\nset-cookie: a=b');
    expect(new URL(onwards(odd)).origin + new URL(onwards(odd)).pathname).toBe(
      `${house.issuer}/oauth/authorize`,
    );
    expect(odd.headers.getSetCookie()).toEqual([]);
    expect((await send('{"client_id":"x"}', 'application/json')).status).toBe(400);
    const long = await send(`state=${'x'.repeat(9000)}`);
    expect([long.status, long.headers.get('location')]).toEqual([400, null]);
    expect(await long.text()).toContain('invalid_request');
  });
});

it('several resources are refused, and why is told (RFC 8707 §2)', async () => {
  const browser = await house.browser();
  const app = await house.client();
  const { address } = await beginAuthorization(app);
  const both = `${new URL(address).href}&resource=urn%3Acastellan%3Aservice%3Aorders&resource=urn%3Acastellan%3Aservice%3Aorders`;
  const callback = new URL((await browser.fetch(both)).headers.get('location')!);
  expect(callback.searchParams.get('error')).toBe('invalid_target');
  expect(callback.searchParams.get('error_description')).toContain('a token is for one service');
});
