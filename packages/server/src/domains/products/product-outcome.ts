import type { FieldError } from '@castellan/contract';
import { OutboundError } from '../../platform/http/guarded-fetch.ts';
import { Refusal } from '../../platform/refusal.ts';

/** What came of one call to a product. */
export type ProductOutcome =
  | { readonly kind: 'answered'; readonly data: unknown }
  | {
      /** The product understood and said no; nothing was changed. */
      readonly kind: 'refused';
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly fields: readonly FieldError[];
      readonly details: Readonly<Record<string, unknown>> | undefined;
    }
  | {
      readonly kind: 'timed_out' | 'unreachable' | 'nonsense';
      /** For the operator. */
      readonly detail: string;
      /** Whether it is certain that the product got nothing of the call. */
      readonly neverSent: boolean;
    };

/** Statuses of a product that mean the same when they are ours; 401 would say that the operator has to sign in. */
const passedOn = new Set([400, 403, 404, 409, 410, 413, 415, 422, 423, 429, 503]);
const mostDetails = 16 * 1024;
/** Errors of a connection that was never there. */
const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** What a call that failed on the way came to. */
export function outcomeOfFailure(error: unknown): ProductOutcome {
  if (!(error instanceof OutboundError)) throw error;
  const cause = error.cause as { readonly code?: string } | undefined;
  switch (error.code) {
    case 'too_slow':
      return { kind: 'timed_out', detail: `${error.message}.`, neverSent: false };
    case 'unreachable': {
      const reason = cause?.code ? ` (${cause.code})` : '';
      const neverSent = cause?.code === undefined ? false : neverConnected.has(cause.code);
      return { kind: 'unreachable', detail: `${error.message}${reason}.`, neverSent };
    }
    case 'address_refused':
    case 'scheme_refused':
      return { kind: 'unreachable', detail: `${error.message}.`, neverSent: true };
    case 'too_large':
    case 'encoding_refused':
      return { kind: 'nonsense', detail: `${error.message}.`, neverSent: false };
  }
}

/**
 * Whether it is certain that a call changed nothing: it never left, or the product said no to it. A product that failed (5xx) may have
 * failed halfway; one that knows the token, which is made for one call, got the call twice on the way and has made the change maybe.
 */
export function changedNothing(outcome: ProductOutcome): boolean {
  if (outcome.kind === 'answered') return false;
  if (outcome.kind !== 'refused') return outcome.neverSent;
  return outcome.status < 500 && outcome.status !== 408 && outcome.code !== 'TOKEN_REPLAYED';
}

/** Reads what a product answered: `{data}` of a success, `{error}` of a refusal, and nothing else. */
export async function outcomeOfResponse(response: Response): Promise<ProductOutcome> {
  const { status } = response;
  const nonsense = (detail: string): ProductOutcome => ({ kind: 'nonsense', detail, neverSent: false });
  if (status >= 300 && status < 400)
    return nonsense(`It answered with a redirect (${status}), which is not followed.`);
  const isJson = /^application\/(?:[\w.+-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '');
  const body = isJson ? readJson(await response.text()) : undefined;
  const known = isObject(body) ? body : undefined;
  if (status === 200 && known && 'data' in known && !('error' in known))
    return { kind: 'answered', data: known.data };
  if (status >= 400 && known && isObject(known.error)) {
    const refused = readRefusal(status, known.error);
    if (refused) return refused;
  }
  // A gateway says so when nothing is behind it.
  if (status === 502 || status === 503 || status === 504)
    return { kind: 'unreachable', detail: `Its gateway answered ${status}.`, neverSent: false };
  return nonsense(
    isJson
      ? `It answered ${status} with JSON that is no answer of an admin surface.`
      : `It answered ${status} with something that is not JSON.`,
  );
}

function readRefusal(status: number, error: Readonly<Record<string, unknown>>): ProductOutcome | undefined {
  const { code, message, fields, details } = error;
  if (typeof code !== 'string' || !/^[A-Z][A-Z0-9_]{1,63}$/.test(code)) return undefined;
  const named = Array.isArray(fields) ? fields.slice(0, 50) : [];
  return {
    kind: 'refused',
    status,
    code,
    message: typeof message === 'string' ? message.slice(0, 1000) : '',
    fields: named.flatMap((field) =>
      isObject(field) && typeof field.field === 'string' && typeof field.message === 'string'
        ? [{ field: field.field.slice(0, 200), message: field.message.slice(0, 500) }]
        : [],
    ),
    details: isObject(details) && JSON.stringify(details).length <= mostDetails ? details : undefined,
  };
}

/** The refusal that tells an operator what came of a call that gave no data. */
export function refusalOf(
  product: string,
  outcome: Exclude<ProductOutcome, { kind: 'answered' }>,
  isForSupport = false,
): Refusal {
  switch (outcome.kind) {
    case 'refused':
      return new Refusal('product_refused', {
        status: passedOn.has(outcome.status) ? outcome.status : 502,
        ...(outcome.message ? { detail: outcome.message } : {}),
        ...(outcome.fields.length > 0 ? { fields: outcome.fields } : {}),
        extensions: {
          productCode: outcome.code,
          ...(outcome.details ? { productDetails: outcome.details } : {}),
        },
      });
    case 'timed_out':
      return new Refusal('product_timeout', { detail: `${product}: ${outcome.detail}` });
    case 'unreachable':
      return new Refusal(
        'product_unreachable',
        // Hosts and addresses inside the house are for those who can mend it; the log has them with the correlation id.
        isForSupport ? {} : { detail: `${product}: ${outcome.detail}` },
      );
    case 'nonsense':
      return new Refusal('product_nonsense', { detail: `${product}: ${outcome.detail}` });
  }
}

/** A text that somebody else wrote, as it can be kept and shown: characters only, and no more than so many. */
export function keepableText(text: string, longest: number): string {
  return text
    .slice(0, longest)
    .replaceAll('\0', '�')
    .replace(/\p{Cs}/gu, '�');
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
