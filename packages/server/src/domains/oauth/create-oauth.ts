import {
  authorizationServer,
  oauthAuthorize,
  oauthAuthorizePost,
  oauthDevice,
  oauthEndSession,
  oauthEndSessionPost,
  oauthJwks,
  oauthPar,
  oauthRegister,
  oauthResume,
  oauthToken,
  oauthUserinfo,
  oauthUserinfoPost,
  openidConfiguration,
  type RouteDefinition,
} from '@castellan/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from 'pino';
import type { Clock } from '../../platform/clock.ts';
import type { Settings } from '../../platform/config.ts';
import type { Database } from '../../platform/database/transaction.ts';
import type { GuardedFetch } from '../../platform/http/guarded-fetch.ts';
import { pageSecurityPolicy } from '../../platform/http/headers.ts';
import type { Implementation, RawAnswer } from '../../platform/http/implementation.ts';
import type { Metrics } from '../../platform/http/metrics.ts';
import { implementProtocol, type ServeProtocol } from '../../platform/http/protocol-routes.ts';
import type { Jwts } from '../../platform/keys/jwt.ts';
import type { SigningKeys } from '../../platform/keys/signing-keys.ts';
import { jwksMaxAgeSeconds } from '../../platform/keys/signing-keys.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { languageOf } from '../account/messages/language.ts';
import type { BrowserSessions } from '../browser-sessions/browser-session.ts';
import { readForm, type ServeOrdinary } from '../oauth-tokens/routes.ts';
import { createAdapter } from './adapter.ts';
import { createArtifactStore } from './artifact-store.ts';
import { createClientDirectory } from './client-directory.ts';
import { createClientDocuments } from './client-documents.ts';
import { createProvider } from './create-provider.ts';
import { describeError } from './describe-error.ts';
import { createDeviceCodes } from './device-codes.ts';
import { type EndSessionAnswer, endSession } from './end-session.ts';
import type { Interactions } from './interactions.ts';
import { createOAuthLimits } from './oauth-limits.ts';
import { providerConfiguration } from './provider-configuration.ts';
import { createInteractions } from './provider-interactions.ts';
import { createProviderKeeper } from './provider-keeper.ts';
import { loadProviderLibrary } from './provider-library.ts';
import { createRefreshTokens } from './refresh-tokens.ts';
import { preparedBody } from './registration-request.ts';
import { requireScope } from './request-scope.ts';
import { serveProvider, wrapProvider } from './serve-provider.ts';

/** An OAuth error that the browser can't be sent back with. */
export interface PageError {
  readonly error: string;
  readonly description: string | undefined;
  readonly status: number;
  readonly clientName?: string | undefined;
  readonly correlationId: string;
  readonly cookies: string | undefined;
  readonly acceptLanguage: string | undefined;
  readonly secure: boolean;
}

/** What the provider stands on. */
export interface OAuthDeps {
  readonly settings: Settings;
  readonly database: Database;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly keys: SigningKeys;
  readonly jwts: Jwts;
  readonly browserSessions: BrowserSessions;
  readonly fetch: GuardedFetch;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly noteSecretUse: (secretId: string) => void;
  /** Answers token exchange (RFC 8693), which the library does not have; it arrives at the token endpoint. */
  readonly serveExchange: ServeProtocol;
  /** Answers requests to the token endpoint in which nothing is out of the ordinary. */
  readonly serveOrdinary: ServeOrdinary;
  readonly errorPage: (error: PageError) => RawAnswer;
}

/** The OAuth 2.1 and OpenID Connect provider: its endpoints, and what pages go on with. */
export interface OAuth {
  readonly implementations: readonly Implementation[];
  readonly interactions: Interactions;
}

