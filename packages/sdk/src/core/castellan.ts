import { type LivePrincipal, oauthIntrospect, type SessionCheck } from '@castellan/contract';
import { type AccessDecision, type Ask, createAccessChecks, type Subject } from './access-checks.ts';
import { type Actions, createActions } from './actions.ts';
import { type RequestLike, readBearerToken } from './bearer.ts';
import { CastellanError, UnavailableError } from './errors.ts';
import type { Guard } from './guards.ts';
import { type Introspection, readIntrospection } from './introspection.ts';
import { createKeySet } from './key-set.ts';
import { type AuthenticateOutcome, type Refusal, refuse, unavailable } from './outcome.ts';
import { createPermissions, type Permissions } from './permissions.ts';
import { createPlatform } from './platform.ts';
import { describeRefusal, type RefusalAnswer } from './refusal-response.ts';
import { type CheckSession, createSessionChecks } from './session-checks.ts';
import { type CastellanOptions, readSettings } from './settings.ts';
import { createSignatureCache } from './signature-cache.ts';
import { createVerifier, type Identity, type VerifyOutcome } from './verify.ts';

/** Castellan, as one service sees it. Make one per process and share it: questions asked at one moment travel together. */
export interface Castellan {
  readonly issuer: string;
  readonly service: string;
  /**
   * Checks an access token here, by signature, and says whom it names. Asks nobody beyond the public keys, so it
   * can not know that a session was ended since: show a name with it, and decide with `authenticate`.
   */
  verify(token: string): Promise<VerifyOutcome>;
  /**
   * Says who is calling, as the platform knows it now. The token is checked here first, so garbage costs no call;
   * then the platform is asked, every time. No answer is a no (503).
   */
  authenticate(request: RequestLike): Promise<AuthenticateOutcome>;
  /** `authenticate`, then the guard. */
  protect(request: RequestLike, guard: Guard): Promise<AuthenticateOutcome>;
  /**
   * `authenticate`, and whether the caller may do one of the service's actions in the workspace they are signed in to.
   * Both are asked at the same moment. No answer is a no (503).
   *
   * @example
   * const outcome = await castellan.authorize(request, 'orders:refund');
   * if (!outcome.ok) return castellan.refusalResponse(outcome);
   */
  authorize(request: RequestLike, action: string): Promise<AuthenticateOutcome>;
  /** What the service can do: registered once at each start. */
  readonly actions: Actions;
  /**
   * Asks whether somebody may do one of the service's actions, now. Questions that wait at one moment travel together, up
   * to a hundred in one call, whomever they are about. Throws `RefusedError` for an action that the service did not
   * register, `UnavailableError`, `RateLimitError` or `ServiceKeyError`.
   *
   * @example
   * const { allowed } = await castellan.can({ userId, workspaceId }, 'orders:refund');
   */
  can(subject: Subject, action: string): Promise<AccessDecision>;
  /** The service's resources, and who may do what to them. */
  readonly permissions: Permissions;
  /**
   * Asks the platform about one token, as `authenticate` does, for connections that outlive a request.
   * Throws `UnavailableError`, `RateLimitError` or `ServiceKeyError`.
   */
  checkSession(token: string): Promise<SessionCheck>;
  /**
   * Asks the platform what a token is, at this moment (RFC 7662): also a service's own token, and one that is bound to a
   * key. For people who call with a bearer token, `authenticate` is cheaper: it checks the signature here first, and its
   * questions travel together. Throws `UnavailableError`, `RateLimitError` or `ServiceKeyError`.
   *
   * @example
   * const token = await castellan.introspect(text);
   * if (!token.active || !token.scopes.includes('orders:export')) return new Response(null, { status: 403 });
   */
  introspect(token: string): Promise<Introspection>;
  /** A refusal as status, headers and body. */
  describeRefusal(refusal: Refusal, correlationId?: string): RefusalAnswer;
  /** A refusal as a web `Response`. */
  refusalResponse(refusal: Refusal, correlationId?: string): Response;
}

