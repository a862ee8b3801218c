import { usersCreate } from '@castellan/contract';
import { createTestPlatform, freePort, type TestPlatform } from '@castellan/testkit';
import { expectAccessible, launchBrowser, screenshot, type TestBrowser } from '@castellan/testkit/browser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { linkToken } from './one-time-links.ts';
import { ensureSetupLink } from './setup-link.ts';

let browser: TestBrowser;
let house: TestPlatform;

beforeAll(async () => {
  const [publicPort, adminPort] = [await freePort(), await freePort()];
  house = await createTestPlatform({
    settings: {
      PUBLIC_URL: `http://localhost:${publicPort}`,
      ADMIN_URL: `http://localhost:${adminPort}`,
    },
  });
  await house.platform.publicListener.listen({ port: publicPort, host: 'localhost' });
  await house.platform.adminListener.listen({ port: adminPort, host: 'localhost' });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.close();
});

const password = 'four words put together';

it('the first administrator is made by hand, from the link that the server prints', async () => {
  const path = await ensureSetupLink({ database: house.platform.database, vault: house.platform.vault });
  const opened = await browser.openPage({
    url: `${house.settings.ADMIN_URL}${path}`,
    width: 390,
    // The console, where it leads, is not served here.
    tolerates: [/404.*sign-in/],
  });
  const { page } = opened;
  await expectAccessible(page);
  await screenshot(page, 'set-up');
  await page.getByLabel('Your e-mail').fill('first@example.com');
  await page.getByLabel('Your name').fill('First Admin');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Password, again').fill(password);
  await page.getByRole('button', { name: 'Make administrator' }).click();
  await page.waitForURL('**/sign-in?notice=set_up');
  await opened.close();
});

it('an invited person sets a password without JavaScript, light or dark, on a phone or not', async () => {
  const admin = await house.administrator();
  await house.service('orders', ['https://orders.example']);
  for (const [theme, width] of [
    ['light', 1440],
    ['dark', 390],
  ] as const) {
    const { result } = await admin.call(usersCreate, {
      body: { email: `${theme}@example.com`, name: 'Grace Hopper' },
    });
    const [row] = await house.query<{ id: string }>('SELECT id FROM invitations WHERE user_id = $1', [
      result.id,
    ]);
    const url = `${house.settings.PUBLIC_URL}/invite/${linkToken(house.platform.vault, 'set_password', row!.id)}`;
    const opened = await browser.openPage({ url, theme, width, tolerates: [/422/] });
    const { page } = opened;
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.getByLabel('Password, again').fill('short');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByText('Use at least 12 characters; this has 5.').waitFor();
    await expectAccessible(page);
    await screenshot(page, `invitation-${theme}-${width}`);
    expect(await page.evaluate('document.activeElement.name')).toBe('password');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByLabel('Password, again').fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    await page.getByRole('link', { name: 'orders' }).waitFor();
    await expectAccessible(page);
    await screenshot(page, `invitation-accepted-${theme}-${width}`);
    await opened.close();
  }
});
