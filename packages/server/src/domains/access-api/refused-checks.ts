import type { Logger } from 'pino';
import type { Clock } from '../../platform/clock.ts';
import type { Metrics } from '../../platform/http/metrics.ts';

/** What is told of one refused check in the log. */
export interface RefusedCheck {
  readonly service: string;
  readonly kind: 'action' | 'resource';
  /** What was missing, or why the question had no decision. */
  readonly reason: string;
  /** `orders:refund`, or `edit order 1001`. */
  readonly asked: string;
  readonly userId: string | null;
}

/** Hears of every check that was answered with no. */
export type NoteRefusal = (refused: RefusedCheck) => void;

const sampleEveryMs = 10_000;

/**
 * Counts refused checks, and writes one of them into the log every ten seconds at the most, with how many there were
 * since: products ask in order to hide a button, too, so that a line for each would be noise.
 */
export function createRefusedChecks(deps: {
  readonly metrics: Pick<Metrics, 'accessRefused'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info'>;
}): NoteRefusal {
  let sampledAt = Number.NEGATIVE_INFINITY;
  let unwritten = 0;
  return ({ service, kind, reason, asked, userId }) => {
    deps.metrics.accessRefused(kind, reason);
    unwritten += 1;
    const now = deps.clock.now().getTime();
    if (now - sampledAt < sampleEveryMs) return;
    const sample = { service, kind, reason, asked: asked.slice(0, 300), user_id: userId };
    deps.log.info(
      { ...sample, refused_since: unwritten },
      'a check was refused; one of those since the last such line',
    );
    sampledAt = now;
    unwritten = 0;
  };
}
