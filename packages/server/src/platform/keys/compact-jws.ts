import { constants, createPublicKey, type JsonWebKey, type KeyObject, sign, verify } from 'node:crypto';
import type { SignatureAlgorithm } from '@castellan/contract';

/** A JSON object with nothing known of its members. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The parts of a compact JWS (RFC 7515 §7.1) whose header and payload are JSON objects; nothing is verified yet. */
export interface CompactJws {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  /** The bytes that were signed. */
  readonly input: Buffer;
  readonly signature: Buffer;
}

/** Signature algorithms that clients may prove themselves with (RFC 7518 §3.1, RFC 8037 §3.1). */
export const clientSignatureAlgorithms = ['EdDSA', 'ES256', 'RS256', 'PS256'] as const;

/** One of {@link clientSignatureAlgorithms}. */
export type ClientSignatureAlgorithm = (typeof clientSignatureAlgorithms)[number];

/** Base64url in its one spelling: Node's decoder is lenient, and a second spelling of a token is a forgery. */
export function isCanonicalBase64url(segment: string): boolean {
  return segment.length > 0 && Buffer.from(segment, 'base64url').toString('base64url') === segment;
}

/**
 * Reads a JSON object of one segment.
 * @returns `undefined` for another spelling of base64url, what is no object, bytes that are no UTF-8, and an object
 *   that names a member twice (RFC 7515 §5.2, step 4; RFC 7519 §4)
 */
export function readSegment(segment: string): JsonObject | undefined {
  if (!isCanonicalBase64url(segment)) return undefined;
  const bytes = Buffer.from(segment, 'base64url');
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  // Bytes that are no UTF-8 become U+FFFD, which makes them longer or other.
  if (Buffer.byteLength(text) !== bytes.length || !bytes.equals(Buffer.from(text))) return undefined;
  return countColons(text) === countMembers(value) ? (value as JsonObject) : undefined;
}

/** Each member of a JSON text has one colon outside of strings. */
function countColons(text: string): number {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1;
}

/** Members of a parsed value, at every depth: those named twice are there once. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const members = Object.values(value).reduce<number>((sum, member) => sum + countMembers(member), 0);
  return Array.isArray(value) ? members : members + Object.keys(value).length;
}

/** Takes a compact JWS apart; `undefined` for anything that is none, a JWE with its five parts among it. */
export function readCompactJws(token: string, longest: number): CompactJws | undefined {
  if (token.length > longest) return undefined;
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const [first, second, third] = parts as [string, string, string];
  const header = readSegment(first);
  const payload = header && readSegment(second);
  if (!header || !payload || !isCanonicalBase64url(third)) return undefined;
  return {
    header,
    payload,
    input: Buffer.from(`${first}.${second}`),
    signature: Buffer.from(third, 'base64url'),
  };
}

/** Longest RSA modulus in base64url: 8,192 bits; checking longer ones costs a stranger little and us much. */
const longestModulus = 1366;
const shortestModulusBits = 2048;

/**
 * Imports the public half of a JWK for one algorithm: kind and curve are the algorithm's, never the token's word.
 * @returns `undefined` when the key is of another kind, for another use, too short, or malformed
 */
export function importVerifyKey(jwk: JsonObject, algorithm: ClientSignatureAlgorithm): KeyObject | undefined {
  if (jwk.use !== undefined && jwk.use !== 'sig') return undefined;
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify')))
    return undefined;
  if (jwk.alg !== undefined && jwk.alg !== algorithm && !(jwk.alg === 'Ed25519' && algorithm === 'EdDSA'))
    return undefined;
  const bare = publicMembers(jwk, algorithm);
  if (!bare) return undefined;
  try {
    const key = createPublicKey({ key: bare as JsonWebKey, format: 'jwk' });
    const bits = key.asymmetricKeyDetails?.modulusLength;
    return bits !== undefined && bits < shortestModulusBits ? undefined : key;
  } catch {
    return undefined;
  }
}

function publicMembers(jwk: JsonObject, algorithm: ClientSignatureAlgorithm): JsonObject | undefined {
  const { kty, crv, x, y, n, e } = jwk;
  switch (algorithm) {
    case 'EdDSA':
      return kty === 'OKP' && crv === 'Ed25519' ? { kty, crv, x } : undefined;
    case 'ES256':
      return kty === 'EC' && crv === 'P-256' ? { kty, crv, x, y } : undefined;
    case 'RS256':
    case 'PS256':
      return kty === 'RSA' && typeof n === 'string' && n.length <= longestModulus ? { kty, n, e } : undefined;
  }
}

/** Signs for one of the algorithms that we sign with. */
export function signInput(algorithm: SignatureAlgorithm, key: KeyObject, input: Buffer): Buffer {
  switch (algorithm) {
    case 'EdDSA':
      return sign(null, input, key);
    case 'ES256':
      // Two integers of 32 bytes each (RFC 7518 §3.4), never DER.
      return sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });
    case 'RS256':
      return sign('sha256', input, key);
  }
}

/** Checks one signature with a key that {@link importVerifyKey} gave for the same algorithm. */
export function verifySignature(
  algorithm: ClientSignatureAlgorithm,
  key: KeyObject,
  input: Buffer,
  signature: Buffer,
): boolean {
  switch (algorithm) {
    case 'EdDSA':
      return verify(null, input, key, signature);
    case 'ES256':
      // Two integers of 32 bytes each (RFC 7518 §3.4), never DER.
      return (
        signature.length === 64 && verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature)
      );
    case 'RS256':
      return verify('sha256', input, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
    case 'PS256':
      return verify(
        'sha256',
        input,
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
        signature,
      );
  }
}
