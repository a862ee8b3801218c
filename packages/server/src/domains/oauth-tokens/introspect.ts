import type { Clock } from '../../platform/clock.ts';
import type { Jwts } from '../../platform/keys/jwt.ts';
import type { TokenFacts } from '../grants/authority.ts';
import { type AccessClaims, isFor, judgeToken, liveScope } from './access-token.ts';
import type { ClientAuthentication } from './client-authentication.ts';
import {
  answer,
  type OAuthAnswer,
  OAuthError,
  type OAuthRequest,
  requiredParameter,
} from './oauth-message.ts';
import { isHolderOf, questionAboutGiven, readGivenToken } from './token-reading.ts';

/** What introspection and revocation stand on. */
export interface TokenEndpointDeps {
  readonly clients: ClientAuthentication;
  readonly jwts: Jwts;
  readonly clock: Clock;
  readonly issuer: string;
}

type Described = Readonly<Record<string, unknown>>;

/** All that anybody is told of a token that does not stand, is for somebody else, or never was (RFC 7662 §2.2). */
const inactive: OAuthAnswer = answer({ active: false });

/**
 * Token introspection (RFC 7662): whether a token stands at this moment and what it says, for the service that it is for.
 * Caller and token are read by one query, shared with whoever asks at the same moment.
 * @throws OAuthError `invalid_request`, `invalid_client`
 */
export async function introspect(deps: TokenEndpointDeps, request: OAuthRequest): Promise<OAuthAnswer> {
  const token = requiredParameter(request.form, 'token');
  const given = readGivenToken(deps, token);
  const { caller, facts } = await deps.clients.admit(request, questionAboutGiven(given));
  // Whoever only says a name must learn nothing (RFC 7662 §2.1).
  if (!caller.isConfidential) throw new OAuthError('invalid_client', 'client authentication failed');
  switch (given.kind) {
    case 'access':
      return caller.service !== null && isFor(given.claims, caller.service) && isLive(given.claims, facts)
        ? answer(describeAccess(given.claims, facts))
        : inactive;
    case 'refresh':
      return isHolderOf(caller, facts) && refreshIsLive(facts)
        ? answer(describeRefresh(deps, facts))
        : inactive;
    case 'unknown':
      return inactive;
  }
}

function isLive(claims: AccessClaims, facts: TokenFacts): boolean {
  return judgeToken(claims, facts) === 'live';
}

/** A refresh token stands until it is used, its grant ends, or its person may not be in the workspace any more. */
function refreshIsLive({ refresh, grant }: TokenFacts): boolean {
  return (
    refresh !== null &&
    !refresh.used &&
    grant !== undefined &&
    !grant.ended &&
    grant.state === 'active' &&
    (refresh.workspaceId === null || grant.membership !== null)
  );
}

/** The claims of the token; who it is and what it may do are of this moment. */
function describeAccess(claims: AccessClaims, facts: TokenFacts): Described {
  const { grant } = facts;
  const scope = liveScope(claims, facts);
  return {
    active: true,
    iss: claims.iss,
    sub: claims.sub,
    aud: claims.aud,
    exp: claims.exp,
    iat: claims.iat,
    nbf: claims.nbf,
    jti: claims.jti,
    token_type: claims.cnf?.jkt === undefined ? 'Bearer' : 'DPoP',
    username: grant?.email,
    client_id: claims.client_id,
    scope,
    sid: claims.sid,
    wid: claims.wid,
    acr: claims.acr,
    amr: claims.amr,
    auth_time: claims.auth_time,
    cnf: claims.cnf,
    act: claims.act,
  };
}

function describeRefresh(deps: TokenEndpointDeps, facts: TokenFacts): Described {
  const grant = facts.grant!;
  const refresh = facts.refresh!;
  const jkt = refresh.payload?.jkt;
  return {
    active: true,
    iss: deps.issuer,
    sub: grant.userId,
    // It is used here and nowhere else.
    aud: deps.issuer,
    exp: Math.floor(grant.expiresAt.getTime() / 1000),
    iat: Math.floor(refresh.createdAt.getTime() / 1000),
    username: grant.email,
    client_id: facts.grantClientId ?? undefined,
    scope: scopeOf(facts),
    sid: grant.grantId,
    wid: refresh.workspaceId ?? undefined,
    cnf: typeof jkt === 'string' ? { jkt } : undefined,
  };
}

function scopeOf({ grant, refresh }: TokenFacts): string | undefined {
  const held = refresh?.payload?.scope;
  const names = typeof held === 'string' ? held.split(' ') : [...(grant?.scopes ?? [])];
  const allowed = grant?.scopes ? names.filter((name) => grant.scopes!.includes(name)) : names;
  return allowed.length === 0 ? undefined : allowed.join(' ');
}
