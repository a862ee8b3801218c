import { fileURLToPath } from 'node:url';
import {
  expectAccessible,
  inBothThemes,
  launchBrowser,
  screenshot,
  type TestBrowser,
  type TestPage,
} from '@castellan/testkit/browser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginAuthorization, createOAuthHouse, type OAuthHouse } from '../../../test/oauth-house.ts';

/** Consent for workspaces that ask for more, and the second factor that is set up on the way. */

let browser: TestBrowser;
let house: OAuthHouse;
beforeAll(async () => {
  house = await createOAuthHouse({
    accountDirectory: fileURLToPath(new URL('../../../../../apps/account/dist', import.meta.url)),
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.close();
});

/** Looks at a page at both widths, in both themes. */
async function look(page: TestPage['page'], name: string): Promise<void> {
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await inBothThemes(page, async (theme) => {
      await expectAccessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await screenshot(page, `${name}-${theme}-${width}`);
    });
  }
}

it('P2, P18 consent shows what stays closed and why; a passkey that is made on the way opens the rest', async () => {
  const person = await house.person({ name: 'Wanda' });
  const [passkeys, factor] = [
    await house.workspace({
      name: 'Maximiliana’s wholesale and international returns desk',
      members: [[person, 'editor']],
    }),
    await house.workspace({ name: 'Second factor', members: [[person, 'editor']] }),
  ];
  await house.workspace({ name: 'Easy', members: [[person, 'editor']] });
  await house.query(
    `INSERT INTO workspace_policies (workspace_id, sign_in_methods, second_factor_required, updated_at)
     VALUES ($1, '{passkey,email_link}', false, now()), ($2, NULL, true, now())`,
    [passkeys.id, factor.id],
  );
  const app = await house.client({ name: 'Ledger', skipsConsent: false });
  const { address } = await beginAuthorization(app);
  const opened = await browser.openPage({ url: 'about:blank', tolerates: [/.*/] });
  const { page } = opened;
  const cdp = await opened.context.newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto(String(address));
  await page.locator('input[name=email]').fill(person.email);
  await page.locator('input[name=password]').fill(person.password);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/interaction/*');
  expect(await page.locator(`option[value="${passkeys.id}"]`).isDisabled()).toBe(true);
  await page.getByText('does not take the way you signed in. It takes: passkey or link by e-mail.').waitFor();
  await look(page, 'consent-workspaces');
  await page.getByLabel('For which workspace').selectOption(factor.id);
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL('**/sign-in/second-factor?*');
  await page.getByRole('heading', { name: 'A passkey' }).waitFor();
  await look(page, 'enrol-choice');
  await page.locator('input[name=name]').fill('Laptop');
  await page.getByRole('button', { name: 'Make passkey' }).click();
  await page.locator('[data-recovery-codes]').waitFor();
  await look(page, 'enrol-codes');
  await page.locator('[data-recovery-codes] a.button:not(.secondary)').click();
  await page.waitForURL('**/interaction/*');
  const option = page.locator(`option[value="${factor.id}"]`);
  expect(await option.textContent()).toBe('Second factor');
  await opened.close().catch(() => {});
});
