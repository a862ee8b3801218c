import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StandInIssuer, send, serviceKey } from '../../test/stand-in-issuer.ts';
import { type Castellan, createCastellan } from './castellan.ts';
import { RateLimitError } from './errors.ts';
import type { CastellanOptions } from './settings.ts';

let issuer: StandInIssuer;
let token: string;
const slept: number[] = [];

beforeAll(async () => {
  issuer = await StandInIssuer.start();
  token = await issuer.token();
});
afterAll(() => issuer.stop());
beforeEach(() => {
  slept.length = 0;
  issuer.arrived.length = 0;
});

function create(options: Partial<CastellanOptions> = {}): Castellan {
  return createCastellan({
    issuer: issuer.address,
    service: 'orders',
    serviceKey,
    clock: {
      now: () => Date.now(),
      sleep: async (milliseconds) => {
        slept.push(milliseconds);
      },
    },
    random: () => 0,
    ...options,
  });
}

/** Answers 429 so many times, with these headers. */
function limit(times: number, headers: Record<string, string> = {}): void {
  let left = times;
  issuer.intercept = ({ path }, response) => {
    if (path !== '/v1/sessions/check' || left === 0) return false;
    left -= 1;
    send(response, 429, {}, headers);
    return true;
  };
}

async function failure(castellan: Castellan): Promise<unknown> {
  return castellan.checkSession(token).then(
    () => null,
    (error: unknown) => error,
  );
}

describe('a 429 (G10)', () => {
  test('is retried three times after 1, 2 and 4 seconds, and the answer is used', async () => {
    limit(3);
    expect(await create().checkSession(token)).toMatchObject({ active: true });
    expect(slept).toEqual([1000, 2000, 4000]);
  });

  test('after the last retry is a RateLimitError, with null where a header is absent', async () => {
    limit(Number.POSITIVE_INFINITY);
    const error = await failure(create());
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({
      code: 'rate_limited',
      retryAfter: null,
      limit: null,
      remaining: null,
      reset: null,
    });
    expect(issuer.checks).toHaveLength(4);
  });

  test('waits are doubled up to 30 s, with up to half a second of jitter', async () => {
    limit(Number.POSITIVE_INFINITY);
    await failure(create({ maxRetries: 7, random: () => 0.9999 }));
    expect(slept).toEqual([1500, 2500, 4500, 8500, 16_500, 30_500, 30_500]);
  });

  test('Retry-After wins, in seconds and as a date', async () => {
    limit(1, { 'retry-after': '7' });
    await create({ random: () => 0.5 }).checkSession(token);
    expect(slept).toEqual([7000]);
    limit(1, { 'retry-after': new Date(Date.now() + 20_000).toUTCString() });
    await create().checkSession(token);
    expect(slept[1]).toBeGreaterThanOrEqual(18_000);
    expect(slept[1]).toBeLessThanOrEqual(21_000);
  });

  test('with maxRetries 0 is an error at once, with what the headers say', async () => {
    limit(1, {
      'retry-after': '30',
      'x-ratelimit-limit': '100',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '1790000000',
    });
    expect(await failure(create({ maxRetries: 0 }))).toMatchObject({
      retryAfter: 30,
      limit: 100,
      remaining: 0,
      reset: 1_790_000_000,
    });
    expect(slept).toEqual([]);
  });

  test('with a Retry-After beyond what a request can wait for is an error at once', async () => {
    limit(1, { 'retry-after': '3600' });
    expect(await failure(create())).toMatchObject({ code: 'rate_limited', retryAfter: 3600 });
    expect(slept).toEqual([]);
  });

  test('headers that can not be read are null', async () => {
    limit(1, { 'retry-after': 'soon', 'x-ratelimit-limit': '-1', 'x-ratelimit-reset': '1e9' });
    expect(await failure(create({ maxRetries: 0 }))).toMatchObject({
      retryAfter: null,
      limit: null,
      reset: null,
    });
  });

  test('makes authenticate answer 503 with Retry-After: a limit is never a yes', async () => {
    limit(1, { 'retry-after': '9' });
    const outcome = await create({ maxRetries: 0 }).authenticate({
      headers: { authorization: `Bearer ${token}` },
    });
    expect(outcome).toMatchObject({ ok: false, status: 503, code: 'rate_limited', retryAfter: 9 });
  });
});
