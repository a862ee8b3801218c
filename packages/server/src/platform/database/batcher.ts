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

/**
 * @param run answers a whole batch, in the order of the questions
 * @param inFlight batches under way at once; further questions wait and share the next one
 * @param size questions in one batch at the most
 */
export function createBatcher<Question, Answer>(options: {
  readonly run: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  readonly inFlight?: number;
  readonly size?: number;
}): Batcher<Question, Answer> {
  const { run, inFlight = 2, size = 500 } = options;
  let waiting: Waiting<Question, Answer>[] = [];
  let sent = 0;
  let scheduled = false;

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
    while (waiting.length > 0 && sent < inFlight) {
      const batch = waiting.length <= size ? waiting : waiting.slice(0, size);
      waiting = waiting.length <= size ? [] : waiting.slice(size);
      void send(batch);
    }
  };

  // setImmediate runs once the sockets that are readable now have been read: their questions travel together.
  const schedule = (): void => {
    if (scheduled || waiting.length === 0 || sent >= inFlight) return;
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
