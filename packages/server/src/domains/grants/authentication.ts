import { hash, timingSafeEqual } from 'node:crypto';
import { adminCookieName } from '@castellan/contract';
import type { FastifyRequest } from 'fastify';
import type { Authenticate, Authenticating } from '../../platform/http/listener.ts';
import { anonymous, type Principal } from '../../platform/http/principal.ts';
import type { Jwts } from '../../platform/keys/jwt.ts';
import { Refusal } from '../../platform/refusal.ts';
import { looksLikeToken, tokenDigest } from '../../platform/secrets/opaque-token.ts';
import type { BrowserSessions } from '../browser-sessions/browser-session.ts';
import type { Authority } from './authority.ts';

/** More services than a house has; those beyond wait for their look-ups one after the other. */
const mostKeysKnown = 1000;

const bearerChallenge = { 'www-authenticate': 'Bearer realm="castellan"' };

/** Reads `Authorization: Bearer` (RFC 6750 §2.1). */
function bearerOf(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  return header !== undefined && /^bearer /i.test(header) ? header.slice(7).trim() : undefined;
}

/**
 * Turns a request's credential into a principal, by the token kinds that the route accepts. Tokens in the path or
 * body (invitations, refresh tokens) are read by their own domain, since reading them uses them up.
 */
export function createAuthentication(options: {
  readonly authority: Authority;
  readonly jwts: Jwts;
  readonly metricsToken: string | undefined;
  readonly noteKeyUse: (keyId: string) => void;
  readonly browserSessions: BrowserSessions;
}): Authenticate {
  const { authority, jwts, metricsToken, noteKeyUse, browserSessions } = options;

  const operator = async (request: FastifyRequest): Promise<Principal> => {
    const cookie = request.cookies[adminCookieName];
    if (!cookie) throw new Refusal('unauthenticated');
    const verified = jwts.verify('admin-session+jwt', cookie);
    if (!verified.ok) throw new Refusal(verified.reason === 'expired' ? 'token_expired' : 'token_invalid');
    const { sid, sub, type } = verified.claims;
    if (typeof sid !== 'string' || type !== 'admin_access') throw new Refusal('token_invalid');
    const facts = await authority.consoleGrant(sid);
    if (facts?.kind !== 'admin_session' || facts.userId !== sub) throw new Refusal('session_ended');
    if (facts.state !== 'active') throw new Refusal('account_deactivated');
    if (facts.ended) throw new Refusal('session_ended');
    if (!facts.isAdmin && facts.operatorGrants.length === 0) throw new Refusal('not_admin');
    const who = {
      userId: facts.userId,
      email: facts.email,
      name: facts.name,
      grantId: facts.grantId,
      expiresAt: facts.expiresAt,
    };
    return facts.isAdmin
      ? { kind: 'administrator', ...who }
      : { kind: 'operator', ...who, roles: facts.operatorGrants };
  };

  /** Whose keys were good when they were last shown; a key never becomes another service's. */
  const servicesByKey = new Map<string, string>();

  const serviceOf = async (digest: Buffer, name: string): Promise<Principal> => {
    const facts = await authority.serviceKey(digest);
    if (!facts) {
      servicesByKey.delete(name);
      throw new Refusal('token_invalid', { headers: bearerChallenge });
    }
    if (servicesByKey.size < mostKeysKnown) servicesByKey.set(name, facts.serviceId);
    noteKeyUse(facts.keyId);
    return { kind: 'service', ...facts };
  };

  const service = (request: FastifyRequest): Authenticating => {
    const token = bearerOf(request);
    if (token === undefined || !looksLikeToken('sk_', token)) {
      const code = token === undefined ? 'unauthenticated' : 'token_invalid';
      return { principal: Promise.reject(new Refusal(code, { headers: bearerChallenge })) };
    }
    const digest = tokenDigest(token);
    const name = digest.toString('latin1');
    return { principal: serviceOf(digest, name), expectedService: servicesByKey.get(name) };
  };

  const person = async (request: FastifyRequest): Promise<Principal> => {
    const session = await browserSessions.read(request.headers.cookie);
    if (!session) throw new Refusal('unauthenticated');
    return { kind: 'person', session };
  };

  const machine = async (request: FastifyRequest): Promise<Principal> => {
    const allowed =
      metricsToken === undefined ? isOfThisMachine(request) : isSecret(bearerOf(request) ?? '', metricsToken);
    if (!allowed) throw new Refusal('unauthenticated', { headers: bearerChallenge });
    return anonymous;
  };

  return (route, request) => {
    if (route.auth.includes('admin_session')) return { principal: operator(request) };
    if (route.auth.includes('service_key')) return service(request);
    if (route.auth.includes('browser_session')) return { principal: person(request) };
    return { principal: route.permission === 'metrics' ? machine(request) : Promise.resolve(anonymous) };
  };
}

/** What a proxy says of the one it speaks for: then a loopback connection is the proxy's, and the caller may be anybody. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'] as const;

function isOfThisMachine({ headers, socket }: FastifyRequest): boolean {
  return (
    /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '') &&
    proxyHeaders.every((name) => headers[name] === undefined)
  );
}

/** Compares digests, in a time that tells nothing of where two texts differ or how long they are. */
function isSecret(given: string, secret: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', secret, 'buffer'));
}
