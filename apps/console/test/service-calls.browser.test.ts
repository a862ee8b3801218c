import { fileURLToPath } from 'node:url';
import { servicesList } from '@castellan/contract';
import { createTestPlatform, freePort, type TestPlatform } from '@castellan/testkit';
import {
  expectAccessible,
  inBothThemes,
  launchBrowser,
  screenshot,
  type TestBrowser,
} from '@castellan/testkit/browser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
let house: TestPlatform;
let browser: TestBrowser;
let address: string;
let operator: { email: string; password: string };
let orders: string;

beforeAll(async () => {
  const port = await freePort();
  address = `http://localhost:${port}`;
  house = await createTestPlatform({ consoleDirectory: dist, settings: { ADMIN_URL: address } });
  await house.platform.adminListener.listen({ host: 'localhost', port });
  const admin = await house.administrator();
  operator = admin.person;
  for (const name of ['orders', 'billing', 'shipping-and-returns-of-the-wholesale-department'])
    await house.service(name);
  orders = (await admin.call(servicesList)).result.items.find(({ name }) => name === 'orders')!.id;
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.close();
});

describe.each([1440, 390])('calls to other services on a service’s page, %i pixels wide', (width) => {
  it('are allowed and withdrawn', async () => {
    const { page, close } = await browser.openPage({
      url: `${address}/services/${orders}`,
      tolerates: [/status of (401|422)/],
      width,
    });
    await page.getByLabel('E-mail').fill(operator.email);
    await page.getByLabel('Password').fill(operator.password);
    await page.keyboard.press('Enter');
    const look = async (name: string) => {
      await page.waitForLoadState('networkidle');
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await inBothThemes(page, async (theme) => {
        await expectAccessible(page);
        await screenshot(page, `service-calls-${name}-${theme}-${width}`);
      });
    };
    await page.getByText('It can exchange a person’s token for none of another service.').waitFor();
    for (const name of ['billing', 'shipping-and-returns-of-the-wholesale-department']) {
      await page.getByRole('button', { name: 'Allow a service' }).click();
      const panel = page.getByRole('dialog');
      await panel.getByRole('button', { name: 'Allow calls' }).click();
      await panel.getByText('Choose the service that is to be called.').waitFor();
      await panel.getByRole('combobox').fill(name.slice(0, 7));
      await panel.getByRole('option', { name }).click();
      if (name === 'billing') {
        await panel.getByLabel('Scopes it may have there').fill('openid bills:read');
        await panel.getByRole('button', { name: 'Allow calls' }).click();
        await panel.getByText('billing has no scope “bills:read”').waitFor();
        await look('panel');
        await panel.getByLabel('Scopes it may have there').fill('openid  email');
      }
      await panel.getByRole('button', { name: 'Allow calls' }).click();
      await panel.waitFor({ state: 'detached' });
      await page.getByRole('link', { name, exact: true }).waitFor();
    }
    await page.getByText('email openid', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Withdraw calls to billing' }).scrollIntoViewIfNeeded();
    await look('listed');
    for (const name of ['billing', 'shipping-and-returns-of-the-wholesale-department']) {
      await page.getByRole('button', { name: `Withdraw calls to ${name}` }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
      // Behind the dialog nothing has a role.
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByRole('link', { name, exact: true }).waitFor({ state: 'detached' });
    }
    expect(await house.query('SELECT 1 FROM service_calls')).toEqual([]);
    await close();
  });
});
