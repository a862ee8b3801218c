import { errorCatalogue } from '@castellan/contract';
import type { Refusal } from './outcome.ts';

/** What a refusal looks like over HTTP. */
export interface RefusalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** RFC 9457, as JSON. */
  readonly body: string;
}

/** Where the answer is given. */
export interface RefusalContext {
  readonly issuer: string;
  readonly service: string;
  /** Ties the answer to your log; a new one when there is none. */
  readonly correlationId?: string | undefined;
}

/** Puts a refusal into a problem document (RFC 9457), with the challenge that a 401 owes (RFC 6750 §3). */
export function describeRefusal(refusal: Refusal, context: RefusalContext): RefusalAnswer {
  const { status, code, message } = refusal;
  const rule = errorCatalogue[code];
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json; charset=utf-8',
    'cache-control': 'no-store',
  };
  if (status === 401) headers['www-authenticate'] = challenge(refusal, context.service);
  if (refusal.retryAfter !== undefined) headers['retry-after'] = String(Math.ceil(refusal.retryAfter));
  const problem = {
    type: `${context.issuer}/errors/${code}`,
    title: rule.title,
    status,
    code,
    ...(message === rule.title ? {} : { detail: message }),
    fix: rule.fix,
    correlation_id: context.correlationId ?? crypto.randomUUID(),
  };
  return { status, headers, body: JSON.stringify(problem) };
}

function challenge(refusal: Refusal, service: string): string {
  const realm = `Bearer realm="${service}"`;
  // Who sent no credential gets no error code (RFC 6750 §3.1).
  if (refusal.code === 'unauthenticated') return realm;
  return `${realm}, error="invalid_token", error_description="${errorCatalogue[refusal.code].title}"`;
}
