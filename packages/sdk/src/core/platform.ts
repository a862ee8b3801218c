import { personTokenHeader } from '@castellan/contract';
import { backOffMs, readRateLimit, readRetryAfter } from './back-off.ts';
import type { Clock } from './clock.ts';
import { RateLimitError, type RefusedError, ServiceKeyError, UnavailableError } from './errors.ts';
import { readRefusal } from './refused-request.ts';

/** What a call to the platform needs. */
export interface PlatformSettings {
  /** Without a slash at its end. */
  readonly issuer: string;
  readonly serviceKey: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly random: () => number;
  /** Longest wait for one answer, its body included. */
  readonly timeoutMs: number;
  /** Retries of a 429; 0 for none. */
  readonly maxRetries: number;
  /** A `Retry-After` beyond this is not waited out: the caller hears of it at once. */
  readonly maxWaitMs: number;
}

/** The one place that sends anything, and only to the issuer. */
export interface Platform {
  /** A public document; no credential goes along. */
  read(path: string): Promise<unknown>;
  /** A question with the service key. It changes nothing, so it may be repeated. */
  ask(path: string, body: unknown): Promise<unknown>;
  /** The same as a form, as OAuth asks. */
  askForm(path: string, form: Readonly<Record<string, string>>): Promise<unknown>;
  /**
   * A request with the service key whose refusal is an answer, too: a {@link RefusedError}. It may be repeated when a
   * connection fails, so whatever it changes must be done when it is done twice. An empty answer is `null`.
   */
  send(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<unknown>;
  /** The same without a body: `token` is the person's in whose name it is made. */
  remove(path: string, token?: string): Promise<unknown>;
}

/** Binds the calls to one issuer. Throws `UnavailableError`, `RateLimitError` or `ServiceKeyError`. */
export function createPlatform(settings: PlatformSettings): Platform {
  const { issuer, serviceKey, clock, maxRetries, maxWaitMs } = settings;

  async function call(path: string, init: RequestInit, refused?: ReadRefused): Promise<unknown> {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await sendOnce(`${issuer}${path}`, init, settings);
      if (answer.status !== 429) {
        const refusal = refused?.(answer);
        if (refusal) throw refusal;
        return judge(answer, clock.now());
      }
      const rate = readRateLimit(answer.headers, clock.now());
      const waitMs = backOffMs(attempt, rate.retryAfter, settings.random);
      if (attempt >= maxRetries || waitMs > maxWaitMs) throw new RateLimitError(rate);
      await clock.sleep(waitMs);
    }
  }

  return {
    read: (path) => call(path, { method: 'GET', headers: { accept: 'application/json' } }),
    ask: (path, body) =>
      call(path, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          authorization: `Bearer ${serviceKey}`,
        },
        body: JSON.stringify(body),
      }),
    askForm: (path, form) =>
      call(path, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `Bearer ${serviceKey}`,
        },
        body: new URLSearchParams(form).toString(),
      }),
    remove: (path, token) =>
      call(
        path,
        {
          method: 'DELETE',
          headers: {
            accept: 'application/json',
            authorization: `Bearer ${serviceKey}`,
            ...(token === undefined ? {} : { [personTokenHeader]: token }),
          },
        },
        ({ status, text }) => readRefusal(status, text),
      ),
    send: (method, path, body) =>
      call(
        path,
        {
          method,
          headers: {
            accept: 'application/json',
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            authorization: `Bearer ${serviceKey}`,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        },
        ({ status, text }) => readRefusal(status, text),
      ),
  };
}

/** Whether an answer is a refusal of this very request, rather than of the key or of everything. */
type ReadRefused = (answer: Answer) => RefusedError | undefined;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function sendOnce(url: string, init: RequestInit, settings: PlatformSettings): Promise<Answer> {
  try {
    return await exchange(url, init, settings);
  } catch (error) {
    if (isTimeout(error)) throw new UnavailableError('Castellan did not answer in time', null);
  }
  // A kept-alive connection that the platform closed while it was idle fails on its next use. Asking once
  // more on a new one is harmless, and spares the caller an error about nothing.
  try {
    return await exchange(url, init, settings);
  } catch (error) {
    throw new UnavailableError(
      isTimeout(error) ? 'Castellan did not answer in time' : 'Castellan could not be reached',
      null,
      { cause: networkCode(error) },
    );
  }
}

async function exchange(url: string, init: RequestInit, settings: PlatformSettings): Promise<Answer> {
  const response = await settings.fetch(url, {
    ...init,
    // A redirect would carry the key or a token to an address that nobody configured.
    redirect: 'error',
    credentials: 'omit',
    signal: AbortSignal.timeout(settings.timeoutMs),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function judge(answer: Answer, nowMs: number): unknown {
  if (answer.status === 401 || answer.status === 403)
    throw new ServiceKeyError(`Castellan refused the service key (${answer.status})`);
  if (answer.status === 204) return null;
  if (answer.status !== 200)
    throw new UnavailableError(`Castellan answered ${answer.status}`, readRetryAfter(answer.headers, nowMs));
  try {
    return JSON.parse(answer.text);
  } catch {
    throw new UnavailableError('Castellan answered something that is not JSON');
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}

/** The system's name of a network failure, such as ECONNREFUSED: useful in a log, and never a secret. */
function networkCode(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code: unknown = 'code' in at ? at.code : undefined;
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return code;
  }
  return undefined;
}
