import { randomUUID } from 'node:crypto';
import { tokenKinds } from '@castellan/contract';
import type { Pool } from 'pg';
import type { TokenFacts } from '../grants/authority.ts';
import {
  type AccessClaims,
  type Actor,
  actorsOf,
  impersonatorOf,
  isFor,
  judgeToken,
  liveScope,
  questionAbout,
  type ReadToken,
  readAccessToken,
} from './access-token.ts';
import { asService, type CallingService, type ExchangeDeps, signFor } from './calling-service.ts';
import { type ExchangeParameters, readExchange } from './exchange-parameters.ts';
import { exchangeTicket, isTicketExchange } from './exchange-ticket.ts';
import { answer, type OAuthAnswer, OAuthError, type OAuthRequest } from './oauth-message.ts';
import { type ExchangeTarget, findCallee, scopesEverywhere } from './service-calls.ts';

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
/** A service's own token says less of anybody, and is made by each call that needs one. */
const ownLifeSeconds = 300;
/** A chain this long is a loop of services that call each other. */
const mostActors = 8;

/**
 * Token exchange (RFC 8693): a service that was called with a person's token gets one for another service that it may
 * call. The new token names both: the person as subject, the service as actor, before it whoever acted already. It says no
 * more than the first one did, lives no longer, and stands on the same grant.
 * @throws OAuthError `invalid_request`, `invalid_client`, `invalid_target`, `invalid_scope`, `unauthorized_client`
 */
export async function exchangeToken(deps: ExchangeDeps, request: OAuthRequest): Promise<OAuthAnswer> {
  if (isTicketExchange(request.form)) return exchangeTicket(deps, request);
  const wanted = readExchange(request.form);
  const read = readAccessToken(deps.jwts, deps.issuer, wanted.subjectToken);
  const { caller, facts } = await deps.clients.admit(request, read.ok ? questionAbout(read.claims) : {});
  const service = asService(caller);
  const subject = checkSubject(read, service, facts);
  const [target, act] = await Promise.all([
    findTarget(deps.pool, service, wanted),
    actorOf(deps, service, subject, wanted),
  ]);
  const scope = narrowScope(wanted, liveScope(subject, facts), target);
  return issue(deps, { caller: service, subject, facts, target, act, scope });
}

/** One text for everything that can be wrong: why a token is refused is nobody's business but its holder's. */
function checkSubject(read: ReadToken, caller: CallingService, facts: TokenFacts): AccessClaims {
  const usable = read.ok && isFor(read.claims, caller.service) && judgeToken(read.claims, facts) === 'live';
  if (!usable)
    throw new OAuthError(
      'invalid_request',
      'subject_token is not an access token for this service, or does not stand any more',
    );
  // The one who holds the key is not the one who asks: without it, the new token would be worth more than this one.
  if (read.claims.cnf !== undefined)
    throw new OAuthError(
      'invalid_request',
      'subject_token is bound to a key (DPoP, RFC 9449) and can not be exchanged for one that is not',
    );
  // An operator who acts as a person may not go on to other services in their name, nor widen what they have here.
  if (impersonatorOf(read.claims))
    throw new OAuthError(
      'invalid_request',
      'subject_token is of an operator who acts as this person: it is exchanged for nothing',
    );
  if (actorsOf(read.claims.act).length >= mostActors)
    throw new OAuthError('invalid_request', 'subject_token was exchanged too often already');
  return read.claims;
}

async function findTarget(
  pool: Pool,
  { service }: CallingService,
  wanted: ExchangeParameters,
): Promise<ExchangeTarget> {
  const callee = await findCallee(pool, service.id, wanted.target);
  if (callee) return callee;
  const named = wanted.target.audiences.length > 0 ? 'audience' : 'resource';
  throw new OAuthError('invalid_target', `${named} names no single service that ${service.name} may call`);
}

