import { type SessionCheck, sessionsCheck } from '@castellan/contract';
import type { Clock } from './clock.ts';
import { UnavailableError } from './errors.ts';
import type { Platform } from './platform.ts';
import { readSessionChecks } from './session-answer.ts';

const largestBatch = 100;
const batchesUnderWay = 2;

interface Waiting {
  resolve(check: SessionCheck): void;
  reject(error: unknown): void;
}

/** One request to be. */
interface Batch {
  /** Each token with everybody who asked about it. */
  readonly questions: Map<string, Waiting[]>;
  /** Set while the batch waits for its turn; ends that wait's clock. */
  patience: AbortController | null;
}

/** Asks the platform whether a token is live. */
export type CheckSession = (token: string) => Promise<SessionCheck>;

/**
 * Asks about many tokens in few requests. Questions that are there at the same moment travel together, and while
 * two requests are under way further ones gather. A question only ever joins a request that was not sent yet, so
 * no answer is older than its question: an end of a session that was made before you asked is in what you get.
 */
export function createSessionChecks(platform: Platform, clock: Clock, timeoutMs: number): CheckSession {
  const unsent: Batch[] = [];
  let underWay = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      while (underWay < batchesUnderWay && unsent.length > 0) void send(unsent.shift()!);
      for (const batch of unsent) if (batch.patience === null) void expire(batch);
    });
  }

  /** While the platform makes us wait, a question gives up after the time-out instead of queueing on. */
  async function expire(batch: Batch): Promise<void> {
    batch.patience = new AbortController();
    await clock.sleep(timeoutMs, batch.patience.signal);
    const index = unsent.indexOf(batch);
    if (index === -1) return;
    unsent.splice(index, 1);
    fail(batch, new UnavailableError('Castellan is slow to answer; the question was not sent in time'));
  }

  async function send(batch: Batch): Promise<void> {
    underWay += 1;
    batch.patience?.abort();
    try {
      const { questions } = batch;
      const answer = await platform.ask(sessionsCheck.path, { tokens: [...questions.keys()] });
      const checks = readSessionChecks(answer, questions.size);
      if (checks === null)
        throw new UnavailableError('Castellan answered a session check with something else');
      let index = 0;
      for (const waiting of questions.values()) {
        const check = checks[index]!;
        for (const one of waiting) one.resolve(check);
        index += 1;
      }
    } catch (error) {
      fail(batch, error);
    } finally {
      underWay -= 1;
      schedule();
    }
  }

  return (token) =>
    new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      const asked = unsent.find(({ questions }) => questions.has(token))?.questions.get(token);
      const last = unsent.at(-1);
      if (asked) asked.push(waiting);
      else if (last && last.questions.size < largestBatch) last.questions.set(token, [waiting]);
      else unsent.push({ questions: new Map([[token, [waiting]]]), patience: null });
      schedule();
    });
}

function fail(batch: Batch, error: unknown): void {
  for (const waiting of batch.questions.values()) for (const one of waiting) one.reject(error);
}
