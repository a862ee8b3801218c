import type { FastifyRequest, RouteShorthandOptions } from 'fastify';
import { Refusal } from '../refusal.ts';
import { asRefusal } from './problem.ts';

const echoed = /^[\x20-\x7e]{1,1000}$/;

/** The AuthZEN Authorization API knows one status for what can't be read, whatever it is that can't (§10.1). */
function asBadRequest(error: unknown): Refusal {
  const refusal = asRefusal(error);
  const isUnreadable = refusal.code === 'validation_failed' || refusal.code === 'unsupported_media_type';
  if (!isUnreadable) return refusal;
  return new Refusal('malformed_request', {
    detail: refusal.detail ?? 'Send JSON with the members that the AuthZEN Authorization API names.',
    ...(refusal.fields ? { fields: refusal.fields } : {}),
    cause: error,
  });
}

/** What a route of AuthZEN does beyond the others: it tells a request's own id (`X-Request-ID`) with every answer. */
export const authzenManners: RouteShorthandOptions = {
  onRequest(request: FastifyRequest, reply, done) {
    const id = request.headers['x-request-id'];
    if (typeof id === 'string' && echoed.test(id)) reply.header('x-request-id', id);
    done();
  },
  // What is thrown here goes on to the listener's own handler.
  errorHandler(error) {
    throw asBadRequest(error);
  },
};
