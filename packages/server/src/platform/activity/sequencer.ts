import pg from 'pg';
import type { Logger } from 'pino';

/** One key of the advisory locks that Castellan uses: who numbers events. */
const sequencerLock = 728_401_001;
const batchSize = 5000;
const idleMs = 200;
/** Between two rounds that found something: numbering fifty events costs little more than numbering one. */
const restMs = 200;

/** What is the same for all events of an outbox row. */
const shared = 'actors, actor_id, target_kind, service, address, correlation_id, at';
const differing = 'id, action, target_id, target_label, workspace_id, workspace_name, detail';

/**
 * Moves committed events from the outbox into the log and numbers them without gaps: rows of up to `batchSize` events
 * in all, or one row that holds more. Only committed rows are visible to it, so a number is never given before the
 * commit. The events of one row have its id, with their place in the last four bytes.
 */
const moveSql = `
WITH next AS MATERIALIZED (
  SELECT id, before FROM (
    SELECT id, sum(events) OVER (ORDER BY id) - events AS before
    FROM (SELECT id, events FROM activity_outbox ORDER BY id LIMIT ${batchSize}) waiting
  ) counted WHERE before < ${batchSize}
), taken AS MATERIALIZED (
  DELETE FROM activity_outbox WHERE id = ANY (ARRAY(SELECT id FROM next)) RETURNING *
), placed AS (
  SELECT (SELECT coalesce(max(sequence), 0) FROM activity_events) + next.before AS before, left(id::text, 28) AS stem, taken.*
  FROM taken JOIN next USING (id)
)
INSERT INTO activity_events (sequence, ${differing}, ${shared})
SELECT before + 1, ${differing}, ${shared} FROM placed WHERE actions IS NULL
UNION ALL
SELECT before + place, (stem || lpad(to_hex(place), 8, '0'))::uuid,
  event.action, event.target_id, event.target_label, event.workspace_id, event.workspace_name, event.detail, ${shared}
FROM placed, unnest(actions, target_ids, target_labels, workspace_ids, workspace_names, details)
  WITH ORDINALITY AS event (action, target_id, target_label, workspace_id, workspace_name, detail, place)
WHERE actions IS NOT NULL`;

export interface Sequencer {
  /** Asks for a round now; cheap to call often. */
  nudge(): void;
  /** Waits until everything committed before the call is numbered (by this process, if it leads). */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the one sequencer. Every replica starts it; the one that holds the advisory lock works, the others
 * try again every two seconds. The lock and the work share a connection, so losing one loses the other.
 *
 * @param onNumbered called after each round that numbered events
 */
export function startSequencer(options: {
  readonly connection: pg.ClientConfig;
  readonly log: Logger;
  readonly onNumbered: () => void;
}): Sequencer {
  const { connection, log, onNumbered } = options;
  let stopped = false;
  let wake: (() => void) | undefined;
  let endRest: (() => void) | undefined;
  let nudged = false;
  let client: pg.Client | undefined;
  const drains: (() => void)[] = [];

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (nudged || stopped) return resolve();
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** Nudges don't shorten it; whoever waits for the numbers does. */
  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      if (drains.length > 0 || stopped) return resolve();
      const timer = setTimeout(resolve, restMs);
      endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const lead = async (leader: pg.Client): Promise<void> => {
    while (!stopped) {
      nudged = false;
      const waiters = drains.splice(0);
      let moved = 0;
      do {
        // Planned anew each time: what suits an empty outbox takes minutes on a full one.
        moved = (await leader.query(moveSql)).rowCount ?? 0;
        if (moved > 0) onNumbered();
      } while (moved >= batchSize && !stopped);
      for (const done of waiters) done();
      if (moved > 0) await rest();
      await sleep(idleMs);
      wake = undefined;
    }
  };

  const run = async (): Promise<void> => {
    while (!stopped) {
      client = new pg.Client({ ...connection, application_name: 'castellan sequencer' });
      client.on('error', () => {}); // The query under way rejects as well; that is where it is handled.
      try {
        await client.connect();
        const answer = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
          sequencerLock,
        ]);
        if (answer.rows[0]?.held) await lead(client);
      } catch (error) {
        if (!stopped) log.warn({ err: error }, 'the sequencer lost its connection and tries again');
      } finally {
        await client.end().catch(() => {});
      }
      if (!stopped) {
        nudged = false;
        await sleep(2000);
      }
    }
    for (const done of drains.splice(0)) done();
  };

  const running = run();
  const nudge = (): void => {
    nudged = true;
    wake?.();
  };
  return {
    nudge,
    drain: () =>
      new Promise((resolve) => {
        if (stopped) return resolve();
        drains.push(resolve);
        endRest?.();
        nudge();
      }),
    async stop() {
      stopped = true;
      endRest?.();
      wake?.();
      await running;
    },
  };
}
