import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOAuthHouse, type OAuthHouse, signInWith } from '../../../test/oauth-house.ts';

let house: OAuthHouse;
beforeAll(async () => {
  house = await createOAuthHouse();
});
afterAll(() => house.close());

describe('authorization code with PKCE, driven by openid-client', () => {
  it('signs a person in: ID token, access token of the house, userinfo (OpenID Connect Core §3.1)', async () => {
    const app = await house.client();
    const browser = await house.browser();
    const { tokens, callback } = await signInWith(browser, app);
    expect(callback.searchParams.get('iss'), 'RFC 9207').toBe(house.issuer);
    const idToken = tokens.claims()!;
    expect(idToken).toMatchObject({
      iss: house.issuer,
      sub: browser.userId,
      aud: app.clientId,
      acr: 'aal1',
      amr: ['pwd'],
      auth_time: expect.any(Number),
      name: 'Mara Mole',
    });
    expect(decodeProtectedHeader(tokens.id_token!).alg).toBe('EdDSA');
    expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ typ: 'at+jwt', alg: 'EdDSA' });
    const claims = decodeJwt(tokens.access_token);
    expect(claims).toMatchObject({
      iss: house.issuer,
      sub: browser.userId,
      aud: 'orders',
      client_id: app.clientId,
      scope: 'openid profile email',
      acr: 'aal1',
      amr: ['pwd'],
    });
    expect(claims.exp! - claims.iat!).toBe(900);
    const info = await client.fetchUserInfo(app.configuration, tokens.access_token, browser.userId);
    expect(info).toMatchObject({
      sub: browser.userId,
      name: 'Mara Mole',
      email: expect.stringContaining('@'),
    });
  });

  it('refreshes, and the old token is retried until its successor was used (RFC 9700 §4.14)', async () => {
    const app = await house.client();
    const { tokens } = await signInWith(await house.browser(), app);
    const first = await client.refreshTokenGrant(app.configuration, tokens.refresh_token!);
    const again = await client.refreshTokenGrant(app.configuration, tokens.refresh_token!);
    expect(again.refresh_token).toBe(first.refresh_token);
    const second = await client.refreshTokenGrant(app.configuration, first.refresh_token!);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    await expect(client.refreshTokenGrant(app.configuration, tokens.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(
      client.refreshTokenGrant(app.configuration, second.refresh_token!),
      'the family has ended',
    ).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('gives a service its own token for client credentials (RFC 6749 §4.4)', async () => {
    const app = await house.client({ grantTypes: ['client_credentials'], allowedScopes: ['orders:read'] });
    const tokens = await client.clientCredentialsGrant(app.configuration, { scope: 'orders:read' });
    expect(tokens.expires_in).toBe(300);
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      sub: app.clientId,
      client_id: app.clientId,
      aud: 'orders',
      scope: 'orders:read',
    });
  });
});
