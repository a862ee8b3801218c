import { inArray } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { Clock } from '../../platform/clock.ts';
import { clientSecrets, serviceKeys } from '../../platform/database/schema.ts';
import type { Database } from '../../platform/database/transaction.ts';

const everyMs = 60_000;

/** Remembers which service keys and client secrets were used, and writes it once a minute: a write for each call would cost more than the call. */
export interface KeyUse {
  note(keyId: string): void;
  /** The same for a client secret, by the id of its row. */
  noteSecret(secretId: string): void;
  /** Writes what is not written yet. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export function createKeyUse(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
}): KeyUse {
  const { database, clock, log } = options;
  let usedKeys = new Set<string>();
  let usedSecrets = new Set<string>();
  const flush = async (): Promise<void> => {
    const keyIds = [...usedKeys];
    const secretIds = [...usedSecrets];
    usedKeys = new Set();
    usedSecrets = new Set();
    const lastUsedAt = clock.now();
    if (keyIds.length > 0)
      await database.db.update(serviceKeys).set({ lastUsedAt }).where(inArray(serviceKeys.id, keyIds));
    if (secretIds.length > 0)
      await database.db.update(clientSecrets).set({ lastUsedAt }).where(inArray(clientSecrets.id, secretIds));
  };
  const timer = setInterval(() => {
    flush().catch((error) =>
      log.warn({ err: error }, 'the last use of keys and secrets could not be written'),
    );
  }, everyMs);
  timer.unref();
  return {
    note: (keyId) => void usedKeys.add(keyId),
    noteSecret: (secretId) => void usedSecrets.add(secretId),
    flush,
    async stop() {
      clearInterval(timer);
      await flush().catch(() => {}); // Losing the last minute of it is no harm.
    },
  };
}
