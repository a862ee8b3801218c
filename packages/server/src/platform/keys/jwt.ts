import { sign, verify } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { SigningKey, SigningKeys } from './signing-keys.ts';

/** Verifiers allow this much between two clocks. */
const skewSeconds = 60;
const longestToken = 4096;
const cacheSize = 20_000;

export type Claims = Readonly<Record<string, unknown>> & { readonly exp: number; readonly iat: number };

export type Verified =
  | { readonly ok: true; readonly claims: Claims }
  | { readonly ok: false; readonly reason: 'invalid' | 'expired' };

/** Signs and verifies this platform's own JWTs (RFC 7519) on `node:crypto`; it is on every request's path. */
export interface Jwts {
  /** @param typ the JOSE `typ` that marks the kind of token (RFC 8725 §3.11) */
  sign(typ: string, claims: Claims): string;
  /** Verifies signature, `typ` and time; every other claim is the caller's to check. */
  verify(typ: string, token: string): Verified;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function createJwts(keys: SigningKeys, clock: Clock): Jwts {
  // Signatures are checked once per token; time is checked every time. Dropped as a whole when keys change.
  let checked = new Map<string, Claims>();
  let checkedVersion = keys.version;

  const remember = (cacheKey: string, claims: Claims): void => {
    if (checked.size >= cacheSize) checked.delete(checked.keys().next().value!);
    checked.set(cacheKey, claims);
  };

  const checkSignature = (typ: string, token: string): Claims | undefined => {
    if (keys.version !== checkedVersion) {
      checked = new Map();
      checkedVersion = keys.version;
    }
    const cacheKey = `${typ} ${token}`;
    const known = checked.get(cacheKey);
    if (known) return known;
    const parts = token.split('.');
    if (parts.length !== 3) return undefined;
    const [header, payload, signature] = parts as [string, string, string];
    const key = keyOf(keys, typ, header);
    if (!key || !canonical(signature)) return undefined;
    if (
      !verify(null, Buffer.from(`${header}.${payload}`), key.publicKey, Buffer.from(signature, 'base64url'))
    )
      return undefined;
    const claims = parseObject(payload);
    if (!claims || typeof claims.exp !== 'number' || typeof claims.iat !== 'number') return undefined;
    remember(cacheKey, claims as Claims);
    return claims as Claims;
  };

  const headers = new Map<string, string>();
  return {
    sign(typ, claims) {
      const key = keys.current();
      const headerKey = `${typ} ${key.kid}`;
      let header = headers.get(headerKey);
      if (!header) {
        header = encode({ alg: key.algorithm, typ, kid: key.kid });
        headers.set(headerKey, header);
      }
      const input = `${header}.${encode(claims)}`;
      return `${input}.${sign(null, Buffer.from(input), key.privateKey).toString('base64url')}`;
    },
    verify(typ, token) {
      if (token.length > longestToken) return { ok: false, reason: 'invalid' };
      const claims = checkSignature(typ, token);
      if (!claims) return { ok: false, reason: 'invalid' };
      const seconds = clock.now().getTime() / 1000;
      if (claims.iat > seconds + skewSeconds) return { ok: false, reason: 'invalid' };
      // No skew for expiry: the clock that signed is the clock that verifies.
      if (claims.exp <= seconds) return { ok: false, reason: 'expired' };
      return { ok: true, claims };
    },
  };
}

/** The key of a header that is exactly `{alg, typ, kid}` as we write it; any other member (`jwk`, `jku`, `crit`) refuses. */
function keyOf(keys: SigningKeys, typ: string, header: string): SigningKey | undefined {
  const parsed = parseObject(header);
  if (!parsed || Object.keys(parsed).length !== 3 || parsed.typ !== typ || typeof parsed.kid !== 'string')
    return undefined;
  const key = keys.find(parsed.kid);
  // Keys of other algorithms sign ID tokens for clients that want them, and nothing that comes back to us.
  return key?.algorithm === 'EdDSA' && parsed.alg === 'EdDSA' ? key : undefined;
}

function parseObject(segment: string): Record<string, unknown> | undefined {
  if (!canonical(segment)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Base64url in its one spelling: Node's decoder is lenient, and a second spelling of a token is a forgery. */
function canonical(segment: string): boolean {
  return segment.length > 0 && Buffer.from(segment, 'base64url').toString('base64url') === segment;
}
