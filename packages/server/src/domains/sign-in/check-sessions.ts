import type { SessionCheck } from '@castellan/contract';
import type { Jwts } from '../../platform/keys/jwt.ts';
import type { Authority, TokenFacts } from '../grants/authority.ts';
import {
  type AccessClaims,
  type Audience,
  actorsOf,
  impersonatorOf,
  isFor,
  judgeToken,
  liveScope,
  questionAbout,
  readAccessToken,
} from '../oauth-tokens/access-token.ts';

/** A token that was read, and what the platform knows of its grant now. */
export type CheckedToken =
  | { readonly kind: 'refused'; readonly code: 'token_invalid' | 'token_expired' }
  | { readonly kind: 'read'; readonly claims: AccessClaims; readonly facts: TokenFacts };

/** Reads tokens and asks for their grants, all in the next query that goes out. */
export function readTokens(
  deps: { readonly authority: Authority; readonly jwts: Jwts; readonly issuer: string },
  tokens: readonly string[],
): Promise<CheckedToken[]> {
  return Promise.all(
    tokens.map(async (token): Promise<CheckedToken> => {
      const read = readAccessToken(deps.jwts, deps.issuer, token);
      if (!read.ok)
        return { kind: 'refused', code: read.reason === 'expired' ? 'token_expired' : 'token_invalid' };
      const facts = await deps.authority.tokenFacts(questionAbout(read.claims));
      return { kind: 'read', claims: read.claims, facts };
    }),
  );
}

/**
 * What one service is told about one token: a live principal, or why not. Another service's token is like a forged one,
 * and so is what is no person's. A token that is bound to a key (RFC 9449) needs the proof with it: introspection tells of that.
 */
export function checkFor(service: Audience, token: CheckedToken): SessionCheck {
  if (token.kind === 'refused') return { active: false, code: token.code };
  const { claims, facts } = token;
  if (!isFor(claims, service) || claims.sid === undefined || claims.cnf !== undefined)
    return { active: false, code: 'token_invalid' };
  const standing = judgeToken(claims, facts);
  if (standing !== 'live') return { active: false, code: standing };
  const grant = facts.grant!;
  const scope = liveScope(claims, facts);
  return {
    active: true,
    kind: 'user',
    userId: grant.userId,
    email: grant.email,
    name: grant.name,
    sessionId: grant.grantId,
    service: service.name,
    ...(claims.client_id === undefined ? {} : { clientId: claims.client_id }),
    ...(scope === undefined ? {} : { scope }),
    ...(claims.act === undefined
      ? {}
      : impersonatorOf(claims)
        ? { act: { ...claims.act } }
        : { actors: actorsOf(claims.act) }),
    ...(grant.membership
      ? {
          workspaceId: grant.membership.workspaceId,
          workspaceSlug: grant.membership.slug,
          workspaceRole: grant.membership.role,
        }
      : {}),
    expiresAt: new Date(claims.exp * 1000),
  };
}