const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Puts the provider together. Nothing of the library is loaded before the first request needs it. */
export function createOAuth(deps: OAuthDeps): OAuth {
  const { settings, database, clock, vault, keys, jwts, browserSessions, log, metrics } = deps;
  const issuer = settings.PUBLIC_URL;
  const artifacts = createArtifactStore(vault);
  const refreshTokens = createRefreshTokens(vault);
  const limits = createOAuthLimits(database.pool);
  const sessionCookieName = browserSessions.cookieName;

  const renderError: NonNullable<Configuration['renderError']> = (ctx, out) => {
    writePage(ctx, out, deps.errorPage, settings.COOKIE_SECURE);
  };

  const keeper = createProviderKeeper({
    keys,
    log,
    make: async (jwks) => {
      const library = await loadProviderLibrary();
      const documents = createClientDocuments({
        database,
        clock,
        fetch: deps.fetch,
        library,
        enabled: settings.CLIENT_DOCUMENTS,
        mayFetch: limits.mayFetchDocument,
      });
      const clients = createClientDirectory({ documents, library });
      const configuration = providerConfiguration({
        library,
        issuer,
        adapter: createAdapter({ library, artifacts, refreshTokens, clients, browserSessions, issuer }),
        jwks,
        sessionCookieName,
        cookieSecure: settings.COOKIE_SECURE,
        fetch: deps.fetch,
        dpopNonceSecret: vault.derive('oauth-artifacts', 'dpop nonces'),
        dynamicRegistration: settings.DYNAMIC_REGISTRATION,
        clientDocuments: settings.CLIENT_DOCUMENTS,
        renderError,
      });
      const provider = createProvider({
        library,
        configuration,
        issuer,
        jwts,
        artifacts,
        refreshTokens,
        noteSecretUse: deps.noteSecretUse,
        isRevoked: async (jti) =>
          (
            await requireScope().query(
              { name: 'is token revoked', text: 'SELECT 1 AS one FROM revoked_tokens WHERE jti = $1' },
              [jti],
            )
          ).length > 0,
      });
      wrapProvider(provider, {
        log,
        sessionCookieName,
        onRefused: (endpoint, error) => metrics.oauthRefused(endpoint, error),
      });
      return provider;
    },
  });

  const provide = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    askForSomething(request);
    return serveProvider({ database, clock, issuer }, await keeper.current(), request, reply);
  };

  const provided: readonly RouteDefinition[] = [
    openidConfiguration,
    authorizationServer,
    oauthAuthorize,
    oauthResume,
    oauthPar,
    oauthDevice,
    oauthUserinfo,
    oauthUserinfoPost,
  ];
  const signOut = (request: FastifyRequest, reply: FastifyReply) =>
    serveEndSession(deps, issuer, request, reply);

  return {
    implementations: [
      ...provided.map((route) => implementProtocol(route, provide)),
      implementProtocol(oauthAuthorizePost, async (request, reply) => {
        const answer = authorizeByForm(request);
        return answer === undefined ? serveUnreadable(deps, request, reply) : reply.redirect(answer, 303);
      }),
      implementProtocol(oauthToken, async (request, reply) => {
        if (request.method !== 'POST') return provide(request, reply);
        const form = readForm(request.body);
        if (form.grant_type === tokenExchange) return deps.serveExchange(request, reply);
        return (await deps.serveOrdinary(request, reply, form)) ? reply : provide(request, reply);
      }),
      implementProtocol(oauthRegister, async (request, reply) => {
        if (settings.DYNAMIC_REGISTRATION && !(await limits.mayRegister(request.ip)))
          return reply.code(429).header('retry-after', '3600').send({
            error: 'temporarily_unavailable',
            error_description: 'too many clients were registered from here',
          });
        if (!settings.DYNAMIC_REGISTRATION)
          return reply.code(403).send({
            error: 'access_denied',
            error_description: 'this server takes no registrations; ask an administrator',
          });
        request.body = preparedBody(request.body);
        return provide(request, reply);
      }),
      implementProtocol(oauthJwks, async (_request, reply) =>
        reply
          .header('access-control-allow-origin', '*')
          .header('cache-control', `public, max-age=${jwksMaxAgeSeconds}`)
          .send(keys.jwks()),
      ),
      implementProtocol(oauthEndSession, signOut),
      implementProtocol(oauthEndSessionPost, signOut),
    ],
    interactions: {
      ...createInteractions({ keeper, database, clock, issuer }),
      ...createDeviceCodes({ keeper, artifacts, database, clock, vault, limits, issuer }),
    },
  };
}

/** Longer addresses are cut off on the way by one server or another; who needs more pushes it (RFC 9126). */
const longestAddress = 8000;

/**
 * Where an authorization request in a form goes on: as the same request in an address, so that it meets the same checks,
 * and the browser's cookies, which do not come along with a form of another site, do.
 * @returns nothing where the form can't be read or is too long
 */
