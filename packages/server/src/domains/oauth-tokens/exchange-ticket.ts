import { randomUUID } from 'node:crypto';
import { impersonationTicketType } from '@castellan/contract';
import type { TokenFacts } from '../grants/authority.ts';
import { type RedeemedSession, redeemTicket } from '../impersonation/redeem-ticket.ts';
import type { Actor } from './access-token.ts';
import { asService, type ExchangeDeps, signFor } from './calling-service.ts';
import {
  answer,
  type OAuthAnswer,
  OAuthError,
  type OAuthRequest,
  requiredParameter,
} from './oauth-message.ts';
import { originOf } from './revoke.ts';

/** Whether an exchange is for the ticket of an operator who begins to act as somebody. */
export function isTicketExchange(form: OAuthRequest['form']): boolean {
  return form.subject_token_type === impersonationTicketType;
}

/** What would make of the session something else than was allowed in the console. */
const notAsked = ['actor_token', 'actor_token_type', 'scope', 'audience', 'resource'] as const;

/**
 * Trades the ticket of an impersonation session (A15) for its one access token: the person is the subject, the operator acts
 * (RFC 8693 §4.1), and it lasts as long as the session. It is for the service that asks, and nothing about it can be chosen
 * here: whether it may write was decided in the console.
 * @throws OAuthError `invalid_request`, `invalid_client`, `unauthorized_client`
 */
export async function exchangeTicket(deps: ExchangeDeps, request: OAuthRequest): Promise<OAuthAnswer> {
  const ticket = requiredParameter(request.form, 'subject_token');
  for (const name of notAsked)
    if (request.form[name] !== undefined && request.form[name] !== '')
      throw new OAuthError('invalid_request', `${name} has no place with an impersonation ticket`);
  const { caller, facts } = await deps.clients.admit(request);
  const { service } = asService(caller);
  const session = await deps.database.write(originOf(caller, request), (tx) =>
    redeemTicket(tx, service, ticket, deps.adminEmails),
  );
  // One text for everything that can be wrong.
  if (!session)
    throw new OAuthError(
      'invalid_request',
      'subject_token is no ticket for this service, was used, or does not stand any more',
    );
  return issueFor(deps, service.name, session, facts.client);
}

async function issueFor(
  deps: ExchangeDeps,
  audience: string,
  session: RedeemedSession,
  client: TokenFacts['client'],
): Promise<OAuthAnswer> {
  const issuedAt = Math.floor(deps.clock.now().getTime() / 1000);
  const expiresAt = Math.floor(session.expiresAt.getTime() / 1000);
  const act: Actor = {
    sub: session.operatorId,
    impersonation_session_id: session.id,
    allow_writes: session.allowWrites,
    expires_at: expiresAt,
  };
  const token = await signFor(deps, client, {
    iss: deps.issuer,
    sub: session.subject.id,
    aud: audience,
    iat: issuedAt,
    exp: expiresAt,
    jti: randomUUID(),
    sid: session.grantId,
    email: session.subject.email,
    name: session.subject.name,
    act,
  });
  return answer({
    access_token: token,
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: expiresAt - issuedAt,
  });
}
