import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
} from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beginAuthorization,
  createOAuthHouse,
  type OAuthHouse,
  signInWith,
} from '../../../test/oauth-house.ts';

const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code';

let house: OAuthHouse;
let listener: Server;
let site: string;
let documents: Record<string, object>;
const received: string[] = [];
beforeAll(async () => {
  documents = {};
  listener = createServer((request, response) => {
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        received.push(body);
        response.end();
      });
      return;
    }
    const document = documents[request.url ?? ''];
    response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  site = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  house = await createOAuthHouse({
    settings: { OUTBOUND_ALLOW: '127.0.0.1', DYNAMIC_REGISTRATION: 'true' },
  });
});
afterAll(async () => {
  await house.close();
  listener.close();
});

describe('what clients can ask for', () => {
  it('discovery tells where everything is, at both addresses (RFC 8414, OpenID Connect Discovery)', async () => {
    const [openid, oauth] = await Promise.all(
      ['openid-configuration', 'oauth-authorization-server'].map(
        async (name) =>
          (await fetch(`${house.issuer}/.well-known/${name}`)).json() as Promise<Record<string, unknown>>,
      ),
    );
    expect(oauth).toEqual(openid);
    expect(openid).toMatchObject({
      issuer: house.issuer,
      authorization_endpoint: `${house.issuer}/oauth/authorize`,
      token_endpoint: `${house.issuer}/oauth/token`,
      introspection_endpoint: `${house.issuer}/oauth/introspect`,
      revocation_endpoint: `${house.issuer}/oauth/revoke`,
      end_session_endpoint: `${house.issuer}/oauth/end_session`,
      registration_endpoint: `${house.issuer}/oauth/register`,
      jwks_uri: `${house.issuer}/oauth/jwks`,
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
      id_token_signing_alg_values_supported: expect.arrayContaining(['EdDSA', 'ES256', 'RS256']),
      acr_values_supported: ['aal1', 'aal2', 'phr'],
      backchannel_logout_supported: true,
    });
    expect(openid!.grant_types_supported).toEqual(
      expect.arrayContaining([
        'authorization_code',
        'refresh_token',
        'client_credentials',
        deviceCode,
        'urn:ietf:params:oauth:grant-type:token-exchange',
      ]),
    );
    expect(openid!.grant_types_supported).not.toContain('implicit');
  });

  it('a request that was pushed (RFC 9126), once', async () => {
    const app = await house.client();
    const begun = await beginAuthorization(app);
    const address = await client.buildAuthorizationUrlWithPAR(app.configuration, begun.parameters);
    const callback = await (await house.browser()).authorize(address);
    expect(
      (await client.authorizationCodeGrant(app.configuration, callback, begun.checks)).access_token,
    ).toBeDefined();
    const again = await (await house.browser()).fetch(address.href);
    expect([400, 303]).toContain(again.status);
    expect(again.headers.get('location') ?? '').not.toContain('code=');
  });

  it('a request without scope asks who somebody is, by the address and pushed', async () => {
    const app = await house.client();
    const begun = await beginAuthorization(app);
    const { scope: _, ...pushed } = begun.parameters;
    begun.address.searchParams.delete('scope');
    for (const address of [
      begun.address,
      await client.buildAuthorizationUrlWithPAR(app.configuration, pushed),
    ]) {
      const callback = await (await house.browser()).authorize(address);
      expect((await client.authorizationCodeGrant(app.configuration, callback, begun.checks)).scope).toBe(
        'openid',
      );
    }
  });

  it('tokens bound to a key (DPoP, RFC 9449); a proof is taken once', async () => {
    const app = await house.client({ tokenEndpointAuthMethod: 'none' });
    const keys = await client.randomDPoPKeyPair();
    const handle = client.getDPoPHandle(app.configuration, keys);
    const browser = await house.browser();
    const begun = await beginAuthorization(app);
    const callback = await browser.authorize(begun.address);
    const tokens = await client.authorizationCodeGrant(app.configuration, callback, begun.checks, undefined, {
      DPoP: handle,
    });
    expect(tokens.token_type).toBe('dpop');
    expect(decodeJwt(tokens.access_token).cnf).toEqual({ jkt: expect.any(String) });
    const info = await client.fetchUserInfo(app.configuration, tokens.access_token, browser.userId, {
      DPoP: handle,
    });
    expect(info.sub).toBe(browser.userId);
    const asBearer = await fetch(`${house.issuer}/oauth/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(asBearer.status).toBe(401);
    await expect(
      client.refreshTokenGrant(app.configuration, tokens.refresh_token!),
      'without the key',
    ).rejects.toMatchObject({ error: 'invalid_grant' });
    const refreshed = await client.refreshTokenGrant(app.configuration, tokens.refresh_token!, undefined, {
      DPoP: handle,
    });
    expect(refreshed.token_type).toBe('dpop');
  });

  it('a client proves itself by a key (RFC 7523), each assertion once', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
    const app = await house.client({
      tokenEndpointAuthMethod: 'private_key_jwt',
      grantTypes: ['client_credentials'],
      jwks: { keys: [jwk] },
      authentication: client.PrivateKeyJwt({ key: privateKey, kid: 'one' }),
    });
    expect((await client.clientCredentialsGrant(app.configuration)).access_token).toBeDefined();
    // The same by an address of keys.
    documents['/jwks'] = { keys: [jwk] };
    const byAddress = await house.client({
      tokenEndpointAuthMethod: 'private_key_jwt',
      grantTypes: ['client_credentials'],
      jwksUri: `${site}/jwks`,
      authentication: client.PrivateKeyJwt({ key: privateKey, kid: 'one' }),
    });
    expect((await client.clientCredentialsGrant(byAddress.configuration)).access_token).toBeDefined();
  });

  it('ID tokens of the algorithm that the client wants (EdDSA, ES256, RS256), verified by the published keys', async () => {
    const jwks = createLocalJWKSet((await (await fetch(`${house.issuer}/oauth/jwks`)).json()) as never);
    for (const algorithm of ['EdDSA', 'ES256', 'RS256'] as const) {
      const app = await house.client({ idTokenSignedResponseAlg: algorithm });
      const { tokens } = await signInWith(await house.browser(), app);
      expect(decodeProtectedHeader(tokens.id_token!).alg).toBe(algorithm);
      expect((await jwtVerify(tokens.id_token!, jwks, { algorithms: [algorithm] })).payload.iss).toBe(
        house.issuer,
      );
      expect(decodeProtectedHeader(tokens.access_token).alg, 'chosen by itself').toBe('EdDSA');
    }
  });

  it('a step up: acr_values and max_age ask for more, what was proved is in the tokens (Core §3.1.2.1)', async () => {
    const app = await house.client();
    const browser = await house.browser();
    const { tokens } = await signInWith(browser, app, { acr_values: 'aal2' });
    expect(browser.asked.map(({ prompt, reasons }) => [prompt, reasons])).toEqual([['login', ['acr_unmet']]]);
    expect(decodeJwt(tokens.id_token!)).toMatchObject({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });
    expect(decodeJwt(tokens.access_token)).toMatchObject({ acr: 'aal2' });
    const enough = await signInWith(browser, app, { acr_values: 'aal1 aal2' });
    expect(browser.asked.length, 'no second prompt').toBe(1);
    expect(decodeJwt(enough.tokens.id_token!).acr).toBe('aal2');
    house.clock.pass(120);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await signInWith(browser, app, { prompt: 'login' });
    expect(browser.asked.at(-1)?.reasons).toContain('login_prompt');
  });

  it('prompt=none never asks: login_required, interaction_required, with iss (RFC 9207)', async () => {
    const app = await house.client({ skipsConsent: false });
    const stranger = await house.browser();
    stranger.cookies.clear();
    const { address } = await beginAuthorization(app, { prompt: 'none' });
    const refused = await stranger.authorize(address);
    expect(Object.fromEntries(refused.searchParams)).toMatchObject({
      error: 'login_required',
      iss: house.issuer,
    });
    const known = await house.browser();
    const asked = await known.authorize((await beginAuthorization(app, { prompt: 'none' })).address);
    expect(asked.searchParams.get('error')).toBe('consent_required');
  });
});

describe('consent', () => {
  it('is asked once; what was switched off is not granted and not asked again; a refusal is access_denied', async () => {
    const app = await house.client({ skipsConsent: false });
    const browser = await house.browser();
    const refused = await browser.authorize((await beginAuthorization(app)).address, { refuse: true });
    expect(refused.searchParams.get('error')).toBe('access_denied');
    const first = await signInWith(browser, app, {}, { grantedScopes: ['openid', 'profile'] });
    expect(first.tokens.scope).toBe('openid profile');
    expect(decodeJwt(first.tokens.access_token).scope).toBe('openid profile');
    expect(first.tokens.claims()?.email).toBeUndefined();
    const prompts = browser.asked.length;
    const second = await signInWith(browser, app);
    expect(browser.asked.length).toBe(prompts);
    expect(second.tokens.scope).toBe('openid profile');
    const again = await signInWith(browser, app, { prompt: 'consent' });
    expect(again.tokens.scope).toBe('openid profile email');
    expect(browser.asked.at(-1)?.scopes.find(({ name }) => name === 'profile')).toMatchObject({
      grantedBefore: true,
    });
  });

  it('somebody else signs in while a request waits: it goes on as nobody, and nobody is signed out', async () => {
    const app = await house.client({ skipsConsent: false });
    const browser = await house.browser();
    const { interactions } = house.platform;
    const begun = await beginAuthorization(app, { prompt: 'login' });
    const uid = (await browser.fetch(begun.address.href)).headers.get('location')!.split('/').at(-1)!;
    const cookies = () => [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const interaction = await interactions.open(uid, cookies());
    const first = await house.platform.database.pool.query('SELECT email, name FROM users WHERE id = $1', [
      browser.userId,
    ]);
    const address = await interactions.finishLogin(interaction, {
      ...first.rows[0],
      grantId: browser.sessionId,
      userId: browser.userId,
      amr: ['pwd'],
      acr: 'aal1',
      authTime: new Date(),
      signedInAt: new Date(),
      workspaceId: null,
    });
    const other = await house.browser();
    browser.cookies.set('castellan_session', other.cookies.get('castellan_session')!);
    const answer = await browser.fetch(address);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
    const ended = await house.query('SELECT 1 FROM grants WHERE id = ANY ($1) AND ended_at IS NOT NULL', [
      [browser.sessionId, other.sessionId],
    ]);
    expect(ended).toEqual([]);
  });

  it('an answered request, another browser, a made-up one: over', async () => {
    const app = await house.client({ skipsConsent: false });
    const browser = await house.browser();
    const { interactions } = house.platform;
    const response = await browser.fetch((await beginAuthorization(app)).address.href);
    const uid = response.headers.get('location')!.split('/').at(-1)!;
    const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    expect((await interactions.open(uid, cookies)).prompt).toBe('consent');
    for (const wrong of [undefined, '', 'castellan_interaction=x'])
      await expect(interactions.open(uid, wrong)).rejects.toMatchObject({ code: 'interaction_expired' });
    await expect(interactions.open('x'.repeat(20), cookies)).rejects.toMatchObject({
      code: 'interaction_expired',
    });
  });
});

describe('devices without a browser (RFC 8628)', () => {
  it('wait, are shown to a person, allowed by the session that was shown them, and get tokens', async () => {
    const app = await house.client({ grantTypes: [deviceCode, 'refresh_token'], redirectUris: [] });
    const started = await client.initiateDeviceAuthorization(app.configuration, { scope: 'openid profile' });
    expect(started.verification_uri).toBe(`${house.issuer}/device`);
    expect(started.user_code).toMatch(/^[B-DF-HJ-NP-TV-Z]{4}-[B-DF-HJ-NP-TV-Z]{4}$/);
    const poll = () =>
      client.genericGrantRequest(app.configuration, deviceCode, { device_code: started.device_code });
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' });
    const { interactions } = house.platform;
    const person = await house.person({ name: 'Mara' });
    const sessionOf = (grantId: string) => ({
      grantId,
      userId: person.id,
      email: person.email,
      name: person.name,
      amr: ['pwd'],
      acr: 'aal1',
      authTime: new Date(),
      signedInAt: new Date(),
      workspaceId: null,
    });
    const mine = sessionOf((await house.browser({ person })).sessionId);
    const other = sessionOf((await house.browser({ person })).sessionId);
    const shown = await interactions.findDevice(mine, started.user_code.toLowerCase());
    if (shown.kind !== 'found') throw new Error('the code was not found');
    expect(shown.request.scopes.map(({ name }) => name)).toEqual(['openid', 'profile']);
    const origin = { actors: [], address: null, correlationId: null };
    const consent = { grantedScopes: ['openid'], workspaceId: null };
    const device = { userCode: started.user_code, confirmation: shown.confirmation };
    expect(await interactions.approveDevice(other, device, consent, origin), 'another session').toBe(false);
    expect(await interactions.approveDevice(mine, device, consent, origin)).toBe(true);
    expect(await interactions.approveDevice(mine, device, consent, origin), 'twice').toBe(false);
    const tokens = await poll();
    expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: person.id, aud: 'orders', scope: 'openid' });
    await expect(poll(), 'the code comes back').rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(client.refreshTokenGrant(app.configuration, tokens.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('are refused: access_denied', async () => {
    const app = await house.client({ grantTypes: [deviceCode], redirectUris: [] });
    const started = await client.initiateDeviceAuthorization(app.configuration, { scope: 'openid' });
    const browser = await house.browser();
    const session = {
      grantId: browser.sessionId,
      userId: browser.userId,
      email: '',
      name: 'x',
      amr: [],
      acr: 'aal1',
      authTime: new Date(),
      signedInAt: new Date(),
      workspaceId: null,
    };
    const { interactions } = house.platform;
    const shown = await interactions.findDevice(session, started.user_code);
    if (shown.kind !== 'found') throw new Error('the code was not found');
    const origin = { actors: [], address: null, correlationId: null };
    await interactions.denyDevice(
      session,
      { userCode: started.user_code, confirmation: shown.confirmation },
      origin,
    );
    await expect(
      client.genericGrantRequest(app.configuration, deviceCode, { device_code: started.device_code }),
    ).rejects.toMatchObject({ error: 'access_denied' });
    expect((await interactions.findDevice(session, 'BBBB-BBBB')).kind).toBe('unknown');
  });
});
