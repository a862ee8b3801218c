import type { Origin } from '../../platform/activity/event.ts';
import type { Database, Transaction } from '../../platform/database/transaction.ts';
import type { TokenFacts } from '../grants/authority.ts';
import { endGrants } from '../grants/grant-store.ts';
import { signOutOfSession } from '../impersonation/sign-out.ts';
import { endOAuthGrant, type GrantRow, grantOf, grantQuery } from '../oauth/oauth-grants.ts';
import { type AccessClaims, impersonatorOf, isFor } from './access-token.ts';
import type { TokenCaller } from './client-authentication.ts';
import type { TokenEndpointDeps } from './introspect.ts';
import { answer, type OAuthAnswer, type OAuthRequest, requiredParameter } from './oauth-message.ts';
import { isHolderOf, questionAboutGiven, readGivenToken } from './token-reading.ts';

/** What revocation stands on. */
export interface RevocationDeps extends TokenEndpointDeps {
  readonly database: Database;
}

/** The same for a token that was ended, that had ended, that never was, and that is somebody else's (RFC 7009 §2.2). */
const done: OAuthAnswer = { ...answer(null) };

/**
 * Token revocation (RFC 7009). A refresh token ends its grant, and with it everything that was issued under it. An
 * access token ends alone: whoever asks here is told so from now on; who verifies it by themselves takes it until it expires.
 * @throws OAuthError `invalid_request`, `invalid_client`
 */
export async function revoke(deps: RevocationDeps, request: OAuthRequest): Promise<OAuthAnswer> {
  const given = readGivenToken(deps, requiredParameter(request.form, 'token'));
  const { caller, facts } = await deps.clients.admit(request, questionAboutGiven(given));
  const origin = originOf(caller, request);
  if (given.kind === 'access' && wasGivenTo(given.claims, caller))
    await deps.database.write(origin, (tx) => revokeAccessToken(tx, given.claims, facts));
  else if (given.kind === 'refresh' && isHolderOf(caller, facts) && facts.grant && !facts.grant.ended)
    await deps.database.write(origin, (tx) => endGrantOf(tx, facts.grant!));
  return done;
}

/** A token is its client's; a service that signs people in by itself has their tokens, and one that exchanged a token has that. */
function wasGivenTo(claims: AccessClaims, caller: TokenCaller): boolean {
  // An operator who signs out of the product: the product has the token, as it has those of its own sign-ins.
  if (impersonatorOf(claims))
    return caller.service !== null && caller.isConfidential && isFor(claims, caller.service);
  if (claims.act) return claims.act.sub === caller.service?.name && caller.isConfidential;
  if (claims.client_id !== undefined) return claims.client_id === caller.client?.clientId;
  return caller.service !== null && caller.isConfidential && isFor(claims, caller.service);
}

const revokeQuery = {
  name: 'revoke access token',
  text: 'INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1 AS one',
};

async function revokeAccessToken(tx: Transaction, claims: AccessClaims, facts: TokenFacts): Promise<void> {
  if (claims.jti === undefined) return;
  const revoked = await tx.query(revokeQuery, [claims.jti, new Date(claims.exp * 1000)]);
  if (revoked.length === 0) return;
  const { grant } = facts;
  tx.record({
    action: 'access_token_revoked',
    target: grant
      ? { kind: 'user', id: grant.userId, label: grant.name }
      : { kind: 'client', id: null, label: claims.sub },
    service: claims.aud,
    detail: { token_id: claims.jti, ...(claims.sid === undefined ? {} : { session_id: claims.sid }) },
  });
  // It is the one token of its session.
  if (grant && impersonatorOf(claims)) await signOutOfSession(tx, grant.grantId);
}

const lockPersonQuery = {
  name: 'lock person for revocation',
  text: 'SELECT 1 AS one FROM users WHERE id = $1 FOR SHARE',
};

/** The person is locked first, as wherever grants of a person are ended. */
async function endGrantOf(tx: Transaction, grant: NonNullable<TokenFacts['grant']>): Promise<void> {
  await tx.query(lockPersonQuery, [grant.userId]);
  if (grant.kind === 'oauth') {
    const [row] = await tx.query<GrantRow>(grantQuery, [grant.grantId, tx.now]);
    const held = row && grantOf(row);
    if (held) await endOAuthGrant(tx, held, 'revoked');
    return;
  }
  if ((await endGrants(tx, { grantId: grant.grantId }, 'revoked')) === 0) return;
  const person = { kind: 'user' as const, id: grant.userId, label: grant.name };
  tx.record({
    action: 'session_ended',
    target: person,
    service: grant.service ?? undefined,
    detail: { session_id: grant.grantId },
  });
}

/** For the timeline: the service that called, or the client where it belongs to none. */
export function originOf(caller: TokenCaller, request: OAuthRequest): Origin {
  const { service, client } = caller;
  return {
    actors: [{ kind: 'service', id: service?.id ?? client!.id, label: service?.name ?? client!.clientId }],
    address: request.address,
    correlationId: request.correlationId,
  };
}
