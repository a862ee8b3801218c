import { fileURLToPath } from 'node:url';
import { workspacePolicyRead } from '@castellan/contract';
import { createTestPlatform, freePort, type TestPlatform } from '@castellan/testkit';
import { expectAccessible, launchBrowser, screenshot, type TestBrowser } from '@castellan/testkit/browser';
import { afterAll, beforeAll, expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
let house: TestPlatform;
let browser: TestBrowser;
let address: string;
let operator: { email: string; password: string };

beforeAll(async () => {
  const port = await freePort();
  address = `http://localhost:${port}`;
  house = await createTestPlatform({ consoleDirectory: dist, settings: { ADMIN_URL: address } });
  await house.platform.adminListener.listen({ host: 'localhost', port });
  operator = await house.person({ name: 'Ada Admin', isAdmin: true });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.close();
});

async function openAsOperator(path: string, look: { theme?: 'light' | 'dark'; width?: number } = {}) {
  const opened = await browser.openPage({ url: `${address}${path}`, tolerates: [/status of 401/], ...look });
  await opened.page.getByLabel('E-mail').fill(operator.email);
  await opened.page.getByLabel('Password').fill(operator.password);
  await opened.page.keyboard.press('Enter');
  await opened.page.locator('#main h1').waitFor();
  return opened;
}

/** As the account pages would have left them; what they are worth is tested there. */
async function withFactors(name: string): Promise<{ id: string }> {
  const person = await house.person({ name });
  await house.query(
    `WITH totp AS (INSERT INTO totp_factors (user_id, secret_sealed, created_at, confirmed_at) VALUES ($1, '', now(), now())),
          codes AS (INSERT INTO recovery_codes (user_id, digest, created_at)
                    SELECT $1, sha256(n::text::bytea), now() FROM generate_series(1, 7) n),
          keys AS (INSERT INTO passkeys (id, user_id, credential_id, public_key, sign_count, transports, backup_eligible, backed_up, name, created_at, last_used_at, suspected_at)
                   VALUES (gen_random_uuid(), $1, sha256($1::text::bytea), '', 0, '{}', false, false, 'Laptop', now(), now(), NULL),
                          (gen_random_uuid(), $1, sha256($1::text::bytea || '2'), '', 0, '{}', false, false, 'The blue key that is kept in the safe of the second floor', now(), NULL, now()))
     UPDATE users SET second_factors = '{totp,passkey}' WHERE id = $1`,
    [person.id],
  );
  return person;
}

it('P2 an operator takes the factors from somebody who lost their phone, and is told what it means', async () => {
  for (const [theme, width] of [
    ['light', 1440],
    ['dark', 390],
  ] as const) {
    const person = await withFactors('Lost Phone');
    const { page, close } = await openAsOperator(`/users/${person.id}`, { theme, width });
    const card = page.locator('section', { has: page.getByRole('heading', { name: 'Second factors' }) });
    await card.getByText('7 recovery codes left').waitFor();
    await card.getByText('Copied, refused').waitFor();
    await expectAccessible(page);
    await screenshot(page, `console-user-factors-${theme}-${width}`);
    await card.getByRole('button', { name: 'Remove all' }).click();
    const dialog = page.getByRole('dialog');
    for (const line of [
      'The authenticator app',
      '2 passkeys',
      '7 recovery codes',
      'the password alone signs in',
    ])
      await dialog.getByText(line).waitFor();
    await expectAccessible(page);
    await screenshot(page, `console-user-factors-question-${theme}-${width}`);
    await dialog.getByRole('button', { name: 'Remove all' }).click();
    await card.getByText('None. Lost Phone can add').waitFor();
    await close();
  }
});

it('P2 an operator sets what a workspace asks of sign-ins', async () => {
  const person = await house.person();
  const workspace = await house.workspace({ name: 'Tide Pool', members: [[person, 'owner']] });
  for (const [theme, width] of [
    ['light', 1440],
    ['dark', 390],
  ] as const) {
    const { page, close } = await openAsOperator(`/workspaces/${workspace.id}?tab=sign-in`, { theme, width });
    await page.getByText(/1 of 1 has none/).waitFor();
    await page.getByLabel('Every member proves a second factor').click();
    await page.getByLabel('All of them').click();
    for (const way of ['Password', 'Link by e-mail', 'Passkey'])
      await page.getByLabel(way, { exact: true }).click();
    await page.getByText('Leave at least one').waitFor();
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await page.getByLabel('Passkey', { exact: true }).click();
    await page.getByLabel('Sign out without use after').selectOption({ label: '30 minutes' });
    await expectAccessible(page);
    await screenshot(page, `console-sign-in-policy-${theme}-${width}`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('is saved').first().waitFor();
    const admin = await house.administrator();
    expect((await admin.call(workspacePolicyRead, { params: { id: workspace.id } })).result).toMatchObject({
      secondFactorRequired: true,
      signInMethods: ['passkey'],
      sessionIdleSeconds: 1800,
      sessionAbsoluteSeconds: null,
    });
    await house.query('DELETE FROM workspace_policies');
    await close();
  }
});

it('P2 operators prove their second factor at the console: a passkey made on the account pages, or a recovery code', async () => {
  const [publicPort, adminPort] = [await freePort(), await freePort()];
  const publicUrl = `http://localhost:${publicPort}`;
  const adminUrl = `http://localhost:${adminPort}`;
  const both = await createTestPlatform({
    consoleDirectory: dist,
    accountDirectory: fileURLToPath(new URL('../../account/dist', import.meta.url)),
    settings: { PUBLIC_URL: publicUrl, ADMIN_URL: adminUrl },
  });
  await both.platform.publicListener.listen({ host: 'localhost', port: publicPort });
  await both.platform.adminListener.listen({ host: 'localhost', port: adminPort });
  const keeper = await both.person({ name: 'Kit Keeper', isAdmin: true });
  const { page, context, close } = await browser.openPage({
    url: 'about:blank',
    tolerates: [/status of 401/],
  });
  const cdp = await context.newCDPSession(page);
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
  await page.goto(`${publicUrl}/sign-in?return_to=/account/security/passkeys/new`);
  await page.locator('input[name=email]').fill(keeper.email);
  await page.locator('input[name=password]').fill(keeper.password);
  await page.keyboard.press('Enter');
  await page.locator('form[data-passkey-register] button').click();
  await page.locator('[data-recovery-codes]').waitFor();
  const [code] = await page.locator('[data-recovery-list] code').allTextContents();

  const signIn = async (): Promise<void> => {
    await page.goto(`${adminUrl}/sign-in`);
    await page.getByLabel('E-mail').fill(keeper.email);
    await page.getByLabel('Password').fill(keeper.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'One more step' }).waitFor();
  };
  await signIn();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.locator('#main h1').waitFor();
  await context.clearCookies();
  await signIn();
  await page.getByRole('button', { name: 'Use a recovery code' }).click();
  await page.getByLabel('Recovery code').fill('0000-0000-0000-0000');
  await page.keyboard.press('Enter');
  await page.getByText('That code is not right').first().waitFor();
  await page.getByLabel('Recovery code').fill(code!);
  await page.keyboard.press('Enter');
  await page.locator('#main h1').waitFor();
  await close();
  await both.close();
});
