import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core';
import { findChromium } from './chromium.ts';

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What one test file has of the Chromium of its process. */
export interface TestBrowser {
  readonly browser: Browser;
  /** Closes what was opened, and throws when a page met a problem that no test has read. */
  close(): Promise<void>;
  openPage(options: PageOptions): Promise<TestPage>;
}

/** How a page is opened. */
export interface PageOptions {
  readonly url: string;
  readonly theme?: 'light' | 'dark';
  /** CSS pixels; 1440 unless told. Below 600 it is a phone: touch, and a phone's height. */
  readonly width?: number;
  readonly height?: number;
  readonly locale?: string;
  /** `name=value` as a sign-in over HTTP gave it: the page is that person's from its first request. */
  readonly cookie?: string;
  /** A context of another page, to share its cookies; theme, width and locale are then those of that page. */
  readonly context?: BrowserContext;
  /** Console errors that the test provokes, such as the line Chromium writes for a 401. */
  readonly tolerates?: readonly RegExp[];
}

/** A page whose console errors, script errors and refusals by its security policy are collected. */
export interface TestPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What went wrong so far; reading it counts as having looked. */
  problems(): readonly string[];
  /** Closes it, and throws when something went wrong. */
  close(): Promise<void>;
}

/** What axe judges by colours: another theme of the same document changes nothing else. */
const rulesOfColours = ['color-contrast', 'link-in-text-block'];

/** Half as large as what the module is: each document that is judged reads all of it. */
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What each page waits for. */
const underWay = new WeakMap<Page, Set<Request>>();
/** As long as nothing is asked for, a page is taken to have all that it wants. */
const quietMs = 100;

/** The Chromium of this process, which the next file may use as well: its first page costs more than many later ones. */
let running: Promise<Browser> | undefined;
let users = 0;
let leaving: NodeJS.Timeout | undefined;
/** The time between two files that have a platform each. */
const idleMs = 15_000;

async function takeBrowser(): Promise<Browser> {
  clearTimeout(leaving);
  const executablePath = findChromium();
  if (!executablePath) throw new Error('No Chromium is here: install it, or name it in CHROMIUM_PATH.');
  if (!(await running)?.isConnected()) running = launch(executablePath);
  users++;
  return running!;
}

/** Whoever leaves last closes every context, cookies and all. */
async function leaveBrowser(browser: Browser): Promise<void> {
  if (--users > 0) return;
  await Promise.all(browser.contexts().map((context) => context.close()));
  leaving = setTimeout(() => {
    running = undefined;
    void browser.close();
  }, idleMs);
  // When this process ends, its Chromium does too.
  leaving.unref();
}

/** Starts Chromium (`CHROMIUM_PATH`, else one of the usual places), unless this process has one already. */
export async function launchBrowser(): Promise<TestBrowser> {
  const browser = await takeBrowser();
  const opened = new Set<TestPage>();
  return {
    browser,
    async openPage(options) {
      const opening = await openPage(browser, options);
      opened.add(opening);
      return opening;
    },
    async close() {
      const unread = [...opened].flatMap((one) => one.problems());
      await Promise.all([...opened].map(({ context }) => context.close()));
      await leaveBrowser(browser);
      if (unread.length > 0) throw new Error(problemText(unread));
    },
  };
}

async function launch(executablePath: string): Promise<Browser> {
  const start = (more: readonly string[]) => chromium.launch({ executablePath, args: [...flags, ...more] });
  // Chromium refuses its sandbox to root.
  if (process.getuid?.() === 0) return start(['--no-sandbox']);
  try {
    return await start([]);
  } catch (error) {
    // Containers often forbid the user namespaces that the sandbox is made of. Only our own pages are opened here.
    if (!/sandbox/i.test(String(error))) throw error;
    return start(['--no-sandbox']);
  }
}

