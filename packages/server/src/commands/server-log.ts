import pino, { type Logger } from 'pino';

/** JSON lines on standard output, written in blocks: a line per request must not cost a system call. */
export function createServerLog(level: string): { readonly log: Logger; flush(): void } {
  const destination = pino.destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 500 });
  const log = pino(
    { level, base: { app: 'castellan' }, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
  return { log, flush: () => destination.flushSync() };
}

/** For commands that a person runs: only what went wrong, on standard error. */
export function createCommandLog(): Logger {
  return pino({ level: 'warn' }, pino.destination({ fd: 2, sync: true }));
}
