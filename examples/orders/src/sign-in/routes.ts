import { type Castellan, CastellanError } from '@castellan/sdk';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OrdersError } from '../problems.ts';
import {
  type Attempt,
  type CastellanClient,
  CastellanSignInError,
  callbackPath,
  type Tokens,
} from './castellan-client.ts';
import { sealedCookie } from './sealed-cookie.ts';

export interface SignInOptions {
  readonly client: CastellanClient;
  readonly castellan: Castellan;
  readonly ownUrl: string;
  /** Seals the cookies. */
  readonly secret: string;
}

/**
 * Sign-in through Castellan beside the page's own password form. The refresh token stays here, in a cookie that no
 * script can read; the page is given access tokens, which live for minutes.
 */
export function signInRoutes(app: FastifyInstance, options: SignInOptions): void {
  const { client, castellan, ownUrl, secret } = options;
  const secure = ownUrl.startsWith('https:');
  const attempts = sealedCookie<Attempt>({
    name: 'orders_attempt',
    secret,
    secure,
    sameSite: 'Lax',
    maxAgeSeconds: 600,
  });
  const sessions = sealedCookie<{ refreshToken: string }>({
    name: 'orders_session',
    secret,
    secure,
    sameSite: 'Strict',
    maxAgeSeconds: 30 * 24 * 3600,
  });
  const home = (reply: FastifyReply, outcome: string): FastifyReply =>
    reply.header('cache-control', 'no-store').redirect(`/#${outcome}`, 303);

  app.get<{ Querystring: { again?: string } }>('/sign-in/start', async (request, reply) => {
    const again = request.query.again !== undefined;
    // Castellan leads back to one address: whoever came by another name of this machine goes on by that one.
    if (request.host !== new URL(ownUrl).host)
      return reply.redirect(`${ownUrl}/sign-in/start${again ? '?again' : ''}`, 303);
    try {
      const { url, attempt } = await client.begin({ again });
      attempts.write(reply, attempt);
      return reply.header('cache-control', 'no-store').redirect(url, 303);
    } catch (error) {
      return home(reply, failed(request, error));
    }
  });

  app.get(callbackPath, async (request, reply) => {
    const attempt = attempts.read(request);
    attempts.clear(reply);
    // Nobody began a sign-in in this browser: the answer is somebody else's, or old (RFC 6749 §10.12).
    if (!attempt) return home(reply, 'sign-in-failed=not_begun_here');
    try {
      const query = request.url.slice(request.url.indexOf('?'));
      const { refreshToken } = await client.finish(query, attempt);
      sessions.write(reply, { refreshToken });
      return home(reply, 'signed-in');
    } catch (error) {
      return home(reply, failed(request, error));
    }
  });

  app.post('/sign-in/token', async (request, reply) => {
    refuseOtherSites(request, ownUrl);
    reply.header('cache-control', 'no-store');
    const session = sessions.read(request);
    if (!session) return answer(reply, 401, 'session_ended');
    let tokens: Tokens;
    try {
      tokens = await client.renew(session.refreshToken);
    } catch (error) {
      const ended = error instanceof CastellanSignInError && error.code === 'invalid_grant';
      if (!ended) {
        request.log.warn({ err: error }, 'Castellan could not renew a sign-in');
        return answer(reply, 503, 'unreachable');
      }
      sessions.clear(reply);
      return answer(reply, 401, 'session_ended');
    }
    sessions.write(reply, { refreshToken: tokens.refreshToken });
    try {
      return await describe(castellan, tokens, reply);
    } catch (error) {
      if (!(error instanceof CastellanError)) throw error;
      request.log.warn({ err: error }, 'Castellan could not be asked who is signed in');
      return answer(reply, 503, 'unreachable');
    }
  });

  app.post('/sign-in/end', async (request, reply) => {
    refuseOtherSites(request, ownUrl);
    const session = sessions.read(request);
    sessions.clear(reply);
    if (session)
      await client
        .revoke(session.refreshToken)
        .catch((error: unknown) => request.log.warn({ err: error }, 'Castellan could not end a sign-in'));
    return reply.code(204).send();
  });
}

/** The new access token with who it is of, as Castellan knows them at this moment. */
async function describe(castellan: Castellan, tokens: Tokens, reply: FastifyReply): Promise<FastifyReply> {
  const check = await castellan.checkSession(tokens.accessToken);
  if (!check.active) return answer(reply, 401, check.code);
  const { userId, email, name, workspaceId, workspaceSlug, workspaceRole } = check;
  const workspace =
    workspaceId && workspaceSlug && workspaceRole
      ? { id: workspaceId, slug: workspaceSlug, name: workspaceSlug, role: workspaceRole }
      : undefined;
  return reply.send({
    access_token: tokens.accessToken,
    expires_in: tokens.expiresInSeconds,
    user: { id: userId, email, name },
    workspace,
    workspaces: workspace ? [workspace] : [],
  });
}

function answer(reply: FastifyReply, status: number, code: string): FastifyReply {
  return reply.code(status).send({ code });
}

/** A cookie comes along with whatever a browser sends; only this product's own page may use it. */
function refuseOtherSites(request: FastifyRequest, ownUrl: string): void {
  if (request.headers.origin !== ownUrl) throw new OrdersError('other_site');
}

function failed(request: FastifyRequest, error: unknown): string {
  const code = error instanceof CastellanSignInError ? error.code : 'internal';
  // What was declined is no fault; anything else is for whoever runs the product.
  if (code !== 'access_denied') request.log.warn({ err: error }, 'A sign-in through Castellan failed');
  return `sign-in-failed=${encodeURIComponent(code)}`;
}
