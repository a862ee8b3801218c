import { type SessionCheck, sessionsCheck } from '@castellan/contract';
import { createBatches } from './batches.ts';
import type { Clock } from './clock.ts';
import { UnavailableError } from './errors.ts';
import type { Platform } from './platform.ts';
import { readSessionChecks } from './session-answer.ts';

/** Asks the platform whether a token is live. */
export type CheckSession = (token: string) => Promise<SessionCheck>;

/** Asks about many tokens in few requests: see {@link createBatches}. */
export function createSessionChecks(platform: Platform, clock: Clock, timeoutMs: number): CheckSession {
  return createBatches<string, SessionCheck>({
    keyOf: (token) => token,
    clock,
    timeoutMs,
    async send(tokens) {
      const checks = readSessionChecks(await platform.ask(sessionsCheck.path, { tokens }), tokens.length);
      if (checks === null)
        throw new UnavailableError('Castellan answered a session check with something else');
      return checks;
    },
  });
}
