import { fileURLToPath } from 'node:url';
import { usersEndSessions, usersUpdate } from '@castellan/contract';
import type { TestCaller } from '@castellan/testkit';
import {
  expectAccessible,
  inBothThemes,
  launchBrowser,
  type PageOptions,
  type TestBrowser,
  type TestPage,
} from '@castellan/testkit/browser';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OrdersHouse, startOrdersHouse, type TestPerson, type TestWorkspace } from '../../test/house.ts';
import { registerAllOrders } from '../orders/permissions.ts';
import { fillSample } from '../sample/fill.ts';

type Page = TestPage['page'];

/** The page as `npm run build` made it. */
const folder = fileURLToPath(new URL('../../dist/web', import.meta.url));
let house: OrdersHouse;
let operator: TestCaller;
let browser: TestBrowser;
let acme: TestWorkspace;
let empty: TestWorkspace;
/** A new person for each test, an administrator of both workspaces who may refund in the first. */
let admin: TestPerson;
let approve: (person: TestPerson) => Promise<void>;

beforeAll(async () => {
  house = await startOrdersHouse(folder);
  operator = await house.platform.administrator();
  const seller = await house.platform.person({ name: 'Sally Seller' });
  acme = await house.platform.workspace({ name: 'Acme Workshop', members: [[seller, 'editor']] });
  empty = await house.platform.workspace({ name: 'Empty Rooms' });
  approve = await house.approver(acme.id);
  const { id, email, name } = seller;
  await fillSample(
    house.connection.pool,
    { workspaces: [acme], users: [{ id, email, name, workspaceIds: [acme.id] }] },
    new Date(),
  );
  await registerAllOrders(house.castellan, house.connection.database);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.stop();
});
beforeEach(async () => {
  admin = await house.platform.person({ name: 'Ada Admin' });
  for (const { id } of [acme, empty])
    await house.platform.query(
      `INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ($1, $2, 'admin', now())`,
      [id, admin.id],
    );
  await approve(admin);
});

const becomeViewer = async () => {
  await house.platform.query(`UPDATE members SET role = 'viewer' WHERE user_id = $1`, [admin.id]);
  await house.platform.query('DELETE FROM role_members WHERE user_id = $1', [admin.id]);
};
const leave = (workspace: TestWorkspace) =>
  house.platform.query('DELETE FROM members WHERE user_id = $1 AND workspace_id = $2', [
    admin.id,
    workspace.id,
  ]);

/** As long as locators wait: other suites share the machine. */
const patient = { timeout: 30_000 };

/** Chromium writes a line for every refusal that a test provokes. */
const refusals = [/status of 40[13]/];
const open = (options: Partial<PageOptions> = {}) =>
  browser.openPage({ url: house.address, tolerates: refusals, ...options });

