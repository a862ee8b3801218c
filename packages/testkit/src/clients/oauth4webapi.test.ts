import { exportJWK, generateKeyPair } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientHouse, createClientHouse, type RegisteredClient } from './client-house.ts';

const redirectUri = 'https://app.example.com/callback';
const insecure = { [oauth.allowInsecureRequests]: true } as const;

let house: ClientHouse;
let as: oauth.AuthorizationServer;
beforeAll(async () => {
  house = await createClientHouse({ DYNAMIC_REGISTRATION: 'true' });
  const issuer = new URL(house.issuer);
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
  as = await oauth.processDiscoveryResponse(issuer, response);
});
afterAll(() => house.close());

const clientOf = ({ clientId }: Pick<RegisteredClient, 'clientId'>): oauth.Client => ({
  client_id: clientId,
  id_token_signed_response_alg: 'EdDSA',
});

async function begin(client: oauth.Client, extra: Record<string, string> = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const parameters = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...extra,
  });
  return { verifier, state, nonce, parameters, address: `${as.authorization_endpoint}?${parameters}` };
}

async function signIn(
  client: oauth.Client,
  authentication: oauth.ClientAuth,
  options: {
    readonly DPoP?: oauth.DPoPHandle;
    readonly address?: string;
    readonly begun?: Awaited<ReturnType<typeof begin>>;
  } = {},
) {
  const begun = options.begun ?? (await begin(client));
  const mara = await house.atBrowser();
  const callback = await mara.authorize(options.address ?? begun.address);
  const parameters = oauth.validateAuthResponse(as, client, callback, begun.state);
  const more = { ...insecure, ...(options.DPoP ? { DPoP: options.DPoP } : {}) };
  const ask = () =>
    oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      parameters,
      redirectUri,
      begun.verifier,
      more,
    );
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, await ask(), {
    expectedNonce: begun.nonce,
    requireIdToken: true,
  });
  return { mara, tokens, ask };
}

describe('oauth4webapi, which checks every answer strictly', () => {
  it('code with PKCE, the signature of the ID token by the published keys, userinfo, refresh, introspection, revocation', async () => {
    const app = await house.register({ redirectUris: [redirectUri] });
    const client = clientOf(app);
    const secret = oauth.ClientSecretBasic(app.secret);
    const { mara, tokens } = await signIn(client, secret);
    const claims = oauth.getValidatedIdTokenClaims(tokens)!;
    expect(claims.sub).toBe(mara.person.id);
    const info = await oauth.processUserInfoResponse(
      as,
      client,
      mara.person.id,
      await oauth.userInfoRequest(as, client, tokens.access_token, insecure),
    );
    expect(info.email).toBe(mara.person.email);
    const refreshed = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, secret, tokens.refresh_token!, insecure),
    );
    const introspect = async (token: string) =>
      oauth.processIntrospectionResponse(
        as,
        client,
        await oauth.introspectionRequest(as, client, secret, token, insecure),
      );
    expect(await introspect(refreshed.access_token)).toMatchObject({ active: true, sub: mara.person.id });
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, secret, refreshed.refresh_token!, insecure),
    );
    expect((await introspect(refreshed.access_token)).active).toBe(false);
  });

  it('a code that comes back is invalid_grant, and what it gave has ended (RFC 9700 §4.5)', async () => {
    const app = await house.register({ redirectUris: [redirectUri] });
    const client = clientOf(app);
    const secret = oauth.ClientSecretBasic(app.secret);
    const { tokens, ask } = await signIn(client, secret);
    await expect(oauth.processAuthorizationCodeResponse(as, client, await ask())).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(
      oauth.processRefreshTokenResponse(
        as,
        client,
        await oauth.refreshTokenGrantRequest(as, client, secret, tokens.refresh_token!, insecure),
      ),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('PAR and DPoP together, the access token as RFC 9068 has it, with its proof at a resource', async () => {
    const app = await house.register({ redirectUris: [redirectUri], tokenEndpointAuthMethod: 'none' });
    const client = clientOf(app);
    const keys = await oauth.generateKeyPair('ES256');
    const DPoP = oauth.DPoP(client, keys);
    const begun = await begin(client);
    const pushed = await oauth.processPushedAuthorizationResponse(
      as,
      client,
      await oauth.pushedAuthorizationRequest(as, client, oauth.None(), begun.parameters, {
        ...insecure,
        DPoP,
      }),
    );
    const address = `${as.authorization_endpoint}?${new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri })}`;
    const { tokens } = await signIn(client, oauth.None(), { DPoP, address, begun });
    expect(tokens.token_type).toBe('dpop');
    let atResource: Request | undefined;
    const proof = oauth.protectedResourceRequest(
      tokens.access_token,
      'GET',
      new URL('https://orders.example.com/orders'),
      undefined,
      undefined,
      {
        DPoP,
        [oauth.customFetch]: async (url: string, init: RequestInit) => {
          atResource = new Request(url, { headers: init.headers!, method: init.method! });
          return new Response('[]');
        },
      } as never,
    );
    await proof;
    const claims = await oauth.validateJwtAccessToken(as, atResource!, 'orders', {
      ...insecure,
      requireDPoP: true,
    });
    expect(claims).toMatchObject({ client_id: app.clientId, cnf: { jkt: expect.any(String) } });
  });

  it('client credentials by a key (RFC 7523)', async () => {
    const { privateKey, publicKey } = await generateKeyPair('PS256', { extractable: true });
    const app = await house.register({
      grantTypes: ['client_credentials'],
      allowedScopes: ['orders:read'],
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'PS256', kid: 'k', use: 'sig' }] },
    });
    const client = clientOf(app);
    const key = oauth.PrivateKeyJwt({ key: privateKey, kid: 'k' });
    const tokens = await oauth.processClientCredentialsResponse(
      as,
      client,
      await oauth.clientCredentialsGrantRequest(as, client, key, { scope: 'orders:read' }, insecure),
    );
    expect(tokens.scope).toBe('orders:read');
  });

  it('registers itself and is known from then on (RFC 7591)', async () => {
    const registered = await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(
        as,
        {
          client_name: 'An agent',
          redirect_uris: [redirectUri],
          token_endpoint_auth_method: 'none',
          id_token_signed_response_alg: 'EdDSA',
        },
        insecure,
      ),
    );
    const { tokens } = await signIn(clientOf({ clientId: registered.client_id }), oauth.None());
    expect(oauth.getValidatedIdTokenClaims(tokens)!.aud).toBe(registered.client_id);
  });
});
