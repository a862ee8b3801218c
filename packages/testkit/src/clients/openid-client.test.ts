import { decodeJwt, exportJWK, generateKeyPair } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientHouse, createClientHouse, type RegisteredClient } from './client-house.ts';

const redirectUri = 'https://app.example.com/callback';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';

let house: ClientHouse;
beforeAll(async () => {
  house = await createClientHouse();
});
afterAll(() => house.close());

const configure = ({ clientId, secret }: RegisteredClient, authentication?: client.ClientAuth) =>
  client.discovery(
    new URL(house.issuer),
    clientId,
    { id_token_signed_response_alg: 'EdDSA' },
    authentication ?? (secret ? client.ClientSecretBasic(secret) : client.None()),
    { execute: [client.allowInsecureRequests] },
  );

async function begin(extra: Record<string, string> = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const parameters = {
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...extra,
  };
  return { checks, parameters };
}

async function signIn(configuration: client.Configuration, DPoP?: client.DPoPHandle) {
  const mara = await house.atBrowser();
  const { checks, parameters } = await begin();
  const callback = await mara.authorize(client.buildAuthorizationUrl(configuration, parameters));
  const tokens = await client.authorizationCodeGrant(
    configuration,
    callback,
    checks,
    undefined,
    DPoP ? { DPoP } : {},
  );
  return { mara, tokens };
}

describe('openid-client, people at the pages', () => {
  it('code with PKCE after sign-in and consent, userinfo, refresh, introspection, revocation', async () => {
    const app = await house.register({ redirectUris: [redirectUri] });
    const configuration = await configure(app);
    const { mara, tokens } = await signIn(configuration);
    expect(tokens.claims()).toMatchObject({ sub: mara.person.id, name: 'Mara Mole', amr: ['pwd'] });
    expect((await client.fetchUserInfo(configuration, tokens.access_token, mara.person.id)).email).toBe(
      mara.person.email,
    );
    const refreshed = await client.refreshTokenGrant(configuration, tokens.refresh_token!);
    expect(refreshed.refresh_token).not.toBe(tokens.refresh_token);
    expect(await client.tokenIntrospection(configuration, refreshed.access_token)).toMatchObject({
      active: true,
      sub: mara.person.id,
      client_id: app.clientId,
    });
    await client.tokenRevocation(configuration, refreshed.refresh_token!);
    expect(await client.tokenIntrospection(configuration, refreshed.access_token)).toEqual({ active: false });
    await expect(client.refreshTokenGrant(configuration, refreshed.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('a no on the consent page is access_denied', async () => {
    const configuration = await configure(await house.register({ redirectUris: [redirectUri] }));
    const mara = await house.atBrowser();
    const { checks, parameters } = await begin();
    const callback = await mara.authorize(client.buildAuthorizationUrl(configuration, parameters), {
      decision: 'refuse',
    });
    await expect(client.authorizationCodeGrant(configuration, callback, checks)).rejects.toMatchObject({
      error: 'access_denied',
    });
  });

  it('a pushed request (RFC 9126)', async () => {
    const configuration = await configure(await house.register({ redirectUris: [redirectUri] }));
    const { checks, parameters } = await begin();
    const address = await client.buildAuthorizationUrlWithPAR(configuration, parameters);
    expect([...address.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    const callback = await (await house.atBrowser()).authorize(address);
    expect((await client.authorizationCodeGrant(configuration, callback, checks)).id_token).toBeDefined();
  });

  it('tokens bound to a key, refreshed with it (DPoP, RFC 9449)', async () => {
    const app = await house.register({ redirectUris: [redirectUri], tokenEndpointAuthMethod: 'none' });
    const configuration = await configure(app);
    const DPoP = client.getDPoPHandle(configuration, await client.randomDPoPKeyPair());
    const { mara, tokens } = await signIn(configuration, DPoP);
    expect(tokens.token_type).toBe('dpop');
    const refreshed = await client.refreshTokenGrant(configuration, tokens.refresh_token!, undefined, {
      DPoP,
    });
    const info = await client.fetchUserInfo(configuration, refreshed.access_token, mara.person.id, { DPoP });
    expect(info.sub).toBe(mara.person.id);
  });
});

describe('openid-client, machines', () => {
  it('client credentials, by secret in the header, in the body, and by a key (RFC 7523)', async () => {
    const machine = { grantTypes: ['client_credentials'], allowedScopes: ['orders:read'] } as const;
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }];
    const byHeader = await house.register({
      ...machine,
      grantTypes: [...machine.grantTypes],
      allowedScopes: ['orders:read'],
    });
    const byBody = await house.register({
      grantTypes: ['client_credentials'],
      allowedScopes: ['orders:read'],
      tokenEndpointAuthMethod: 'client_secret_post',
    });
    const byKey = await house.register({
      grantTypes: ['client_credentials'],
      allowedScopes: ['orders:read'],
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwks: { keys },
    });
    for (const configuration of [
      await configure(byHeader),
      await configure(byBody, client.ClientSecretPost(byBody.secret)),
      await configure(byKey, client.PrivateKeyJwt({ key: privateKey, kid: 'one' })),
    ]) {
      const tokens = await client.clientCredentialsGrant(configuration, { scope: 'orders:read' });
      expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: 'orders', scope: 'orders:read' });
      expect((await client.tokenIntrospection(configuration, tokens.access_token)).active).toBe(true);
    }
  });

  it('a device is allowed on the page that it names (RFC 8628)', async () => {
    const printer = await house.register({
      name: 'Till printer',
      applicationType: 'native',
      grantTypes: [deviceGrant, 'refresh_token'],
      tokenEndpointAuthMethod: 'none',
    });
    const configuration = await configure(printer);
    const started = await client.initiateDeviceAuthorization(configuration, { scope: 'openid profile' });
    const polling = client.pollDeviceAuthorizationGrant(configuration, started);
    const mara = await house.atBrowser();
    const end = await mara.visit(started.verification_uri_complete!);
    expect(end.text).toContain('Till printer');
    const tokens = await polling;
    expect(tokens.claims()?.sub).toBe(mara.person.id);
    expect((await client.refreshTokenGrant(configuration, tokens.refresh_token!)).access_token).toBeDefined();
  }, 30_000);

  it('exchanges a person’s token for one at another service, with the actor in it (RFC 8693)', async () => {
    const app = await house.register({ redirectUris: [redirectUri] });
    const { mara, tokens } = await signIn(await configure(app));
    const orders = await house.register({
      grantTypes: ['client_credentials', exchangeGrant],
      allowedScopes: [],
    });
    await house.register({ service: 'stock', grantTypes: ['client_credentials'] });
    await house.query(
      `INSERT INTO service_calls (caller_id, callee_id, created_at)
       SELECT a.id, b.id, now() FROM services a, services b WHERE a.name = 'orders' AND b.name = 'stock'`,
    );
    const configuration = await configure(orders);
    const exchanged = await client.genericGrantRequest(configuration, exchangeGrant, {
      subject_token: tokens.access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'stock',
    });
    expect(decodeJwt(exchanged.access_token)).toMatchObject({
      sub: mara.person.id,
      aud: 'stock',
      act: expect.any(Object),
    });
    await expect(
      client.genericGrantRequest(configuration, exchangeGrant, {
        subject_token: tokens.access_token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        audience: 'elsewhere',
      }),
    ).rejects.toMatchObject({ error: 'invalid_target' });
  });
});
