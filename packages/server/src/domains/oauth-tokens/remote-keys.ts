import type { Clock } from '../../platform/clock.ts';
import type { GuardedFetch } from '../../platform/http/guarded-fetch.ts';
import type { JsonObject } from '../../platform/keys/compact-jws.ts';

/** Keys that clients publish at an address of theirs (`jwks_uri`), kept for a while. */
export interface RemoteKeys {
  /**
   * Tries the keys of an address: those that are kept, and once more with fresh ones when none fits.
   * @returns whether a key fitted; `false` too when the address does not answer
   */
  try(address: string, fits: (keys: readonly JsonObject[]) => boolean): Promise<boolean>;
}

interface Entry {
  keys: readonly JsonObject[];
  readAt: number;
  failedAt: number;
  /** Reads that are left for keys that are not known. */
  reads: number;
  refilledAt: number;
  underWay: Promise<void> | undefined;
}

const freshForMs = 5 * 60_000;
/** While an address does not answer, its keys serve this long. */
const usableForMs = 60 * 60_000;
const pauseAfterFailureMs = 10_000;
/** A new key is found at once; a flood of invented ones can cause this many reads, and one more each interval. */
const readBurst = 4;
const readIntervalMs = 15_000;
const mostAddresses = 1000;
const mostKeys = 64;

/** Reads key sets through the guard against forgery of our requests; each address on its own budget. */
export function createRemoteKeys(options: {
  readonly fetch: GuardedFetch;
  readonly clock: Clock;
}): RemoteKeys {
  const { fetch, clock } = options;
  const entries = new Map<string, Entry>();
  const now = (): number => clock.now().getTime();

  const entryOf = (address: string): Entry => {
    let entry = entries.get(address);
    if (!entry) {
      entry = { keys: [], readAt: 0, failedAt: 0, reads: readBurst, refilledAt: now(), underWay: undefined };
      entries.set(address, entry);
      if (entries.size > mostAddresses) entries.delete(entries.keys().next().value!);
    }
    return entry;
  };

  const read = (address: string, entry: Entry): Promise<void> => {
    entry.underWay ??= readKeys(fetch, address)
      .then(
        (keys) => {
          entry.keys = keys;
          entry.readAt = now();
          entry.failedAt = 0;
        },
        () => {
          entry.failedAt = now();
        },
      )
      .finally(() => {
        entry.underWay = undefined;
      });
    return entry.underWay;
  };

  /** Takes one read of the budget, if one is left; to wait for a read that is under way costs none. */
  const mayReadAgain = (entry: Entry): boolean => {
    if (entry.underWay) return true;
    const refilled = Math.floor((now() - entry.refilledAt) / readIntervalMs);
    entry.reads = Math.min(readBurst, entry.reads + refilled);
    entry.refilledAt += refilled * readIntervalMs;
    if (entry.reads === 0) return false;
    entry.reads--;
    return true;
  };

  return {
    async try(address, fits) {
      const entry = entryOf(address);
      const failing = (): boolean => now() - entry.failedAt < pauseAfterFailureMs;
      const stale = now() - entry.readAt >= freshForMs;
      if (stale && (entry.underWay || !failing())) await read(address, entry);
      const { keys } = entry;
      if (now() - entry.readAt < usableForMs && fits(keys)) return true;
      // What was read just now is not read again.
      if (stale || failing() || !mayReadAgain(entry)) return false;
      await read(address, entry);
      return entry.keys !== keys && fits(entry.keys);
    },
  };
}

async function readKeys(fetch: GuardedFetch, address: string): Promise<readonly JsonObject[]> {
  const response = await fetch(address, {
    headers: { accept: 'application/jwk-set+json, application/json' },
  });
  if (response.status !== 200) throw new Error(`The key set was answered with ${response.status}`);
  const document: unknown = await response.json();
  const keys =
    typeof document === 'object' && document !== null && 'keys' in document ? document.keys : undefined;
  if (!Array.isArray(keys)) throw new Error('The key document is not a JWK set');
  return keys.slice(0, mostKeys).filter((key): key is JsonObject => typeof key === 'object' && key !== null);
}
