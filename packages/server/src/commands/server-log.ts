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

const blockCharacters = 64 * 1024;
const longestWaitMs = 500;

/**
 * JSON lines on standard output, written in blocks: a line per request must not cost a system call.
 * The lines are gathered here because `sonic-boom` measures all that waits at each line it is given,
 * which cost a busy server more than the rest of its log.
 */
export function createServerLog(level: string): { readonly log: Logger; flush(): void } {
  const destination = pino.destination({ fd: 1, sync: false, maxWrite: 16 * blockCharacters });
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  const handOver = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === '') return;
    const block = waiting;
    waiting = '';
    destination.write(block);
  };
  const lines = {
    write: (line: string): void => {
      waiting += line;
      if (waiting.length >= blockCharacters) handOver();
      else timer ??= setTimeout(handOver, longestWaitMs).unref();
    },
  };
  const log = pino({ level, base: { app: 'castellan' }, timestamp: isoTimeOf(Date.now) }, lines);
  return {
    log,
    flush: () => {
      handOver();
      destination.flushSync();
    },
  };
}

/** For commands that a person runs: only what went wrong, on standard error. */
export function createCommandLog(): Logger {
  return pino({ level: 'warn' }, pino.destination({ fd: 2, sync: true }));
}
