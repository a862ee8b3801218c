import { type ErrorCode, errorCatalogue, type LivePrincipal } from '@castellan/contract';
import type { CastellanError } from './errors.ts';

/** Codes of a refusal; the error catalogue says what each means. */
export type RefusalCode = Extract<
  ErrorCode,
  | 'unauthenticated'
  | 'token_invalid'
  | 'token_expired'
  | 'session_ended'
  | 'account_deactivated'
  | 'not_member'
  | 'forbidden'
  | 'rate_limited'
  | 'unavailable'
>;

/** A "no", with its reason: data, not an exception. */
export interface Refusal {
  readonly ok: false;
  /** 401: sign in again. 403: known, and may not. 503: nobody can tell now, so it is a no. */
  readonly status: 401 | 403 | 503;
  readonly code: RefusalCode;
  /** One sentence for people. Carries no token. */
  readonly message: string;
  /** Seconds until another try makes sense; set when `status` is 503. */
  readonly retryAfter?: number;
  /** For your log, when `status` is 503: what kept the SDK from an answer. */
  readonly cause?: CastellanError;
}

/** Who is calling, as the platform knows it at this moment. */
export interface Authenticated {
  readonly ok: true;
  readonly principal: LivePrincipal;
}

/** What `authenticate` found: the person as the platform knows them now, or the reason to refuse. */
export type AuthenticateOutcome = Authenticated | Refusal;

const unavailableRetrySeconds = 1;

/** A refusal in the catalogue's words, or in better ones for the place. */
export function refuse(
  code: Exclude<RefusalCode, 'unavailable' | 'rate_limited'>,
  message: string = errorCatalogue[code].title,
): Refusal {
  return { ok: false, status: errorCatalogue[code].status, code, message };
}

/** Fail closed: no answer is a no, with the time of the next try. */
export function unavailable(cause: CastellanError): Refusal {
  const hinted = 'retryAfter' in cause && typeof cause.retryAfter === 'number' ? cause.retryAfter : 0;
  const code = cause.code === 'rate_limited' ? 'rate_limited' : 'unavailable';
  return {
    ok: false,
    status: 503,
    code,
    message: 'Whether you are signed in can not be checked now; try again shortly',
    retryAfter: Math.max(hinted, unavailableRetrySeconds),
    cause,
  };
}