function authorizeByForm({ headers, body }: FastifyRequest): string | undefined {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers['content-type'] ?? '')) return undefined;
  // Written anew: what was sent twice stays twice, and is refused as such.
  const parameters = new URLSearchParams(Buffer.isBuffer(body) ? body.toString('utf8') : '');
  const address = `${oauthAuthorize.path}?${parameters}`;
  return address.length <= longestAddress ? address : undefined;
}

function serveUnreadable(deps: OAuthDeps, request: FastifyRequest, reply: FastifyReply): unknown {
  deps.metrics.oauthRefused(oauthAuthorize.path, 'invalid_request');
  const shown = deps.errorPage({
    error: 'invalid_request',
    description: `the request has to be a form (application/x-www-form-urlencoded) of at most ${longestAddress} characters; push a longer one (RFC 9126)`,
    status: 400,
    correlationId: request.id,
    cookies: request.headers.cookie,
    acceptLanguage: request.headers['accept-language'],
    secure: deps.settings.COOKIE_SECURE,
  });
  return reply
    .code(400)
    .header('content-security-policy', pageSecurityPolicy)
    .headers({ ...shown.headers })
    .type(shown.contentType)
    .send(shown.body);
}

const pushes: readonly string[] = [oauthPar.path, oauthDevice.path];

/** A request that names no scope asks who somebody is (RFC 6749 §3.3 leaves what it means to us); agents often name none. */
function askForSomething(request: FastifyRequest): void {
  const path = request.routeOptions.url ?? '';
  if (path === oauthAuthorize.path && request.method === 'GET') {
    const { scope, request_uri: pushed } = request.query as Record<string, unknown>;
    const url = request.raw.url ?? '';
    if (scope === undefined && pushed === undefined && url.includes('?'))
      request.raw.url = `${url}&scope=openid`;
  } else if (pushes.includes(path) && Buffer.isBuffer(request.body) && request.body.length > 0)
    if (readForm(request.body).scope === undefined)
      request.body = Buffer.concat([request.body, Buffer.from('&scope=openid')]);
}

/** An error that must not be redirected (RFC 6749 §4.1.2.1), as a page for people and as JSON for programs. */
function writePage(
  ctx: KoaContextWithOIDC,
  out: { readonly error: string; readonly error_description?: string | undefined },
  errorPage: (error: PageError) => RawAnswer,
  secure: boolean,
): void {
  if (ctx.accepts('html', 'json') === 'json') {
    ctx.type = 'application/json; charset=utf-8';
    ctx.body = JSON.stringify(out);
    return;
  }
  const written = errorPage({
    error: out.error,
    description: out.error_description && describeError(out.error_description, undefined),
    status: ctx.status,
    clientName: ctx.oidc?.client?.clientName,
    correlationId: requireScope().origin.correlationId ?? '',
    cookies: ctx.get('cookie'),
    acceptLanguage: ctx.get('accept-language'),
    secure,
  });
  ctx.set('content-security-policy', pageSecurityPolicy);
  if (written.headers) ctx.set({ ...written.headers });
  ctx.type = written.contentType;
  ctx.body = written.body;
}

async function serveEndSession(
  deps: OAuthDeps,
  issuer: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const isPost = request.method === 'POST';
  const answer: EndSessionAnswer = await endSession(
    { ...deps, issuer },
    {
      parameters: isPost ? readForm(request.body) : (request.query as Record<string, unknown>),
      cookies: request.headers.cookie,
      siteOrigin: request.headers.origin,
      isPost,
      language: languageOf(
        { cookies: request.headers.cookie, acceptLanguage: request.headers['accept-language'] },
        deps.settings.COOKIE_SECURE,
      ),
      origin: { actors: [], address: request.ip, correlationId: request.id },
    },
  );
  if (answer.kind !== 'refused' && answer.cookie !== undefined)
    void reply.header('set-cookie', answer.cookie);
  if (answer.kind === 'redirect') return reply.redirect(answer.address, 303);
  if (answer.kind === 'refused') deps.metrics.oauthRefused('/oauth/end_session', answer.error);
  const shown =
    answer.kind === 'page'
      ? answer.page
      : deps.errorPage({
          error: answer.error,
          description: answer.description,
          status: 400,
          correlationId: request.id,
          cookies: request.headers.cookie,
          acceptLanguage: request.headers['accept-language'],
          secure: deps.settings.COOKIE_SECURE,
        });
  return reply
    .code(shown.status ?? 200)
    .header('content-security-policy', pageSecurityPolicy)
    .headers({ ...shown.headers })
    .type(shown.contentType)
    .send(shown.body);
}
