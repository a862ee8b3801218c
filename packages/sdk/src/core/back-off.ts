import type { RateLimit } from './errors.ts';

const firstWaitMs = 1000;
const longestWaitMs = 30_000;
const jitterMs = 500;

/**
 * How long to wait before a retry of a 429 (G10): what `Retry-After` says, else one second, doubled with every
 * try up to thirty, and up to half a second more so that those who were refused together do not return together.
 *
 * @param attempt 0 for the first retry.
 * @param random a number from 0 up to 1.
 */
export function backOffMs(attempt: number, retryAfterSeconds: number | null, random: () => number): number {
  if (retryAfterSeconds !== null) return retryAfterSeconds * 1000;
  return Math.min(firstWaitMs * 2 ** attempt, longestWaitMs) + Math.floor(random() * (jitterMs + 1));
}

/** Reads what a 429 says about itself. `Retry-After` may be seconds or a date (RFC 9110 §10.2.3). */
export function readRateLimit(headers: Headers, nowMs: number): RateLimit {
  return {
    retryAfter: readRetryAfter(headers, nowMs),
    limit: readCount(headers.get('x-ratelimit-limit')),
    remaining: readCount(headers.get('x-ratelimit-remaining')),
    reset: readCount(headers.get('x-ratelimit-reset')),
  };
}

/** Seconds of `Retry-After`, or `null`. */
export function readRetryAfter(headers: Headers, nowMs: number): number | null {
  const text = headers.get('retry-after')?.trim();
  if (!text) return null;
  if (/^\d+$/.test(text)) return readCount(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - nowMs) / 1000));
}

function readCount(text: string | null): number | null {
  if (text === null || !/^\d+$/.test(text.trim())) return null;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : null;
}
