import { type LivePrincipal, oauthIntrospect, type SessionCheck } from '@castellan/contract';
import { type RequestLike, readBearerToken } from './bearer.ts';
import { CastellanError, UnavailableError } from './errors.ts';
import type { Guard } from './guards.ts';
import { type Introspection, readIntrospection } from './introspection.ts';
import { createKeySet } from './key-set.ts';
import { type AuthenticateOutcome, type Refusal, refuse, unavailable } from './outcome.ts';
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

  async function authenticate(request: RequestLike): Promise<AuthenticateOutcome> {
    const bearer = readBearerToken(request);
    if (bearer.kind === 'absent') return refuse('unauthenticated');
    if (bearer.kind === 'unusable') return refuse('token_invalid');
    const verified = await verify(bearer.token);
    if (!verified.ok) return verified;
    return askPlatform(bearer.token, verified.identity, service, checkSession);
  }

  const describe = (refusal: Refusal, correlationId?: string): RefusalAnswer =>
    describeRefusal(refusal, { issuer, service, correlationId });

  return {
    issuer,
    service,
    verify,
    authenticate,
    protect: async (request, guard) => guard(await authenticate(request)),
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
