import { randomUUID } from 'node:crypto';
import type { ErrorCode, Listener, RouteDefinition } from '@castellan/contract';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import formbody from '@fastify/formbody';
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import { refusalPage } from '../pages/error-pages.ts';
import { Refusal } from '../refusal.ts';
import { authzenManners } from './authzen-manners.ts';
import { buildCall, type CallDeps, recordRefusal } from './call.ts';
import { pageSecurityPolicy, securityHeaders } from './headers.ts';
import { Replay } from './idempotency.ts';
import type { Call, Implementation, RawAnswer } from './implementation.ts';
import type { Metrics } from './metrics.ts';
import { anonymous, type Principal } from './principal.ts';
import { asRefusal, writeProblem } from './problem.ts';
import { registerProtocolRoutes } from './protocol-routes.ts';
import { refuseForeignRead, refuseForeignSite } from './same-site.ts';

/** Turns a request's credential into who acts, by the token kinds that the route accepts. */
export type Authenticate = (route: RouteDefinition, request: FastifyRequest) => Authenticating;

/** A caller who is being looked up. */
export interface Authenticating {
  /** Rejects with the refusal of a credential that does not hold at this moment. */
  readonly principal: Promise<Principal>;
  /** The service that the caller is, if their credential still holds: look-ups may begin with it, and are dropped if it does not. */
  readonly expectedService?: string | undefined;
}

export interface ListenerOptions extends CallDeps {
  readonly listener: Listener;
  /** What browsers see: the origin of this listener. */
  readonly ownUrl: string;
  readonly publicUrl: string;
  readonly trustedProxies: readonly string[];
  readonly implementations: readonly Implementation[];
  readonly authenticate: Authenticate;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Whether pages of this origin may call the cross-origin routes. */
  readonly isRegisteredOrigin?: (origin: string) => Promise<boolean>;
  /** How a refusal is told to somebody with a browser, where that is not the usual page. */
  readonly refusalPage?: (refused: {
    readonly code: ErrorCode;
    readonly detail: string | undefined;
    readonly correlationId: string;
    readonly cookies: string | undefined;
    readonly acceptLanguage: string | undefined;
  }) => RawAnswer;
  /** Adds what is not of the contract: static files. */
  readonly extend?: (app: FastifyInstance) => Promise<void>;
  /** Answers addresses that no route has, where it can: the console's own paths. */
  readonly fallback?: (request: FastifyRequest, reply: FastifyReply) => boolean;
}

const defaultBodyLimit = 64 * 1024;
/** The contract checks what comes in and writes what goes out: Fastify's own compilers, a hundred files, are not loaded. */
const noSchemas = {
  buildValidator: () => () => () => true,
  buildSerializer: () => () => JSON.stringify,
} as unknown as NonNullable<FastifyServerOptions['schemaController']>['compilersFactory'];
const correlationPattern = /^[\w.-]{8,64}$/;

