import type { Readable } from 'node:stream';
import type { FastifyPluginAsync } from 'fastify';
import type { MountedSurface } from '../core/router.ts';
import { nodeCall } from './node.ts';

/**
 * A surface as a plugin of Fastify, at the surface's own addresses.
 *
 * @example
 * await app.register(toFastify(router.build({ getUser, getDb })));
 */
export function toFastify(surface: MountedSurface): FastifyPluginAsync {
  return async (app) => {
    // Inside this plugin alone: the surface reads bodies itself, within its own limits.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(['application/json', '*'], (_request, payload, done) => done(null, payload));
    for (const path of surface.paths)
      app.all(path, async (request, reply) => {
        const { status, headers, body } = await surface.answer(
          nodeCall(request.raw, request.body as Readable | undefined),
        );
        return reply.code(status).headers(headers).send(body);
      });
  };
}
