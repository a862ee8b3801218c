import {
  type Client,
  clientSecretsCreate,
  clientsCreate,
  clientsRead,
  clientsUpdate,
  oauthJwks,
  type SignatureAlgorithm,
  servicesList,
} from '@castellan/contract';
import { createCastellan } from '@castellan/sdk';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createOAuthHouse,
  type OAuthHouse,
  type OAuthTestClient,
  signInWith,
} from '../../../test/oauth-house.ts';
import { systemOrigin } from '../../platform/activity/event.ts';
import { rotateSigningKey } from '../../platform/keys/signing-keys.ts';
import { allowCall } from '../oauth-tokens/service-calls.ts';

/** What a client's access tokens are signed with is its choice (RFC 9068 §2.1), at every door that gives them. */

let house: OAuthHouse;
let admin: Awaited<ReturnType<OAuthHouse['administrator']>>;
let billingKey: string;
const services: Record<string, string> = {};
beforeAll(async () => {
  house = await createOAuthHouse();
  admin = await house.administrator();
  await house.service('orders');
  billingKey = await house.service('billing');
  for (const { id, name } of (await admin.call(servicesList)).result.items) services[name] = id;
  await house.platform.database.write(systemOrigin, (tx) =>
    allowCall(tx, { id: services.orders!, name: 'orders' }, { id: services.billing!, name: 'billing' }),
  );
});
afterAll(() => house.close());

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const device = 'urn:ietf:params:oauth:grant-type:device_code';
const paramsOf = ({ id }: Client) => ({ id: services.orders!, cid: id });
const published = async (): Promise<JSONWebKeySet> =>
  (await fetch(`${house.issuer}${oauthJwks.path}`)).json() as Promise<JSONWebKeySet>;

const create = async (body: object): Promise<Client> =>
  (await admin.call(clientsCreate, { params: { id: services.orders! }, body: { name: 'An app', ...body } }))
    .result;

/** Registers a client as an administrator does. */
async function register(body: object): Promise<{ row: Client; app: OAuthTestClient }> {
  const redirectUri = 'https://app.example.com/callback';
  const row = await create({ redirectUris: [redirectUri], skipsConsent: true, ...body });
  const { secret } = (await admin.call(clientSecretsCreate, { params: paramsOf(row), body: {} })).result;
  const configuration = await client.discovery(
    new URL(house.issuer),
    row.clientId,
    { id_token_signed_response_alg: 'EdDSA' },
    client.ClientSecretBasic(secret),
    { execute: [client.allowInsecureRequests] },
  );
  return { row, app: { rowId: row.id, clientId: row.clientId, secret, redirectUri, configuration } };
}

const anything = {
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', device, exchange],
  allowedScopes: ['openid', 'email', 'orders:read'],
};

/** Approves a device as somebody who is signed in. */
async function approve(userCode: string): Promise<void> {
  const browser = await house.browser();
  const send = async (form: Record<string, string>) =>
    (
      await browser.fetch(`${house.issuer}/device`, {
        method: 'POST',
        headers: { origin: house.issuer, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ user_code: userCode, ...form }).toString(),
      })
    ).text();
  const confirmation = /name="confirmation" value="([^"]+)"/.exec(await send({}))![1]!;
  await send({ confirmation, decision: 'allow' });
}

it('the key is published with the choice, before any token is asked for', async () => {
  const algorithms = async () => (await published()).keys.map(({ alg }) => alg);
  expect(await algorithms()).toEqual(['EdDSA']);
  const machine = { grantTypes: ['client_credentials'], accessTokenSignedResponseAlg: 'RS256' };
  const row = await create(machine);
  expect((await algorithms()).sort()).toEqual(['EdDSA', 'RS256']);
  await admin.call(clientsUpdate, { params: paramsOf(row), body: { accessTokenSignedResponseAlg: 'ES256' } });
  expect((await algorithms()).sort()).toEqual(['ES256', 'EdDSA', 'RS256']);
  const { result } = await admin.call(clientsRead, { params: paramsOf(row) });
  expect(result).toMatchObject({ accessTokenSignedResponseAlg: 'ES256', idTokenSignedResponseAlg: 'EdDSA' });
});

