import { inArray } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { Clock } from '../../platform/clock.ts';
import { serviceKeys } from '../../platform/database/schema.ts';
import type { Database } from '../../platform/database/transaction.ts';

const everyMs = 60_000;

/** Remembers which service keys were used, and writes it once a minute: a write for each call would cost more than the call. */
export interface KeyUse {
  note(keyId: string): void;
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
  let used = new Set<string>();
  const flush = async (): Promise<void> => {
    if (used.size === 0) return;
    const ids = [...used];
    used = new Set();
    await database.db
      .update(serviceKeys)
      .set({ lastUsedAt: clock.now() })
      .where(inArray(serviceKeys.id, ids));
  };
  const timer = setInterval(() => {
    flush().catch((error) => log.warn({ err: error }, 'the last use of service keys could not be written'));
  }, everyMs);
  timer.unref();
  return {
    note: (keyId) => void used.add(keyId),
    flush,
    async stop() {
      clearInterval(timer);
      await flush().catch(() => {}); // Losing the last minute of it is no harm.
    },
  };
}
