import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { KoaContextWithOIDC, default as Provider } from 'oidc-provider';
import type { Logger } from 'pino';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { asRefusal } from '../../platform/http/problem.ts';
import { describeError } from './describe-error.ts';
import { openScope, requireScope, runInScope } from './request-scope.ts';

/** Told of each OAuth request that was refused: for the log and the metric. */
export type OnRefused = (endpoint: string, error: string) => void;

/** The library's own events of refusals. */
const refusalEvents = [
  'authorization.error',
  'grant.error',
  'userinfo.error',
  'pushed_authorization_request.error',
  'device_authorization.error',
  'registration_create.error',
  'discovery.error',
  'server_error',
] as const;

interface ProviderFault extends Error {
  readonly error?: string;
  readonly error_description?: string;
  readonly error_detail?: string;
}

/** Puts our transaction around everything that an instance does, and listens to what it refuses. */
export function wrapProvider(
  provider: Provider,
  deps: {
    readonly log: Logger;
    readonly sessionCookieName: string;
    readonly onRefused: OnRefused;
  },
): void {
  const { log, sessionCookieName, onRefused } = deps;
  provider.use(async (ctx, next) => {
    const scope = requireScope();
    try {
      await next();
      if (ctx.status >= 500) await scope.rollBack();
      // Refusals are committed too: a code that came back has ended what it gave.
      else await scope.commit();
    } catch (error) {
      await scope.rollBack();
      scope.fault ??= error;
      ctx.status = 500;
    }
    if (scope.fault !== undefined || ctx.status >= 500) answerFault(ctx as KoaContextWithOIDC, scope.fault);
    nameParameter(ctx as KoaContextWithOIDC);
    keepOwnCookie(ctx as KoaContextWithOIDC, sessionCookieName);
    allowFormPost(ctx as KoaContextWithOIDC);
  });
  for (const name of refusalEvents)
    (provider as unknown as EventEmitter).on(name, (ctx: KoaContextWithOIDC, error: ProviderFault) => {
      const endpoint = ctx.path.replace(/(\/oauth\/authorize)\/.*/, '$1/:uid');
      const code = name === 'server_error' ? 'server_error' : (error.error ?? error.message);
      onRefused(endpoint, code);
      const facts = { endpoint, error: code, correlation_id: requireScope().origin.correlationId };
      if (name === 'server_error') {
        requireScope().fault = error;
        log.error({ ...facts, err: error }, 'the provider failed');
        return;
      }
      const { error_description: description, error_detail: detail } = error;
      const client = ctx.oidc?.client?.clientId;
      log.info({ ...facts, description, detail, client }, 'an OAuth request was refused');
    });
  (provider as unknown as EventEmitter).on('error', () => {}); // Told by `server_error` already; without a listener it would go to the console.
}

/** An outage is told as one (RFC 6749 §4.1.2.1 `temporarily_unavailable`), with when to try again; a fault says nothing of its cause. */
function answerFault(ctx: KoaContextWithOIDC, fault: unknown): void {
  const refusal = fault === undefined ? undefined : asRefusal(fault);
  const outage = refusal?.code === 'unavailable' || refusal?.code === 'overloaded';
  ctx.remove('location');
  ctx.status = outage ? 503 : 500;
  if (outage) ctx.set('retry-after', String(Math.ceil(refusal.retryAfterSeconds ?? 1)));
  ctx.type = 'application/json; charset=utf-8';
  ctx.body = JSON.stringify(
    outage
      ? {
          error: 'temporarily_unavailable',
          error_description: 'the platform can not answer now; try again in a moment',
        }
      : { error: 'server_error', error_description: 'something went wrong here' },
  );
}

function nameParameter(ctx: KoaContextWithOIDC): void {
  const body = ctx.body as { error_description?: unknown } | undefined;
  if (typeof body !== 'object' || body === null || typeof body.error_description !== 'string') return;
  body.error_description = describeError(body.error_description, ctx.oidc?.params?.grant_type);
}

/** The browser session's cookie is set by our pages alone; the library would set it again with its own idea of it. */
function keepOwnCookie(ctx: KoaContextWithOIDC, name: string): void {
  const set = ctx.response.get('set-cookie') as string | string[];
  if (!set || set.length === 0) return;
  const kept = (Array.isArray(set) ? set : [set]).filter((cookie) => !cookie.startsWith(`${name}=`));
  if (kept.length === 0) ctx.remove('set-cookie');
  else ctx.set('set-cookie', kept);
}

/** The page of `response_mode=form_post` may send its one form to the client, and nothing else. */
function allowFormPost(ctx: KoaContextWithOIDC): void {
  const policy = ctx.response.get('content-security-policy');
  const address = ctx.oidc?.params?.redirect_uri;
  if (!policy.includes("'sha256-") || typeof address !== 'string' || !URL.canParse(address)) return;
  ctx.set(
    'content-security-policy',
    policy.replace(/form-action[^;]*/, `form-action ${new URL(address).origin}`),
  );
}

const callbacks = new WeakMap<Provider, ReturnType<Provider['callback']>>();

/** Koa composes its middleware anew at each call of `callback`. */
function callbackOf(provider: Provider): ReturnType<Provider['callback']> {
  let callback = callbacks.get(provider);
  if (!callback) {
    callback = provider.callback();
    callbacks.set(provider, callback);
  }
  return callback;
}

/** Hands one request to the provider, in a scope of its own. */
export async function serveProvider(
  deps: { readonly database: Database; readonly clock: Clock; readonly issuer: string },
  provider: Provider,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { raw: outgoing } = reply;
  const incoming = presentRequest(request, deps.issuer);
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) outgoing.setHeader(name, value);
  const policy =
    "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  outgoing.setHeader('content-security-policy', policy);
  const scope = openScope({
    ...deps,
    origin: { actors: [], address: request.ip, correlationId: request.id },
    userAgent: request.headers['user-agent']?.slice(0, 300) ?? null,
  });
  await runInScope(scope, () => callbackOf(provider)(incoming, outgoing));
}

/** The request as the provider is to see it: at the public address, whatever stands between, and with its body to read. */
function presentRequest(request: FastifyRequest, issuer: string): IncomingMessage {
  const { raw } = request;
  const { protocol, host } = new URL(issuer);
  raw.headers['x-forwarded-proto'] = protocol.slice(0, -1);
  raw.headers['x-forwarded-host'] = host;
  raw.headers['x-forwarded-for'] = request.ip;
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (request.method === 'POST') {
    // Fastify has read the stream; the provider reads the same bytes from a new one.
    raw.headers['content-length'] = String(body.length);
    const again = Readable.from(body.length > 0 ? [body] : []);
    Object.defineProperties(raw, {
      readable: { value: true, configurable: true },
      iterator: { value: (given: object) => again.iterator(given), configurable: true },
    });
  }
  return raw;
}