describe.each(['ES256', 'RS256'] as const)('%s', (algorithm: SignatureAlgorithm) => {
  /** Whoever may ask takes the token: a library with the published keys, the SDK, introspection. */
  async function expectTaken(app: OAuthTestClient, token: string, expected = algorithm): Promise<void> {
    const keys = createLocalJWKSet(await published());
    const { protectedHeader, payload } = await jwtVerify(token, keys, {
      algorithms: [expected],
      typ: 'at+jwt',
      issuer: house.issuer,
      audience: 'orders',
    });
    expect(protectedHeader).toEqual({ alg: expected, typ: 'at+jwt', kid: expect.any(String) });
    if (payload.sid !== undefined) {
      const castellan = createCastellan({ issuer: house.issuer, service: 'orders', serviceKey: 'sk_unused' });
      expect(await castellan.verify(token)).toMatchObject({ ok: true, identity: { userId: payload.sub } });
    }
    expect(await client.tokenIntrospection(app.configuration, token)).toMatchObject({
      active: true,
      sub: payload.sub,
    });
  }

  it('code and refresh, by the short way and by the provider, and userinfo', async () => {
    const { app } = await register({ ...anything, accessTokenSignedResponseAlg: algorithm });
    const { tokens } = await signInWith(await house.browser(), app, { scope: 'openid email orders:read' });
    await expectTaken(app, tokens.access_token);
    expect(decodeProtectedHeader(tokens.id_token!).alg).toBe('EdDSA');
    const { sub } = tokens.claims()!;
    expect((await client.fetchUserInfo(app.configuration, tokens.access_token, sub)).sub).toBe(sub);
    const short = await client.refreshTokenGrant(app.configuration, tokens.refresh_token!);
    await expectTaken(app, short.access_token);
    // A parameter that is none of its own is for the provider to judge.
    const long = await client.refreshTokenGrant(app.configuration, short.refresh_token!, { unknown: 'x' });
    await expectTaken(app, long.access_token);
  });

  it('a device, a service for itself both ways, and DPoP', async () => {
    const { app } = await register({ ...anything, accessTokenSignedResponseAlg: algorithm });
    const begun = await client.initiateDeviceAuthorization(app.configuration, {
      scope: 'openid orders:read',
    });
    await approve(begun.user_code);
    const granted = await client.genericGrantRequest(app.configuration, device, {
      device_code: begun.device_code,
    });
    await expectTaken(app, granted.access_token);
    for (const more of [{}, { unknown: 'x' }]) {
      const own = await client.clientCredentialsGrant(app.configuration, { scope: 'orders:read', ...more });
      await expectTaken(app, own.access_token);
    }
    const DPoP = client.getDPoPHandle(app.configuration, await client.randomDPoPKeyPair('ES256'));
    const bound = await client.clientCredentialsGrant(app.configuration, {}, { DPoP });
    expect(bound.token_type).toBe('dpop');
    expect(decodeProtectedHeader(bound.access_token).alg).toBe(algorithm);
  });

  it('what a service exchanges, told by the service that it is for', async () => {
    const { app } = await register({ ...anything, accessTokenSignedResponseAlg: algorithm });
    const { tokens } = await signInWith(await house.browser(), app, { scope: 'openid email' });
    const { access_token } = await client.genericGrantRequest(app.configuration, exchange, {
      subject_token: tokens.access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'billing',
    });
    expect(decodeProtectedHeader(access_token).alg).toBe(algorithm);
    const told = await fetch(`${house.issuer}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization: `Bearer ${billingKey}` },
      body: new URLSearchParams({ token: access_token }),
    });
    expect(await told.json()).toMatchObject({ active: true, scope: 'openid email', act: { sub: 'orders' } });
  });

  it('a rotation and another choice: what was signed before is taken until it expires', async () => {
    const { row, app } = await register({ ...anything, accessTokenSignedResponseAlg: algorithm });
    const { keys, database, vault } = house.platform;
    const ask = async () => (await client.clientCredentialsGrant(app.configuration)).access_token;
    const first = await ask();
    await rotateSigningKey(database, vault, systemOrigin, 30);
    await keys.reload();
    expect(decodeProtectedHeader(await ask()).kid, 'published, and not used yet').toBe(
      decodeProtectedHeader(first).kid,
    );
    house.clock.pass(31);
    const second = await ask();
    expect(decodeProtectedHeader(second)).toMatchObject({ alg: algorithm });
    expect(decodeProtectedHeader(second).kid).not.toBe(decodeProtectedHeader(first).kid);
    await admin.call(clientsUpdate, {
      params: paramsOf(row),
      body: { accessTokenSignedResponseAlg: 'EdDSA' },
    });
    const third = await ask();
    expect(decodeProtectedHeader(third).alg).toBe('EdDSA');
    for (const token of [first, second, third])
      expect(await client.tokenIntrospection(app.configuration, token)).toMatchObject({ active: true });
  });

  it('signs access tokens and nothing else that comes back: a console session of this key is none (RFC 8725 §3.11)', async () => {
    const { jwts, clock } = { jwts: house.platform.jwts, clock: house.clock };
    const iat = Math.floor(clock.now().getTime() / 1000);
    const claims = { iat, exp: iat + 600 };
    for (const typ of ['admin-session+jwt', 'JWT', 'logout+jwt'])
      expect(jwts.verify(typ, jwts.sign(typ, claims, algorithm))).toEqual({ ok: false, reason: 'invalid' });
    expect(jwts.verify('at+jwt', jwts.sign('at+jwt', claims, algorithm)).ok).toBe(true);
  });
});