async function signIn(page: Page, person: TestPerson, password = person.password): Promise<void> {
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

async function signInToAcme(page: Page): Promise<void> {
  await signIn(page, admin);
  await page.getByRole('button', { name: /Acme Workshop/ }).click();
  await page.locator('.orders tbody a').first().waitFor();
}

describe('the page of the orders product', () => {
  test('a wrong password says so beside the form, and the right one leads on', async () => {
    const { page, close } = await open();
    await signIn(page, admin, 'not this one at all');
    await page.getByText('do not match an account').waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('password');
    await signInToAcme(page);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Orders');
    await close();
  });

  test('an administrator creates an order and gives a part of it back', async () => {
    const { page, close } = await open();
    await signInToAcme(page);
    await page.getByRole('button', { name: 'New order' }).click();
    await page.getByLabel('Customer’s e-mail').fill('grace@customer.example');
    await page.getByLabel('Customer’s name').fill('Grace <b>Hopper</b>');
    await page.getByLabel('Item').fill('Oak workbench');
    await page.getByLabel('Quantity').fill('2');
    await page.getByLabel('Price each').fill('649,00');
    await page.getByText('Total €1,298.00').waitFor();
    await page.getByRole('button', { name: 'Create order' }).click();
    await page.getByText(/Order #\d+ was created/).waitFor();

    await page.locator('.orders tbody tr', { hasText: 'Grace <b>Hopper</b>' }).getByRole('link').click();
    await page.getByRole('button', { name: 'Refund…' }).click();
    await page.getByLabel('Amount in EUR').fill('2000');
    await page.getByLabel('Reason').fill('Arrived damaged');
    await page.getByRole('button', { name: /^Refund/ }).click();
    await page.getByText('At most €1,298.00 is left.').waitFor();
    await page.getByLabel('Amount in EUR').fill('298');
    await page.getByRole('button', { name: 'Refund €298.00' }).click();
    await page.getByText('Refunded €298.00').waitFor();
    await page.getByRole('cell', { name: '€1,000.00' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.orders tbody tr', { hasText: 'Part refunded' }).first().waitFor();
    await close();
  });

  test('what a role does not allow is not offered', async () => {
    await becomeViewer();
    await leave(empty);
    const { page, close } = await open();
    await signIn(page, admin);
    await page.locator('.orders tbody a').first().click();
    await page.getByRole('heading', { name: 'Lines' }).waitFor();
    expect(await page.getByRole('button', { name: /Refund|New order/ }).count()).toBe(0);
    await close();
  });

  test('a role taken away while the page is open: the refusal is told and the page follows', async () => {
    const { page, close } = await open();
    await signInToAcme(page);
    await page.locator('.orders tbody a').first().click();
    await page.getByRole('button', { name: 'Refund…' }).click();
    await page.getByLabel('Reason').fill('Too late');
    await becomeViewer();
    await page.getByRole('button', { name: /^Refund/ }).click();
    await page.getByText('needs the action orders:refund').first().waitFor();
    await page.locator('.bar').getByText('Viewer').waitFor();
    expect(await page.getByRole('button', { name: 'New order' }).count()).toBe(0);
    await close();
  });

  test('a deactivated account is told on the very next call, and the sign-in is there again', async () => {
    const { page, close } = await open();
    await signInToAcme(page);
    await house.platform.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [admin.id]);
    await page.locator('.orders tbody a').first().click();
    await page.getByText('Your account was deactivated').waitFor();
    expect(await page.locator('dialog').count()).toBe(0);
    await signIn(page, admin);
    await page.getByText('This account is deactivated').waitFor();
    await operator.call(usersUpdate, { params: { id: admin.id }, body: { isActive: true } });
    await signIn(page, admin);
    await page.getByRole('heading', { name: 'Choose a workspace' }).waitFor();
    await close();
  });

  test('an ended session and a lost membership are told as what they are', async () => {
    const { page, close } = await open();
    await signInToAcme(page);
    await operator.call(usersEndSessions, { params: { id: admin.id } });
    await page.getByRole('radio', { name: 'Shipped' }).click();
    await page.getByText('Your session has ended').waitFor();
    await signInToAcme(page);
    await leave(acme);
    await page.getByRole('radio', { name: 'Paid' }).click();
    await page.getByText('You are no longer in that workspace').waitFor();
    expect(await page.getByRole('button', { name: /Empty Rooms/ }).count()).toBe(1);
    await close();
  });

  test('tokens are renewed before they expire, once per tab and need, in two tabs that share a sign-in', async () => {
    const first = await open();
    await first.page.clock.install();
    await first.page.reload();
    await signInToAcme(first.page);
    const second = await open({ context: first.context });
    await second.page.clock.install();
    await second.page.reload();
    await second.page.locator('.orders tbody a').first().waitFor();
    const tabs = [first, second];
    const renewed: number[] = [];
    const refused: number[] = [];
    for (const { page } of tabs)
      page.on('response', (response) => {
        if (!response.url().endsWith('/auth/refresh')) return;
        (response.ok() ? renewed : refused).push(response.status());
      });
    for (const [index, status] of ['Delivered', 'Shipped', 'Paid'].entries()) {
      // A minute before the tokens expire, in the house and in the browser; both tabs then want something at once.
      house.platform.clock.pass(14 * 60);
      const now = house.platform.clock.now();
      await Promise.all(tabs.map(({ page }) => page.clock.setSystemTime(now)));
      await Promise.all(tabs.map(({ page }) => page.getByRole('radio', { name: status }).click()));
      await expect.poll(() => renewed.length, patient).toBe((index + 1) * 2);
      for (const { page } of tabs)
        await page.locator('.orders .badge', { hasText: status }).first().waitFor();
    }
    expect(refused).toEqual([]);
    // Signing out in one tab is signing out in the other.
    await first.page.getByRole('button', { name: 'Sign out' }).click();
    await second.page.getByText('You are signed out').waitFor();
    await second.close();
    await first.close();
  });

  test('a reload keeps the sign-in, the filter and the order that was open', async () => {
    const { page, close } = await open();
    await signInToAcme(page);
    await page.getByLabel('Search orders').fill('studio');
    await page.getByRole('radio', { name: 'Delivered' }).check();
    await expect.poll(() => page.url(), patient).toContain('status=delivered');
    await page.locator('.orders tbody a').first().click();
    await page.getByRole('heading', { name: 'Lines' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Lines' }).waitFor();
    await page.goBack();
    await expect.poll(() => page.locator('dialog').count(), patient).toBe(0);
    expect(await page.getByLabel('Search orders').inputValue()).toBe('studio');
    await close();
  });

  test('the keyboard alone searches, opens, closes and comes back to where it was', async () => {
    const { page, close } = await open();
    await signInToAcme(page);
    await page.keyboard.press('/');
    await page.keyboard.type('studio');
    await expect.poll(() => page.url(), patient).toContain('search=studio');
    await page.locator('.count', { hasText: 'found' }).waitFor();
    // Past the status, to the first order.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    const number = await page.evaluate('document.activeElement.textContent');
    expect(number).toMatch(/^#\d+$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Lines' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.evaluate('document.activeElement.textContent'), patient).toBe(number);
    await close();
  });

  for (const width of [1440, 390])
    test(`nothing is inaccessible in either theme or wider than the window: ${width} px`, async () => {
      const { page, close } = await open({ width });
      const look = async (): Promise<void> => {
        await inBothThemes(page, () => expectAccessible(page));
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(
          0,
        );
      };
      await page.getByLabel('E-mail').waitFor();
      await look();
      await signIn(page, admin);
      await page.getByRole('heading', { name: 'Choose a workspace' }).waitFor();
      await look();
      await page.getByRole('button', { name: /Acme/ }).click();
      await page.locator('.orders tbody a').first().waitFor();
      await look();
      await page.locator('.orders tbody a').first().click();
      await page.getByRole('button', { name: 'Refund…' }).click();
      await look();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'New order' }).click();
      await page.getByRole('button', { name: 'Create order' }).click();
      await look();
      await page.keyboard.press('Escape');
      await page.getByLabel('Workspace').selectOption({ label: 'Empty Rooms' });
      await page.getByText('No orders yet').waitFor();
      await look();
      await close();
    });
});
