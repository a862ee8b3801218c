import { errorCatalogue, personTokenHeader, type RouteDefinition } from '@castellan/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Origin } from '../activity/event.ts';
import type { Database, Transaction } from '../database/transaction.ts';
import { Refusal } from '../refusal.ts';
import { claimKey, type IdempotentRequest, keepAnswer } from './idempotency.ts';
import type { Call, Implementation } from './implementation.ts';
import { isOperator, type Principal } from './principal.ts';
import { asRefusal, parsePart } from './problem.ts';

/** Takes part in every operator's write: reads the right again, with the row locked. */
export type ConfirmRight = (tx: Transaction, principal: Principal) => Promise<void>;

/** What a call changes things by. */
export interface CallDeps {
  readonly database: Database;
  readonly confirmRight: ConfirmRight;
}

/** A change that an operator was refused is told in the timeline; what was merely mistyped is not. */
export async function recordRefusal(
  { route, describeRefused }: Implementation,
  request: FastifyRequest,
  principal: Principal,
  error: unknown,
  { database }: CallDeps,
): Promise<void> {
  const { code } = asRefusal(error);
  const { status, title } = errorCatalogue[code];
  if (!isOperator(principal) || (status !== 403 && status !== 409)) return;
  const params = route.params?.safeDecode(request.params as never);
  const body = route.body?.safeDecode(request.body as never);
  const about =
    describeRefused && params?.success && body?.success
      ? await describeRefused({ params: params.data as never, body: body.data as never })
      : {};
  const origin: Origin = { actors: actorsOf(principal), address: request.ip, correlationId: request.id };
  await database.write(origin, async (tx) =>
    tx.record({
      action: 'mutation_refused',
      target: about.target ?? { kind: 'user', id: principal.userId, label: principal.name },
      service: about.service,
      detail: {
        operation: route.id,
        asked: route.summary,
        code,
        why: title,
        ...(request.params as Record<string, string>),
        ...about.detail,
      },
    }),
  );
}

/**
 * Makes a handler's call out of a request.
 * @param readBody the body as the contract reads it, where that was done already
 */
export function buildCall(
  route: RouteDefinition,
  request: FastifyRequest,
  reply: FastifyReply,
  principal: Principal,
  { database, confirmRight }: CallDeps,
  readBody: unknown,
): Call {
  if (route.body && route.takes === undefined && changesWithoutJson(request))
    throw new Refusal('unsupported_media_type');
  if (
    route.takes === 'csv' &&
    !(request.body && typeof (request.body as { pipe?: unknown }).pipe === 'function')
  )
    throw new Refusal('unsupported_media_type', { detail: 'Send the file as text/csv.' });
  const origin: Origin = { actors: actorsOf(principal), address: request.ip, correlationId: request.id };
  const call = {
    params: route.params && parsePart(route.params, request.params),
    query: route.query && parsePart(route.query, request.query),
    body:
      readBody ??
      (route.takes === 'csv' ? request.body : route.body && parsePart(route.body, request.body ?? {})),
    principal,
    origin,
    address: request.ip,
    userAgent: request.headers['user-agent']?.slice(0, 300) ?? null,
    siteOrigin: request.headers.origin ?? null,
    contentType: request.headers['content-type'] ?? null,
    cookies: request.headers.cookie,
    accept: request.headers.accept,
    acceptLanguage: request.headers['accept-language'],
    personToken: route.takesPersonToken ? request.headers[personTokenHeader] : undefined,
    url: request.url,
    setHeader: (name: string, value: string) => void reply.header(name, value),
    write: <T>(work: (tx: Transaction) => Promise<T>) => {
      const idempotent = route.idempotent ? idempotencyOf(route, request, principal) : undefined;
      return database.write(origin, async (tx) => {
        await confirmRight(tx, principal);
        if (idempotent) await claimKey(tx, idempotent);
        const result = await work(tx);
        if (idempotent) {
          const [status, schema] = route.success;
          await keepAnswer(tx, idempotent, status, schema ? z.encode(schema, result) : null);
        }
        return result;
      });
    },
  };
  return call as unknown as Call;
}

function changesWithoutJson(request: FastifyRequest): boolean {
  const type = request.headers['content-type'];
  return type !== undefined && !/^application\/(?:[\w.+-]+\+)?json\b/i.test(type);
}

function idempotencyOf(
  route: RouteDefinition,
  request: FastifyRequest,
  principal: Principal,
): IdempotentRequest | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined || !isOperator(principal)) return undefined;
  if (typeof key !== 'string' || key.length < 8 || key.length > 100)
    throw new Refusal('validation_failed', {
      fields: [{ field: 'Idempotency-Key', message: 'use one key of 8 to 100 characters' }],
    });
  return {
    principalId: principal.userId,
    route: route.id,
    key,
    fingerprint: `${request.method} ${request.url} ${JSON.stringify(request.body ?? null)}`,
  };
}

function actorsOf(principal: Principal): Origin['actors'] {
  switch (principal.kind) {
    case 'administrator':
    case 'operator':
      return [{ kind: 'operator', id: principal.userId, label: principal.name }];
    case 'person':
      return [{ kind: 'user', id: principal.session.userId, label: principal.session.name }];
    case 'service':
      return [{ kind: 'service', id: principal.serviceId, label: principal.name }];
    case 'anonymous':
      return [];
  }
}
