/** What this folder writes its log lines to; a pino logger is one. */
export interface DatabaseLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** For callers with nothing to say it to. */
export const silentLog: DatabaseLog = { info: () => {}, warn: () => {} };
