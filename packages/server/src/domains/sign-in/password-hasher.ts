import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { Refusal } from '../../platform/refusal.ts';

/** argon2id (the library's default algorithm) as OWASP's Password Storage Cheat Sheet recommends: 19 MiB, 2 passes, 1 lane. */
const parameters = {
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
} as const;

/** Waiting beyond this would outlast a person's patience; it is shed instead. */
const longestQueue = 200;

/**
 * While others wait, results are handed out in groups: a hash leaves nothing of this process in the core's caches, so
 * that what follows one alone costs three times what it costs in company.
 */
const groupSize = 8;
const groupMs = 75;

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** Takes as long for an account that does not exist (`null`) as for a wrong password. */
  verify(storedHash: string | null, password: string): Promise<boolean>;
}

/**
 * A queue as wide as the cores: more hashes at once would only wait for each other, and take the cores from
 * every other request.
 * @throws Refusal `overloaded` from both operations when the queue is full
 */
export function createPasswordHasher(
  options: { readonly lanes?: number; readonly onQueueLength?: (length: number) => void } = {},
): PasswordHasher {
  const lanes = options.lanes ?? availableParallelism();
  const waiting: (() => void)[] = [];
  let busy = 0;
  // A hash that nobody's password has, made with the same parameters.
  const nobody = hash('nobody has this password', parameters);

  const inLane = async <T>(work: () => Promise<T>): Promise<T> => {
    if (busy >= lanes) {
      if (waiting.length >= longestQueue) throw new Refusal('overloaded', { retryAfterSeconds: 5 });
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        options.onQueueLength?.(waiting.length);
      });
    } else busy++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      options.onQueueLength?.(waiting.length);
      // The lane passes to the next one without being free in between.
      if (next) next();
      else busy--;
    }
  };

  let held: (() => void)[] = [];
  let holding: NodeJS.Timeout | undefined;
  const handOut = (): void => {
    clearTimeout(holding);
    holding = undefined;
    const ready = held;
    held = [];
    // One in each turn of the event loop: whatever else has come in meanwhile is answered in between.
    const handOutNext = (): void => {
      ready.shift()?.();
      if (ready.length > 0) setImmediate(handOutNext);
    };
    handOutNext();
  };
  /** Waits for a few more results while there are passwords to be checked. */
  const inGroup = (): Promise<void> =>
    new Promise((resolve) => {
      held.push(resolve);
      if (waiting.length === 0 || held.length >= groupSize) handOut();
      else holding ??= setTimeout(handOut, groupMs);
    });

  return {
    hash: (password) => inLane(() => hash(password, parameters)),
    async verify(storedHash, password) {
      const against = storedHash ?? (await nobody);
      const matches = await inLane(() => verify(against, password));
      await inGroup();
      return storedHash !== null && matches;
    },
  };
}
