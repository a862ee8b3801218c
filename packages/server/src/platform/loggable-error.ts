interface Loggable {
  readonly type: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly constraint?: string | undefined;
  readonly stack?: string | undefined;
  readonly cause?: Loggable | undefined;
}

/** Drizzle puts a query's parameters into its message, and they may hold digests and hashes. */
const withoutParameters = (text: string): string => text.replace(/\nparams: [\s\S]*?(?=\n {4}at |$)/, '');

/**
 * An error as the log may have it: what failed and where, without the values that it failed on.
 * PostgreSQL's `detail` quotes the row, so it stays out as well.
 */
export function loggableError(error: unknown): Loggable | unknown {
  if (!(error instanceof Error)) return error;
  const { code, constraint } = error as { code?: string; constraint?: string };
  return {
    type: error.name,
    message: withoutParameters(error.message),
    code,
    constraint,
    stack: error.stack && withoutParameters(error.stack),
    cause: error.cause === undefined ? undefined : (loggableError(error.cause) as Loggable),
  };
}
