import type { Claims, Jwts } from '../../platform/keys/jwt.ts';
import type { TokenFacts, TokenQuestion } from '../grants/authority.ts';

/** Who acts on behalf of the subject (RFC 8693 §4.1), the last one outermost. */
export interface Actor {
  /** The name of the service that acts, or the id of an operator who acts as the person. */
  readonly sub: string;
  readonly client_id?: string;
  /** Of an operator: their session in the list of such, whether it may change anything, and its end in seconds since 1970. */
  readonly impersonation_session_id?: string;
  readonly allow_writes?: boolean;
  readonly expires_at?: number;
  /** Who acted before it. */
  readonly act?: Actor;
}

/** The names of the services that act, the nearest first. */
export function actorsOf(act: Actor | undefined): string[] {
  const names: string[] = [];
  for (let actor = act; actor; actor = actor.act)
    if (actor.impersonation_session_id === undefined) names.push(actor.sub);
  return names;
}

/** The operator who acts as the person; such a token is never exchanged, so they are the only actor. */
export function impersonatorOf(claims: { readonly act?: Actor | undefined }): Actor | undefined {
  return claims.act?.impersonation_session_id === undefined ? undefined : claims.act;
}

/** The claims of an access token of ours (RFC 9068), whichever door it came from. */
export interface AccessClaims extends Claims {
  readonly iss: string;
  readonly sub: string;
  /** The name of the service that it is for, or the address of its resource. */
  readonly aud: string;
  readonly jti?: string;
  /** The grant that it stands on; none in a service's own token. */
  readonly sid?: string;
  readonly wid?: string;
  readonly client_id?: string;
  readonly scope?: string;
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly auth_time?: number;
  readonly cnf?: { readonly jkt?: string };
  readonly act?: Actor;
  /** In a service's own token for another one: the service that exchanged it. */
  readonly caller?: string;
}

/** A token whose signature, type and times are right; or the reason to refuse it. */
export type ReadToken =
  | { readonly ok: true; readonly claims: AccessClaims }
  | { readonly ok: false; readonly reason: 'invalid' | 'expired' };

const invalid: ReadToken = { ok: false, reason: 'invalid' };
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Verifies an access token by itself: nothing is asked. Whether it still stands, {@link judgeToken} says. */
export function readAccessToken(jwts: Jwts, issuer: string, token: string): ReadToken {
  const verified = jwts.verify('at+jwt', token);
  if (!verified.ok) return verified;
  const { claims } = verified;
  // We signed it, so its members are of our kinds; what becomes an argument of a query is looked at all the same.
  const { iss, sub, aud, sid, wid } = claims;
  if (iss !== issuer || typeof sub !== 'string' || typeof aud !== 'string') return invalid;
  if (sid !== undefined && !(typeof sid === 'string' && uuid.test(sid))) return invalid;
  if (wid !== undefined && !(typeof wid === 'string' && uuid.test(wid))) return invalid;
  return { ok: true, claims: claims as AccessClaims };
}

/** What is to be asked about a token. A person's own token asks no more than a session does. */
export function questionAbout(claims: AccessClaims): TokenQuestion {
  const { sid, wid, jti } = claims;
  const operator = impersonatorOf(claims) !== undefined;
  const act = operator ? undefined : claims.act;
  const { caller = act?.sub } = claims;
  return {
    // A grant ends with its client; without a grant, the client itself is the subject.
    ...(sid === undefined ? { subjectClientId: claims.sub } : { grantId: sid, workspaceId: wid ?? null }),
    ...(jti === undefined ? {} : { jti }),
    ...(operator ? { operator } : {}),
    ...(caller === undefined ? {} : { caller, callee: claims.aud, actorClientId: act?.client_id ?? null }),
  };
}

/** The service that a token is shown to. */
export interface Audience {
  readonly name: string;
  readonly resourceUri: string | null;
}

/** Whether a token is meant for this service. */
export function isFor(claims: Pick<AccessClaims, 'aud'>, service: Audience): boolean {
  return claims.aud === service.name || (service.resourceUri !== null && claims.aud === service.resourceUri);
}

/** Whether a token stands at this moment, and if not, why. */
export type Standing = 'live' | 'session_ended' | 'account_deactivated' | 'not_member';

/** Judges a token by the facts of this moment. Every route that takes access tokens asks this one function. */
export function judgeToken(claims: AccessClaims, facts: TokenFacts): Standing {
  if (facts.revoked) return 'session_ended';
  const impersonator = impersonatorOf(claims);
  const byService = (claims.act !== undefined && !impersonator) || claims.caller !== undefined;
  if (byService && !facts.mayCall) return 'session_ended';
  if (claims.act?.client_id !== undefined && !facts.actorClientLive) return 'session_ended';
  if (claims.sid === undefined) return facts.subjectClientLive ? 'live' : 'session_ended';
  const { grant } = facts;
  // The grant of an operator who acts as the person gives tokens that say so, and no other grant does.
  const isOfItsKind = impersonator
    ? grant?.kind === 'impersonation'
    : grant?.kind === 'session' || grant?.kind === 'oauth';
  if (!grant || !isOfItsKind || grant.userId !== claims.sub) return 'session_ended';
  // Deactivation ends the grants too; the reason behind it is the one that helps.
  if (grant.state !== 'active') return 'account_deactivated';
  if (grant.ended) return 'session_ended';
  if (claims.wid !== undefined && grant.membership === null) return 'not_member';
  return 'live';
}

/** The scopes of a token that its grant still allows, as they are written (RFC 6749 §3.3); `undefined` for none. */
export function liveScope(claims: AccessClaims, facts: TokenFacts): string | undefined {
  const allowed = facts.grant?.scopes;
  if (claims.scope === undefined || !allowed) return claims.scope;
  const left = claims.scope.split(' ').filter((scope) => allowed.includes(scope));
  return left.length === 0 ? undefined : left.join(' ');
}
