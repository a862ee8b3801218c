import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOAuthHouse, type OAuthHouse, signInWith } from '../../../test/oauth-house.ts';

const _deviceCode = 'urn:ietf:params:oauth:grant-type:device_code';

let house: OAuthHouse;
let listener: Server;
let site: string;
let documents: Record<string, object>;
const received: string[] = [];
let isAway = false;
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
    response.writeHead(isAway ? 503 : document ? 200 : 404, { 'content-type': 'application/json' });
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

describe('clients that nobody registered', () => {
  it('register themselves where it is allowed (RFC 7591) and sign people in', async () => {
    const configuration = await client.dynamicClientRegistration(
      new URL(house.issuer),
      {
        client_name: 'Some agent',
        redirect_uris: ['http://127.0.0.1:7777/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'none',
        scope: 'openid mcp:tools',
      },
      client.None(),
      { execute: [client.allowInsecureRequests] },
    );
    const { client_id: clientId } = configuration.clientMetadata();
    const app = {
      configuration,
      clientId,
      rowId: '',
      secret: undefined,
      redirectUri: 'http://127.0.0.1:9999/callback',
    };
    const browser = await house.browser();
    const { tokens } = await signInWith(browser, app);
    expect(browser.asked[0]).toMatchObject({
      prompt: 'consent',
      isLoopbackOnly: true,
      redirectHost: '127.0.0.1:9999',
      client: { origin: 'dynamic', name: 'Some agent' },
    });
    expect(decodeJwt(tokens.access_token).aud, 'no service: userinfo alone').toBe(house.issuer);
    expect((await client.fetchUserInfo(configuration, tokens.access_token, browser.userId)).sub).toBe(
      browser.userId,
    );
  });

  it('are described by a document at their id, and get tokens of a service that has an address (CIMD, RFC 8707)', async () => {
    await house.client();
    await house.query(
      `UPDATE services SET resource_uri = 'https://mcp.example.com/mcp', scopes = '[{"name":"tools:use","description":"Use your tools"}]' WHERE name = 'orders'`,
    );
    const clientId = `${site}/agent.json`;
    documents['/agent.json'] = {
      client_id: clientId,
      client_name: 'Described agent',
      redirect_uris: ['https://agent.example.com/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    };
    const configuration = await client.discovery(
      new URL(house.issuer),
      clientId,
      { id_token_signed_response_alg: 'EdDSA' },
      client.None(),
      {
        execute: [client.allowInsecureRequests],
      },
    );
    const app = {
      configuration,
      clientId,
      rowId: '',
      secret: undefined,
      redirectUri: 'https://agent.example.com/callback',
    };
    const browser = await house.browser();
    const { tokens } = await signInWith(browser, app, {
      scope: 'openid tools:use',
      resource: 'https://mcp.example.com/mcp',
    });
    expect(browser.asked[0]).toMatchObject({
      client: { origin: 'metadata_document', name: 'Described agent' },
      resources: ['orders'],
      scopes: [{ name: 'openid' }, { name: 'tools:use', description: 'Use your tools' }],
    });
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      aud: 'orders',
      client_id: clientId,
      scope: 'openid tools:use',
    });
    const refreshed = await client.refreshTokenGrant(configuration, tokens.refresh_token!, {
      resource: 'https://mcp.example.com/mcp',
    });
    expect(decodeJwt(refreshed.access_token).aud).toBe('orders');
    await expect(
      client.refreshTokenGrant(configuration, refreshed.refresh_token!, {
        resource: 'https://other.example.com/',
      }),
    ).rejects.toMatchObject({ error: 'invalid_target' });
  });

  it('a described client goes on while its server is away, and ends when its document is taken away', async () => {
    const clientId = `${site}/away.json`;
    documents['/away.json'] = {
      client_id: clientId,
      redirect_uris: ['https://agent.example.com/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
    };
    const options = { execute: [client.allowInsecureRequests] };
    const metadata = { id_token_signed_response_alg: 'EdDSA' };
    const configuration = await client.discovery(
      new URL(house.issuer),
      clientId,
      metadata,
      client.None(),
      options,
    );
    const redirectUri = 'https://agent.example.com/callback';
    const app = { configuration, clientId, rowId: '', secret: undefined, redirectUri };
    const { tokens } = await signInWith(await house.browser(), app);
    isAway = true;
    house.clock.pass(2 * 3600);
    const kept = await client.refreshTokenGrant(configuration, tokens.refresh_token!);
    isAway = false;
    delete documents['/away.json'];
    house.clock.pass(2 * 3600);
    await expect(client.refreshTokenGrant(configuration, kept.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_client',
    });
  });

  it('a document that lies, holds a secret, or is not there: invalid_client on a page, nothing is kept', async () => {
    documents['/other.json'] = { client_id: `${site}/agent.json`, redirect_uris: ['https://a.example.com/'] };
    documents['/secret.json'] = {
      client_id: `${site}/secret.json`,
      client_secret: 'x',
      redirect_uris: ['https://a.example.com/'],
    };
    for (const path of ['/other.json', '/secret.json', '/missing.json']) {
      const address = new URL(`${house.issuer}/oauth/authorize`);
      address.search = new URLSearchParams({
        client_id: `${site}${path}`,
        response_type: 'code',
        redirect_uri: 'https://a.example.com/',
      }).toString();
      const response = await fetch(address, { redirect: 'manual', headers: { accept: 'text/html' } });
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toContain('text/html');
      expect(await response.text()).toMatch(/invalid_client/);
    }
    const [{ count }] = (await house.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM clients WHERE client_id LIKE $1 AND client_id !~ '/(agent|away)[.]json$'`,
      [`${site}%`],
    )) as [{ count: number }];
    expect(count).toBe(0);
  });
});

describe('signing out', () => {
  it('by a client that shows the ID token of this sign-in; back to a registered address only (RP-Initiated Logout §2)', async () => {
    const app = await house.client({ postLogoutRedirectUris: ['https://app.example.com/bye'] });
    const browser = await house.browser();
    const { tokens } = await signInWith(browser, app);
    const address = client.buildEndSessionUrl(app.configuration, {
      id_token_hint: tokens.id_token!,
      post_logout_redirect_uri: 'https://app.example.com/bye',
      state: 'abc',
    });
    const elsewhere = new URL(address);
    elsewhere.searchParams.set('post_logout_redirect_uri', 'https://evil.example.com/');
    const refused = await browser.fetch(elsewhere.href);
    expect(refused.status).toBe(400);
    expect(refused.headers.get('location')).toBeNull();
    const left = await browser.fetch(address.href);
    expect(left.status).toBe(303);
    expect(left.headers.get('location')).toBe('https://app.example.com/bye?state=abc');
    expect(browser.cookies.has('castellan_session')).toBe(false);
    await expect(client.refreshTokenGrant(app.configuration, tokens.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('asks where no ID token proves the wish, and takes no yes from another site', async () => {
    const browser = await house.browser();
    const answer = await browser.fetch(`${house.issuer}/oauth/end_session`, {
      method: 'POST',
      body: new URLSearchParams({ confirm: 'yes' }),
      headers: { origin: 'https://evil.example.com', 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(await answer.text()).toContain('Sign out?');
    expect(browser.cookies.has('castellan_session')).toBe(true);
  });

  it('tells the clients that asked to be told (Back-Channel Logout §2.4)', async () => {
    const app = await house.client({ backchannelLogoutUri: `${site}/logout` });
    const browser = await house.browser();
    const { tokens } = await signInWith(browser, app);
    const { sid } = decodeJwt(tokens.id_token!);
    expect(sid).toBe(decodeJwt(tokens.access_token).sid);
    await browser.fetch(`${house.issuer}/oauth/end_session`, {
      method: 'POST',
      body: new URLSearchParams({ confirm: 'yes' }),
      headers: { origin: house.issuer, 'content-type': 'application/x-www-form-urlencoded' },
    });
    await expect.poll(() => received.length, { timeout: 8000 }).toBe(1);
    const token = new URLSearchParams(received[0]).get('logout_token')!;
    const jwks = createLocalJWKSet((await (await fetch(`${house.issuer}/oauth/jwks`)).json()) as never);
    const { payload } = await jwtVerify(token, jwks, {
      issuer: house.issuer,
      audience: app.clientId,
      typ: 'logout+jwt',
    });
    expect(payload).toMatchObject({
      sid,
      sub: browser.userId,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(payload.nonce).toBeUndefined();
  });
});
