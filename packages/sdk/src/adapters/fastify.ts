import type { LivePrincipal, WorkspaceRole } from '@castellan/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Castellan } from '../core/castellan.ts';
import { type Guard, requireUser, requireWorkspaceRole } from '../core/guards.ts';
import type { AuthenticateOutcome } from '../core/outcome.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; set on routes that a Castellan guard let pass, `null` elsewhere. */
    principal: LivePrincipal | null;
  }
}

/** A hook for the `preHandler` (or `onRequest`) of a route. */
export type FastifyGuard = (
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<FastifyReply | undefined>;

/** The guards of the core as Fastify hooks. */
export interface FastifyGuards {
  requireUser(): FastifyGuard;
  requireWorkspaceRole(role: WorkspaceRole): FastifyGuard;
  /** Lets pass who may do an action of the service, now, in the workspace they are signed in to: by a role that has it. */
  requireAction(action: string): FastifyGuard;
  /** Any guard of your own. */
  require(guard: Guard): FastifyGuard;
}

/**
 * Brings the guards to a Fastify application. Use them as `onRequest`, and a refused call costs no body parsing.
 *
 * @example
 * const guards = castellanGuards(app, castellan);
 * app.get('/orders', { onRequest: guards.requireUser() }, (request) => listOrders(principalOf(request)));
 */
export function castellanGuards(app: FastifyInstance, castellan: Castellan): FastifyGuards {
  if (!app.hasRequestDecorator('principal')) app.decorateRequest('principal', null);
  const translate =
    (decide: (request: FastifyRequest) => Promise<AuthenticateOutcome>): FastifyGuard =>
    async (request, reply) => {
      const outcome = await decide(request);
      if (outcome.ok) {
        request.principal = outcome.principal;
        return undefined;
      }
      if (outcome.cause)
        request.log.warn({ err: outcome.cause }, 'Castellan gave no answer; the call was refused');
      const { status, headers, body } = castellan.describeRefusal(outcome, request.id);
      return reply.code(status).headers(headers).send(body);
    };
  const guarded = (guard: Guard): FastifyGuard => translate((request) => castellan.protect(request, guard));
  return {
    requireUser: () => guarded(requireUser()),
    requireWorkspaceRole: (role) => guarded(requireWorkspaceRole(role)),
    requireAction: (action) => translate((request) => castellan.authorize(request, action)),
    require: guarded,
  };
}

/** The principal of a guarded route. Throws where no guard ran: that is a mistake in the code, not a refusal. */
export function principalOf(request: FastifyRequest): LivePrincipal {
  if (!request.principal) throw new Error('No Castellan guard protects this route');
  return request.principal;
}
