import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MountedSurface } from '../core/router.ts';
import { nodeCall } from './node.ts';

/**
 * A surface as a handler of Express, or of anything else that gives Node's request and response. It reads the body itself: mount
 * it before `express.json()`, or leave its address out there.
 *
 * @example
 * const surface = router.build({ getUser, getDb });
 * app.all([...surface.paths], toExpress(surface));
 */
export function toExpress(
  surface: MountedSurface,
): (request: IncomingMessage & { readonly originalUrl?: string }, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    if (request.readableEnded)
      throw new Error('The body of this intent was read before: mount the surface before express.json()');
    const { method, headers } = request;
    const url = request.originalUrl ?? request.url;
    const {
      status,
      headers: answered,
      body,
    } = await surface.answer(nodeCall({ method, headers, url }, request));
    response.writeHead(status, answered).end(body);
  };
}