/** Who acts in the new token. A service with its own token acts for nobody but itself. */
async function actorOf(
  deps: ExchangeDeps,
  caller: CallingService,
  subject: AccessClaims,
  { actorToken }: ExchangeParameters,
): Promise<Actor | undefined> {
  const actor = actorToken === undefined ? undefined : await checkActor(deps, caller, actorToken);
  const clientId = actor ?? caller.client?.clientId;
  const isOwn =
    subject.sid === undefined && subject.act === undefined && (await isClientOf(deps, caller, subject.sub));
  if (isOwn) return undefined;
  return {
    sub: caller.service.name,
    ...(clientId === undefined ? {} : { client_id: clientId }),
    ...(subject.act === undefined ? {} : { act: subject.act }),
  };
}

/** An actor token says as which of its clients the service acts. @returns that client's name */
async function checkActor(deps: ExchangeDeps, caller: CallingService, token: string): Promise<string> {
  const read = readAccessToken(deps.jwts, deps.issuer, token);
  if (read.ok && read.claims.sid === undefined && read.claims.act === undefined) {
    const { sub, jti } = read.claims;
    const facts = await deps.authority.tokenFacts({ clientId: sub, jti: jti ?? null, subjectClientId: sub });
    if (facts.service?.id === caller.service.id && judgeToken(read.claims, facts) === 'live') return sub;
  }
  throw new OAuthError(
    'invalid_request',
    'actor_token is not an access token of the calling service itself, or does not stand any more',
  );
}

async function isClientOf(deps: ExchangeDeps, caller: CallingService, clientId: string): Promise<boolean> {
  if (caller.client?.clientId === clientId) return true;
  const facts = await deps.authority.tokenFacts({ clientId });
  return facts.service?.id === caller.service.id;
}

/**
 * What is asked for of what the subject token allows, the target knows, and the caller may have there: one service's `write`
 * is not another's.
 */
function narrowScope(
  wanted: ExchangeParameters,
  held: string | undefined,
  target: ExchangeTarget,
): string | undefined {
  const known = [...scopesEverywhere, ...target.scopes.map(({ name }) => name)];
  const allowed = held?.split(' ') ?? [];
  const mayHave = (name: string): boolean => target.callScopes === null || target.callScopes.includes(name);
  if (wanted.scope === undefined)
    return allowed.filter((name) => known.includes(name) && mayHave(name)).join(' ') || undefined;
  const asked = wanted.scope.split(' ');
  if (!asked.every((name) => allowed.includes(name)))
    throw new OAuthError('invalid_scope', 'scope names more than subject_token allows');
  if (!asked.every((name) => known.includes(name)))
    throw new OAuthError('invalid_scope', `scope names more than ${target.name} knows`);
  if (!asked.every(mayHave))
    throw new OAuthError('invalid_scope', `scope names more than this service may have at ${target.name}`);
  return asked.join(' ');
}

interface Issue {
  readonly caller: CallingService;
  readonly subject: AccessClaims;
  readonly facts: TokenFacts;
  readonly target: ExchangeTarget;
  readonly act: Actor | undefined;
  readonly scope: string | undefined;
}

async function issue(
  deps: ExchangeDeps,
  { caller, subject, facts, target, act, scope }: Issue,
): Promise<OAuthAnswer> {
  const issuedAt = Math.floor(deps.clock.now().getTime() / 1000);
  const grantEnds = facts.grant
    ? Math.floor(facts.grant.expiresAt.getTime() / 1000)
    : Number.POSITIVE_INFINITY;
  const life = act === undefined ? ownLifeSeconds : tokenKinds.user_access.lifeSeconds;
  const expiresAt = Math.min(issuedAt + life, subject.exp, grantEnds);
  const { iss, sub, sid, wid, acr, amr, auth_time } = subject;
  const token = await signFor(deps, facts.client, {
    iss,
    sub,
    aud: target.name,
    iat: issuedAt,
    exp: expiresAt,
    jti: randomUUID(),
    sid,
    wid,
    client_id: act === undefined ? sub : (act.client_id ?? caller.service.name),
    scope,
    acr,
    amr,
    auth_time,
    act,
    // Without an actor, nothing else says who was allowed to ask for it.
    ...(act === undefined ? { caller: caller.service.name } : {}),
  });
  return answer({
    access_token: token,
    issued_token_type: accessTokenType,
    token_type: 'Bearer',
    expires_in: expiresAt - issuedAt,
    ...(scope === undefined ? {} : { scope }),
  });
}
