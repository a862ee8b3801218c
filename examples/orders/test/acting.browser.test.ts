import { fileURLToPath } from 'node:url';
import { operatorsAdd, servicesList, servicesUpdate } from '@castellan/contract';
import { freePort } from '@castellan/testkit';
import {
  expectAccessible,
  launchBrowser,
  type PageOptions,
  screenshot,
  type TestBrowser,
  type TestPage,
} from '@castellan/testkit/browser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerAllOrders } from '../src/orders/permissions.ts';
import { fillSample } from '../src/sample/fill.ts';
import { type OrdersHouse, startOrdersHouse, type TestPerson, type TestWorkspace } from './house.ts';

/** From a person in the console to the shop as they see it: the sample product and the console as they are built. */

type Page = TestPage['page'];

const consoleDirectory = fileURLToPath(new URL('../../../apps/console/dist', import.meta.url));
const pageDirectory = fileURLToPath(new URL('../dist/web', import.meta.url));
let house: OrdersHouse;
let browser: TestBrowser;
let consoleUrl: string;
let people: string;
let acme: TestWorkspace;
let ada: TestPerson;
let sally: TestPerson;

beforeAll(async () => {
  const port = await freePort();
  consoleUrl = `http://localhost:${port}`;
  house = await startOrdersHouse(pageDirectory, { consoleDirectory, settings: { ADMIN_URL: consoleUrl } });
  await house.platform.platform.adminListener.listen({ host: 'localhost', port });
  sally = await house.platform.person({ name: 'Sally Seller' });
  acme = await house.platform.workspace({ name: 'Acme Workshop', members: [[sally, 'editor']] });
  const { id, email, name } = sally;
  await fillSample(
    house.connection.pool,
    { workspaces: [acme], users: [{ id, email, name, workspaceIds: [acme.id] }] },
    new Date(),
  );
  await registerAllOrders(house.castellan, house.connection.database);
  const admin = await house.platform.administrator();
  const service = (await admin.call(servicesList)).result.items[0]!;
  await admin.call(servicesUpdate, { params: { id: service.id }, body: { adminUrl: house.address } });
  ada = await house.platform.person({ name: 'Ada Adams' });
  await admin.call(operatorsAdd, { body: { userId: ada.id, service: service.id, role: 'admin' } });
  people = `/products/${service.id}/User`;
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.stop();
});

async function openConsole(options: Partial<PageOptions> = {}) {
  const opened = await browser.openPage({
    url: consoleUrl + people,
    tolerates: [/status of (401|403|409|422)/],
    ...options,
  });
  await opened.page.getByLabel('E-mail').fill(ada.email);
  await opened.page.getByLabel('Password').fill(ada.password);
  await opened.page.keyboard.press('Enter');
  await opened.page.locator('#main h1').waitFor();
  return opened;
}

/** Opens the person, says why, and follows the link into its own tab. */
async function signInAsSally(page: Page, options: { readonly allowChanges?: boolean } = {}): Promise<Page> {
  // By the palette, which finds people of the product as well.
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Search everything' });
  await palette.waitFor();
  await page.keyboard.type('sally');
  await palette.getByRole('group', { name: 'orders · Person' }).getByRole('option').click();
  await page.getByRole('button', { name: 'Sign in as' }).click();
  const panel = page.getByRole('dialog').last();
  const password = panel.getByLabel('Your password');
  await password.or(panel.getByLabel('Reason')).first().waitFor();
  if (await password.isVisible()) {
    await password.fill(ada.password);
    await panel.getByRole('button', { name: 'Continue' }).click();
  }
  await panel.getByLabel('Reason').fill('They can not see an order');
  if (options.allowChanges) await panel.getByText('Allow changes').click();
  await panel.getByRole('button', { name: 'Begin session' }).click();
  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    panel.getByRole('button', { name: 'Open in a new tab' }).click(),
  ]);
  await tab.locator('.orders tbody a').first().waitFor();
  return tab;
}

