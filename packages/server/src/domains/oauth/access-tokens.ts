import { randomUUID } from 'node:crypto';
import { tokenKinds } from '@castellan/contract';
import type { Claims, Jwts } from '../../platform/keys/jwt.ts';
import { acrOf } from '../browser-sessions/acr.ts';
import { readAccessToken } from '../oauth-tokens/access-token.ts';
import { findGrant } from './adapter.ts';
import type { OAuthGrant } from './oauth-grants.ts';
import { requireScope } from './request-scope.ts';

/** How long a service's own token lives. */
export const serviceTokenSeconds = 5 * 60;

/** What the provider knows of an access token that it is about to issue. */
export interface TokenToIssue {
  readonly grantId?: string | undefined;
  readonly clientId: string;
  readonly aud?: string | undefined;
  readonly scope?: string | undefined;
  readonly jkt?: string | undefined;
}

/**
 * Writes an access token (RFC 9068 §2.2) with the claims of every token of the house: whichever door it came from, the
 * same check answers for it. Signed with what the client chose.
 *
 * @throws Error when the provider found no audience, which the default resource rules out
 */
export async function writeAccessToken(
  deps: { readonly jwts: Jwts; readonly issuer: string },
  token: TokenToIssue,
): Promise<string> {
  const grant = token.grantId === undefined ? undefined : await findGrant(token.grantId);
  if (token.aud === undefined) throw new Error('An access token has no audience');
  const claims = accessClaims({
    issuer: deps.issuer,
    issuedAt: Math.floor(requireScope().now.getTime() / 1000),
    audience: token.aud,
    grant,
    clientId: token.clientId,
    scope: token.scope,
    jkt: token.jkt,
  });
  const client = requireScope().clients.get(token.clientId);
  return deps.jwts.sign(tokenKinds.user_access.mark, claims, client?.accessTokenSignedResponseAlg);
}

/** The claims of an access token, for a person by their grant or for a service by itself. */
export function accessClaims(token: {
  readonly issuer: string;
  /** In seconds. */
  readonly issuedAt: number;
  readonly audience: string;
  readonly grant: OAuthGrant | undefined;
  readonly clientId: string;
  readonly scope: string | undefined;
  readonly jkt?: string | undefined;
}): Claims {
  const { grant, issuedAt, clientId } = token;
  return {
    iss: token.issuer,
    sub: grant?.userId ?? clientId,
    aud: token.audience,
    iat: issuedAt,
    exp: issuedAt + (grant ? tokenKinds.user_access.lifeSeconds : serviceTokenSeconds),
    jti: randomUUID(),
    client_id: clientId,
    ...(token.scope ? { scope: token.scope } : {}),
    ...(token.jkt === undefined ? {} : { cnf: { jkt: token.jkt } }),
    ...(grant
      ? {
          sid: grant.id,
          email: grant.email,
          name: grant.name,
          ...(grant.workspace ? { wid: grant.workspace.id, wrole: grant.workspace.role } : {}),
          acr: acrOf(grant.amr),
          amr: grant.amr,
          ...(grant.authTime ? { auth_time: Math.floor(grant.authTime.getTime() / 1000) } : {}),
        }
      : {}),
  };
}

/** What the provider is given of an access token that came back to its userinfo endpoint. */
export interface PresentedToken {
  readonly kind: 'AccessToken';
  readonly jti: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly grantId: string;
  readonly scope: string;
  readonly jkt?: string;
  readonly iat: number;
  readonly exp: number;
}

/** Reads an access token of a live grant; `undefined` for every other. */
export async function readPresentedToken(
  deps: {
    readonly jwts: Jwts;
    readonly issuer: string;
    readonly isRevoked: (jti: string) => Promise<boolean>;
  },
  value: string,
): Promise<PresentedToken | undefined> {
  const read = readAccessToken(deps.jwts, deps.issuer, value);
  if (!read.ok) return undefined;
  const { claims } = read;
  // What was exchanged for a service (RFC 8693) speaks for somebody, and is not them.
  if (claims.sid === undefined || claims.act !== undefined || claims.client_id === undefined)
    return undefined;
  const grant = await findGrant(claims.sid);
  if (!grant || grant.userId !== claims.sub || grant.clientId !== claims.client_id) return undefined;
  if (claims.jti !== undefined && (await deps.isRevoked(claims.jti))) return undefined;
  const now = Math.floor(requireScope().now.getTime() / 1000);
  const machineNow = Math.floor(Date.now() / 1000);
  return {
    kind: 'AccessToken',
    jti: claims.jti ?? '',
    accountId: claims.sub,
    clientId: claims.client_id,
    grantId: claims.sid,
    scope: claims.scope ?? '',
    ...(claims.cnf?.jkt === undefined ? {} : { jkt: claims.cnf.jkt }),
    iat: claims.iat,
    exp: machineNow + (claims.exp - now),
  };
}
