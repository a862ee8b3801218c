import type { Clock } from '../../platform/clock.ts';
import {
  type ClientSignatureAlgorithm,
  clientSignatureAlgorithms,
  importVerifyKey,
  type JsonObject,
  readCompactJws,
  verifySignature,
} from '../../platform/keys/compact-jws.ts';

/** An assertion that was read and is still to be verified by one of the client's keys. */
export interface ReadAssertion {
  readonly jti: string;
  /** In seconds. */
  readonly exp: number;
  /** Whether one of these keys made the signature. */
  isSignedBy(keys: readonly JsonObject[]): boolean;
}

const longestAssertion = 8192;
const longestLifeSeconds = 300;
const skewSeconds = 60;
const types = [undefined, 'JWT', 'client-authentication+jwt'];
/** Header members that name another key or another way of reading: none is looked at, and whoever sends one is refused. */
const refusedMembers = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'enc'];
/** Keys of one kind that are tried where the header names none. */
const mostKeysTried = 8;

/**
 * Reads a client's assertion (RFC 7523 §3): issuer and subject are the client, the one audience is us, it lives five
 * minutes at most, and it has an id that can be used up.
 * @returns `undefined` when any of that is not so
 */
export function readClientAssertion(
  assertion: string,
  expected: { readonly clientId: string; readonly issuer: string; readonly clock: Clock },
): ReadAssertion | undefined {
  const jws = readCompactJws(assertion, longestAssertion);
  if (!jws) return undefined;
  const { header, payload, input, signature } = jws;
  const algorithm = clientSignatureAlgorithms.find((one) => one === header.alg);
  if (!algorithm || !types.includes(header.typ as string | undefined)) return undefined;
  if (refusedMembers.some((member) => member in header)) return undefined;
  if (header.kid !== undefined && typeof header.kid !== 'string') return undefined;
  const { iss, sub, aud, exp, iat, nbf, jti } = payload;
  if (iss !== expected.clientId || sub !== expected.clientId) return undefined;
  if ((Array.isArray(aud) && aud.length === 1 ? aud[0] : aud) !== expected.issuer) return undefined;
  if (typeof jti !== 'string' || jti === '' || jti.length > 256) return undefined;
  const now = expected.clock.now().getTime() / 1000;
  if (typeof exp !== 'number' || !(exp > now) || exp > now + longestLifeSeconds + skewSeconds)
    return undefined;
  if (!isPast(iat, now) || !isPast(nbf, now)) return undefined;
  const { kid } = header;
  return {
    jti,
    exp,
    isSignedBy: (keys) =>
      candidates(keys, kid, algorithm).some((key) => verifySignature(algorithm, key, input, signature)),
  };
}

function isPast(moment: unknown, now: number): boolean {
  return moment === undefined || (typeof moment === 'number' && moment <= now + skewSeconds);
}

function candidates(keys: readonly JsonObject[], kid: unknown, algorithm: ClientSignatureAlgorithm) {
  return keys
    .filter((key) => typeof key === 'object' && key !== null && (kid === undefined || key.kid === kid))
    .slice(0, mostKeysTried)
    .flatMap((key) => importVerifyKey(key, algorithm) ?? []);
}
