/**
 * Coalesces look-ups: those that wait at the same moment go out as one query.
 * A look-up joins only a batch that was not yet sent, so that no answer is older than its question.
 */
export interface Batcher<Question, Answer> {
  ask(question: Question): Promise<Answer>;
}

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

const patienceMs = 5;

/**
 * @param run answers a whole batch, in the order of the questions
 * @param inFlight batches under way at once; further questions wait and share the next one; 2 when left out
 * @param size questions in one batch at the most, by their weight; one that is heavier travels alone
 * @param worth questions that must wait for a further batch to leave while one is under way and in time: small ones cost their
 *   sender and the database more than the moment that they save. Many are parted, with at least so many in each part. Without it
 *   whatever waits leaves together, at once
 * @param weigh how many look-ups a question stands for: they stay together. 1 when left out
 */
export function createBatcher<Question, Answer>(options: {
  readonly run: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  readonly inFlight?: number;
  readonly size?: number;
  readonly weigh?: (question: Question) => number;
  readonly worth?: number;
}): Batcher<Question, Answer> {
  const { run, inFlight = 2, size = 500, weigh, worth = 1 } = options;
  let waiting: Waiting<Question, Answer>[] = [];
  let sent = 0;
  let scheduled = false;
  let sentAt = 0;
  let watching = false;

  /** Behind a batch that takes its time nobody waits for company. */
  const mayLeave = (): boolean =>
    waiting.length > 0 &&
    sent < inFlight &&
    (sent === 0 || waiting.length >= worth || performance.now() - sentAt > patienceMs);

  /**
   * Many leave in as many batches as may be under way: while the database works on one, the sender has the answers of another.
   * In one batch they would come back, and ask again, all at once for ever.
   */
  const fairShare = (): number => {
    const share = Math.ceil(waiting.length / (inFlight - sent));
    return worth > 1 && waiting.length - share >= worth ? share : waiting.length;
  };

  const send = async (batch: readonly Waiting<Question, Answer>[]): Promise<void> => {
    sent++;
    try {
      const answers = await run(batch.map((entry) => entry.question));
      for (const [index, entry] of batch.entries()) entry.resolve(answers[index] as Answer);
    } catch (reason) {
      for (const entry of batch) entry.reject(reason);
    } finally {
      sent--;
      schedule();
    }
  };

  const flush = (): void => {
    scheduled = false;
    while (mayLeave()) {
      sentAt = performance.now();
      const count = Math.min(fairShare(), weigh ? countWithin(waiting, weigh, size) : size);
      const batch = waiting.length <= count ? waiting : waiting.slice(0, count);
      waiting = waiting.length <= count ? [] : waiting.slice(count);
      void send(batch);
    }
  };

  // setImmediate runs once the sockets that are readable now have been read: their questions travel together.
  const schedule = (): void => {
    if (scheduled) return;
    if (!mayLeave()) {
      // Too few to leave by themselves: they do when the batch under way takes its time, also if nobody else comes.
      if (waiting.length > 0 && sent < inFlight && !watching) {
        watching = true;
        setTimeout(() => {
          watching = false;
          schedule();
        }, patienceMs + 1);
      }
      return;
    }
    scheduled = true;
    setImmediate(flush);
  };

  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        waiting.push({ question, resolve, reject });
        schedule();
      }),
  };
}

/** How many of the first ones weigh no more than `size` together, and one in any case. */
function countWithin<Question>(
  waiting: readonly { readonly question: Question }[],
  weigh: (question: Question) => number,
  size: number,
): number {
  let weight = 0;
  const tooMany = waiting.findIndex(({ question }) => {
    weight += weigh(question);
    return weight > size;
  });
  return tooMany === -1 ? waiting.length : Math.max(1, tooMany);
}
