import { readFile } from 'node:fs/promises';
import {
  adminErrorCatalogue,
  adminErrorCodes,
  errorCatalogue,
  errorCodes,
  errorPage,
  home,
  pathOf,
} from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeProblem } from '../http/problem.ts';
import { Refusal } from '../refusal.ts';
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

it('every address that a problem document names in `type` answers with the page of its code', async () => {
  for (const code of errorCodes) {
    const { body } = writeProblem(new Refusal(code), 'a-correlation-id', 'https://id.example.com');
    const { type } = JSON.parse(body);
    expect(new URL(type).origin).toBe('https://id.example.com');
    const page = await house.platform.publicListener.inject({ url: new URL(type).pathname });
    expect([code, page.statusCode, page.headers['content-type']]).toEqual([
      code,
      200,
      'text/html; charset=utf-8',
    ]);
    expect(page.body).toContain(html`<h1>${errorCatalogue[code].title}</h1>`.text);
    expect(page.body).toContain(`<code>${code}</code>`);
    expect(page.body).not.toContain('`');
  }
});

it('a problem of a real refusal names such an address, on either listener', async () => {
  for (const listener of [house.platform.publicListener, house.platform.adminListener]) {
    const { type } = (await listener.inject({ url: '/nowhere' })).json();
    expect((await house.platform.publicListener.inject({ url: new URL(type).pathname })).statusCode).toBe(
      200,
    );
  }
});

it('every error code of an admin surface has a page: what happened, and what to do (A13)', async () => {
  for (const code of adminErrorCodes) {
    const { title, meaning, fix, status } = adminErrorCatalogue[code];
    const answer = await house.caller().call(errorPage, { params: { code } });
    expect([code, answer.status]).toEqual([code, 200]);
    const text = answer.text.replaceAll(/<\/?code>/g, '');
    for (const part of [`<h1>${title}</h1>`, meaning.replaceAll('`', ''), fix.replaceAll('`', '')])
      expect(text).toContain(part.startsWith('<h1>') ? html`<h1>${title}</h1>`.text : html`${part}`.text);
    expect(text.includes(`<dt>Status</dt><dd>${status}</dd>`)).toBe(status !== null);
    expect(answer.text).not.toContain('`');
  }
});

it('a code that does not exist is told kindly to a browser, with those that do, and to a program as not_found', async () => {
  for (const code of ['nonsense', 'field_redacted', 'constructor', '%3Cscript%3E']) {
    const url = pathOf(errorPage, { code: decodeURIComponent(code) });
    const asBrowser = await house.platform.publicListener.inject({ url, headers: { accept: 'text/html' } });
    expect([code, asBrowser.statusCode]).toEqual([code, 404]);
    expect(asBrowser.body).toContain('There is no such error code');
    expect(asBrowser.body).toContain(html`<code>${decodeURIComponent(code)}</code>`.text);
    for (const one of [...errorCodes, ...adminErrorCodes])
      expect(asBrowser.body).toContain(`href="/errors/${one}"`);
    const asProgram = await house.platform.publicListener.inject({ url });
    expect(asProgram.headers['content-type']).toContain('application/problem+json');
    expect([asProgram.statusCode, asProgram.json().code]).toEqual([404, 'not_found']);
  }
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
