import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible, inBothThemes, launchBrowser, screenshot, type TestBrowser } from './browser.ts';

const page = (body: string, head = '') =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Gate house</title>` +
  `<link rel="icon" href="data:,">${head}</head><body><main><h1>Gate house</h1>${body}</main></body></html>`;

const pages: Readonly<Record<string, string>> = {
  '/good': page(
    '<label for="name">Name</label> <input id="name"> <button type="button">Open the gate</button>',
  ),
  '/unlabelled': page('<input id="name"> <button type="button"></button>'),
  '/dark-on-dark': page('<p class="faint">Hello</p>', '<link rel="stylesheet" href="/dark-on-dark.css">'),
  '/dark-on-dark.css':
    '@media (prefers-color-scheme: dark) { body { background: #000; color: #fff } .faint { color: #222 } }',
  '/inline-script': page('<script>document.title = "taken over"</script>'),
  '/console-error': page('<p>Hello</p>', '<script src="/shout.js"></script>'),
  '/throwing': page('<p>Hello</p>', '<script src="/throw.js"></script>'),
  '/shout.js': 'console.error("the portcullis is stuck")',
  '/throw.js': 'throw new Error("the drawbridge fell")',
};

const types = [
  ['.js', 'text/javascript'],
  ['.css', 'text/css'],
] as const;

describe('browser harness', () => {
  let server: Server;
  let origin: string;
  let browser: TestBrowser;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const body = pages[request.url ?? ''];
      response.writeHead(body ? 200 : 404, {
        'content-type': types.find(([ending]) => request.url?.endsWith(ending))?.[1] ?? 'text/html',
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; frame-ancestors 'none'",
      });
      response.end(body ?? page('<p>Nothing here</p>'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('passes a page without problems, under a strict security policy, in the asked width and theme', async () => {
    const opened = await browser.openPage({ url: `${origin}/good`, theme: 'dark', width: 390 });
    await expectAccessible(opened.page);
    expect(await opened.page.evaluate('innerWidth')).toBe(390);
    expect(await opened.page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(true);
    await opened.close();
  });

  it('shows either theme without loading the page again, and takes pictures where they are asked for', async () => {
    const opened = await browser.openPage({ url: `${origin}/good` });
    const folder = await mkdtemp(join(tmpdir(), 'castellan-pictures-'));
    const seen: unknown[] = [];
    await inBothThemes(opened.page, async (theme) => {
      seen.push([theme, await opened.page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')]);
      const picture = await screenshot(opened.page, `gate-house-${theme}`, folder);
      expect((await stat(picture!)).size).toBeGreaterThan(1000);
    });
    expect(seen).toEqual([
      ['light', false],
      ['dark', true],
    ]);
    expect(await screenshot(opened.page, 'nobody-asked', '')).toBeUndefined();
    await rm(folder, { recursive: true });
    await opened.close();
  });

  it('names the elements that a screen reader can not name', async () => {
    const opened = await browser.openPage({ url: `${origin}/unlabelled` });
    await expect(expectAccessible(opened.page)).rejects.toThrow(
      /button-name[\s\S]*label|label[\s\S]*button-name/,
    );
    await opened.close();
  });

  it('names what can not be read in the second theme that a document is looked at in', async () => {
    const opened = await browser.openPage({ url: `${origin}/dark-on-dark` });
    await expectAccessible(opened.page);
    await opened.page.emulateMedia({ colorScheme: 'dark' });
    await expect(expectAccessible(opened.page)).rejects.toThrow(/color-contrast[\s\S]*faint/);
    await opened.close();
  });

  it('judges a document anew that has changed since it was looked at', async () => {
    const opened = await browser.openPage({ url: `${origin}/good` });
    await expectAccessible(opened.page);
    await opened.page.evaluate('document.querySelector("button").textContent = ""');
    await expect(expectAccessible(opened.page)).rejects.toThrow(/button-name/);
    await opened.close();
  });

  it('fails a page that breaks its security policy', async () => {
    const opened = await browser.openPage({ url: `${origin}/inline-script` });
    expect(await opened.page.title()).toBe('Gate house');
    await expect(opened.close()).rejects.toThrow(/policy: script-src/);
  });

  it('fails a page that writes an error to the console', async () => {
    const opened = await browser.openPage({ url: `${origin}/console-error` });
    await expect(opened.close()).rejects.toThrow(/the portcullis is stuck/);
  });

  it('fails a page whose script throws', async () => {
    const opened = await browser.openPage({ url: `${origin}/throwing` });
    await expect(opened.close()).rejects.toThrow(/the drawbridge fell/);
  });

  it('lets a test provoke an error that it names', async () => {
    const opened = await browser.openPage({ url: `${origin}/missing`, tolerates: [/status of 404/] });
    await opened.close();
  });

  it('fails the file when a page with problems was never closed', async () => {
    const another = await launchBrowser();
    await another.openPage({ url: `${origin}/console-error` });
    await expect(another.close()).rejects.toThrow(/the portcullis is stuck/);
  });

  it('shares the cookies of a context between pages', async () => {
    const first = await browser.openPage({ url: `${origin}/good` });
    await first.context.addCookies([{ name: 'seen', value: 'yes', url: origin }]);
    const second = await browser.openPage({ url: `${origin}/good`, context: first.context });
    expect(await second.page.evaluate('document.cookie')).toBe('seen=yes');
    await second.close();
    await first.close();
  });
});
