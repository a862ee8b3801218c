import { impersonationBanner, TicketRefusedError } from '@castellan/admin';
import { type Castellan, CastellanError, type LivePrincipal } from '@castellan/sdk';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Database } from '../database/connect.ts';
import { bookWorkspacesOf, roleIn } from '../orders/order-books.ts';
import { listPlaces } from '../orders/repository.ts';
import type { Page } from '../page.ts';
import { OrdersError } from '../problems.ts';
import { type SealedCookie, sealedCookie } from '../sign-in/sealed-cookie.ts';
import { type ActingParts, type Actors, actingPath } from './actors.ts';

interface ActingOptions extends ActingParts {
  readonly actors: Actors;
  readonly castellan: Castellan;
  readonly database: Database;
  readonly page: Page;
}

/** What the cookie of one session keeps, below the address of that session alone. */
interface Kept {
  readonly accessToken: string;
}

interface OfSession {
  Params: { session: string };
}

/**
 * Where operators act as people. Each session has an address of its own, so that two of them in two tabs, and the operator's
 * own sign-in in a third, never become one another. The banner is written here, before any script runs.
 */
export function actingRoutes(app: FastifyInstance, options: ActingOptions): void {
  const { actors, castellan, database, page, ownUrl, serviceKey } = options;
  const cookieOf = (session: string, maxAgeSeconds = 0): SealedCookie<Kept> =>
    sealedCookie<Kept>({
      name: 'orders_acting',
      path: `${actingPath}/${session}`,
      // A cookie of one session opens no other.
      secret: `${serviceKey} ${session}`,
      secure: ownUrl.startsWith('https:'),
      // The console leads here from another site.
      sameSite: 'Lax',
      maxAgeSeconds,
    });
  const over = (reply: FastifyReply, why: string): FastifyReply =>
    page.send(reply.code(why === 'unreachable' ? 503 : 403), { 'acting-over': why });

  // Nothing of it is logged below a warning: the ticket is in the address.
  app.get<{ Querystring: { impersonation_ticket?: string } }>(
    actingPath,
    { logLevel: 'warn' },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      try {
        const { accessToken, expiresAt, claims } = await actors.redeem(request.query.impersonation_ticket);
        const session = sessionOf(claims.act);
        if (session === undefined) return over(reply, 'ticket_refused');
        const seconds = Math.ceil((expiresAt.getTime() - Date.now()) / 1000);
        cookieOf(session, seconds).write(reply, { accessToken });
        return reply.redirect(`${actingPath}/${session}`, 303);
      } catch (error) {
        if (error instanceof TicketRefusedError) return over(reply, 'ticket_refused');
        request.log.warn({ err: error }, 'A ticket could not be traded for a session');
        return over(reply, 'unreachable');
      }
    },
  );

  app.get<OfSession>(`${actingPath}/:session`, async (request, reply) => {
    const { session } = request.params;
    const standing = await stands(castellan, request, cookieOf(session).read(request));
    reply.header('cache-control', 'no-store');
    if (typeof standing === 'string') return over(reply, standing);
    const { principal } = standing;
    const banner = impersonationBanner({ act: principal.act }, { userName: principal.name });
    return page.send(reply, { acting: session }, banner);
  });

  app.post<OfSession>(`${actingPath}/:session/token`, async (request, reply) => {
    refuseOtherSites(request, ownUrl);
    reply.header('cache-control', 'no-store');
    const standing = await stands(castellan, request, cookieOf(request.params.session).read(request));
    if (typeof standing === 'string')
      return reply.code(standing === 'unreachable' ? 503 : 401).send({ code: standing });
    const { principal, accessToken } = standing;
    const { userId: id, email, name, expiresAt } = principal;
    return {
      access_token: accessToken,
      expires_in: Math.floor((expiresAt.getTime() - Date.now()) / 1000),
      user: { id, email, name },
      workspaces: await workspacesOf(castellan, database, accessToken),
    };
  });

  app.post<OfSession>(`${actingPath}/:session/end`, async (request, reply) => {
    refuseOtherSites(request, ownUrl);
    const cookie = cookieOf(request.params.session);
    const kept = cookie.read(request);
    cookie.clear(reply);
    // What this browser held is gone either way; what could not be told ends by itself, or from the console's list.
    if (kept)
      await actors
        .end(kept.accessToken)
        .catch((error: unknown) => request.log.warn({ err: error }, 'Castellan could not end a session'));
    return reply.code(204).send();
  });
}

/** The session behind a cookie, as Castellan knows it at this moment; or why there is none. */
async function stands(
  castellan: Castellan,
  request: FastifyRequest,
  kept: Kept | undefined,
): Promise<{ readonly principal: LivePrincipal; readonly accessToken: string } | string> {
  if (!kept) return 'not_here';
  try {
    const check = await castellan.checkSession(kept.accessToken);
    if (!check.active) return check.code;
    return check.act ? { principal: check, accessToken: kept.accessToken } : 'not_here';
  } catch (error) {
    if (!(error instanceof CastellanError)) throw error;
    request.log.warn({ err: error }, 'Castellan could not be asked whether an operator’s session stands');
    return 'unreachable';
  }
}

/** Where the person is, as whom somebody acts. */
async function workspacesOf(castellan: Castellan, database: Database, token: string) {
  const ids = await bookWorkspacesOf(castellan, token);
  const places = ids.length === 0 ? [] : await listPlaces(database, ids);
  const roles = await Promise.all(places.map(({ workspaceId }) => roleIn(castellan, token, workspaceId)));
  return places.flatMap(({ workspaceId: id, slug }, index) => {
    const role = roles[index];
    return role ? [{ id, slug, name: slug, role }] : [];
  });
}

function sessionOf(act: unknown): string | undefined {
  const id = typeof act === 'object' && act !== null && 'impersonation_session_id' in act;
  return id && typeof act.impersonation_session_id === 'string' ? act.impersonation_session_id : undefined;
}

/** A cookie comes along with whatever a browser sends; only this product's own page may use it. */
function refuseOtherSites(request: FastifyRequest, ownUrl: string): void {
  if (request.headers.origin !== ownUrl) throw new OrdersError('other_site');
}
