/** Every code that an intent is refused with, its status and what to do about it (A13). */
export const intentErrors = {
  MALFORMED_REQUEST: { status: 400, fix: 'Send a JSON object with `model` and `action`.' },
  UNAUTHENTICATED: { status: 401, fix: 'Send a credential that this surface takes.' },
  WRONG_SURFACE: { status: 403, fix: 'Call the surface that this kind of token belongs to.' },
  FORBIDDEN: { status: 403, fix: 'Ask for the right that this needs.' },
  INSUFFICIENT_ROLE: { status: 403, fix: 'Ask somebody with the role that this needs.' },
  UNKNOWN_MODEL: { status: 404, fix: 'Correct `model`, or register it on this surface.' },
  UNKNOWN_ACTION: {
    status: 404,
    fix: 'Correct `action` or `command`; the model has no such one on this surface.',
  },
  NOT_FOUND: { status: 404, fix: 'Check the id.' },
  METHOD_NOT_ALLOWED: { status: 405, fix: 'Intents are sent by POST.' },
  CONFLICT: { status: 409, fix: 'Read it again and repeat the change on what is there now.' },
  PAYLOAD_TOO_LARGE: { status: 413, fix: 'Send less at once.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, fix: 'Send the content type `application/json`.' },
  VALIDATION_FAILED: { status: 422, fix: 'Correct the fields that `fields` names.' },
  INTERNAL: { status: 500, fix: 'Try again; if it stays, give the request id to the operator.' },
  UNAVAILABLE: { status: 503, fix: 'Try again in a moment; nothing was changed.' },
} as const satisfies Record<string, { status: number; fix: string }>;

/** One code of the catalogue. */
export type IntentErrorCode = keyof typeof intentErrors;

/** What is wrong with one field, as it is named on the wire: `payload.title`. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/**
 * A refusal with a code of its own. Handlers throw it to say no; whatever else they throw is answered as `INTERNAL`, and
 * its text goes to the log alone.
 */
export class IntentError extends Error {
  override readonly name = 'IntentError';
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  readonly fields: readonly FieldProblem[];
  /** What a program needs to go on, beside the code. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  /**
   * @param code one of {@link intentErrors}, or a stable one of your own in capitals
   * @param options.status of a code of your own; 400 when left out
   */
  constructor(
    code: IntentErrorCode | (string & {}),
    message?: string,
    options: {
      readonly status?: number;
      readonly fields?: readonly FieldProblem[];
      readonly details?: Readonly<Record<string, unknown>> | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    const known = Object.hasOwn(intentErrors, code) ? intentErrors[code as IntentErrorCode] : undefined;
    super(message ?? known?.fix ?? code, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = known?.status ?? options.status ?? 400;
    this.fields = options.fields ?? [];
    this.details = options.details;
  }
}
