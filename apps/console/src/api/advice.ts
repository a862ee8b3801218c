import type { Problem } from '@castellan/contract';

const inSeconds = (seconds: number | undefined): string =>
  seconds === undefined || seconds <= 0
    ? 'in a moment'
    : seconds < 90
      ? `in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`
      : `in ${Math.round(seconds / 60)} minutes`;

/**
 * What the reader of a page can do about a problem. The catalogue's own advice speaks to callers of the
 * API where it names headers and content types; those say it here in a reader's words.
 *
 * @param retryAfterSeconds as the answer's `Retry-After` says.
 */
export function adviceOf(problem: Pick<Problem, 'code' | 'fix'>, retryAfterSeconds?: number): string {
  switch (problem.code) {
    case 'rate_limited':
      return `Try again ${inSeconds(retryAfterSeconds)}.`;
    case 'overloaded':
    case 'unavailable':
      return `Nothing was changed. Try again ${inSeconds(retryAfterSeconds)}.`;
    case 'internal':
      return 'Try again. If it happens again, look for the correlation id in the server log.';
    case 'malformed_request':
    case 'unsupported_media_type':
    case 'origin_refused':
    case 'method_not_allowed':
    case 'idempotency_key_reused':
      return 'Reload the page and try again.';
    case 'csv_unreadable':
      return 'Save it as CSV in UTF-8, with the columns email, name, workspace_slug and role in its first line.';
    case 'validation_failed':
      return 'Correct what is marked and try again.';
    case 'not_admin':
      return 'Ask an administrator for a role as an operator or for administration.';
    default:
      return problem.fix.replaceAll('`', '');
  }
}
