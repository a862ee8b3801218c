import { type SignatureAlgorithm, tokenKinds } from '@castellan/contract';
import type { Clock } from '../clock.ts';
import { isCanonicalBase64url, readSegment, signInput, verifySignature } from './compact-jws.ts';
import type { SigningKey, SigningKeys } from './signing-keys.ts';

/** Verifiers allow this much between two clocks. */
const skewSeconds = 60;
const longestToken = 4096;
const cacheSize = 20_000;
/** The one kind of ours whose algorithm a client chooses; everything else is EdDSA. */
const accessToken = tokenKinds.user_access.mark;

export type Claims = Readonly<Record<string, unknown>> & { readonly exp: number; readonly iat: number };

export type Verified =
  | { readonly ok: true; readonly claims: Claims }
  | { readonly ok: false; readonly reason: 'invalid' | 'expired' };

/** Signs and verifies this platform's own JWTs (RFC 7519) on `node:crypto`; it is on every request's path. */
export interface Jwts {
  /**
   * @param typ the JOSE `typ` that marks the kind of token (RFC 8725 §3.11)
   * @param algorithm what the client chose for its access tokens; there has to be a key for it
   */
  sign(typ: string, claims: Claims, algorithm?: SignatureAlgorithm): string;
  /** Verifies signature, `typ` and time; every other claim is the caller's to check. */
  verify(typ: string, token: string): Verified;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function createJwts(keys: SigningKeys, clock: Clock): Jwts {
  // Signatures are checked once per token; time is checked every time. Dropped as a whole when keys change.
  let checked = new Map<string, Map<string, Claims>>();
  let checkedVersion = keys.version;

  const checkedOf = (typ: string): Map<string, Claims> => {
    if (keys.version !== checkedVersion) {
      checked = new Map();
      checkedVersion = keys.version;
    }
    let known = checked.get(typ);
    if (!known) {
      known = new Map();
      checked.set(typ, known);
    }
    return known;
  };

  const checkSignature = (typ: string, token: string): Claims | undefined => {
    const known = checkedOf(typ);
    const before = known.get(token);
    if (before) return before;
    const parts = token.split('.');
    if (parts.length !== 3) return undefined;
    const [header, payload, signature] = parts as [string, string, string];
    const key = keyOf(typ, header);
    if (!key || !isCanonicalBase64url(signature)) return undefined;
    const input = Buffer.from(`${header}.${payload}`);
    if (!verifySignature(key.algorithm, key.publicKey, input, Buffer.from(signature, 'base64url')))
      return undefined;
    const claims = readSegment(payload);
    if (!claims || typeof claims.exp !== 'number' || typeof claims.iat !== 'number') return undefined;
    if (known.size >= cacheSize) known.delete(known.keys().next().value!);
    known.set(token, claims as Claims);
    return claims as Claims;
  };

  /**
   * The key of a header that is written exactly as we write it, `{alg, typ, kid}` in this order: any other member
   * (`jwk`, `jku`, `crit`), one that is there twice, or another spelling refuses.
   */
  const keyOf = (typ: string, header: string): SigningKey | undefined => {
    const kid = readSegment(header)?.kid;
    const key = typeof kid === 'string' ? keys.find(kid) : undefined;
    if (!key || !(key.algorithm === 'EdDSA' || typ === accessToken)) return undefined;
    // The algorithm is the key's own, never the token's word (RFC 8725 §3.1).
    return header === headerOf(typ, key) ? key : undefined;
  };

  const headers = new Map<string, string>();
  const headerOf = (typ: string, key: SigningKey): string => {
    const headerKey = `${typ} ${key.kid}`;
    let header = headers.get(headerKey);
    if (!header) {
      header = encode({ alg: key.algorithm, typ, kid: key.kid });
      headers.set(headerKey, header);
    }
    return header;
  };

  return {
    sign(typ, claims, algorithm = 'EdDSA') {
      const key = keys.current(algorithm);
      const input = `${headerOf(typ, key)}.${encode(claims)}`;
      return `${input}.${signInput(algorithm, key.privateKey, Buffer.from(input)).toString('base64url')}`;
    },
    verify(typ, token) {
      if (token.length > longestToken) return { ok: false, reason: 'invalid' };
      const claims = checkSignature(typ, token);
      if (!claims) return { ok: false, reason: 'invalid' };
      const seconds = clock.now().getTime() / 1000;
      if (claims.iat > seconds + skewSeconds) return { ok: false, reason: 'invalid' };
      if (
        claims.nbf !== undefined &&
        !(typeof claims.nbf === 'number' && claims.nbf <= seconds + skewSeconds)
      )
        return { ok: false, reason: 'invalid' };
      // No skew for expiry: the clock that signed is the clock that verifies.
      if (claims.exp <= seconds) return { ok: false, reason: 'expired' };
      return { ok: true, claims };
    },
  };
}
