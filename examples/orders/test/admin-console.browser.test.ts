import { fileURLToPath } from 'node:url';
import { operatorsAdd, servicesList, servicesUpdate } from '@castellan/contract';
import { freePort } from '@castellan/testkit';
import { expectAccessible, launchBrowser, screenshot, type TestBrowser } from '@castellan/testkit/browser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OrdersHouse, startOrdersHouse, type TestPerson } from './house.ts';
import { fillOrderBook } from './order-book.ts';

// The console as it is built; the product says what it has, and nothing of the console knows orders.
const consoleDirectory = fileURLToPath(new URL('../../../apps/console/dist', import.meta.url));
let house: OrdersHouse;
let browser: TestBrowser;
let consoleUrl: string;
let orders: string;
let serviceId: string;
let ada: TestPerson;
let bob: TestPerson;

beforeAll(async () => {
  const port = await freePort();
  consoleUrl = `http://localhost:${port}`;
  house = await startOrdersHouse(undefined, {
    consoleDirectory,
    settings: { ADMIN_URL: consoleUrl, OUTBOUND_ALLOW: '127.0.0.1' },
  });
  await house.platform.platform.adminListener.listen({ host: 'localhost', port });
  await fillOrderBook(house.connection.database);
  const admin = await house.platform.administrator();
  const { id } = (await admin.call(servicesList)).result.items[0]!;
  await admin.call(servicesUpdate, { params: { id }, body: { adminUrl: house.address } });
  ada = await house.platform.person({ name: 'Ada Adams' });
  bob = await house.platform.person({ name: 'Bob Baker' });
  for (const { id: userId } of [ada, bob])
    await admin.call(operatorsAdd, { body: { userId, service: id, role: 'admin' } });
  orders = `/products/${id}`;
  serviceId = id;
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.stop();
});

async function open(person: TestPerson, path: string) {
  const opened = await browser.openPage({
    url: consoleUrl + path,
    tolerates: [/status of (401|403|409|422)/],
  });
  await opened.page.getByLabel('E-mail').fill(person.email);
  await opened.page.getByLabel('Password').fill(person.password);
  await opened.page.keyboard.press('Enter');
  await opened.page.locator('#main h1').waitFor();
  return opened;
}
const rowOf = async (number: number) =>
  (await house.connection.pool.query('SELECT status, refunded_minor FROM orders WHERE number = $1', [number]))
    .rows[0];

it('an order is refunded by the product’s own action, and the product’s rules hold (A11)', async () => {
  const opened = await open(ada, `${orders}/Order?sort=number`);
  const { page } = opened;
  await page.getByRole('link', { name: '1002', exact: true }).click();
  await page.getByRole('button', { name: 'Refund' }).click();
  const dialog = page.getByRole('dialog').last();
  await dialog.getByLabel('Amount minor').fill('99999999');
  await dialog.getByLabel('Reason').fill('Damaged in transit');
  await dialog.getByRole('button', { name: 'Refund' }).click();
  await dialog.getByRole('alert').first().waitFor();
  await screenshot(page, 'orders-refund-refused');
  await dialog.getByLabel('Amount minor').fill('250');
  await dialog.getByRole('button', { name: 'Refund' }).click();
  await page.getByText('Refund: done').waitFor();
  expect((await rowOf(1002)).refunded_minor).toBe('250');
  await screenshot(page, 'orders-refunded');
  await expectAccessible(page);
  await opened.close();
});