async function fillNewOrder(tab: Page): Promise<void> {
  await tab.getByRole('button', { name: 'New order' }).click();
  await tab.getByLabel('Customer’s e-mail').fill('grace@customer.example');
  await tab.getByLabel('Customer’s name').fill('Grace Hopper');
  await tab.getByLabel('Item').fill('Oak workbench');
  await tab.getByLabel('Price each').fill('649,00');
  await tab.getByRole('button', { name: 'Create order' }).click();
}

const ordersMade = async () =>
  (
    await house.connection.pool.query(
      `select created_by from orders where customer_id in (select id from customers where name = 'Grace Hopper')`,
    )
  ).rows;

it('an operator sees what a person sees, changes nothing, and is out at the next click once the session is ended (A15)', async () => {
  const opened = await openConsole();
  const { page } = opened;
  // The sign-in was long ago: a fresh proof is asked for.
  await house.platform.query(
    `UPDATE grants SET auth_time = now() - interval '11 minutes' WHERE kind = 'admin_session'`,
  );
  const tab = await signInAsSally(page);
  await tab.getByText('You act as Sally Seller.').waitFor();
  expect(new URL(tab.url()).pathname).toMatch(/^\/act-as\/[0-9a-f-]{36}$/);
  expect(tab.url()).not.toContain('imt_');
  expect(
    await tab.evaluate('JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie'),
  ).not.toMatch(/imt_|eyJ/);
  await expectAccessible(tab);
  await screenshot(tab, 'orders-acting-1440');
  await tab.locator('.orders tbody a').first().click();
  await tab.getByRole('heading', { name: /^Order #/ }).waitFor();
  await tab.keyboard.press('Escape');
  await fillNewOrder(tab);
  await tab.getByText('may only look: nothing was changed').waitFor();
  expect(await ordersMade()).toEqual([]);
  await screenshot(tab, 'orders-acting-write-refused');
  await expectAccessible(tab);
  await tab.getByRole('button', { name: 'Close', exact: true }).click();
  // Reloaded it stands: the address is the session's.
  await tab.reload();
  await tab.locator('.orders tbody a').first().waitFor();

  await page.goto(`${consoleUrl}/impersonation`);
  await page.getByText('They can not see an order').waitFor();
  await screenshot(page, 'orders-acting-listed');
  await page.getByRole('button', { name: /^End now/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End now' }).click();
  await page.getByText('The session has ended').first().waitFor();
  await tab.getByRole('searchbox').fill('anything');
  await tab.getByText('The session was ended').waitFor();
  expect(await tab.getByText('You act as').count()).toBe(0);
  await expectAccessible(tab);
  await screenshot(tab, 'orders-acting-over');
  await tab.reload();
  await tab.getByText('The session was ended').waitFor();
  // The operator is nobody else here: their own sign-in is as it was.
  await tab.getByRole('link', { name: 'Open Orders as yourself' }).click();
  await tab.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  await opened.close();
});

it('with changes allowed they are the person’s, the strip says so on a phone, and who leaves is gone from the list', async () => {
  const opened = await openConsole({ width: 390, theme: 'dark' });
  const { page } = opened;
  const tab = await signInAsSally(page, { allowChanges: true });
  await tab.getByText('What you change is changed.').waitFor();
  await screenshot(tab, 'orders-acting-writes-390-dark');
  await expectAccessible(tab);
  await fillNewOrder(tab);
  await tab.getByText(/Order #\d+ was created/).waitFor();
  expect(await ordersMade()).toEqual([{ created_by: sally.id }]);
  await tab.getByRole('button', { name: 'End session' }).click();
  await tab.getByText('You ended the session').waitFor();
  await screenshot(tab, 'orders-acting-left-390-dark');
  await expectAccessible(tab);
  await page.goto(`${consoleUrl}/impersonation`);
  await page.getByText('Nobody acts as anybody').waitFor();
  await opened.close();
});
