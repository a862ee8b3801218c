import { type SignatureAlgorithm, signatureAlgorithms } from '@castellan/contract';
import { type CryptoKey, importJWK, type JWK } from 'jose';
import { type Clock, systemClock } from './clock.ts';
import { CastellanError, UnavailableError } from './errors.ts';
import type { Platform } from './platform.ts';

const freshForMs = 5 * 60_000;
const pauseAfterFailureMs = 1000;
const refetchIntervalMs = 30_000;
const refetchBurst = 4;

/** A key that was found, or why none can be had. */
export type KeyLookup =
  | { readonly found: true; readonly key: CryptoKey }
  | { readonly found: false; readonly unavailable?: CastellanError };

interface KnownKey {
  readonly key: CryptoKey;
  readonly algorithm: SignatureAlgorithm;
}

/** The platform's public keys. */
export interface KeySet {
  /** @param algorithm what the key has to be for; a key is found for its own algorithm only */
  find(kid: string, algorithm?: SignatureAlgorithm): Promise<KeyLookup>;
}

/**
 * Keeps the platform's keys: read when first needed, again when older than five minutes, and again for a key id
 * that is not among them. The keys that were read last are kept while the platform is away.
 *
 * Anybody can send a token with an invented key id, so those reads are limited: a few at once, and then one in
 * thirty seconds. Any read brings every key, whoever caused it, so a flood of invented ids delays a genuine new
 * key by that interval at most; and since keys are published before they are used, the five-minute reading has
 * it before it is needed.
 */
export function createKeySet(platform: Pick<Platform, 'read'>, clock: Clock = systemClock): KeySet {
  let keys = new Map<string, KnownKey>();
  let readAtMs: number | null = null;
  let failure: { readonly error: CastellanError; readonly atMs: number } | null = null;
  let underWay: Promise<void> | null = null;
  let refetches = refetchBurst;
  let refilledAtMs = clock.now();

  async function read(): Promise<void> {
    try {
      keys = await importKeys(await platform.read('/.well-known/jwks.json'));
      readAtMs = clock.now();
      failure = null;
    } catch (error) {
      const known = error instanceof CastellanError ? error : new UnavailableError('The keys are unreadable');
      failure = { error: known, atMs: clock.now() };
    }
  }

  /** One read at a time: who comes while it runs waits for the same one. */
  function readOnce(): Promise<void> {
    underWay ??= read().finally(() => {
      underWay = null;
    });
    return underWay;
  }

  function mayTry(): boolean {
    return underWay !== null || failure === null || clock.now() - failure.atMs >= pauseAfterFailureMs;
  }

  /** A read for an unknown key id, if one is left. Joining a read under way costs none. */
  async function refetch(): Promise<void> {
    if (underWay !== null) return readOnce();
    const refilled = Math.floor((clock.now() - refilledAtMs) / refetchIntervalMs);
    refetches = Math.min(refetchBurst, refetches + refilled);
    refilledAtMs += refilled * refetchIntervalMs;
    if (refetches === 0) return;
    refetches -= 1;
    await readOnce();
    // A read that failed taught nothing, so it does not count; the pause after a failure limits it.
    if (failure !== null) refetches += 1;
  }

  return {
    async find(kid, algorithm = 'EdDSA') {
      if (readAtMs === null) {
        if (mayTry()) await readOnce();
      } else {
        // Known keys go on serving meanwhile; only who needs an unknown one waits for the answer.
        if (clock.now() - readAtMs >= freshForMs && mayTry()) void readOnce();
        if (!keys.has(kid) && mayTry()) await refetch();
      }
      const known = keys.get(kid);
      if (known) return known.algorithm === algorithm ? { found: true, key: known.key } : { found: false };
      return failure === null ? { found: false } : { found: false, unavailable: failure.error };
    },
  };
}

/** Imports what can verify the signatures of Castellan, and passes over the rest: a key works for its own algorithm only. */
async function importKeys(document: unknown): Promise<Map<string, KnownKey>> {
  const listed = isRecord(document) && Array.isArray(document.keys) ? document.keys : null;
  if (!listed) throw new UnavailableError('The key document is not a JWK set');
  const keys = new Map<string, KnownKey>();
  for (const jwk of listed) {
    if (!isRecord(jwk) || typeof jwk.kid !== 'string' || !(jwk.use === undefined || jwk.use === 'sig'))
      continue;
    for (const algorithm of signatureAlgorithms) {
      const members = publicMembers(jwk, algorithm);
      const key = members && (await importJWK(members, algorithm).catch(() => null));
      if (key && !(key instanceof Uint8Array)) keys.set(jwk.kid, { key, algorithm });
    }
  }
  if (keys.size === 0) throw new UnavailableError('The key document has no key that is understood');
  return keys;
}

/** The members of a JWK that make the public key of an algorithm; `undefined` where it is for another one. */
function publicMembers(jwk: Record<string, unknown>, algorithm: SignatureAlgorithm): JWK | undefined {
  const { kty, crv, alg } = jwk;
  const { x, y, n, e } = jwk as JWK;
  switch (algorithm) {
    case 'EdDSA':
      return kty === 'OKP' && crv === 'Ed25519' && [undefined, 'EdDSA', 'Ed25519'].includes(alg as string)
        ? { kty, crv, x: x! }
        : undefined;
    case 'ES256':
      return kty === 'EC' && crv === 'P-256' && (alg === undefined || alg === 'ES256')
        ? { kty, crv, x: x!, y: y! }
        : undefined;
    case 'RS256':
      // An RSA key that does not say so could as well be for RSA-PSS, or for encryption.
      return kty === 'RSA' && alg === 'RS256' ? { kty, n: n!, e: e! } : undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
