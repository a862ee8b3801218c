import { type IntentLimits, usualLimits } from './envelope.ts';
import type { CustomActionOptions, IntentArgs } from './service.ts';
import type { Surface } from './surfaces.ts';

/** One dispatch, as middlewares see it. */
export interface Dispatch {
  readonly surface: Surface;
  readonly model: string;
  /** `create`, …, or the name of a custom action. */
  readonly action: string;
  readonly isCustom: boolean;
  /** How a custom action is marked; `undefined` for the usual ones. */
  readonly custom: CustomActionOptions | undefined;
  /** Of a custom action: whether it says that it changes nothing; lists and reads never do. */
  readonly isReadOnly: boolean;
  /** The web's request, made where it is asked for; its body is read. */
  readonly request: Request;
  /** What the handler will be given. */
  readonly args: IntentArgs;
}

/** Stands around every dispatch: calls `next` and gives its result, or another one, or throws an `IntentError`. */
export type Middleware = (dispatch: Dispatch, next: () => Promise<unknown>) => Promise<unknown>;

/** Told of every call when it is over: timing, audit, logs. It can change nothing. */
export interface CallReport {
  readonly surface: Surface;
  readonly requestId: string;
  readonly model: string | undefined;
  readonly action: string | undefined;
  readonly status: number;
  /** The code of a refusal. */
  readonly code: string | undefined;
  readonly milliseconds: number;
  /** Of an error that nobody meant: never part of the answer. */
  readonly cause: unknown;
}

/** What all surfaces of a router share. */
export interface Runtime {
  readonly middlewares: readonly Middleware[];
  readonly limits: IntentLimits;
  readonly onCall: (report: CallReport) => void;
}

/**
 * Puts a runtime together.
 *
 * @param options.middlewares the first one stands outermost
 * @param options.limits what of the usual limits is otherwise
 * @param options.onCall hears of every call; errors that were answered as `INTERNAL` are written to `console.error` when left out
 */
export function buildRuntime(
  options: {
    readonly middlewares?: readonly Middleware[];
    readonly limits?: Partial<IntentLimits>;
    readonly onCall?: (report: CallReport) => void;
  } = {},
): Runtime {
  return {
    middlewares: options.middlewares ?? [],
    limits: { ...usualLimits, ...options.limits },
    onCall:
      options.onCall ??
      (({ cause, status, requestId, model, action }) => {
        // A refusal was meant, and what it was caused by may hold values of rows.
        if (cause !== undefined && status >= 500)
          console.error(`intent ${model}.${action} failed (${requestId})`, cause);
      }),
  };
}

/** Runs the middlewares around a handler, the first one outermost. */
export function runThrough(
  middlewares: readonly Middleware[],
  dispatch: Dispatch,
  handle: () => Promise<unknown>,
): Promise<unknown> {
  const at = (index: number): Promise<unknown> => {
    const middleware = middlewares[index];
    if (!middleware) return handle();
    let called = false;
    return middleware(dispatch, () => {
      if (called) throw new Error('A middleware called next twice');
      called = true;
      return at(index + 1);
    });
  };
  return at(0);
}
