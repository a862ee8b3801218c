import { CastellanError } from '@castellan/sdk';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

/** What this product refuses by itself; who may call at all is the business of the Castellan guards. */
const problems = {
  malformed_request: { status: 400, title: 'The request could not be read' },
  impersonation_read_only: { status: 403, title: 'You act as this person, and may only look' },
  other_site: { status: 403, title: 'The request came from another site' },
  not_found: { status: 404, title: 'There is nothing here that you can see' },
  refund_too_large: { status: 409, title: 'That is more than is left to refund' },
  payload_too_large: { status: 413, title: 'That is too large' },
  unsupported_media_type: { status: 415, title: 'Send JSON' },
  validation_failed: { status: 422, title: 'Some fields need another look' },
  idempotency_key_reused: { status: 422, title: 'This idempotency key was used for another request' },
  internal: { status: 500, title: 'Something went wrong here' },
  unavailable: { status: 503, title: 'The order book can not be reached now; try again shortly' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

/** What is wrong with one field. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** Thrown by the product's rules; the handler below speaks HTTP. */
export class OrdersError extends Error {
  readonly code: ProblemCode;
  readonly detail: string | undefined;
  readonly errors: readonly FieldProblem[] | undefined;

  constructor(code: ProblemCode, detail?: string, errors?: readonly FieldProblem[]) {
    super(detail ?? problems[code].title);
    this.name = 'OrdersError';
    this.code = code;
    this.detail = detail;
    this.errors = errors;
  }
}

/** Reads input by its schema, or says which fields are wrong. */
export function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
  throw new OrdersError('validation_failed', undefined, errors);
}

/** Answers every error as a problem document (RFC 9457). A cause that nobody expected stays in the log. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = error instanceof OrdersError ? error : translate(error);
    if (problems[known.code].status >= 500) request.log.error({ err: error }, 'The request failed');
    return sendProblem(request, reply, known);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, new OrdersError('not_found')));
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, error: OrdersError): FastifyReply {
  const { status, title } = problems[error.code];
  if (status === 503) reply.header('retry-after', '2');
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json; charset=utf-8')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title,
        status,
        code: error.code,
        detail: error.detail,
        errors: error.errors,
        correlation_id: request.id,
      }),
    );
}

function translate(error: FastifyError): OrdersError {
  // Whatever Castellan could not say: nobody is shown anything on a guess.
  if (error instanceof CastellanError || isDatabaseAway(error)) return new OrdersError('unavailable');
  switch (error.statusCode) {
    case 400:
      return new OrdersError('malformed_request');
    case 404:
      return new OrdersError('not_found');
    case 413:
      return new OrdersError('payload_too_large');
    case 415:
      return new OrdersError('unsupported_media_type');
    default:
      return new OrdersError('internal');
  }
}

/** Connection failures, by the system's name or by PostgreSQL's class 08 and 57P. */
export function isDatabaseAway(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code: unknown = 'code' in at ? at.code : undefined;
    if (typeof code === 'string' && /^(08...|57P..|ECONNREFUSED|ECONNRESET|ENOENT)$/.test(code)) return true;
    if (/Connection terminated|timeout exceeded when trying to connect/.test(at.message)) return true;
  }
  return false;
}
