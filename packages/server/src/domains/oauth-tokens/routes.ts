import { parse } from 'node:querystring';
import { oauthIntrospect, oauthRevoke } from '@castellan/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Implementation } from '../../platform/http/implementation.ts';
import { implementProtocol, type ServeProtocol } from '../../platform/http/protocol-routes.ts';
import type { TokenEndpoints } from './endpoints.ts';
import { type OAuthAnswer, OAuthError, type OAuthRequest, refusal } from './oauth-message.ts';

/** What the routes stand on. */
export interface TokenRouteDeps {
  readonly endpoints: TokenEndpoints;
  readonly log: Logger;
  /** Counts refusals. */
  readonly onRefused: (endpoint: string, error: string) => void;
}

/** Introspection and revocation. Exchange comes in at the token endpoint: {@link serveExchange}. */
export function tokenRoutes(deps: TokenRouteDeps): Implementation[] {
  const { endpoints } = deps;
  return [
    implementProtocol(
      oauthIntrospect,
      serveForm(deps, (request) => endpoints.introspect(request)),
    ),
    implementProtocol(oauthRevoke, openToPages(serveForm(deps, (request) => endpoints.revoke(request)))),
  ];
}

/** Answers a request to the token endpoint whose `grant_type` is token exchange (RFC 8693). */
export function serveExchange(deps: TokenRouteDeps): ServeProtocol {
  return serveForm(deps, (request) => deps.endpoints.exchange(request));
}

/**
 * Answers a request to the token endpoint in which nothing is out of the ordinary.
 * @returns whether it did; what it leaves is the provider's to answer
 */
export function serveOrdinary(deps: TokenRouteDeps): ServeOrdinary {
  return async (request, reply, form) => {
    const { headers, ip: address, id: correlationId } = request;
    if (isForTheProvider(headers)) return false;
    const { authorization } = headers;
    const given = await deps.endpoints.ordinary({ authorization, form, address, correlationId });
    if (!given) return false;
    void send(reply, given);
    return true;
  };
}

/** See {@link serveOrdinary}. */
export type ServeOrdinary = (
  request: FastifyRequest,
  reply: FastifyReply,
  form: OAuthRequest['form'],
) => Promise<boolean>;

/** A page is told of origins, a proof of possession binds the token, and what an attestation is worth it knows. */
function isForTheProvider(headers: FastifyRequest['headers']): boolean {
  return (
    headers.origin !== undefined ||
    headers.dpop !== undefined ||
    headers['oauth-client-attestation'] !== undefined ||
    headers['oauth-client-attestation-pop'] !== undefined ||
    !formType.test(headers['content-type'] ?? '')
  );
}

/** Reads a form's parameters; what was sent twice becomes an array. */
export function readForm(body: unknown): OAuthRequest['form'] {
  if (!Buffer.isBuffer(body)) return {};
  const text = body.toString('utf8');
  return readPlainForm(text) ?? parse(text);
}

/** What most forms are: each parameter once, well-formed. @returns `undefined` for every other */
function readPlainForm(text: string): OAuthRequest['form'] | undefined {
  const form: Record<string, string> = Object.create(null);
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 1) return undefined;
    const name = pair.slice(0, equals);
    const value = pair.slice(equals + 1);
    if (!plainName.test(name) || form[name] !== undefined) return undefined;
    if (value.includes('+') || value.includes('=')) return undefined;
    if (!value.includes('%')) form[name] = value;
    else
      try {
        form[name] = decodeURIComponent(value);
      } catch {
        return undefined;
      }
  }
  return form;
}

const plainName = /^[a-z_]{1,40}$/;

const formType = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

function serveForm(
  { log, onRefused }: TokenRouteDeps,
  answering: (request: OAuthRequest) => Promise<OAuthAnswer>,
): ServeProtocol {
  return async (request, reply) => {
    const { headers, ip: address, id: correlationId } = request;
    const type = headers['content-type'];
    const asked: OAuthRequest = {
      authorization: headers.authorization,
      form: readForm(request.body),
      address,
      correlationId,
    };
    const given =
      type === undefined || formType.test(type)
        ? await answering(asked)
        : refusal(
            new OAuthError('invalid_request', 'the body must be application/x-www-form-urlencoded'),
            asked,
          );
    if (given.status >= 400) {
      const endpoint = request.routeOptions.url ?? 'unknown';
      const { error, error_description: description } = given.body as {
        error: string;
        error_description: string;
      };
      onRefused(endpoint, error);
      log.info(
        { endpoint, error, description, correlation_id: correlationId },
        'an OAuth request was refused',
      );
    }
    return send(reply, given);
  };
}

function send(reply: FastifyReply, { status, body, headers }: OAuthAnswer): FastifyReply {
  void reply.code(status).headers(headers);
  return body === null
    ? reply.send()
    : reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
}

/** Pages of any origin may call it: nothing that a browser adds by itself is looked at. */
function openToPages(serve: ServeProtocol): ServeProtocol {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    void reply.header('access-control-allow-origin', '*').header('vary', 'Origin');
    if (request.method !== 'OPTIONS') return serve(request, reply);
    return reply
      .code(204)
      .header('access-control-allow-methods', 'POST')
      .header('access-control-allow-headers', 'authorization, content-type, x-correlation-id')
      .header('access-control-max-age', '600')
      .send();
  };
}
