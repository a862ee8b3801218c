import { bindImpersonationContext, enforceActorWrites, impersonationScope } from '@castellan/admin';
import { IntentError } from '@castellan/intents';
import {
  type AuthenticateOutcome,
  type Castellan,
  type Guard,
  type LivePrincipal,
  type Refusal,
  readBearerToken,
  requireUser,
  requireWorkspaceRole,
} from '@castellan/sdk';
import type { FastifyGuard, FastifyGuards } from '@castellan/sdk/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Database } from '../database/connect.ts';
import { roleIn } from '../orders/order-books.ts';
import { listPlaces } from '../orders/repository.ts';
import { OrdersError } from '../problems.ts';

/** The workspace that an acting operator looks at: their token names none, since the person may be in several. */
const workspaceHeader = 'orders-workspace';

/**
 * The guards, for operators who act as a person as well: such a session changes nothing unless it may, is in the workspace that
 * it names if the person is in that, and says in each line of the log who acts. Everybody else is guarded as before.
 */
export function actingGuards(
  app: FastifyInstance,
  { guards, castellan, database }: { guards: FastifyGuards; castellan: Castellan; database: Database },
): FastifyGuards {
  app.addHook('onRequest', (_request, _reply, done) => impersonationScope(done));

  /** The person whom an operator acts as, in the workspace that was named. */
  async function enter(
    request: FastifyRequest,
    principal: LivePrincipal,
    token: string,
  ): Promise<LivePrincipal> {
    const named = request.headers[workspaceHeader];
    const [place] =
      typeof named === 'string' && isId(named) ? await listPlaces(database, [named.toLowerCase()]) : [];
    const role = place && (await roleIn(castellan, token, place.workspaceId));
    return place && role
      ? { ...principal, workspaceId: place.workspaceId, workspaceSlug: place.slug, workspaceRole: role }
      : principal;
  }

  const orActing =
    (
      usual: FastifyGuard,
      decide: (principal: LivePrincipal, token: string) => Promise<AuthenticateOutcome> | AuthenticateOutcome,
    ): FastifyGuard =>
    async (request, reply) => {
      const token = await actingToken(castellan, request);
      if (token === undefined) return usual(request, reply);
      const outcome = await castellan.authenticate(request);
      if (!outcome.ok) return refuse(castellan, request, reply, outcome);
      const { principal } = outcome;
      const { act } = principal;
      if (!act) return usual(request, reply);
      const claims = { sub: principal.userId, act };
      bindImpersonationContext(claims);
      refuseWrite(claims, request);
      const decided = await decide(await enter(request, principal, token), token);
      if (!decided.ok) return refuse(castellan, request, reply, decided);
      request.principal = decided.principal;
      return undefined;
    };
  const byGuard = (usual: FastifyGuard, guard: Guard): FastifyGuard =>
    orActing(usual, (principal) => guard({ ok: true, principal }));
  return {
    requireUser: () => byGuard(guards.requireUser(), requireUser()),
    requireWorkspaceRole: (role) => byGuard(guards.requireWorkspaceRole(role), requireWorkspaceRole(role)),
    requireAction: (action) =>
      orActing(guards.requireAction(action), async (principal, token) => {
        const inWorkspace = requireWorkspaceRole('viewer')({ ok: true, principal });
        if (!inWorkspace.ok) return inWorkspace;
        const { allowed } = await castellan.can({ token, workspaceId: principal.workspaceId! }, action);
        return allowed ? inWorkspace : forbidden(`This needs the action ${action}, which they do not have`);
      }),
    require: (guard) => byGuard(guards.require(guard), guard),
  };
}

const isId = (text: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

const forbidden = (message: string): Refusal => ({ ok: false, status: 403, code: 'forbidden', message });

/** The token of a call in which somebody acts, by its signature; whether the session stands is asked afterwards. */
async function actingToken(castellan: Castellan, request: FastifyRequest): Promise<string | undefined> {
  const bearer = readBearerToken(request);
  if (bearer.kind !== 'token') return undefined;
  const verified = await castellan.verify(bearer.token);
  return verified.ok && verified.identity.act ? bearer.token : undefined;
}

/** @throws OrdersError `impersonation_read_only` */
function refuseWrite(claims: Readonly<Record<string, unknown>>, { method }: FastifyRequest): void {
  const action = method === 'GET' || method === 'HEAD' ? 'read' : 'update';
  try {
    enforceActorWrites(claims, { action, isReadOnlyCustomAction: false, requireClaims: true });
  } catch (error) {
    if (!(error instanceof IntentError)) throw error;
    throw new OrdersError(
      'impersonation_read_only',
      'You act as this person and may only look: nothing was changed. To change something, begin a session in the console that allows changes.',
    );
  }
}

function refuse(
  castellan: Castellan,
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Refusal,
): FastifyReply {
  if (refusal.cause)
    request.log.warn({ err: refusal.cause }, 'Castellan gave no answer; the call was refused');
  const { status, headers, body } = castellan.describeRefusal(refusal, request.id);
  return reply.code(status).headers(headers).send(body);
}
