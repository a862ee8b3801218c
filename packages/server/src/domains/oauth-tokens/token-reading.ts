import type { Jwts } from '../../platform/keys/jwt.ts';
import { looksLikeToken, tokenDigest } from '../../platform/secrets/opaque-token.ts';
import type { TokenFacts, TokenQuestion } from '../grants/authority.ts';
import { type AccessClaims, questionAbout, readAccessToken } from './access-token.ts';
import type { TokenCaller } from './client-authentication.ts';

/** A token as it was handed to introspection or revocation. */
export type GivenToken =
  | { readonly kind: 'access'; readonly claims: AccessClaims }
  | { readonly kind: 'refresh'; readonly digest: Buffer }
  /** Forged, expired, mistyped, or no token of ours: refused here, without a look-up. */
  | { readonly kind: 'unknown' };

/** Reads a token by what it looks like; a hint about its kind is not needed (RFC 7662 §2.1). */
export function readGivenToken(
  deps: { readonly jwts: Jwts; readonly issuer: string },
  token: string,
): GivenToken {
  if (token.startsWith('crt_'))
    return looksLikeToken('crt_', token)
      ? { kind: 'refresh', digest: tokenDigest(token) }
      : { kind: 'unknown' };
  const read = readAccessToken(deps.jwts, deps.issuer, token);
  return read.ok ? { kind: 'access', claims: read.claims } : { kind: 'unknown' };
}

/** What is to be asked about it. */
export function questionAboutGiven(token: GivenToken): TokenQuestion {
  switch (token.kind) {
    case 'access':
      return questionAbout(token.claims);
    case 'refresh':
      return { refreshDigest: token.digest };
    case 'unknown':
      return {};
  }
}

/** Whose a refresh token is: the client's that it was given to or, where a service signed the person in by itself, that service's. */
export function isHolderOf(caller: TokenCaller, facts: TokenFacts): boolean {
  if (facts.grantClientId !== null) return facts.grantClientId === caller.client?.clientId;
  return caller.service !== null && facts.grant?.service === caller.service.name;
}
