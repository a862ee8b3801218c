import { fileURLToPath } from 'node:url';
import { createTestPlatform, freePort, type TestPlatform } from '@castellan/testkit';
import { expectAccessible, launchBrowser, screenshot, type TestBrowser } from '@castellan/testkit/browser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const longName = 'Maximiliana Wilhelmina Bartholomew-Featherstonehaugh de Vega';

let house: TestPlatform;
let browser: TestBrowser;
let address: string;
let operator: { email: string; password: string };
let ids: { user: string; workspace: string };

beforeAll(async () => {
  const port = await freePort();
  address = `http://localhost:${port}`;
  house = await createTestPlatform({ consoleDirectory: dist, settings: { ADMIN_URL: address } });
  await house.platform.adminListener.listen({ host: 'localhost', port });
  operator = await house.person({ name: 'Ada Admin', isAdmin: true });
  const long = await house.person({ name: longName });
  const bob = await house.person({ name: 'Bob' });
  const workspace = await house.workspace({
    name: longName,
    members: [
      [long, 'owner'],
      [bob, 'viewer'],
    ],
  });
  await house.service('orders', ['https://orders.example.com']);
  ids = { user: long.id, workspace: workspace.id };
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.close();
});

/** Opens a page as the operator, who signs in on the way. */
async function openAsOperator(path: string, look: { theme?: 'light' | 'dark'; width?: number } = {}) {
  const opened = await browser.openPage({ url: `${address}${path}`, tolerates: [/status of 401/], ...look });
  await opened.page.getByLabel('E-mail').fill(operator.email);
  await opened.page.getByLabel('Password').fill(operator.password);
  await opened.page.keyboard.press('Enter');
  await opened.page.locator('#main h1').waitFor();
  return opened;
}

const pages: readonly (readonly [name: string, path: () => string])[] = [
  ['dashboard', () => '/'],
  ['users', () => '/users'],
  ['users, no match', () => '/users?search=nobody-has-this-name'],
  ['invite', () => '/users?invite=true'],
  ['user', () => `/users/${ids.user}`],
  ['workspaces', () => '/workspaces'],
  ['create workspace', () => '/workspaces?create=true'],
  ['workspace', () => `/workspaces/${ids.workspace}`],
  ['groups', () => `/workspaces/${ids.workspace}?tab=groups`],
  ['sign-in policy', () => `/workspaces/${ids.workspace}?tab=sign-in`],
  ['import', () => '/import'],
  ['activity', () => '/activity'],
  ['services', () => '/services'],
  ['mailbox', () => '/mailbox'],
  ['reference', () => '/reference'],
  ['no such page', () => '/nowhere'],
];

describe.each([
  ['light', 1440],
  ['dark', 390],
] as const)('every page, %s and %i pixels wide', (theme, width) => {
  it('is accessible, scrolls only down, and keeps the security policy', async () => {
    const { page, close } = await openAsOperator('/users', { theme, width });
    for (const [name, path] of pages) {
      await page.goto(`${address}${path()}`);
      await page.locator('h1').waitFor();
      await page.waitForLoadState('networkidle');
      await expectAccessible(page);
      expect(
        await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
        `${name} is too wide`,
      ).toBe(true);
      await screenshot(page, `console-${name.replaceAll(/\W+/g, '-')}-${theme}-${width}`);
    }
    await close();
  });
});

it('the API reference tells all of an operation once it is opened, or linked to', async () => {
  const { page, close } = await openAsOperator('/reference?search=introspect');
  const operation = page.locator('details').filter({ hasText: '/oauth/introspect' });
  expect(await operation.getByRole('heading', { name: 'Errors', exact: true, level: 3 }).count()).toBe(0);
  await operation.locator('summary').click();
  await operation.getByRole('heading', { name: 'Errors', exact: true, level: 3 }).waitFor();
  await expectAccessible(page);
  const id = await operation.getAttribute('id');
  await page.goto(`${address}/reference#${id}`);
  await page.reload();
  await page
    .locator(`[id="${id}"]`)
    .getByRole('heading', { name: 'Errors', exact: true, level: 3 })
    .waitFor();
  expect(await page.getByRole('heading', { name: 'Errors', exact: true, level: 3 }).count()).toBe(1);
  await close();
});

it('a deep link survives signing in', async () => {
  const { page, close } = await openAsOperator('/activity?action=service_registered');
  expect(page.url()).toBe(`${address}/activity?action=service_registered`);
  await page.getByText('registered the service').waitFor();
  await close();
});

it('filters are in the address bar, and back finds what was there', async () => {
  const { page, close } = await openAsOperator('/users');
  await page.getByRole('link', { name: longName }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('maxi');
  await page.waitForURL(/search=maxi/);
  await page.getByRole('link', { name: longName }).click();
  await page.getByRole('heading', { name: longName }).waitFor();
  await page.goBack();
  expect(page.url()).toContain('search=maxi');
  expect(await page.getByRole('searchbox').inputValue()).toBe('maxi');
  await close();
});

it('an account is deleted only after its address is typed', async () => {
  const victim = await house.person({ name: 'Vic Tim' });
  const { page, close } = await openAsOperator(`/users/${victim.id}`);
  await page.getByRole('button', { name: 'More actions for Vic Tim' }).click();
  await page.getByRole('menuitem', { name: 'Delete account' }).click();
  const remove = page.getByRole('dialog').getByRole('button', { name: 'Delete account' });
  expect(await remove.isDisabled()).toBe(true);
  await page.getByRole('dialog').getByRole('textbox').fill(victim.email);
  await remove.click();
  await page.waitForURL(`${address}/users`);
  expect(await house.query('SELECT 1 FROM users WHERE id = $1', [victim.id])).toEqual([]);
  await close();
});

it('a chosen theme is there before anything is painted, and outlives the page', async () => {
  const { page, close } = await openAsOperator('/', { theme: 'light' });
  await page.getByRole('button', { name: /Ada Admin/ }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Dark' }).click();
  await page.reload({ waitUntil: 'commit' });
  await page.waitForFunction('document.documentElement.dataset.theme === "dark"');
  await close();
});
