import {
  type ErrorCode,
  type FieldError,
  type Problem,
  pathOf,
  type RouteBody,
  type RouteDefinition,
  type RouteParams,
  type RouteQuery,
  type RouteResult,
} from '@castellan/contract';
import { z } from 'zod';
import type { PendingSignIn } from '../sign-in/pending.ts';
import { adviceOf } from './advice.ts';

type Given<Name extends string, T> = [T] extends [undefined]
  ? unknown
  : Record<never, never> extends T
    ? { readonly [N in Name]?: T }
    : { readonly [N in Name]: T };

/** What a route wants: params, query and body as the contract declares them, in camelCase; a file where it takes CSV. */
export type CallInput<R extends RouteDefinition> = Given<'params', RouteParams<R>> &
  Given<'query', RouteQuery<R>> &
  Given<'body', RouteBody<R>> &
  (R extends { readonly takes: 'csv' } ? { readonly file: Blob } : unknown) & {
    readonly idempotencyKey?: string;
  };

interface AnyInput {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
  readonly file?: Blob;
  readonly idempotencyKey?: string;
}

/** A call that did not succeed: a problem of the catalogue, or no answer at all (`unreachable`). */
export class CallError extends Error {
  readonly code: ErrorCode | 'unreachable';
  readonly status: number;
  readonly detail: string | undefined;
  readonly fix: string;
  readonly fields: readonly FieldError[];
  readonly correlationId: string | undefined;
  /** With `mfa_required`: what the second step is asked with. */
  readonly pending: PendingSignIn | undefined;
  /** With `product_refused`: the product's own code, and what else it says. */
  readonly productCode: string | undefined;
  readonly productDetails: Readonly<Record<string, unknown>>;

  constructor(
    problem: Omit<Problem, 'code' | 'type' | 'correlationId'> &
      Partial<Pick<CallError, 'code' | 'correlationId'>>,
  ) {
    super(problem.title);
    this.name = 'CallError';
    this.code = problem.code ?? 'unreachable';
    this.status = problem.status;
    this.detail = problem.detail;
    this.fix = problem.fix;
    this.fields = problem.errors ?? [];
    this.correlationId = problem.correlationId;
    this.pending =
      problem.mfaToken && problem.methods?.length
        ? { mfaToken: problem.mfaToken, methods: problem.methods }
        : undefined;
    this.productCode = problem.productCode;
    this.productDetails = problem.productDetails ?? {};
  }
}

const unreachable = () =>
  new CallError({
    title: 'Castellan did not answer',
    status: 0,
    fix: 'Check the connection and try again. Nothing that was not confirmed has changed.',
  });

/** Reads a refusal: a problem of the catalogue, or that the answer could not be read. */
export async function errorOf(response: Response): Promise<CallError> {
  const body: unknown = await response.json().catch(() => undefined);
  // Where its code can't be had either, the answer can't be read.
  const problem = await import('./read-problem.ts').then(
    ({ readProblem }) => readProblem(body),
    () => undefined,
  );
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  if (problem)
    return new CallError({
      ...problem,
      fix: adviceOf(problem, Number.isFinite(retryAfter) ? retryAfter : undefined),
    });
  return new CallError({
    title: 'Castellan answered with an error',
    status: response.status,
    fix: `The answer had status ${response.status} and could not be read. Try again in a moment.`,
    code: 'unavailable',
  });
}

/** The address of a route with its parameters, for links that the browser follows by itself (exports). */
export function addressOf<R extends RouteDefinition>(route: R, input: CallInput<R>): string {
  const { params, query } = input as AnyInput;
  const path = pathOf(
    route,
    route.params ? (z.encode(route.params, params as never) as Record<string, string>) : {},
  );
  if (!route.query || !query) return path;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(z.encode(route.query, query as never) as object))
    if (value !== undefined && value !== '') search.set(name, String(value));
  return search.size > 0 ? `${path}?${search}` : path;
}

/**
 * Calls one operation of the contract and gives its decoded answer.
 *
 * @throws CallError
 * @example
 * const user = await call(usersRead, { params: { id } });
 */
export async function call<R extends RouteDefinition>(
  route: R,
  input: CallInput<R>,
  signal?: AbortSignal,
): Promise<RouteResult<R>> {
  const { body, file, idempotencyKey } = input as AnyInput;
  const headers = new Headers({ 'X-Requested-With': 'castellan', Accept: 'application/json' });
  if (idempotencyKey) headers.set('Idempotency-Key', idempotencyKey);
  const request: RequestInit = { method: route.method, headers, credentials: 'same-origin' };
  if (signal) request.signal = signal;
  if (file) {
    headers.set('Content-Type', 'text/csv');
    request.body = file;
  } else if (route.body && body !== undefined) {
    headers.set('Content-Type', 'application/json');
    request.body = JSON.stringify(z.encode(route.body, body as never));
  }
  const response = await fetch(addressOf(route, input), request).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw unreachable();
  });
  if (!response.ok) throw await errorOf(response);
  const schema = route.success[1];
  if (schema === null) return undefined as RouteResult<R>;
  return z.decode(schema, (await response.json()) as never) as RouteResult<R>;
}
