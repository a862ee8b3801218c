import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { type ClientMetadata, errors, Provider } from 'oidc-provider';

/** oidc-provider as it comes, in memory, with the settings that Castellan has. */
export interface PlainProvider {
  readonly issuer: string;
  close(): Promise<void>;
}

/**
 * Starts it on a free port of loopback. Whoever comes is signed in and agrees.
 * @param clients the same clients that Castellan has, by the same ids and secrets
 */
export async function startPlainProvider(
  clients: readonly ClientMetadata[],
  service: { readonly resource: string; readonly scopes: readonly string[] },
): Promise<PlainProvider> {
  let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  const server = createServer((request, response) => answer(request, response));
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const { InvalidTarget } = errors;
  const provider: Provider = new Provider(issuer, {
    clients: clients.map((client) => ({ id_token_signed_response_alg: 'ES256', ...client })),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', kid: 'one', use: 'sig' }] },
    routes: {
      authorization: '/oauth/authorize',
      token: '/oauth/token',
      pushed_authorization_request: '/oauth/par',
      device_authorization: '/oauth/device',
      userinfo: '/oauth/userinfo',
      introspection: '/oauth/introspect',
      revocation: '/oauth/revoke',
      jwks: '/oauth/jwks',
    },
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    claims: { openid: ['sub', 'acr', 'amr', 'auth_time'], profile: ['name'], email: ['email'] },
    acrValues: ['aal1', 'aal2', 'phr'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    clientDefaults: { response_types: ['code'], grant_types: ['authorization_code'] },
    cookies: { keys: ['of this test'] },
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, name: 'Mara Mole', email: 'mara@example.com' }),
    }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    // Clients that an administrator vouches for are not asked about.
    async loadExistingGrant({ oidc }) {
      const { client, session, params } = oidc;
      const grant = new provider.Grant({ accountId: session!.accountId!, clientId: client!.clientId });
      grant.addOIDCScope(String(params?.scope ?? ''));
      grant.addResourceScope(service.resource, String(params?.scope ?? ''));
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      dPoP: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_, __, oneOf) => (oneOf ? oneOf[0]! : service.resource),
        useGrantedResource: () => true,
        getResourceServerInfo: (_, identifier) => {
          if (identifier !== service.resource) throw new InvalidTarget();
          return {
            scope: ['openid', 'profile', 'email', 'offline_access', ...service.scopes].join(' '),
            audience: 'orders',
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
    },
  });
  const main = provider.callback();
  answer = (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void main(request, response);
    provider
      .interactionFinished(request, response, { login: { accountId: 'mara', amr: ['pwd'], acr: 'aal1' } })
      .catch((error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      });
  };
  return {
    issuer,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