/** Makes one listener that serves the given implementations and nothing else. */
export async function createListener(options: ListenerOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: defaultBodyLimit,
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    genReqId: (request) => {
      const given = request.headers['x-correlation-id'];
      return typeof given === 'string' && correlationPattern.test(given) ? given : randomUUID();
    },
    schemaController: { compilersFactory: noSchemas! },
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: false },
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    requestTimeout: 300_000,
  });
  // Only the console has cookies; reading and writing none of them still costs each request two hooks.
  if (options.listener === 'admin') await app.register(cookie);
  await app.register(formbody, { bodyLimit: defaultBodyLimit });
  // An upload is handed on as a stream: nothing of it is read before the caller is known.
  app.addContentTypeParser(
    ['text/csv', 'application/vnd.ms-excel', 'application/octet-stream'],
    (_request, payload, done) => done(null, payload),
  );
  const headers = securityHeaders({ https: options.ownUrl.startsWith('https:') });
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers);
    reply.header('x-correlation-id', request.id);
    done();
  });
  const accessLog = accessLogOf(options);
  app.addHook('onResponse', (request, reply, done) => {
    // The pattern and not the address: paths may carry one-time tokens.
    const route = request.routeOptions.url ?? 'unknown';
    const ms = reply.elapsedTime;
    options.metrics.observe(options.listener, request.method, route, reply.statusCode, ms);
    accessLog(request.method, route).info(
      { status: reply.statusCode, ms: Math.round(ms * 100) / 100, correlation_id: request.id },
      'request',
    );
    done();
  });
  const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const refusal = asRefusal(error);
    if (refusal.code === 'internal' || refusal.code === 'unavailable')
      options.log.error(
        { err: refusal.cause, correlation_id: request.id, route: request.routeOptions.url },
        refusal.code,
      );
    const problem = writeProblem(refusal, request.id, options.publicUrl);
    // Who came with a browser, by a link or a form, reads a page; programs read the problem.
    if (wantsPage(request)) {
      const shown = (options.refusalPage ?? refusalPage)({
        code: refusal.code,
        detail: refusal.detail,
        correlationId: request.id,
        cookies: request.headers.cookie,
        acceptLanguage: request.headers['accept-language'],
      });
      const { 'content-type': _, ...kept } = problem.headers;
      void reply
        .code(problem.status)
        .headers(kept)
        .header('content-security-policy', pageSecurityPolicy)
        .type(shown.contentType)
        .send(shown.body);
      return;
    }
    void reply.code(problem.status).headers(problem.headers).send(problem.body);
  };
  app.setErrorHandler(answerError);
  const patterns = options.implementations
    .filter(({ route }) => route.listener === options.listener)
    .map(({ route }) => ({
      method: route.method,
      pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    }));
  app.setNotFoundHandler((request, reply) => {
    if (options.fallback?.(request, reply)) return;
    const path = request.url.split('?')[0]!;
    const methods = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    // RFC 9110 §15.5.6: a refused method comes with those that are taken.
    const refusal =
      methods.length > 0
        ? new Refusal('method_not_allowed', { headers: { allow: methods.join(', ') } })
        : new Refusal('not_found');
    answerError(refusal, request, reply);
  });
  await options.extend?.(app);
  const served = options.implementations.filter(({ route }) => route.listener === options.listener);
  const ownProtocol = served.filter(({ serve }) => serve);
  if (ownProtocol.length > 0)
    await registerProtocolRoutes(app, ownProtocol, (request, error, cause) => {
      const route = request.routeOptions.url ?? 'unknown';
      options.metrics.oauthRefused(route, error);
      const severe = error === 'server_error' || error === 'temporarily_unavailable';
      options.log[severe ? 'error' : 'info'](
        { ...(severe ? { err: cause } : {}), error, route, correlation_id: request.id },
        'an OAuth request was refused',
      );
    });
  const own = served.filter(({ serve }) => !serve);
  for (const implementation of own)
    if (!implementation.route.crossOrigin) addRoute(app, implementation, options);
  const shared = own.filter(({ route }) => route.crossOrigin);
  if (shared.length > 0)
    await app.register(async (scope) => {
      await scope.register(cors, {
        // Back ends send no origin: for them this is no promise.
        origin: (origin: string | undefined, done: (error: Error | null, allowed: boolean) => void) => {
          if (origin === undefined || !options.isRegisteredOrigin) done(null, false);
          else
            options.isRegisteredOrigin(origin).then(
              (allowed) => done(null, allowed),
              (error: Error) => done(error, false),
            );
        },
        methods: ['POST'],
        allowedHeaders: ['content-type', 'x-correlation-id'],
        exposedHeaders: ['retry-after', 'x-correlation-id'],
        maxAge: 600,
      });
      for (const implementation of shared) addRoute(scope, implementation, options);
    });
  return app;
}

