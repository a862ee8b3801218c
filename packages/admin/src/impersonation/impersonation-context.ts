import { AsyncLocalStorage } from 'node:async_hooks';
import { type Acting, readActing, type SessionClaims } from './actor-claims.ts';

/** What log lines of a request carry while an operator acts as the user. */
export interface ImpersonationLogFields {
  readonly acting_admin_id?: string;
  readonly impersonation_session_id?: string;
}

interface Held {
  fields: ImpersonationLogFields;
}

const storage = new AsyncLocalStorage<Held>();
const none: ImpersonationLogFields = {};

/**
 * Notes who acts in this request, so that each of its log lines can say so: one line in `getUser`. A session that is the
 * user's own clears what was noted.
 *
 * What is noted inside an `async` function after its first `await` is not seen by its caller, unless a scope is open:
 * {@link impersonationScope} opens one for the request, and `actorWritesMiddleware` one for each handler by itself.
 *
 * @example
 * async function getUser({ request, context }) {
 *   const claims = await verify(request);
 *   bindImpersonationContext(claims);
 *   context.sessionClaims = claims;
 *   return claims.sub;
 * }
 */
export function bindImpersonationContext(claims: SessionClaims, services: readonly string[] = []): void {
  const fields = fieldsOf(readActing(claims, services));
  const held = storage.getStore();
  if (held) held.fields = fields;
  else storage.enterWith({ fields });
}

/**
 * `acting_admin_id` and `impersonation_session_id` of this request; nothing where the user acts for themselves.
 *
 * @example
 * const log = pino({ mixin: impersonationLogFields });
 */
export function impersonationLogFields(): ImpersonationLogFields {
  return { ...(storage.getStore()?.fields ?? none) };
}

/**
 * Runs one request in a scope of its own: what `bindImpersonationContext` notes anywhere in it is seen everywhere in it, and
 * nowhere else.
 *
 * @example
 * app.use((request, response, next) => impersonationScope(next)); // Express
 * app.addHook('onRequest', (request, reply, done) => impersonationScope(done)); // Fastify
 * app.use((context, next) => impersonationScope(next)); // Hono
 */
export function impersonationScope<T>(work: () => T): T {
  return storage.run({ fields: none }, work);
}

/** Runs a handler so that its log lines say who acts. */
export function runAsImpersonation<T>(acting: Acting, work: () => T): T {
  return storage.run({ fields: fieldsOf(acting) }, work);
}

function fieldsOf(acting: Acting): ImpersonationLogFields {
  if (acting.kind !== 'operator') return none;
  const { adminId, sessionId } = acting.operator;
  return {
    acting_admin_id: adminId === '' ? 'unknown' : adminId,
    ...(sessionId === undefined ? {} : { impersonation_session_id: sessionId }),
  };
}
