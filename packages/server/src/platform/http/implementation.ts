import type { Readable } from 'node:stream';
import type {
  Permission,
  RouteBody,
  RouteDefinition,
  RouteParams,
  RouteQuery,
  RouteResult,
} from '@castellan/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { NewEvent, Origin } from '../activity/event.ts';
import type { Transaction } from '../database/transaction.ts';
import type { Administrator, Operator, PersonPrincipal, Principal, ServicePrincipal } from './principal.ts';

/** An answer that is not JSON: a page, a file, a stream. */
export interface RawAnswer {
  readonly status?: number;
  readonly contentType: string;
  readonly body: string | Buffer | Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

type PrincipalFor<P extends Permission> = P extends 'administrator'
  ? Administrator
  : P extends 'operator'
    ? Administrator | Operator
    : P extends 'service'
      ? ServicePrincipal
      : P extends 'person'
        ? PersonPrincipal
        : Principal;

/** One request, parsed, authenticated and authorized. */
export interface Call<R extends RouteDefinition = RouteDefinition> {
  readonly params: RouteParams<R>;
  readonly query: RouteQuery<R>;
  readonly body: R['takes'] extends 'csv' ? Readable : RouteBody<R>;
  readonly principal: PrincipalFor<R['permission']>;
  /** Who acts and whence, for events. */
  readonly origin: Origin;
  readonly address: string;
  readonly userAgent: string | null;
  /** The `Origin` header, where the browser sent one. */
  readonly siteOrigin: string | null;
  /** Largest request header values are bounded by Node; names are lower case. */
  readonly contentType: string | null;
  /** The `Cookie` header; read one of its cookies with `readCookie`. */
  readonly cookies: string | undefined;
  /** The `Accept` header: browsers that can be shown a page name `text/html`. */
  readonly accept: string | undefined;
  /** The `Accept-Language` header: what pages may be written in. */
  readonly acceptLanguage: string | undefined;
  /** Of a route that takes it: the token of the person in whose name it is called. */
  readonly personToken: string | undefined;
  /** Path and query of the request. */
  readonly url: string;
  /**
   * Runs a change in one transaction: an operator's right is read again with the row locked, and an
   * `Idempotency-Key` is honoured, so that a repeated request gets the first one's answer.
   */
  write<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Sets a header of the answer; `set-cookie` adds one to those that are set. */
  setHeader(name: string, value: string): void;
}

export type Handled<R extends RouteDefinition> = R['success'][1] extends null
  ? R['gives'] extends 'html' | 'csv' | 'text'
    ? RawAnswer
    : undefined
  : RouteResult<R>;

/** A contract route with the code that answers it. */
export interface Implementation {
  readonly route: RouteDefinition;
  readonly handle: (call: Call) => Promise<unknown>;
  /** Answers in a protocol of its own, instead of `handle`. */
  readonly serve?: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  /** Look-ups that may travel in the same query as the caller's own; their result is dropped when the caller is refused. */
  readonly prepare?: (body: unknown, expectedService: string | undefined) => Promise<unknown>;
  /** What a refused call was about, for the timeline. */
  readonly describeRefused?: (call: Pick<Call, 'params' | 'body'>) => Promise<RefusedCall>;
}

/** What a call was about that an operator was refused: nothing that may be secret. */
export type RefusedCall = Partial<Pick<NewEvent, 'target' | 'service' | 'detail'>>;

/** Joins a route of the contract with its handler; the types of both are checked against each other here. */
export function implement<R extends RouteDefinition>(
  route: R,
  handle: (call: Call<R>) => Promise<Handled<R>>,
  describeRefused?: (call: Pick<Call<R>, 'params' | 'body'>) => Promise<RefusedCall>,
): Implementation {
  // The registry keeps handlers of all routes in one list; `R` was checked above.
  return {
    route,
    handle: handle as unknown as Implementation['handle'],
    ...(describeRefused ? { describeRefused: describeRefused as Implementation['describeRefused'] } : {}),
  } as Implementation;
}

/**
 * Like {@link implement}, with look-ups that begin while the caller is being authenticated.
 * @param prepare is told which service calls, if it called before with the same key
 */
export function implementPrepared<R extends RouteDefinition, P>(
  route: R,
  prepare: (body: RouteBody<R>, expectedService: string | undefined) => Promise<P>,
  handle: (call: Call<R>, prepared: P) => Promise<Handled<R>>,
): Implementation {
  return {
    route,
    prepare: prepare as unknown as NonNullable<Implementation['prepare']>,
    handle: handle as unknown as Implementation['handle'],
  };
}
