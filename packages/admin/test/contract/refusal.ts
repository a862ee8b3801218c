const statuses: Readonly<Record<string, number>> = {
  MALFORMED_REQUEST: 400,
  UNAUTHENTICATED: 401,
  TOKEN_INVALID: 401,
  TOKEN_EXPIRED: 401,
  TOKEN_REPLAYED: 401,
  WRONG_SURFACE: 403,
  INSUFFICIENT_ROLE: 403,
  DELETE_DENIED: 403,
  APPROVAL_REQUIRED: 403,
  IMPERSONATION_WRITE_DENIED: 403,
  NOT_FOUND: 404,
  UNKNOWN_MODEL: 404,
  UNKNOWN_ACTION: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  INTERNAL: 500,
};

/** A refusal of the small product; codes that are not in the table are of input and 422. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: string,
    message: string = code,
    details?: Readonly<Record<string, unknown>>,
    status?: number,
  ) {
    super(message);
    this.code = code;
    this.status = status ?? statuses[code] ?? 422;
    this.details = details;
  }
}
