import type { SessionCheck } from '@castellan/contract';
import type { Claims, Jwts } from '../../platform/keys/jwt.ts';
import type { Authority, GrantFacts } from '../grants/authority.ts';

/** A token that was read, and what the platform knows of its session now. */
export type CheckedToken =
  | { readonly kind: 'refused'; readonly code: 'token_invalid' | 'token_expired' }
  | { readonly kind: 'read'; readonly claims: Claims; readonly facts: GrantFacts | undefined };

const refusedInvalid: CheckedToken = { kind: 'refused', code: 'token_invalid' };

/** Reads tokens and asks for their sessions, all in the next query that goes out. */
export function readTokens(
  deps: { readonly authority: Authority; readonly jwts: Jwts; readonly issuer: string },
  tokens: readonly string[],
): Promise<CheckedToken[]> {
  return Promise.all(
    tokens.map(async (token): Promise<CheckedToken> => {
      const verified = deps.jwts.verify('at+jwt', token);
      if (!verified.ok)
        return verified.reason === 'expired' ? { kind: 'refused', code: 'token_expired' } : refusedInvalid;
      const { claims } = verified;
      if (claims.iss !== deps.issuer || typeof claims.sid !== 'string' || typeof claims.sub !== 'string')
        return refusedInvalid;
      const facts = await deps.authority.grant(
        claims.sid,
        typeof claims.wid === 'string' ? claims.wid : null,
      );
      return { kind: 'read', claims, facts };
    }),
  );
}

/** What one service is told about one token: a live principal, or why not. Another service's token is like a forged one. */
export function checkFor(service: string, token: CheckedToken): SessionCheck {
  if (token.kind === 'refused') return { active: false, code: token.code };
  const { claims, facts } = token;
  if (claims.aud !== service) return { active: false, code: 'token_invalid' };
  if (facts?.kind !== 'session' || facts.userId !== claims.sub || facts.service !== service)
    return { active: false, code: 'session_ended' };
  // Deactivation ends the sessions too; the reason behind it is the one that helps.
  if (facts.state !== 'active') return { active: false, code: 'account_deactivated' };
  if (facts.ended) return { active: false, code: 'session_ended' };
  if (typeof claims.wid === 'string' && !facts.membership) return { active: false, code: 'not_member' };
  return {
    active: true,
    kind: 'user',
    userId: facts.userId,
    email: facts.email,
    name: facts.name,
    sessionId: facts.grantId,
    service,
    ...(facts.membership
      ? {
          workspaceId: facts.membership.workspaceId,
          workspaceSlug: facts.membership.slug,
          workspaceRole: facts.membership.role,
        }
      : {}),
    expiresAt: new Date(claims.exp * 1000),
  };
}
