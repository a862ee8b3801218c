import { errorCatalogue, errorCodes, usersList } from '@castellan/contract';
import { expect, it } from 'vitest';
import { adviceOf } from './advice.ts';
import { addressOf } from './call.ts';

it.each(errorCodes)('the advice for %s names no header, content type or markup', (code) => {
  const advice = adviceOf({ code, fix: errorCatalogue[code].fix });
  expect(advice).not.toMatch(/`|Retry-After|X-Requested-With|application\/|header|idempotency/i);
});

it('the advice after too many tries says how long to wait', () => {
  expect(adviceOf({ code: 'rate_limited', fix: '' }, 30)).toBe('Try again in 30 seconds.');
  expect(adviceOf({ code: 'rate_limited', fix: '' }, 300)).toBe('Try again in 5 minutes.');
});

it('an address carries what is asked for in the spelling of the wire, and nothing that is not set', () => {
  expect(
    addressOf(usersList, { query: { search: 'ada & co', isAdmin: true, pageSize: 50, state: undefined } }),
  ).toBe('/admin/users?search=ada+%26+co&page_size=50&is_admin=true');
});
