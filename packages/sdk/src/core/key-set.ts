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

/** The platform's public keys. */
export interface KeySet {
  find(kid: string): Promise<KeyLookup>;
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
  let keys = new Map<string, CryptoKey>();
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
    async find(kid) {
      if (readAtMs === null) {
        if (mayTry()) await readOnce();
      } else {
        // Known keys go on serving meanwhile; only who needs an unknown one waits for the answer.
        if (clock.now() - readAtMs >= freshForMs && mayTry()) void readOnce();
        if (!keys.has(kid) && mayTry()) await refetch();
      }
      const key = keys.get(kid);
      if (key) return { found: true, key };
      return failure === null ? { found: false } : { found: false, unavailable: failure.error };
    },
  };
}

/** Imports what can verify an EdDSA signature, and passes over the rest: a key works for its own algorithm only. */
async function importKeys(document: unknown): Promise<Map<string, CryptoKey>> {
  const listed = isRecord(document) && Array.isArray(document.keys) ? document.keys : null;
  if (!listed) throw new UnavailableError('The key document is not a JWK set');
  const keys = new Map<string, CryptoKey>();
  for (const jwk of listed) {
    if (!isEd25519(jwk)) continue;
    const imported = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: jwk.x } satisfies JWK, 'EdDSA').catch(
      () => null,
    );
    if (imported && !(imported instanceof Uint8Array)) keys.set(jwk.kid, imported);
  }
  if (keys.size === 0) throw new UnavailableError('The key document has no key that is understood');
  return keys;
}

function isEd25519(jwk: unknown): jwk is { kid: string; x: string } {
  return (
    isRecord(jwk) &&
    jwk.kty === 'OKP' &&
    jwk.crv === 'Ed25519' &&
    typeof jwk.kid === 'string' &&
    typeof jwk.x === 'string' &&
    (jwk.use === undefined || jwk.use === 'sig') &&
    (jwk.alg === undefined || jwk.alg === 'EdDSA' || jwk.alg === 'Ed25519')
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
