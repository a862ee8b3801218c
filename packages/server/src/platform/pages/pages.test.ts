import { readFile } from 'node:fs/promises';
import { errorCatalogue, errorCodes, errorPage, home, pathOf } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { html } from './html.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
});
afterAll(() => house.close());

it('whatever text is put into markup stays text', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', ' ', '=', '`') }), (text) => {
      const { text: written } = html`<p title="${text}">${[text, html`<b>${text}</b>`]}</p>`;
      const inner = /^<p title="([^"]*)">([^<]*)<b>([^<]*)<\/b><\/p>$/.exec(written);
      const back = (escaped: string) =>
        escaped
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&quot;', '"')
          .replaceAll('&#39;', "'")
          .replaceAll('&amp;', '&');
      expect(inner?.slice(1).map(back)).toEqual([text, text, text]);
    }),
  );
});

it('the pages wear the tokens of the console', async () => {
  const [own, shared] = await Promise.all(
    ['../../../assets/tokens.css', '../../../../ui/src/tokens.css'].map((path) =>
      readFile(new URL(path, import.meta.url), 'utf8'),
    ),
  );
  expect(own, 'copy packages/ui/src/tokens.css to packages/server/assets').toBe(shared);
});

it('every error code has a page at the address that problem documents name', async () => {
  for (const code of errorCodes) {
    const { status, text } = await house.caller().call(errorPage, { params: { code } });
    expect(status).toBe(200);
    expect(text).toContain(html`${errorCatalogue[code].title}`.text);
    expect(text).not.toContain('`');
  }
  const missing = await house.platform.publicListener.inject({
    url: pathOf(errorPage, { code: 'nonsense' }),
  });
  expect(missing.statusCode).toBeGreaterThanOrEqual(400);
});

it('the root of the public address says what it is', async () => {
  expect((await house.caller().call(home)).text).toContain('This is Castellan');
});

it('who comes with a browser reads a refusal as a page with its correlation id, a program as a problem', async () => {
  const asBrowser = await house.platform.publicListener.inject({
    url: '/nowhere',
    headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'x-correlation-id': 'a-correlation-id' },
  });
  expect(asBrowser.statusCode).toBe(404);
  expect(asBrowser.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(asBrowser.headers['content-security-policy']).toContain("style-src 'self'");
  expect(asBrowser.body).toContain('a-correlation-id');
  const asProgram = await house.platform.publicListener.inject({ url: '/nowhere' });
  expect(asProgram.headers['content-type']).toContain('application/problem+json');
});
