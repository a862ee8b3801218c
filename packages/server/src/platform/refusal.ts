import { type ErrorCode, errorCatalogue, type FieldError, type Problem } from '@castellan/contract';

interface RefusalOptions {
  /** What exactly was wrong, for the person who asked. */
  readonly detail?: string;
  readonly fields?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the code's own: what a product answered, where that means the same here. */
  readonly status?: number;
  /** Members of the problem document beyond the usual ones (RFC 9457 §3.2). */
  readonly extensions?: Pick<Problem, 'mfaToken' | 'methods' | 'productCode' | 'productDetails'>;
  /** For the log alone. */
  readonly cause?: unknown;
}

/** What a service throws when it can't do what was asked. One handler turns it into HTTP. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly fields: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly status: number;
  readonly extensions: RefusalOptions['extensions'];

  constructor(code: ErrorCode, options: RefusalOptions = {}) {
    super(options.detail ?? errorCatalogue[code].title, { cause: options.cause });
    this.name = 'Refusal';
    this.code = code;
    this.detail = options.detail;
    this.fields = options.fields;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.headers = options.headers;
    this.status = options.status ?? errorCatalogue[code].status;
    this.extensions = options.extensions;
  }
}

/** A refusal that names one field. */
export function refuseField(field: string, message: string): Refusal {
  return new Refusal('validation_failed', { fields: [{ field, message }] });
}
