import type { Pool } from 'pg';
import type { GuardedFetch } from '../../platform/http/guarded-fetch.ts';
import type { ExchangeDeps } from './calling-service.ts';
import type { ClientAuthenticationDeps } from './client-authentication.ts';
import { createClientAuthentication } from './client-authentication.ts';
import { exchangeToken } from './exchange.ts';
import { introspect } from './introspect.ts';
import { type OAuthAnswer, OAuthError, type OAuthRequest, refusal } from './oauth-message.ts';
import { exchangeCode, type PersonTokenDeps, renewTokens } from './person-token-grants.ts';
import { createRemoteKeys } from './remote-keys.ts';
import { type RevocationDeps, revoke } from './revoke.ts';
import { issueServiceToken } from './service-token.ts';
import { createTokenSources } from './token-sources.ts';
import { createTokenUses } from './token-uses.ts';

/** Our own endpoints of the protocol. Each answers in OAuth's words; what is no fault of the caller is thrown. */
export interface TokenEndpoints {
  /** `POST /oauth/introspect` (RFC 7662). */
  introspect(request: OAuthRequest): Promise<OAuthAnswer>;
  /** `POST /oauth/revoke` (RFC 7009). */
  revoke(request: OAuthRequest): Promise<OAuthAnswer>;
  /** `POST /oauth/token` with `grant_type=urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693). */
  exchange(request: OAuthRequest): Promise<OAuthAnswer>;
  /** `POST /oauth/token` where nothing is out of the ordinary; `undefined` for what the provider is to answer. */
  ordinary(request: OAuthRequest): Promise<OAuthAnswer | undefined>;
}

/** What the endpoints are made of. */
export interface TokenEndpointParts
  extends Omit<
    ExchangeDeps & RevocationDeps & ClientAuthenticationDeps & PersonTokenDeps,
    'clients' | 'remoteKeys' | 'pool' | 'sources' | 'uses'
  > {
  /** Reads the keys that clients publish. */
  readonly fetch: GuardedFetch;
}

/** Puts the endpoints together. */
export function createTokenEndpoints(parts: TokenEndpointParts): TokenEndpoints {
  const { fetch, clock, database } = parts;
  const pool: Pool = database.pool;
  const clients = createClientAuthentication({ ...parts, remoteKeys: createRemoteKeys({ fetch, clock }) });
  const deps = {
    ...parts,
    pool,
    clients,
    sources: createTokenSources(pool, clock),
    uses: createTokenUses(pool, clock),
  };
  return {
    introspect: (request) => answered(introspect(deps, request), request),
    revoke: (request) => answered(revoke(deps, request), request),
    exchange: (request) => answered(exchangeToken(deps, request), request),
    async ordinary(request) {
      switch (request.form.grant_type) {
        case 'client_credentials':
          return issueServiceToken(deps, request);
        case 'authorization_code':
          return exchangeCode(deps, request);
        case 'refresh_token':
          return renewTokens(deps, request);
        default:
          return undefined;
      }
    },
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