async function openPage(browser: Browser, options: PageOptions): Promise<TestPage> {
  const context = options.context ?? (await openContext(browser, options));
  if (options.cookie !== undefined) {
    const [name = '', ...value] = options.cookie.split('=');
    await context.addCookies([
      { name, value: value.join('='), url: new URL(options.url).origin, httpOnly: true, sameSite: 'Strict' },
    ]);
  }
  const page = await context.newPage();
  lookAtToasts(page);
  followRequests(page);
  const found: string[] = [];
  const note = (problem: string): void => {
    if (!options.tolerates?.some((pattern) => pattern.test(problem))) found.push(problem);
  };
  page.on('console', (message) => {
    if (message.type() === 'error') note(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => note(`script: ${error.message}`));
  page.on('crash', () => note('the page crashed'));
  // Chromium writes refusals by the security policy to the console too, but not those of report-only policies.
  await page.exposeFunction('castellanPolicyRefusal', (text: string) => note(`policy: ${text}`));
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', (refusal) => castellanPolicyRefusal(" +
      "refusal.effectiveDirective + ' refused ' + (refusal.blockedURI || 'something inline')))",
  );

  const opening: TestPage = {
    page,
    context,
    problems: () => found.splice(0),
    async close() {
      await (options.context ? page.close() : context.close());
      const left = found.splice(0);
      if (left.length > 0) throw new Error(problemText(left));
    },
  };
  await page.goto(options.url);
  return opening;
}

function openContext(browser: Browser, options: PageOptions): Promise<BrowserContext> {
  const width = options.width ?? 1440;
  const isPhone = width < 600;
  return browser.newContext({
    viewport: { width, height: options.height ?? (isPhone ? 844 : 900) },
    hasTouch: isPhone,
    colorScheme: options.theme ?? 'light',
    locale: options.locale ?? 'en-GB',
    timezoneId: 'UTC',
    // What moves needs frames, which a busy machine gives late: a popover that leaves would cover what is clicked next.
    reducedMotion: 'reduce',
  });
}

const problemText = (problems: readonly string[]): string =>
  `The page met ${problems.length} problem(s):\n${problems.map((problem) => `  - ${problem}`).join('\n')}`;

/**
 * Throws when axe finds something serious or critical on the page as it is now (WCAG 2.2 A and AA, and axe's best
 * practices). The debugger evaluates axe, which a strict security policy does not forbid. A document that was judged as it stands,
 * and is now looked at in another theme, is judged by its colours alone.
 */
export async function expectAccessible(page: Page): Promise<void> {
  // What still fades in has no contrast yet: it is taken to its end. Progress that never ends is left as it is.
  await page.evaluate(`for (const one of document.getAnimations())
    if (one.effect?.getComputedTiming().endTime !== Infinity) one.finish()`);
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axeSource);
  const grave = (await page.evaluate(`(async () => {
    const judged = document.body.outerHTML;
    const runOnly = judged === axe.castellanJudged ? ${JSON.stringify(rulesOfColours)} : undefined;
    const { violations } = await axe.run(document, { resultTypes: ['violations'], ...(runOnly ? { runOnly } : {}) });
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    if (grave.length === 0) axe.castellanJudged = judged;
    return grave;
  })()`)) as axe.Result[];
  if (grave.length === 0) return;
  const lines = grave.map(
    ({ id, impact, help, nodes }) =>
      `  - ${impact} ${id}: ${help}\n${nodes.map((node) => `      ${node.target.join(' ')}  ${node.html}`).join('\n')}`,
  );
  throw new Error(`${page.url()} is not accessible:\n${lines.join('\n')}`);
}

/**
 * Looks at the page in either theme, as the system asks for it, without loading it again.
 *
 * @example
 * await inBothThemes(page, () => expectAccessible(page));
 */
export async function inBothThemes(
  page: Page,
  look: (theme: 'light' | 'dark') => Promise<void>,
): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await look(theme);
  }
}

/**
 * Takes a picture of the whole page, for people to look at, into the folder that `CASTELLAN_SCREENSHOTS` names; none
 * where nobody asked for pictures.
 *
 * @param name without extension.
 * @returns the path of the PNG file, if there is one.
 */
export async function screenshot(
  page: Page,
  name: string,
  folder = process.env.CASTELLAN_SCREENSHOTS,
): Promise<string | undefined> {
  if (!folder) return undefined;
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path, fullPage: true, animations: 'disabled' });
  return path;
}

/** Waits until a page of {@link TestBrowser.openPage} has asked for nothing for a moment, and has every answer. */
export async function settled(page: Page): Promise<void> {
  const requests = underWay.get(page);
  for (let quietSince = Date.now(); Date.now() - quietSince < quietMs; await delay(10))
    if (requests?.size) quietSince = Date.now();
}

function followRequests(page: Page): void {
  const requests = new Set<Request>();
  underWay.set(page, requests);
  page.on('request', (request) => requests.add(request));
  page.on('requestfinished', (request) => requests.delete(request));
  page.on('requestfailed', (request) => requests.delete(request));
}

/** A toast is read aloud by a hidden copy of it, which is there for a moment: `getByText` means the one that is seen. */
function lookAtToasts(page: Page): void {
  const getByText = page.getByText.bind(page);
  page.getByText = (text, options) =>
    getByText(text, options).and(page.locator(':not(span[role="status"][aria-live])'));
}
