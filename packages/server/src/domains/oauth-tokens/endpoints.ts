import type { Pool } from 'pg';
import type { GuardedFetch } from '../../platform/http/guarded-fetch.ts';
import type { ClientAuthenticationDeps } from './client-authentication.ts';
import { createClientAuthentication } from './client-authentication.ts';
import { type ExchangeDeps, exchangeToken } from './exchange.ts';
import { introspect } from './introspect.ts';
import { type OAuthAnswer, OAuthError, type OAuthRequest, refusal } from './oauth-message.ts';
import { createRemoteKeys } from './remote-keys.ts';
import { type RevocationDeps, revoke } from './revoke.ts';
import { issueServiceToken } from './service-token.ts';

/** Our own endpoints of the protocol. Each answers in OAuth's words; what is no fault of the caller is thrown. */
export interface TokenEndpoints {
  /** `POST /oauth/introspect` (RFC 7662). */
  introspect(request: OAuthRequest): Promise<OAuthAnswer>;
  /** `POST /oauth/revoke` (RFC 7009). */
  revoke(request: OAuthRequest): Promise<OAuthAnswer>;
  /** `POST /oauth/token` with `grant_type=urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693). */
  exchange(request: OAuthRequest): Promise<OAuthAnswer>;
  /** `POST /oauth/token` with `grant_type=client_credentials`; `undefined` for what the provider is to answer. */
  serviceToken(request: OAuthRequest): Promise<OAuthAnswer | undefined>;
}

/** What the endpoints are made of. */
export interface TokenEndpointParts
  extends Omit<ExchangeDeps & RevocationDeps & ClientAuthenticationDeps, 'clients' | 'remoteKeys' | 'pool'> {
  /** Reads the keys that clients publish. */
  readonly fetch: GuardedFetch;
}

/** Puts the endpoints together. */
export function createTokenEndpoints(parts: TokenEndpointParts): TokenEndpoints {
  const { fetch, clock, database } = parts;
  const pool: Pool = database.pool;
  const clients = createClientAuthentication({ ...parts, remoteKeys: createRemoteKeys({ fetch, clock }) });
  const deps = { ...parts, pool, clients };
  return {
    introspect: (request) => answered(introspect(deps, request), request),
    revoke: (request) => answered(revoke(deps, request), request),
    exchange: (request) => answered(exchangeToken(deps, request), request),
    serviceToken: (request) => issueServiceToken(deps, request),
  };
}

async function answered(answering: Promise<OAuthAnswer>, request: OAuthRequest): Promise<OAuthAnswer> {
  try {
    return await answering;
  } catch (error) {
    if (error instanceof OAuthError) return refusal(error, request);
    throw error;
  }
}
