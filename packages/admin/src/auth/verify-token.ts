import { hash, KeyObject, verify, type webcrypto } from 'node:crypto';
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
  const { head, kid, signed, payload, signature } = readToken(token);
  // Nobody's word yet, but a refusal by it says what to mend, where a key that is not in another issuer's set would not.
  if (namesAnother(payload, rules.issuer)) throw invalid('issuer');
  const lookup = await rules.keys.find(kid);
  if (!lookup.found) {
    // While keys can't be read, a new one can't be told from an invented one.
    if (lookup.unavailable) throw new IntentError('UNAVAILABLE', undefined, { cause: lookup.unavailable });
    throw invalid('key');
  }
  if (!verify(null, signed, keyObjectOf(lookup.key as webcrypto.CryptoKey), signature))
    throw invalid('signature');
  rememberHead(head, kid);
  const claims = readClaims(payload);
  if (typeof claims === 'string') throw invalid(claims);
  judge(claims, rules);
  if (claims.method !== call.method) throw invalid('method');
  if (hash('sha256', call.bodyText, 'base64url') !== claims.body_sha256) throw invalid('body');
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
  readonly head: string;
  readonly kid: string;
  readonly signed: Buffer;
  readonly signature: Buffer;
  /** Believed only once the signature is right. */
  readonly payload: unknown;
}

/** Takes a token apart. */
function readToken(token: string): Token {
  if (token.length > longestToken || !compactForm.test(token)) throw invalid('malformed');
  const endOfHead = token.indexOf('.');
  const endOfPayload = token.lastIndexOf('.');
  const head = token.slice(0, endOfHead);
  const kid = knownHeads.get(head) ?? readHeader(head);
  const tail = token.slice(endOfPayload + 1);
  if (tail.length !== signatureLength || !isOnlySpelling(tail)) throw invalid('signature');
  return {
    head,
    kid,
    signed: Buffer.from(token.slice(0, endOfPayload), 'latin1'),
    signature: Buffer.from(tail, 'base64url'),
    payload: readJson(token.slice(endOfHead + 1, endOfPayload)),
  };
}

/** In characters: 64 bytes. */
const signatureLength = 86;

/**
 * Key ids by headers that were read and stood on a rightly signed token: all tokens of one key have the same one, byte for byte. It
 * saves reading alone; whether there is such a key is asked each time.
 */
const knownHeads = new Map<string, string>();
const mostHeads = 32;

function rememberHead(head: string, kid: string): void {
  if (knownHeads.has(head)) return;
  if (knownHeads.size >= mostHeads) knownHeads.clear();
  // A copy: a part of a text would keep the whole token in memory.
  knownHeads.set(Buffer.from(head, 'latin1').toString('latin1'), kid);
}

/**
 * The key id of a header. A header has the three members that it needs and nothing else: one that names another key or another rule of
 * reading (`jwk`, `jku`, `x5u`, `crit`, `b64`), a member that is there twice, and a second spelling of the same bytes are refused.
 */
function readHeader(segment: string): string {
  const header = readJson(segment) as Readonly<Record<string, unknown>> | null;
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw invalid('malformed');
  // What was written is what was read: nothing twice, nothing between.
  if (Buffer.from(JSON.stringify(header)).toString('base64url') !== segment) throw invalid('malformed');
  const { alg, kid, typ } = header;
  if (typ !== adminTokenType) {
    if (foreignTypes.includes(typ))
      throw new IntentError('WRONG_SURFACE', 'This credential belongs to another surface.');
    throw invalid('type');
  }
  if (alg !== 'EdDSA') throw invalid('algorithm');
  if (Object.keys(header).sort().join() !== headerMembers.join()) throw invalid('malformed');
  if (typeof kid !== 'string' || kid === '' || kid.length > 200) throw invalid('key');
  return kid;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readJson(segment: string): unknown {
  if (!isOnlySpelling(segment)) throw invalid('malformed');
  try {
    return JSON.parse(decoder.decode(Buffer.from(segment, 'base64url')));
  } catch {
    throw invalid('malformed');
  }
}

/**
 * Whether these characters of base64url are the one spelling of their bytes (RFC 4648 §3.5): the last one may have bits to spare,
 * and they are zero.
 */
function isOnlySpelling(segment: string): boolean {
  const last = segment.charAt(segment.length - 1);
  switch (segment.length % 4) {
    case 0:
      return true;
    case 2:
      return 'AQgw'.includes(last);
    case 3:
      return 'AEIMQUYcgkosw048'.includes(last);
    default:
      return false;
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
