import pino, { type Logger } from 'pino';

/** The time of a line, written anew only when it is another: a busy server writes many lines in one millisecond. */
function isoTimeOf(now: () => number): () => string {
  let at = Number.NaN;
  let text = '';
  return () => {
    const time = now();
    if (time !== at) {
      at = time;
      text = `,"time":"${new Date(time).toISOString()}"`;
    }
    return text;
  };
}

/** JSON lines on standard output, written in blocks: a line per request must not cost a system call. */
export function createServerLog(level: string): { readonly log: Logger; flush(): void } {
  const destination = pino.destination({ fd: 1, sync: false, minLength: 16_000, periodicFlush: 500 });
  const log = pino({ level, base: { app: 'castellan' }, timestamp: isoTimeOf(Date.now) }, destination);
  return { log, flush: () => destination.flushSync() };
}

/** For commands that a person runs: only what went wrong, on standard error. */
export function createCommandLog(): Logger {
  return pino({ level: 'warn' }, pino.destination({ fd: 2, sync: true }));
}