it('a customer is edited, two operators collide on one row, and a change is undone (A20)', async () => {
  const first = await open(ada, `${orders}/Customer?sort=name`);
  const second = await open(bob, `${orders}/Customer?sort=name`);
  for (const { page } of [first, second]) {
    await page.getByRole('link', { name: 'Customer number 3' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Edit' }).click();
  }
  await first.page.getByLabel('Name').fill('Grace Hopper');
  await second.page.getByLabel('Name').fill('Alan Turing');
  await first.page.getByRole('button', { name: 'Save' }).click();
  await first.page.getByText('Saved', { exact: true }).waitFor();
  await second.page.getByRole('button', { name: 'Save' }).click();
  await second.page.getByText('Somebody else changed it').waitFor();
  await second.page.getByText('Grace Hopper').last().waitFor();
  await screenshot(second.page, 'orders-collision');
  await expectAccessible(second.page);
  await second.page.getByRole('radio', { name: /Yours/ }).click();
  await second.page.getByRole('button', { name: 'Save mine on top' }).click();
  await second.page.getByText('Saved', { exact: true }).waitFor();
  await second.page.getByRole('tab', { name: 'History' }).click();
  await second.page.getByRole('button', { name: 'Undo' }).first().click();
  await second.page.getByText('The change is undone', { exact: true }).waitFor();
  const { rows } = await house.connection.pool.query(
    `SELECT name FROM customers WHERE email = 'customer3@buyer.example'`,
  );
  expect(rows).toEqual([{ name: 'Grace Hopper' }]);
  await screenshot(second.page, 'orders-history');
  await first.close();
  await second.close();
});

it('what was saved and what was deleted is taken back from the toast (A20)', async () => {
  const owner = await house.platform.person({ name: 'Olga Owner' });
  const admin = await house.platform.administrator();
  await admin.call(operatorsAdd, { body: { userId: owner.id, service: serviceId, role: 'owner' } });
  const namesOf = async (email: string) =>
    (await house.connection.pool.query('SELECT name FROM people WHERE email = $1', [email])).rows;
  const opened = await open(owner, `${orders}/User?sort=name`);
  const { page } = opened;
  await page.getByRole('link', { name: 'Clerk number 3' }).click();
  const panel = page.getByRole('dialog');
  await panel.getByRole('button', { name: 'Edit' }).click();
  await panel.getByLabel('Name').fill('Written by mistake');
  await panel.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  expect(await namesOf('clerk3@shop.example')).toEqual([{ name: 'Written by mistake' }]);
  // The row stays open over the list, so that the corner is pressed and not read aloud.
  await page.getByRole('button', { name: 'Undo', exact: true, includeHidden: true }).click();
  await page.getByText('The change is undone', { exact: true }).waitFor();
  expect(await namesOf('clerk3@shop.example')).toEqual([{ name: 'Clerk number 3' }]);

  await panel.getByRole('button', { name: /More actions/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const question = page.getByRole('dialog').last();
  await question.getByRole('textbox').fill('Clerk number 3');
  await question.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Clerk number 3 is deleted', { exact: true }).waitFor();
  expect(await namesOf('clerk3@shop.example')).toEqual([]);
  await page.getByRole('link', { name: 'Clerk number 3' }).waitFor({ state: 'detached' });
  await screenshot(page, 'orders-deleted');
  await page.getByRole('button', { name: 'Undo', exact: true }).last().click();
  await page.getByRole('link', { name: 'Clerk number 3' }).waitFor();
  expect(await namesOf('clerk3@shop.example')).toEqual([{ name: 'Clerk number 3' }]);
  await expectAccessible(page);
  await opened.close();
});

it('a relation is labelled by what it leads to, and many orders say before they are chosen that they need a yes', async () => {
  const opened = await open(ada, `${orders}/Order?sort=number`);
  const { page } = opened;
  await page.getByRole('columnheader', { name: 'Customer', exact: true }).waitFor();
  await page.getByRole('button', { name: 'No search here' }).waitFor();
  await screenshot(page, 'orders-labels');
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  const fields = await page.getByLabel('Field').locator('option').allTextContents();
  expect(fields).toContain('Customer');
  expect(fields.filter((label) => / id$/.test(label))).toEqual(['Workspace id']);
  await page.keyboard.press('Escape');
  await page.getByRole('checkbox', { name: 'Select Order 1010' }).click();
  await page.getByRole('button', { name: 'Edit…' }).click();
  await page.getByText('A second operator has to approve it first').waitFor();
  await screenshot(page, 'orders-bulk-needs-approval');
  await opened.close();
});

it('orders are closed in bulk once a second operator has approved exactly these (A20)', async () => {
  const asking = await open(ada, `${orders}/Order?sort=number`);
  const { page } = asking;
  await page.getByRole('link', { name: '1005', exact: true }).waitFor();
  for (const number of [1005, 1007])
    await page.getByRole('checkbox', { name: `Select Order ${number}` }).click();
  const close = page.getByRole('button', { name: 'Close', exact: true });
  if ((await close.count()) > 0) await close.click();
  else {
    await page.getByRole('button', { name: 'More for the selected rows' }).click();
    await page.getByRole('menuitem', { name: 'Close' }).click();
  }
  const next = page.getByRole('button', { name: 'Show the rows' });
  await next.or(page.getByText('Close 2 orders?')).first().waitFor();
  if ((await next.count()) > 0) await next.click();
  await page.getByText('Close 2 orders?').waitFor();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /Close 2|Ask for approval/ })
    .click();
  await page.getByLabel('Reason').fill('Delivered by hand');
  await page.getByRole('dialog').getByRole('button', { name: 'Ask for approval' }).click();
  await page.getByText('Approval is asked for').waitFor();

  const deciding = await open(bob, '/approvals');
  await deciding.page.getByText('Delivered by hand').click();
  await deciding.page.getByRole('button', { name: 'Approve' }).click();
  await deciding.page.getByText('Approved', { exact: true }).first().waitFor();
  await deciding.close();

  await page.goto(`${consoleUrl}/approvals`);
  await page.getByText('Delivered by hand').click();
  await page
    .getByRole('button', { name: /^Close/ })
    .last()
    .waitFor();
  await screenshot(page, 'orders-approved');
  await page.getByText('said yes').waitFor();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Close .*rows/ })
    .click();
  await page.getByText('done for 2 rows').waitFor();
  expect([(await rowOf(1005)).status, (await rowOf(1007)).status]).toEqual(['delivered', 'delivered']);
  await expectAccessible(page);
  await asking.close();
});
