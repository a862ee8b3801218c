import { tokenKinds } from '@castellan/contract';
import type { SigningKey, SigningKeys } from '../../platform/keys/signing-keys.ts';
import { accessClaims } from '../oauth/access-tokens.ts';
import { openidScopeNames, spellingsOf } from '../oauth/resources.ts';
import { type SignInTold, writeIdToken } from './id-token.ts';
import type { TokenEndpointDeps } from './introspect.ts';
import { answer, type OAuthAnswer } from './oauth-message.ts';
import type { CodeSource, RefreshSource } from './token-sources.ts';

/** What a code or refresh token keeps of the request that it came from, as far as tokens of ours are made of it. */
export interface Kept extends SignInTold {
  readonly scope: string;
  readonly resource: string;
}

/** Tokens of a person that are about to be issued. */
export interface TokensToIssue {
  readonly source: CodeSource | RefreshSource;
  readonly kept: Kept;
  readonly audience: string;
  /** Of the access token. */
  readonly scopes: readonly string[];
  /** Signs the ID token; `undefined` where none was asked for. */
  readonly idTokenKey: SigningKey | undefined;
}

/** What the provider keeps beside {@link Kept}; more than this is its own to understand. */
const known = new Set([
  ...['iat', 'exp', 'kind', 'clientId', 'accountId', 'grantId', 'sessionUid', 'gty', 'iiat', 'rotations'],
  ...['scope', 'resource', 'acr', 'amr', 'authTime', 'nonce', 'sid'],
  ...['codeChallenge', 'codeChallengeMethod', 'redirectUri'],
]);

/**
 * Plans what is issued for a code or refresh token, by the rules that the provider has for it (RFC 6749 §3.3, RFC 8707 §2.2).
 * @returns `undefined` for whatever is out of the ordinary, which is the provider's to judge
 */
export function planTokens(
  { keys, issuer }: { readonly keys: SigningKeys; readonly issuer: string },
  source: CodeSource | RefreshSource,
  payload: Readonly<Record<string, unknown>>,
  grantType: 'authorization_code' | 'refresh_token',
  wantedResource: unknown,
): TokensToIssue | undefined {
  const { client, grant } = source;
  const { scope, resource } = payload;
  if (Object.keys(payload).some((name) => !known.has(name))) return undefined;
  if (typeof scope !== 'string' || typeof resource !== 'string') return undefined;
  // The audience is what was allowed; to name the same again changes nothing.
  if (wantedResource !== undefined && wantedResource !== '' && wantedResource !== resource) return undefined;
  // What describes itself by a document is read anew when that is due.
  if (client.origin === 'metadata_document' || !client.grantTypes.split(' ').includes(grantType))
    return undefined;
  if (!isOfClient(source, resource, issuer)) return undefined;
  const asked = scope.split(' ');
  const wantsIdToken = asked.includes('openid');
  if (wantsIdToken && !grant.scopes.includes('openid')) return undefined;
  // Keys that are not there yet, the provider makes.
  if (!keys.has(grant.accessTokenAlgorithm) || (wantsIdToken && !keys.has(client.idTokenAlgorithm)))
    return undefined;
  const offered = offeredScopes(source);
  return {
    source,
    kept: payload as unknown as Kept,
    audience: grant.service?.name ?? resource,
    scopes: grant.scopes.filter((name) => asked.includes(name) && offered.includes(name)),
    idTokenKey: wantsIdToken ? keys.current(client.idTokenAlgorithm) : undefined,
  };
}

/** Whether tokens for this resource are what the grant is for, and the client can still have them. */
function isOfClient(
  { client, clientServiceId, grant: { service } }: CodeSource | RefreshSource,
  resource: string,
  issuer: string,
): boolean {
  // Without a service it is for userinfo alone.
  if (service === null) return resource === issuer;
  if (!spellingsOf(service).includes(resource)) return false;
  return client.origin === 'registered' ? clientServiceId === service.id : service.resourceUri !== null;
}

/** The scopes that the client can have there now. */
function offeredScopes({ client, grant, serviceScopes }: CodeSource | RefreshSource): readonly string[] {
  const allowed = client.allowedScopes.split(' ');
  if (client.origin === 'registered' && grant.service) return allowed;
  return [...allowed.filter((name) => openidScopeNames.includes(name)), ...serviceScopes];
}

/** Signs what was planned and puts the answer together (RFC 6749 §5.1). */
export function issueTokens(
  deps: Pick<TokenEndpointDeps, 'jwts' | 'issuer'>,
  { source, kept, audience, scopes, idTokenKey }: TokensToIssue,
  issuedAt: number,
  refreshToken: string | undefined,
): OAuthAnswer {
  const { issuer } = deps;
  const { grant, client } = source;
  const scope = scopes.join(' ');
  const claims = accessClaims({ issuer, issuedAt, audience, grant, clientId: client.clientId, scope });
  return answer({
    access_token: deps.jwts.sign(tokenKinds.user_access.mark, claims, grant.accessTokenAlgorithm),
    expires_in: tokenKinds.user_access.lifeSeconds,
    ...(idTokenKey
      ? {
          id_token: writeIdToken(idTokenKey, {
            issuer,
            clientId: client.clientId,
            issuedAt,
            grant,
            told: kept,
            scopes: kept.scope.split(' ').filter((name) => grant.scopes.includes(name)),
          }),
        }
      : {}),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    scope,
    token_type: 'Bearer',
  });
}

/**
 * What a refresh token keeps, as the provider writes it: it goes on with either's.
 * @returns `undefined` for what no JSON of PostgreSQL can hold (NUL, half a surrogate pair): it would fail others too
 */
export function refreshPayload(
  kept: Readonly<Record<string, unknown>>,
  rotation: { readonly gty: string; readonly rotations: number; readonly iat: number; readonly iiat: number },
): string | undefined {
  const { acr, amr, authTime, nonce, resource, scope, sessionUid, sid } = kept;
  const text = JSON.stringify({
    ...rotation,
    ...{ acr, amr, authTime, nonce, resource, scope, sessionUid, sid },
  });
  return text.includes('\\u') ? undefined : text;
}
