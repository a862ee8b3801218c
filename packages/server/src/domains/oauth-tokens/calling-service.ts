import { tokenKinds } from '@castellan/contract';
import type { Pool } from 'pg';
import type { Database } from '../../platform/database/transaction.ts';
import type { Claims } from '../../platform/keys/jwt.ts';
import type { SigningKeys } from '../../platform/keys/signing-keys.ts';
import type { Authority, TokenFacts } from '../grants/authority.ts';
import type { TokenCaller } from './client-authentication.ts';
import type { TokenEndpointDeps } from './introspect.ts';
import { OAuthError } from './oauth-message.ts';

/** What an exchange stands on. */
export interface ExchangeDeps extends TokenEndpointDeps {
  readonly authority: Authority;
  readonly pool: Pool;
  readonly keys: SigningKeys;
  readonly database: Database;
  /** Whose next sign-in makes them an administrator (P3): nobody acts as them. */
  readonly adminEmails: readonly string[];
}

/** A service that asks, by key or by a client of its. */
export type CallingService = TokenCaller & { readonly service: NonNullable<TokenCaller['service']> };

const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Only a service exchanges tokens; a client that only says its name is nobody, and others are told at registration. */
export function asService(caller: TokenCaller): CallingService {
  if (!caller.isConfidential) throw new OAuthError('invalid_client', 'client authentication failed');
  if (
    caller.service === null ||
    (caller.client && !caller.client.grantTypes.split(' ').includes(tokenExchange))
  )
    throw new OAuthError('unauthorized_client', 'this client may not exchange tokens');
  return caller as CallingService;
}

/** Signs an exchanged token with what the client chose that asks for it; service keys have EdDSA. */
export async function signFor(
  { keys, jwts }: ExchangeDeps,
  client: TokenFacts['client'],
  claims: Claims,
): Promise<string> {
  const algorithm = client?.accessTokenAlgorithm ?? 'EdDSA';
  await keys.ensure([algorithm]);
  return jwts.sign(tokenKinds.user_access.mark, claims, algorithm);
}
