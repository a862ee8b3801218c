import { metrics } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const token = 'a-token-for-the-scraper';
let open: TestPlatform;
let closed: TestPlatform;
beforeAll(async () => {
  open = await createTestPlatform();
  closed = await createTestPlatform({ settings: { METRICS_TOKEN: token } });
});
afterAll(async () => {
  await open.close();
  await closed.close();
});

describe('metrics are read', () => {
  it('from this machine itself while no token is set', async () => {
    expect((await open.caller().call(metrics)).text).toContain('castellan_http_request_seconds');
    for (const remoteAddress of ['203.0.113.7', '2001:db8::1', '10.0.0.1'])
      expect((await open.caller().call(metrics, { remoteAddress })).code, remoteAddress).toBe(
        'unauthenticated',
      );
  });

  it('by nobody behind a proxy on this machine, whose own connection comes from here', async () => {
    for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'])
      expect((await open.caller().call(metrics, { headers: { [name]: '203.0.113.7' } })).code, name).toBe(
        'unauthenticated',
      );
  });

  it('with exactly the token where one is set, and from this machine not without it', async () => {
    const scrape = (authorization?: string) =>
      closed.caller().call(metrics, authorization === undefined ? {} : { headers: { authorization } });
    expect((await scrape(`Bearer ${token}`)).status).toBe(200);
    for (const wrong of [
      undefined,
      'Bearer ',
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      `Basic ${token}`,
    ])
      expect((await scrape(wrong)).code, wrong).toBe('unauthenticated');
  });
});
