import { randomUUID } from 'node:crypto';
import { login, type SignedIn } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { systemOrigin } from '../src/platform/activity/event.ts';
import { newId } from '../src/platform/database/identifiers.ts';
import type { Claims } from '../src/platform/keys/jwt.ts';
import { newToken, tokenDigest, visiblePrefix } from '../src/platform/secrets/opaque-token.ts';

/** An account that can sign in. */
export type TestPerson = Awaited<ReturnType<TestPlatform['person']>>;

/** What came back of a request to an endpoint of the protocol. */
export interface FormAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
}

/** A client as a test registered it. */
export interface TestClient {
  readonly id: string;
  readonly clientId: string;
  readonly secret: string;
  /** `Authorization: Basic` of it. */
  readonly basic: { readonly authorization: string };
}

/** A platform with what tests of tokens need: clients, grants, and forms that are sent. */
export interface TokenHouse extends TestPlatform {
  readonly issuer: string;
  post(
    path: string,
    form: Record<string, string> | string,
    headers?: Record<string, string>,
  ): Promise<FormAnswer>;
  /** A client of a service, or of none. */
  client(
    service: string | null,
    facts?: {
      readonly method?: string;
      readonly jwks?: object;
      readonly jwksUri?: string;
      readonly grantTypes?: string[];
    },
  ): Promise<TestClient>;
  /** Signs a person in by `/auth/login`. */
  signIn(person: TestPerson, service: string): Promise<SignedIn>;
  /** An OAuth grant as the provider writes it, with its tokens. */
  grant(
    person: TestPerson,
    client: TestClient,
    service: string,
    facts?: { readonly scopes?: string[]; readonly workspaceId?: string; readonly claims?: object },
  ): Promise<{ readonly grantId: string; readonly accessToken: string; readonly refreshToken: string }>;
  /** A service's own token, as client credentials give it. */
  ownToken(client: TestClient, service: string): string;
  /** Lets one service call another. */
  letCall(caller: string, callee: string): Promise<void>;
  serviceId(name: string): Promise<string>;
}

/** `Basic` with both halves form-encoded (RFC 6749 §2.3.1). */
export function basicOf(clientId: string, secret: string): { readonly authorization: string } {
  const encode = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+');
  return {
    authorization: `Basic ${Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString('base64')}`,
  };
}

/** Makes the house. */
export async function createTokenHouse(settings: Readonly<Record<string, string>> = {}): Promise<TokenHouse> {
  const house = await createTestPlatform({ settings });
  const issuer = house.settings.PUBLIC_URL;
  const serviceId = async (name: string): Promise<string> =>
    (await house.query<{ id: string }>('SELECT id FROM services WHERE name = $1', [name]))[0]!.id;
  const sign = (claims: object): string => {
    const iat = Math.floor(house.clock.now().getTime() / 1000);
    const times = { iat, exp: iat + 900, jti: randomUUID() };
    return house.platform.jwts.sign('at+jwt', { iss: issuer, ...times, ...claims } as Claims);
  };
  return Object.assign(house, {
    issuer,
    serviceId,
    async post(path: string, form: Record<string, string> | string, headers: Record<string, string> = {}) {
      const response = await house.platform.publicListener.inject({
        method: 'POST',
        url: path,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
      });
      return {
        status: response.statusCode,
        body: response.body === '' ? {} : response.json(),
        headers: response.headers,
      };
    },
    async client(service: string | null, facts = {} as NonNullable<Parameters<TokenHouse['client']>[1]>) {
      const id = newId();
      const clientId = `client ${randomUUID()}`;
      const secret = newToken('cs_');
      const {
        method = 'client_secret_basic',
        jwks = null,
        jwksUri = null,
        grantTypes = ['authorization_code', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      } = facts;
      await house.query(
        `INSERT INTO clients (id, client_id, service_id, name, origin, application_type, grant_types, token_endpoint_auth_method,
           jwks, jwks_uri, allowed_scopes, created_at, updated_at)
         VALUES ($1, $2, $3, 'A client', $4, 'web', $5, $6, $7, $8, '{openid}', now(), now())`,
        [
          id,
          clientId,
          service === null ? null : await serviceId(service),
          service === null ? 'dynamic' : 'registered',
          grantTypes,
          method,
          jwks && JSON.stringify(jwks),
          jwksUri,
        ],
      );
      await house.query(
        'INSERT INTO client_secrets (id, client_id, digest, prefix, created_at) VALUES ($1, $2, $3, $4, now())',
        [newId(), id, tokenDigest(secret), visiblePrefix(secret)],
      );
      return { id, clientId, secret, basic: basicOf(clientId, secret) };
    },
    async signIn({ email, password }: TestPerson, service: string) {
      return (await house.caller().call(login, { body: { email, password, service } })).result as SignedIn;
    },
    async grant(
      person: TestPerson,
      client: TestClient,
      service: string,
      facts = {} as NonNullable<Parameters<TokenHouse['grant']>[3]>,
    ) {
      const grantId = newId();
      const refreshToken = newToken('crt_');
      const { scopes = ['openid', 'orders:read'], workspaceId = null, claims = {} } = facts;
      await house.query(
        `INSERT INTO grants (id, kind, user_id, service_id, client_id, scopes, amr, auth_time, workspace_id, created_at, last_used_at,
           idle_expires_at, expires_at)
         VALUES ($1, 'oauth', $2, $3, $4, $5, '{pwd}', now(), $6, now(), now(), $7, $8)`,
        [
          grantId,
          person.id,
          await serviceId(service),
          client.id,
          scopes,
          workspaceId,
          new Date(house.clock.now().getTime() + 7 * 86_400_000),
          new Date(house.clock.now().getTime() + 30 * 86_400_000),
        ],
      );
      await house.query(
        'INSERT INTO grant_tokens (digest, grant_id, created_at, payload) VALUES ($1, $2, now(), $3)',
        [tokenDigest(refreshToken), grantId, { scope: scopes.join(' ') }],
      );
      const accessToken = sign({
        sub: person.id,
        aud: service,
        sid: grantId,
        client_id: client.clientId,
        scope: scopes.join(' '),
        acr: 'aal1',
        amr: ['pwd'],
        auth_time: Math.floor(house.clock.now().getTime() / 1000),
        ...(workspaceId === null ? {} : { wid: workspaceId }),
        ...claims,
      });
      return { grantId, accessToken, refreshToken };
    },
    ownToken: (client: TestClient, service: string) =>
      sign({ sub: client.clientId, client_id: client.clientId, aud: service, scope: 'orders:read' }),
    async letCall(caller: string, callee: string) {
      const { allowCall } = await import('../src/domains/oauth-tokens/service-calls.ts');
      const [from, to] = [await serviceId(caller), await serviceId(callee)];
      await house.platform.database.write(systemOrigin, (tx) =>
        allowCall(tx, { id: from, name: caller }, { id: to, name: callee }),
      );
    },
  });
}

/** `Authorization: Bearer` of a service key. */
export const bearer = (key: string): { readonly authorization: string } => ({
  authorization: `Bearer ${key}`,
});
