import type { FieldProblem } from './core/errors.ts';
import type { IntentRouter } from './core/router.ts';
import type { CrudAction, Handler, IntentService } from './core/service.ts';

type ModelsOf<R> = R extends IntentRouter<infer Models> ? Models : never;
type ArgsOf<H> = H extends (args: infer Args) => unknown ? Args : never;
type PayloadOf<H> = ArgsOf<H> extends { readonly payload: infer P } ? P : undefined;
type ResultOf<H> = H extends (args: never) => infer Result ? Awaited<Result> : never;

/** What a call may name beside its payload. */
export interface CallOptions {
  readonly id?: string | number;
  readonly skip?: number;
  readonly limit?: number;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
}

type Call<H> =
  undefined extends PayloadOf<H>
    ? (options?: CallOptions & { readonly payload?: PayloadOf<H> }) => Promise<ResultOf<H>>
    : unknown extends PayloadOf<H>
      ? (options?: CallOptions & { readonly payload?: unknown }) => Promise<ResultOf<H>>
      : (options: CallOptions & { readonly payload: PayloadOf<H> }) => Promise<ResultOf<H>>;

/** One action of one model, as the client has it. */
export interface IntentCall {
  readonly model: string;
  readonly action: string;
}

type ActionNames<S> = { [K in keyof S]: S[K] extends Handler ? K : never }[keyof S];

/** Every model of a router with every action of it, as functions. */
export type IntentClient<R> = {
  readonly [Model in keyof ModelsOf<R>]: {
    readonly [Action in ActionNames<ModelsOf<R>[Model]>]: Call<ModelsOf<R>[Model][Action]> & IntentCall;
  };
};

/** A call that was refused, or that got no answer. */
export class IntentCallError extends Error {
  override readonly name = 'IntentCallError';
  /** The server's code; `NO_ANSWER` when there was none that could be read. */
  readonly code: string;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  readonly fields: readonly FieldProblem[];
  readonly requestId: string | undefined;

  constructor(
    code: string,
    message: string,
    options: {
      readonly status: number;
      readonly fields?: readonly FieldProblem[];
      readonly requestId?: string | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.fields = options.fields ?? [];
    this.requestId = options.requestId;
  }
}

/** Where calls go and what they carry. */
export interface ClientOptions {
  /** The address of the surface: `https://app.example.com/api/intent`. */
  readonly url: string;
  /** Read for every call: a token may be another by then. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  readonly fetch?: typeof fetch;
}

const usual: readonly string[] = [
  'create',
  'read',
  'update',
  'delete',
  'list',
] satisfies readonly CrudAction[];

/**
 * A client that knows every model and action of a router by its type alone: nothing is generated, and nothing of the server
 * is loaded.
 *
 * @example
 * import type { router } from '../server/router.ts';
 * const client = createIntentClient<typeof router>({ url: '/api/intent' });
 * const todo = await client.Todo.create({ payload: { title: 'Write it down' } });
 */
export function createIntentClient<R extends IntentRouter<Record<string, IntentService>>>(
  options: ClientOptions,
): IntentClient<R> {
  return new Proxy(Object.create(null) as object, {
    get: (_, model) => (typeof model === 'string' ? modelOf(options, model) : undefined),
  }) as IntentClient<R>;
}

function modelOf(options: ClientOptions, model: string): object {
  return new Proxy(Object.create(null) as object, {
    get: (_, action) =>
      // A promise asks what it is given whether it is one.
      typeof action === 'string' && action !== 'then'
        ? Object.assign(
            (call: CallOptions & { readonly payload?: unknown } = {}) => send(options, model, action, call),
            { model, action } satisfies IntentCall,
          )
        : undefined,
  });
}

async function send(
  { url, headers, fetch: fetching = fetch }: ClientOptions,
  model: string,
  action: string,
  { signal, ...call }: CallOptions & { readonly payload?: unknown },
): Promise<unknown> {
  const named = usual.includes(action) ? { action } : { action: 'custom', command: action };
  let response: Response;
  let body: unknown;
  try {
    response = await fetching(url, {
      method: 'POST',
      headers: { ...(await headers?.()), 'content-type': 'application/json' },
      body: JSON.stringify({ model, ...named, ...call }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new IntentCallError('NO_ANSWER', 'There was no answer.', { status: 0, cause: error });
  }
  try {
    body = await response.json();
  } catch (error) {
    throw new IntentCallError('NO_ANSWER', `The answer (${response.status}) is not of an intent surface.`, {
      status: response.status,
      cause: error,
    });
  }
  if (response.ok) return (body as { readonly data: unknown }).data;
  const refused = (body as { readonly error?: Record<string, unknown> } | null)?.error;
  if (typeof refused?.code !== 'string')
    throw new IntentCallError('NO_ANSWER', `The answer (${response.status}) is not of an intent surface.`, {
      status: response.status,
    });
  throw new IntentCallError(refused.code, String(refused.message), {
    status: response.status,
    fields: (refused.fields as readonly FieldProblem[] | undefined) ?? [],
    requestId: refused.request_id as string | undefined,
  });
}
