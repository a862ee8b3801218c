import { createHash, KeyObject, verify, type webcrypto } from 'node:crypto';
import { adminTokenLifeSeconds, adminTokenType } from '@castellan/contract';
import { IntentError } from '@castellan/intents';
import type { KeySet } from '@castellan/sdk/key-set';
import { adminError } from '../errors.ts';
import { type ReadClaims, readClaims, type TokenReason } from './claims.ts';

/** What verification rests on. */
export interface TokenRules {
  /** The platform's public address, as it stands in `iss`. */
  readonly issuer: string;
  /** The name of the service, as it stands in `aud`. */
  readonly audience: string;
  readonly keys: KeySet;
  /** How far clocks may differ. */
  readonly clockSkewSeconds: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The call that a token has to be for. */
export interface CalledWith {
  readonly method: string;
  /** As text whose UTF-8 is the very bytes that came. */
  readonly bodyText: string;
  /** The header `X-Correlation-Id`. */
  readonly correlationId: string | null;
}

const longestToken = 8192;
const compactForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const headerMembers = ['alg', 'kid', 'typ'];
/** Types of access tokens of people and services (RFC 9068): plainly for another surface. */
const foreignTypes: readonly unknown[] = ['at+jwt', 'application/at+jwt'];

/**
 * Checks an admin token in full: algorithm and type pinned, the key from the platform's set alone, every claim, the times, and that
 * it was signed for this very method and body (docs/reference/admin-token.md; RFC 8725). That it was not used before is for the
 * write's own transaction.
 *
 * @throws IntentError `TOKEN_INVALID` with a reason, `TOKEN_EXPIRED`, `WRONG_SURFACE`, `UNAVAILABLE` while no keys can be had
 */
export async function verifyAdminToken(
  token: string,
  call: CalledWith,
  rules: TokenRules,
): Promise<ReadClaims> {
  const { kid, signed, payload, signature } = readToken(token);
  // Nobody's word yet, but a refusal by it says what to mend, where a key that is not in another issuer's set would not.
  if (namesAnother(payload(), rules.issuer)) throw invalid('issuer');
  const lookup = await rules.keys.find(kid);
  if (!lookup.found) {
    // While keys can't be read, a new one can't be told from an invented one.
    if (lookup.unavailable) throw new IntentError('UNAVAILABLE', undefined, { cause: lookup.unavailable });
    throw invalid('key');
  }
  if (!verify(null, Buffer.from(signed), keyObjectOf(lookup.key as webcrypto.CryptoKey), signature))
    throw invalid('signature');
  const claims = readClaims(payload());
  if (typeof claims === 'string') throw invalid(claims);
  judge(claims, rules);
  if (claims.method !== call.method) throw invalid('method');
  if (createHash('sha256').update(call.bodyText).digest('base64url') !== claims.body_sha256)
    throw invalid('body');
  if (call.correlationId !== null && call.correlationId !== claims.correlation_id)
    throw invalid('correlation_id');
  return claims;
}

function namesAnother(payload: unknown, issuer: string): boolean {
  const { iss } = (payload ?? {}) as { iss?: unknown };
  return typeof iss === 'string' && iss !== issuer;
}

function judge(claims: ReadClaims, { issuer, audience, clockSkewSeconds, now }: TokenRules): void {
  if (claims.iss !== issuer) throw invalid('issuer');
  if (claims.aud !== audience) throw invalid('audience');
  const seconds = now() / 1000;
  const { iat, exp, nbf = iat } = claims;
  if (exp <= iat || exp - iat > adminTokenLifeSeconds) throw invalid('life');
  if (iat > seconds + clockSkewSeconds) throw invalid('issued_in_future');
  if (nbf > seconds + clockSkewSeconds) throw invalid('not_yet_valid');
  if (exp < seconds - clockSkewSeconds) throw adminError('TOKEN_EXPIRED');
}

interface Token {
  readonly kid: string;
  readonly signed: string;
  readonly signature: Buffer;
  /** Believed only once the signature is right. */
  readonly payload: () => unknown;
}

/**
 * Takes a token apart. A header has the three members that it needs and nothing else: one that names another key or another rule of
 * reading (`jwk`, `jku`, `x5u`, `crit`, `b64`), a member that is there twice, and a second spelling of the same bytes are refused.
 */
function readToken(token: string): Token {
  if (token.length > longestToken || !compactForm.test(token)) throw invalid('malformed');
  const [head, body, tail] = token.split('.') as [string, string, string];
  const header = readHeader(head);
  if (header.typ !== adminTokenType) {
    if (foreignTypes.includes(header.typ))
      throw new IntentError('WRONG_SURFACE', 'This credential belongs to another surface.');
    throw invalid('type');
  }
  if (header.alg !== 'EdDSA') throw invalid('algorithm');
  const members = Object.keys(header).sort();
  if (members.join() !== headerMembers.join()) throw invalid('malformed');
  if (typeof header.kid !== 'string' || header.kid === '' || header.kid.length > 200) throw invalid('key');
  const signature = Buffer.from(tail, 'base64url');
  if (signature.length !== 64 || signature.toString('base64url') !== tail) throw invalid('signature');
  return { kid: header.kid, signed: `${head}.${body}`, signature, payload: () => readJson(body) };
}

function readHeader(segment: string): Readonly<Record<string, unknown>> {
  const header = readJson(segment);
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw invalid('malformed');
  // What was written is what was read: nothing twice, nothing between.
  if (Buffer.from(JSON.stringify(header)).toString('base64url') !== segment) throw invalid('malformed');
  return header as Record<string, unknown>;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readJson(segment: string): unknown {
  try {
    const bytes = Buffer.from(segment, 'base64url');
    if (bytes.toString('base64url') !== segment) throw invalid('malformed');
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw error instanceof IntentError ? error : invalid('malformed');
  }
}

const keyObjects = new WeakMap<webcrypto.CryptoKey, KeyObject>();

/** The same key for `node:crypto`, which checks a signature in half the time and at once. */
function keyObjectOf(key: webcrypto.CryptoKey): KeyObject {
  let object = keyObjects.get(key);
  if (!object) {
    object = KeyObject.from(key);
    keyObjects.set(key, object);
  }
  return object;
}

function invalid(reason: TokenReason): IntentError {
  return adminError('TOKEN_INVALID', undefined, { details: { reason } });
}
