import { fileURLToPath } from 'node:url';
import { clientsEnd, clientsList, servicesList, usersEndSessions } from '@castellan/contract';
import {
  expectAccessible,
  launchBrowser,
  screenshot,
  type TestBrowser,
  type TestPage,
} from '@castellan/testkit/browser';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type OrdersHouse, startOrdersHouse, type TestPerson, type TestWorkspace } from '../../test/house.ts';

type Page = TestPage['page'];

/** The page as `npm run build` made it. */
const folder = fileURLToPath(new URL('../../dist/web', import.meta.url));
let house: OrdersHouse;
let browser: TestBrowser;
let acme: TestWorkspace;
let rooms: TestWorkspace;
/** A new person for each test, an editor of both workspaces. */
let person: TestPerson;

beforeAll(async () => {
  house = await startOrdersHouse(folder);
  acme = await house.platform.workspace({ name: 'Acme Workshop' });
  rooms = await house.platform.workspace({ name: 'Empty Rooms' });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.stop();
});
beforeEach(async () => {
  person = await house.platform.person({ name: 'Edda Editor' });
  for (const { id } of [acme, rooms])
    await house.platform.query(
      `INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ($1, $2, 'editor', now())`,
      [id, person.id],
    );
});

const open = (options: { width?: number; theme?: 'light' | 'dark' } = {}) =>
  browser.openPage({
    url: house.address,
    tolerates: [/status of 40[0134]/],
    ...options,
  });

/** On Castellan's pages, up to the question of what Orders may do. */
async function proveWhoIAm(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Sign in with Castellan' }).click();
  await page.waitForURL((url) => url.origin === house.issuer);
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await allowing(page).waitFor();
}
const allowing = (page: Page) => page.getByRole('button', { name: 'Allow' });

async function signIn(page: Page, workspace: TestWorkspace): Promise<void> {
  await proveWhoIAm(page);
  await page.getByLabel('For which workspace').selectOption({ label: workspace.name });
  await allowing(page).click();
  await page.waitForURL(`${house.address}/`);
  await page.getByText(workspace.slug).first().waitFor();
}

test('people sign in on Castellan’s pages and come back to the workspace that they chose (P18, S2)', async () => {
  const { page, context, close } = await open();
  await expectAccessible(page);
  await screenshot(page, 'orders-sign-in');
  await signIn(page, rooms);
  expect(await page.getByText('Edda Editor').count()).toBe(1);
  await page.getByRole('button', { name: 'New order' }).first().waitFor();
  await screenshot(page, 'orders-signed-in-through-castellan');
  // No script of the page can read what renews the sign-in.
  expect(await page.evaluate('JSON.stringify(localStorage) + document.cookie')).not.toMatch(/crt_|eyJ/);
  const cookie = (await context.cookies(`${house.address}/sign-in/`)).find(
    ({ name }) => name === 'orders_session',
  );
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  expect(cookie!.value).not.toContain('crt_');
  await page.reload();
  await page.getByRole('button', { name: 'New order' }).first().waitFor();
  await close();
});

test('another workspace is chosen at Castellan, without the password again', async () => {
  const { page, close } = await open();
  await signIn(page, rooms);
  await page.getByRole('link', { name: 'Switch workspace' }).click();
  await allowing(page).waitFor();
  await page.getByLabel('For which workspace').selectOption({ label: acme.name });
  await allowing(page).click();
  await page.getByText(acme.slug).first().waitFor();
  await close();
});

test('signing out ends it at Castellan as well, and an ended sign-in is told on the next call', async () => {
  const { page, close } = await open();
  await signIn(page, acme);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out').waitFor();
  const live = () =>
    house.platform.query(`SELECT 1 FROM grants WHERE user_id = $1 AND kind = 'oauth' AND ended_at IS NULL`, [
      person.id,
    ]);
  await expect.poll(live).toEqual([]);
  // The browser is still signed in at Castellan, which remembers what was allowed: nothing is asked.
  await page.getByRole('link', { name: 'Sign in with Castellan' }).click();
  await page.getByRole('button', { name: 'New order' }).first().waitFor();
  await (await house.platform.administrator()).call(usersEndSessions, { params: { id: person.id } });
  await page.getByRole('searchbox').fill('anything');
  await page.getByText('Your session has ended').waitFor();
  await page.reload();
  await page.getByRole('link', { name: 'Sign in with Castellan' }).waitFor();
  await close();
});

test('who declines, or comes back from a sign-in that was not begun here, is told so', async () => {
  const { page, close } = await open({ width: 390, theme: 'dark' });
  await proveWhoIAm(page);
  await page.getByRole('button', { name: 'Refuse' }).click();
  await page.getByText('You are not signed in').waitFor();
  await screenshot(page, 'orders-declined-390');
  await page.goto(`${house.address}/sign-in/callback?code=stolen&state=guessed`);
  await page.getByText('That sign-in was not begun here').waitFor();
  expect(page.url()).toBe(`${house.address}/`);
  await close();
});

test('a client that was ended signs nobody in any more: Castellan says so on its own page', async () => {
  const operator = await house.platform.administrator();
  const { id } = (await operator.call(servicesList)).result.items[0]!;
  const { id: cid } = (await operator.call(clientsList, { params: { id } })).result.items[0]!;
  await operator.call(clientsEnd, { params: { id, cid } });
  const { page, close } = await open();
  await page.getByRole('link', { name: 'Sign in with Castellan' }).click();
  await page.waitForURL((url) => url.origin === house.issuer);
  expect(await page.locator('h1').count()).toBe(1);
  await close();
});