/**
 * Binds a service to its Castellan. Throws `ConfigurationError` when the options can't work; sends nothing yet.
 *
 * @example
 * const castellan = createCastellan({
 *   issuer: 'https://id.example.com',
 *   service: 'orders',
 *   serviceKey: process.env.CASTELLAN_SERVICE_KEY!,
 * });
 * const outcome = await castellan.protect(request, requireWorkspaceRole('editor'));
 * if (!outcome.ok) return castellan.refusalResponse(outcome);
 */
export function createCastellan(options: CastellanOptions): Castellan {
  const settings = readSettings(options);
  const { issuer, service, clock } = settings;
  const platform = createPlatform(settings);
  const keys = createKeySet(platform, clock);
  const verify = createVerifier({ issuer, service, keys, clock, cache: createSignatureCache() });
  const checkSession = createSessionChecks(platform, clock, settings.timeoutMs);
  const ask = createAccessChecks(platform, clock, settings.timeoutMs);

  async function readToken(request: RequestLike): Promise<SignedToken | Refusal> {
    const bearer = readBearerToken(request);
    if (bearer.kind === 'absent') return refuse('unauthenticated');
    if (bearer.kind === 'unusable') return refuse('token_invalid');
    const verified = await verify(bearer.token);
    return verified.ok ? { ok: true, token: bearer.token, identity: verified.identity } : verified;
  }

  async function authenticate(request: RequestLike): Promise<AuthenticateOutcome> {
    const read = await readToken(request);
    return read.ok ? askPlatform(read.token, read.identity, service, checkSession) : read;
  }

  async function authorize(request: RequestLike, action: string): Promise<AuthenticateOutcome> {
    const read = await readToken(request);
    if (!read.ok) return read;
    const [outcome, refusal] = await Promise.all([
      askPlatform(read.token, read.identity, service, checkSession),
      refusalOf(ask, read.token, action),
    ]);
    return outcome.ok ? (refusal ?? outcome) : outcome;
  }

  const describe = (refusal: Refusal, correlationId?: string): RefusalAnswer =>
    describeRefusal(refusal, { issuer, service, correlationId });

  return {
    issuer,
    service,
    verify,
    authenticate,
    protect: async (request, guard) => guard(await authenticate(request)),
    authorize,
    actions: createActions(platform),
    can: (subject, action) => ask({ ...subject, action }),
    permissions: createPermissions(platform, ask),
    checkSession,
    introspect: async (token) =>
      readIntrospection(await platform.askForm(oauthIntrospect.path, { token }), service),
    describeRefusal: describe,
    refusalResponse(refusal, correlationId) {
      const { status, headers, body } = describe(refusal, correlationId);
      return new Response(body, { status, headers });
    },
  };
}

/** A token whose signature is right. */
interface SignedToken {
  readonly ok: true;
  readonly token: string;
  readonly identity: Identity;
}

/** Why a caller may not do an action; `null` when they may. */
async function refusalOf(ask: Ask, token: string, action: string): Promise<Refusal | null> {
  let decision: AccessDecision;
  try {
    decision = await ask({ token, action });
  } catch (error) {
    if (error instanceof CastellanError) return unavailable(error);
    throw error;
  }
  if (decision.allowed) return null;
  if (decision.tokenRefused) return refuse(decision.tokenRefused);
  return decision.missing.includes('membership')
    ? refuse('not_member', 'Choose a workspace that you are in first')
    : refuse('forbidden', `This needs the action ${action}, which none of your roles in the workspace has`);
}

async function askPlatform(
  token: string,
  identity: Identity,
  service: string,
  checkSession: CheckSession,
): Promise<AuthenticateOutcome> {
  let check: SessionCheck;
  try {
    check = await checkSession(token);
  } catch (error) {
    if (error instanceof CastellanError) return unavailable(error);
    throw error;
  }
  if (!check.active) return refuse(check.code);
  // Answers come back by position. One about somebody else is a fault, and must never become their access.
  if (!isAbout(check, identity, service))
    return unavailable(new UnavailableError('Castellan answered about another session'));
  return { ok: true, principal: check };
}

function isAbout(principal: LivePrincipal, identity: Identity, service: string): boolean {
  return (
    principal.userId === identity.userId &&
    principal.sessionId === identity.sessionId &&
    principal.service === service &&
    principal.workspaceId === identity.workspaceId
  );
}