/** A log for each route: what all of its lines have in common is written once. */
function accessLogOf({ log, listener }: ListenerOptions): (method: string, route: string) => Logger {
  const known = new Map<string, Logger>();
  return (method, route) => {
    const name = `${method} ${route}`;
    let ofRoute = known.get(name);
    if (!ofRoute) {
      ofRoute = log.child({ listener, method, route });
      known.set(name, ofRoute);
    }
    return ofRoute;
  };
}

/** Whether somebody came with a browser, by a link or a form. */
function wantsPage(request: FastifyRequest): boolean {
  return /\btext\/html\b/.test(request.headers.accept ?? '');
}

function addRoute(app: FastifyInstance, implementation: Implementation, options: ListenerOptions): void {
  const { route } = implementation;
  const changes = route.method !== 'GET';
  const hasPage = options.implementations.some(
    ({ route: other }) => other.method === 'GET' && other.path === route.path,
  );
  const needsSameSite =
    changes && (options.listener === 'admin' || route.permission === 'person' || route.ownPagesOnly === true);
  const isOpen = route.permission === 'anyone';
  app.route({
    method: route.method,
    url: route.path.replace(/\{(\w+)\}/g, ':$1'),
    ...(route.bodyLimitBytes ? { bodyLimit: route.bodyLimitBytes } : {}),
    ...(route.protocol === 'authzen' ? authzenManners : {}),
    handler: async (request, reply) => {
      if (needsSameSite) refuseForeignSite(request.headers, options.ownUrl, route.takes === 'form');
      else if (route.auth.includes('admin_session')) refuseForeignRead(request.headers);
      // Both begin in the same turn, so that their look-ups share one query.
      const caller = isOpen ? undefined : options.authenticate(route, request);
      const authenticating = caller?.principal;
      if (authenticating && route.permission === 'person' && route.gives === 'html') {
        const known = await authenticating.catch(asRefusal);
        // A page of a signed-in person leads a stranger to the sign-in and back; a form, to the page that it is on.
        if (known instanceof Refusal && known.code === 'unauthenticated' && (!changes || wantsPage(request)))
          return reply.redirect(
            `/sign-in?return_to=${encodeURIComponent(hasPage ? request.url : '/account')}`,
            303,
          );
      }
      const early = implementation.prepare && route.body?.safeDecode(request.body as never);
      const preparing = early?.success
        ? implementation.prepare!(early.data, caller?.expectedService)
        : undefined;
      preparing?.catch(() => {}); // Reported where it is awaited, once the caller is known.
      const principal = authenticating ? await authenticating : anonymous;
      const handle = implementation.handle as (call: Call, prepared?: unknown) => Promise<unknown>;
      try {
        // One place says it, whoever writes a handler: what is for administrators is for no other operator.
        if (route.permission === 'administrator' && principal.kind !== 'administrator')
          throw new Refusal('not_admin');
        const call = buildCall(
          route,
          request,
          reply,
          principal,
          options,
          early?.success ? early.data : undefined,
        );
        const result = await handle(call, preparing && (await preparing));
        return send(route, reply, result);
      } catch (error) {
        if (!(error instanceof Replay)) {
          if (changes) await recordRefusal(implementation, request, principal, error, options);
          throw error;
        }
        void reply.header('idempotent-replay', 'true').code(error.status);
        return error.response === null ? reply.send() : sendJson(reply, error.response);
      }
    },
  });
}

function send(route: RouteDefinition, reply: FastifyReply, result: unknown): unknown {
  const [status, schema] = route.success;
  if (schema) {
    void reply.code(status);
    return sendJson(reply, z.encode(schema, result));
  }
  if (route.gives === undefined || route.gives === 'json') return reply.code(status).send();
  const raw = result as RawAnswer;
  if (route.gives === 'html') void reply.header('content-security-policy', pageSecurityPolicy);
  if (raw.headers) void reply.headers(raw.headers);
  return reply
    .code(raw.status ?? status)
    .type(raw.contentType)
    .send(raw.body);
}

function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(value));
}
