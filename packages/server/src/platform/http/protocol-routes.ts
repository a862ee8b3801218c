import type { RouteDefinition } from '@castellan/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Implementation } from './implementation.ts';
import { asRefusal } from './problem.ts';

/** The most that a form or document of the protocol may hold, in bytes. */
export const protocolBodyLimit = 56 * 1024;

/** Answers a route that speaks a protocol of its own; the body is there as bytes. */
export type ServeProtocol = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Joins a protocol's route of the contract with the code that answers it. */
export function implementProtocol(route: RouteDefinition, serve: ServeProtocol): Implementation {
  return {
    route,
    serve,
    handle: () => Promise.reject(new Error(`${route.id} is served by its protocol`)),
  };
}

/**
 * Registers routes that speak OAuth: bodies are handed on unread, and what goes wrong before the protocol is reached is
 * told in its words (RFC 6749 §5.2).
 *
 * @param onRefused hears of every request that was refused here, with the code
 */
export async function registerProtocolRoutes(
  app: FastifyInstance,
  implementations: readonly Implementation[],
  onRefused: (request: FastifyRequest, error: string, cause: unknown) => void,
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The usual type by name, which is found without looking for another.
    scope.addContentTypeParser(
      ['application/x-www-form-urlencoded', '*'],
      { parseAs: 'buffer', bodyLimit: protocolBodyLimit },
      (_, body, done) => done(null, body),
    );
    scope.setErrorHandler((thrown, request, reply) => {
      const refusal = asRefusal(thrown);
      const told = protocolError(refusal.code);
      onRefused(request, told.error, thrown);
      if (told.status === 503) void reply.header('retry-after', '1');
      return reply
        .code(told.status)
        .type('application/json; charset=utf-8')
        .send(JSON.stringify({ error: told.error, error_description: told.description }));
    });
    const shared = new Map<string, ServeProtocol>();
    for (const { route, serve } of implementations) {
      const url = route.path.replace(/\{(\w+)\}/g, ':$1');
      if (route.crossOrigin && serve) shared.set(url, serve);
      scope.route({
        method: route.method,
        url,
        exposeHeadRoute: false,
        handler: (request, reply) => serve!(request, reply),
      });
    }
    for (const [url, serve] of shared)
      scope.route({ method: 'OPTIONS', url, handler: (request, reply) => serve(request, reply) });
  });
}

function protocolError(code: string): { status: number; error: string; description: string } {
  switch (code) {
    case 'payload_too_large':
      return { status: 413, error: 'invalid_request', description: 'the body is larger than 56 KiB' };
    case 'malformed_request':
    case 'unsupported_media_type':
      return { status: 400, error: 'invalid_request', description: 'the body could not be read' };
    case 'unavailable':
    case 'overloaded':
      return {
        status: 503,
        error: 'temporarily_unavailable',
        description: 'the platform can not answer now; try again in a moment',
      };
    default:
      return { status: 500, error: 'server_error', description: 'something went wrong here' };
  }
}
