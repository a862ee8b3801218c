import type { z } from 'zod';
import type { ErrorCode } from './errors.ts';
import type { TokenKind } from './token-kinds.ts';
import type { Listener } from './vocabulary.ts';

/**
 * Who a route is for, once the caller is known:
 * `anyone` needs no credential; `holder` is whoever holds the named token; `administrator` is an
 * operator with `isAdmin`, who owns every service; `operator` is whoever holds any operator grant, administrators too;
 * `service` is a registered service; `person` is whoever is signed in with this browser; `metrics` is a scraper (token or loopback).
 */
export type Permission =
  | 'anyone'
  | 'holder'
  | 'administrator'
  | 'operator'
  | 'service'
  | 'person'
  | 'metrics';

/** What a route takes and gives when it is not JSON. */
export type Media = 'json' | 'csv' | 'html' | 'form' | 'text';

/** One operation of the wire contract. The server, OpenAPI, the refusal tests and typed clients derive from it. */
export interface RouteDefinition {
  /** Stable name, `users.read`; the OpenAPI operationId. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT';
  /** OpenAPI style: `/admin/users/{id}`. */
  readonly path: string;
  readonly listener: Listener;
  /** Token kinds it accepts; empty for none. */
  readonly auth: readonly TokenKind[];
  readonly permission: Permission;
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Content type of the request body; JSON unless told. */
  readonly takes?: Media;
  /** Content type of the answer; JSON unless told. */
  readonly gives?: Media;
  /** Largest body in bytes; 64 KiB unless told. */
  readonly bodyLimitBytes?: number;
  /** Status and schema of success; `null` for no body, or for one that is not JSON. */
  readonly success: readonly [status: number, schema: z.ZodType | null];
  /** Codes beyond those that every route of its kind can answer with. */
  readonly errors?: readonly ErrorCode[];
  /**
   * Speaks a protocol of its own instead of this contract's JSON: its errors are that protocol's, its parameters are read
   * by it, and the generated tests of bodies and problem documents don't apply. Each has its own refusal tests.
   */
  readonly protocol?: 'oauth' | 'authzen';
  /** Callable from pages of origins that a service registered (CORS). */
  readonly crossOrigin?: boolean;
  /** Only our own pages may send it: `Origin` must be exactly ours. Routes of a signed-in person always are. */
  readonly ownPagesOnly?: boolean;
  /** Takes `Idempotency-Key`. */
  readonly idempotent?: boolean;
  /** Takes the token of the person in whose name it is called in a header, because its method has no body. */
  readonly takesPersonToken?: boolean;
}

/** Where a call without a body carries the access token of the person in whose name it is made. */
export const personTokenHeader = 'castellan-person-token';

/** Checks a definition against the contract's own rules and returns it with its literal types. */
export function defineRoute<const R extends RouteDefinition>(definition: R): R {
  if (definition.permission === 'anyone' && definition.auth.length > 0)
    throw new Error(`${definition.id}: a route for anyone names no token kind`);
  if (
    (definition.permission === 'administrator' ||
      definition.permission === 'operator' ||
      definition.permission === 'service' ||
      definition.permission === 'person') &&
    definition.auth.length === 0
  )
    throw new Error(`${definition.id}: a guarded route names the token kinds it accepts`);
  return definition;
}

type Decoded<T> = T extends z.ZodType ? z.output<T> : undefined;

/** What a handler gets of the path, decoded. */
export type RouteParams<R extends RouteDefinition> = Decoded<R['params']>;
/** What a handler gets of the query string, decoded. */
export type RouteQuery<R extends RouteDefinition> = Decoded<R['query']>;
/** What a handler gets of the body, decoded. */
export type RouteBody<R extends RouteDefinition> = Decoded<R['body']>;
/** What a handler returns and a client gets: the decoded side of the success schema. */
export type RouteResult<R extends RouteDefinition> = R['success'][1] extends z.ZodType
  ? z.output<R['success'][1]>
  : undefined;

/** Fills a route's path: `{id}` becomes the encoded value. */
export function pathOf(
  route: Pick<RouteDefinition, 'path'>,
  params: Readonly<Record<string, string>> = {},
): string {
  return route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`The path ${route.path} needs a value for ${name}`);
    return encodeURIComponent(value);
  });
}
