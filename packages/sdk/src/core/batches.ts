import type { Clock } from './clock.ts';
import { UnavailableError } from './errors.ts';

const largestBatch = 100;
const batchesUnderWay = 2;

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

interface Asked<Question, Answer> {
  readonly question: Question;
  readonly waiting: Waiting<Answer>[];
}

/** One request to be. */
interface Batch<Question, Answer> {
  /** Each question with everybody who asked it. */
  readonly questions: Map<string, Asked<Question, Answer>>;
  /** Set while the batch waits for its turn; ends that wait's clock. */
  patience: AbortController | null;
}

/** What questions are asked with. */
export interface BatchOptions<Question, Answer> {
  /** The same for questions that are the same: they are asked once. */
  readonly keyOf: (question: Question) => string;
  /** Answers up to a hundred in one request, in their order; an `Error` is the answer of those who asked that one. */
  readonly send: (questions: readonly Question[]) => Promise<readonly (Answer | Error)[]>;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/**
 * Asks many questions in few requests. Those that are there at the same moment travel together, and while two requests
 * are under way further ones gather. A question only ever joins a request that was not sent yet, so no answer is older
 * than its question: what ended before you asked is in what you get.
 */
export function createBatches<Question, Answer>(
  options: BatchOptions<Question, Answer>,
): (question: Question) => Promise<Answer> {
  const { keyOf, clock, timeoutMs } = options;
  const unsent: Batch<Question, Answer>[] = [];
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
  async function expire(batch: Batch<Question, Answer>): Promise<void> {
    batch.patience = new AbortController();
    await clock.sleep(timeoutMs, batch.patience.signal);
    const index = unsent.indexOf(batch);
    if (index === -1) return;
    unsent.splice(index, 1);
    fail(batch, new UnavailableError('Castellan is slow to answer; the question was not sent in time'));
  }

  async function send(batch: Batch<Question, Answer>): Promise<void> {
    underWay += 1;
    batch.patience?.abort();
    try {
      const asked = [...batch.questions.values()];
      const answers = await options.send(asked.map(({ question }) => question));
      for (const [index, { waiting }] of asked.entries()) {
        const answer = answers[index] as Answer | Error;
        for (const one of waiting) answer instanceof Error ? one.reject(answer) : one.resolve(answer);
      }
    } catch (error) {
      fail(batch, error);
    } finally {
      underWay -= 1;
      schedule();
    }
  }

  return (question) =>
    new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      const key = keyOf(question);
      const asked = unsent.find(({ questions }) => questions.has(key))?.questions.get(key);
      const last = unsent.at(-1);
      if (asked) asked.waiting.push(waiting);
      else if (last && last.questions.size < largestBatch)
        last.questions.set(key, { question, waiting: [waiting] });
      else unsent.push({ questions: new Map([[key, { question, waiting: [waiting] }]]), patience: null });
      schedule();
    });
}

function fail<Question, Answer>(batch: Batch<Question, Answer>, error: unknown): void {
  for (const { waiting } of batch.questions.values()) for (const one of waiting) one.reject(error);
}
