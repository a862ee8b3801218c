import {
  type SignatureAlgorithm,
  signatureAlgorithms,
  tokenKinds,
  type WorkspaceRole,
  workspaceRoles,
} from '@castellan/contract';
import { base64url, compactVerify } from 'jose';
import type { Clock } from './clock.ts';
import type { CastellanError } from './errors.ts';
import type { KeySet } from './key-set.ts';
import { type Refusal, refuse, unavailable } from './outcome.ts';
import type { SignatureCache } from './signature-cache.ts';

/**
 * Whom an access token names. It proves who signed in when it was made, and nothing about what they may do now:
 * for that, `authenticate`.
 */
export interface Identity {
  readonly userId: string;
  readonly email?: string;
  readonly name?: string;
  readonly sessionId: string;
  /** The workspace that the token is for. */
  readonly workspaceId?: string;
  /** Who acts as this person, or in their name: the claim `act` (RFC 8693 §4.1). Whoever takes writes has to look at it. */
  readonly act?: Readonly<Record<string, unknown>>;
  /** For display only. A hint is as old as the token and decides nothing. */
  readonly hints: { readonly workspaceRole?: WorkspaceRole };
  readonly expiresAt: Date;
}

/** What `verify` found: who the token speaks of, or the reason to refuse it. */
export type VerifyOutcome = { readonly ok: true; readonly identity: Identity } | Refusal;

const longestToken = 4096;
const skewSeconds = 60;
const compactForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** What verification rests on. */
export interface VerifierParts {
  readonly issuer: string;
  readonly service: string;
  readonly keys: KeySet;
  readonly cache: SignatureCache;
  readonly clock: Clock;
}

/**
 * Makes the local check of an access token (RFC 9068, RFC 8725): type pinned, algorithm one of three and that of the key, key
 * from the platform's set only, then issuer, audience and times with a minute of skew.
 */
export function createVerifier(parts: VerifierParts): (token: string) => Promise<VerifyOutcome> {
  const { keys, cache } = parts;

  return async (token) => {
    const header = readHeader(token);
    if (header === null) return refuse('token_invalid');
    // Before the cache: a key that was withdrawn takes what it signed with it.
    const lookup = await keys.find(header.kid, header.alg);
    if (!lookup.found) return refuseUnknownKey(lookup.unavailable);
    const digest = await cache.digest(token);
    const known = cache.get(digest);
    if (known) return judge(known, parts);
    let payload: Uint8Array;
    try {
      ({ payload } = await compactVerify(token, lookup.key, { algorithms: [header.alg] }));
    } catch {
      return refuse('token_invalid');
    }
    const claims = readClaims(payload);
    if (claims === null) return refuse('token_invalid');
    const outcome = judge(claims, parts);
    if (outcome.ok) cache.set(digest, claims);
    return outcome;
  };
}

function refuseUnknownKey(cause: CastellanError | undefined): Refusal {
  // While the keys can't be read, a new key can't be told from an invented one: that is not the caller's fault.
  return cause ? unavailable(cause) : refuse('token_invalid');
}

/**
 * Key id and algorithm of a token whose header is written exactly as Castellan writes it; `null` otherwise. A member that names
 * another key or another rule of reading (`jwk`, `jku`, `x5u`, `crit`, `b64`), one that is there twice, and a second
 * spelling of the same bytes are refused with that.
 */
function readHeader(token: string): { readonly kid: string; readonly alg: SignatureAlgorithm } | null {
  if (typeof token !== 'string' || token.length > longestToken || !compactForm.test(token)) return null;
  const [header, payload, signature] = token.split('.') as [string, string, string];
  try {
    const read: { kid?: unknown; alg?: unknown } = JSON.parse(decoder.decode(base64url.decode(header)));
    const { kid } = read;
    const alg = signatureAlgorithms.find((known) => known === read.alg);
    if (typeof kid !== 'string' || kid === '' || !alg) return null;
    const written = JSON.stringify({ alg, typ: tokenKinds.user_access.mark, kid });
    const isExact = base64url.encode(written) === header && [payload, signature].every(isCanonical);
    return isExact ? { kid, alg } : null;
  } catch {
    return null;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Whether a text is the one spelling of its bytes: decoders are lenient, and a second spelling is a forgery. */
function isCanonical(segment: string): boolean {
  return base64url.encode(base64url.decode(segment)) === segment;
}

/** The claims of a token whose signature was right. */
export interface Claims {
  readonly iss: string;
  readonly aud: string;
  readonly exp: number;
  readonly iat: number;
  readonly nbf?: number;
  readonly identity: Identity;
}

function readClaims(payload: Uint8Array): Claims | null {
  let claims: unknown;
  try {
    claims = JSON.parse(decoder.decode(payload));
  } catch {
    return null;
  }
  if (typeof claims !== 'object' || claims === null) return null;
  const { iss, aud, exp, iat, nbf, sub, sid, wid, wrole, email, name, cnf, act } = claims as Record<
    string,
    unknown
  >;
  // Bound to a key (RFC 9449): as a bearer it is worth nothing.
  if (cnf !== undefined) return null;
  const audience = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  if (!isText(iss) || !isText(audience) || !isText(sub) || !isText(sid)) return null;
  if (!isInstant(exp) || !isInstant(iat) || !(nbf === undefined || isInstant(nbf))) return null;
  if (wid !== undefined && !isText(wid)) return null;
  // Passed over, it would make of whoever acts the person themselves.
  if (act !== undefined && (typeof act !== 'object' || act === null || Array.isArray(act))) return null;
  const role = workspaceRoles.find((one) => one === wrole);
  return {
    iss,
    aud: audience,
    exp,
    iat,
    ...(nbf === undefined ? {} : { nbf }),
    identity: {
      userId: sub,
      ...(isText(email) ? { email } : {}),
      ...(isText(name) ? { name } : {}),
      sessionId: sid,
      ...(wid === undefined ? {} : { workspaceId: wid }),
      ...(act === undefined ? {} : { act: act as Record<string, unknown> }),
      hints: role ? { workspaceRole: role } : {},
      expiresAt: new Date(exp * 1000),
    },
  };
}

/** What has to be judged anew on every call, however the signature was known. */
function judge(claims: Claims, parts: VerifierParts): VerifyOutcome {
  if (claims.iss !== parts.issuer || claims.aud !== parts.service) return refuse('token_invalid');
  const now = parts.clock.now() / 1000;
  if (claims.iat > now + skewSeconds || (claims.nbf ?? 0) > now + skewSeconds) return refuse('token_invalid');
  if (claims.exp <= now - skewSeconds) return refuse('token_expired');
  return { ok: true, identity: claims.identity };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Seconds that a `Date` can hold. */
function isInstant(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < 8.64e12;
}
