/**
 * What the SDK throws: only for questions that could not be asked or answered. An expected "no" (no token,
 * an ended session, a missing role) is a value, never one of these.
 *
 * No message carries a token or a key.
 */
export class CastellanError extends Error {
  static readonly code: string = 'castellan_error';
  /** Stable; switch on it rather than on the message. */
  readonly code: string = CastellanError.code;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** One field that the platform refused, with what to write instead. */
export interface RefusedField {
  readonly field: string;
  readonly message: string;
}

/**
 * The platform understood the request and refused it: it names an action, a type, a resource or a person that is not
 * known, or somebody may not do this. `problem` says which, in the words of the platform's error catalogue.
 */
export class RefusedError extends CastellanError {
  static override readonly code: string = 'request_refused';
  override readonly code: string = RefusedError.code;
  /** A code of the error catalogue, such as `action_unknown` or `not_found`. */
  readonly problem: string;
  readonly status: number;
  readonly fields: readonly RefusedField[];

  constructor(message: string, problem: string, status: number, fields: readonly RefusedField[] = []) {
    super(message);
    this.problem = problem;
    this.status = status;
    this.fields = fields;
  }
}

/** A setting of `createCastellan` that can not work. */
export class ConfigurationError extends CastellanError {
  static override readonly code: string = 'configuration_invalid';
  override readonly code: string = ConfigurationError.code;
}

/** The platform did not answer, or answered something that is no answer. Nothing may be allowed on it. */
export class UnavailableError extends CastellanError {
  static override readonly code: string = 'unavailable';
  override readonly code: string = UnavailableError.code;
  /** Seconds until another try makes sense, where the platform said so; else `null`. */
  readonly retryAfter: number | null;

  constructor(message: string, retryAfter: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.retryAfter = retryAfter;
  }
}

/** The platform refused the service key: it is wrong, was rotated, or belongs to a removed service. */
export class ServiceKeyError extends CastellanError {
  static override readonly code: string = 'service_key_refused';
  override readonly code: string = ServiceKeyError.code;
}

/** What the headers of a 429 said; `null` where one is absent or unreadable. */
export interface RateLimit {
  /** Seconds until the next try. */
  readonly retryAfter: number | null;
  /** Calls in the window. */
  readonly limit: number | null;
  /** Calls left in it. */
  readonly remaining: number | null;
  /** When the window ends, in Unix seconds. */
  readonly reset: number | null;
}

/** The platform still answered 429 after the last retry. */
export class RateLimitError extends CastellanError {
  static override readonly code: string = 'rate_limited';
  override readonly code: string = RateLimitError.code;
  readonly retryAfter: number | null;
  readonly limit: number | null;
  readonly remaining: number | null;
  readonly reset: number | null;

  constructor(rate: RateLimit) {
    super('Castellan limits how often this service may ask; it was asked too often');
    this.retryAfter = rate.retryAfter;
    this.limit = rate.limit;
    this.remaining = rate.remaining;
    this.reset = rate.reset;
  }
}
