import type { MountedSurface } from '../core/router.ts';

/**
 * A surface as a handler of Hono, which hands on the web's own request.
 *
 * @example
 * const surface = router.build({ getUser, getDb });
 * app.on('ALL', [...surface.paths], toHono(surface));
 */
export function toHono(
  surface: MountedSurface,
): (context: { readonly req: { readonly raw: Request } }) => Promise<Response> {
  return ({ req }) => surface.fetch(req.raw);
}
