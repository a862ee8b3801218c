import { fileURLToPath } from 'node:url';
import { identityProvidersCreate } from '@castellan/contract';
import {
  createTestPlatform,
  freePort,
  startOpenIdProvider,
  type TestOpenIdProvider,
  type TestPlatform,
} from '@castellan/testkit';
import {
  expectAccessible,
  inBothThemes,
  launchBrowser,
  screenshot,
  type TestBrowser,
  type TestPage,
} from '@castellan/testkit/browser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Providers in the console, and the way of operators by one, in a real browser (P1). */

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const accountScripts = fileURLToPath(new URL('../../account/dist', import.meta.url));
let house: TestPlatform;
let provider: TestOpenIdProvider;
let browser: TestBrowser;
let address: string;
let publicAddress: string;
let operator: Awaited<ReturnType<TestPlatform['person']>>;
let providerId: string;

beforeAll(async () => {
  const [port, publicPort] = await Promise.all([freePort(), freePort()]);
  address = `http://localhost:${port}`;
  publicAddress = `http://localhost:${publicPort}`;
  provider = await startOpenIdProvider({ users: [], redirectUris: [`${address}/auth/admin/callback/house`] });
  house = await createTestPlatform({
    consoleDirectory: dist,
    accountDirectory: accountScripts,
    settings: { ADMIN_URL: address, PUBLIC_URL: publicAddress, OUTBOUND_ALLOW: '127.0.0.1' },
  });
  await house.platform.adminListener.listen({ host: 'localhost', port });
  await house.platform.publicListener.listen({ host: 'localhost', port: publicPort });
  operator = await house.person({ name: 'Ada Admin', isAdmin: true });
  const admin = await house.administrator();
  const { issuer, clientId, clientSecret } = provider;
  const body = { kind: 'oidc', issuer, clientId, clientSecret } as const;
  providerId = (
    await admin.call(identityProvidersCreate, {
      body: {
        ...body,
        slug: 'house',
        name: 'House ID',
        adminAllowed: true,
        trustedEmailDomains: ['example.com'],
      },
    })
  ).result.id;
  await admin.call(identityProvidersCreate, {
    body: {
      ...{ slug: 'partners', kind: 'google', clientId: 'partners.apps.example', clientSecret: 'x' },
      ...{ name: 'A partner with quite a long name that does not fit on a phone', enabled: false },
    },
  });
  await house.query(
    `INSERT INTO identities (id, user_id, provider_id, subject, email, email_verified, linked_at, last_used_at)
     VALUES (gen_random_uuid(), $1, $2, 'ada-at-the-house', 'ada@elsewhere.example', true, now(), now())`,
    [operator.id, providerId],
  );
  provider.setUser({ sub: 'ada-at-the-house', email: 'ada@elsewhere.example', emailVerified: true });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([house?.close(), provider?.stop()]);
});

/** The line that Chromium writes for an answer that the test provokes. */
const tolerates = [/status of (401|422)/];

async function openAsOperator(path: string, look: { theme?: 'light' | 'dark'; width?: number } = {}) {
  const opened = await browser.openPage({ url: `${address}${path}`, tolerates, ...look });
  await opened.page.getByLabel('E-mail').fill(operator.email);
  await opened.page.getByLabel('Password').fill(operator.password);
  await opened.page.keyboard.press('Enter');
  await opened.page.locator('#main h1').waitFor();
  return opened;
}

describe.each([1440, 390])('the pages about sign-in, %i pixels wide', (width) => {
  const look = (page: TestPage['page'], name: string) =>
    inBothThemes(page, async (theme) => {
      await expectAccessible(page);
      await screenshot(page, `console-${name}-${theme}-${width}`);
    });

  it('are accessible in either theme and scroll only down', async () => {
    const signIn = await browser.openPage({
      url: `${address}/sign-in?error=account_exists`,
      width,
      tolerates,
    });
    await signIn.page.getByRole('link', { name: 'Continue with House ID' }).waitFor();
    await look(signIn.page, 'sign-in-providers');
    await signIn.close();
    const { page, close } = await openAsOperator('/settings/sign-in', { width });
    const pages = [
      ['providers', '/settings/sign-in'],
      ['provider', `/settings/sign-in/${providerId}`],
      ['no-match', '/settings/sign-in?search=nobody'],
      ['add', '/settings/sign-in?add=true'],
      ['linked', `/users/${operator.id}`],
    ] as const;
    for (const [name, path] of pages) {
      await page.goto(`${address}${path}`);
      await page.locator('h1').waitFor();
      await page.waitForLoadState('networkidle');
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), name).toBe(true);
      await look(page, `federation-${name}`);
    }
    await page.goto(`${address}/settings/sign-in/${providerId}`);
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('dialog').waitFor();
    await look(page, 'federation-edit');
    await close();
  });
});

it('a provider is added, checked, told what to register, disabled and deleted', async () => {
  const { page, close } = await openAsOperator('/settings/sign-in');
  await page.getByRole('button', { name: 'Add a provider' }).click();
  const panel = page.getByRole('dialog');
  await panel.getByLabel('Kind').selectOption('oidc');
  await panel.getByLabel('Name').fill('Guild ID');
  await panel.getByLabel('Slug').fill('guild');
  await panel.getByLabel('Client id').fill('guild-client');
  await panel.getByLabel('Client secret').fill('guild-secret');
  await panel.getByRole('button', { name: 'Add provider' }).click();
  await panel.getByText('Is required for this kind').waitFor();
  await panel.getByLabel('Issuer').fill(provider.issuer);
  await panel.getByRole('button', { name: 'Add provider' }).click();
  await page.getByRole('heading', { name: 'Guild ID' }).waitFor();
  await page.getByText(`${house.settings.PUBLIC_URL}/auth/callback/guild`).waitFor();
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByText('It answers').waitFor();
  expect(await page.content()).not.toContain('guild-secret');
  await page.getByRole('button', { name: 'More actions for Guild ID' }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await page.getByText('Nobody signs in by Guild ID now', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'More actions for Guild ID' }).click();
  await page.getByRole('menuitem', { name: 'Delete provider' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('Guild ID');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete provider' }).click();
  await page.waitForURL(`${address}/settings/sign-in`);
  expect(await house.query(`SELECT FROM identity_providers WHERE slug = 'guild'`)).toEqual([]);
  await close();
});

it('an operator comes in by a provider, to the page that they wanted', async () => {
  provider.signIn('ada-at-the-house');
  const { page, close } = await browser.openPage({ url: `${address}/users`, tolerates });
  await page.getByRole('link', { name: 'Continue with House ID' }).click();
  await page.waitForURL(`${address}/users`);
  await page.getByRole('heading', { name: 'Users' }).waitFor();
  await close();
});

it('who has no role as an operator reads why, on the sign-in page', async () => {
  provider.setUser({ sub: 'stranger', email: 'stranger@elsewhere.example', emailVerified: true });
  provider.signIn('stranger');
  const { page, close } = await browser.openPage({ url: `${address}/sign-in`, tolerates });
  await page.getByRole('link', { name: 'Continue with House ID' }).click();
  await page.getByText('This account has no role in the console').waitFor();
  expect(page.url()).toContain('error=not_admin');
  await close();
});

it('an operator with a second factor is asked for it, whichever the first was; its token leaves the address bar', async () => {
  provider.signIn('ada-at-the-house');
  await house.query(`UPDATE users SET second_factors = '{totp}' WHERE id = $1`, [operator.id]);
  // A recovery code as the platform keeps it.
  await house.query(
    `INSERT INTO recovery_codes (user_id, digest, created_at) VALUES ($1, sha256('recovery:0123456789abcdef'), now())`,
    [operator.id],
  );
  const { page, close } = await browser.openPage({ url: `${address}/sign-in`, tolerates });
  await page.getByRole('link', { name: 'Continue with House ID' }).click();
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  expect(page.url()).toBe(`${address}/sign-in`);
  await expectAccessible(page);
  await screenshot(page, 'console-second-step-light-1440');
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByRole('button', { name: 'Begin again' }).click();
  await page.getByLabel('E-mail').fill(operator.email);
  await page.getByLabel('Password').fill(operator.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await page.getByRole('button', { name: 'Use a recovery code' }).click();
  await page.getByLabel('Recovery code').fill('0123-4567-89AB-cdef');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('#main h1').waitFor();
  await house.query(`UPDATE users SET second_factors = '{}' WHERE id = $1`, [operator.id]);
  await close();
});

it('a passkey that was added on the account pages is the second step in the console, too', async () => {
  const person = await house.person({ name: 'Petra Passkey', isAdmin: true });
  const { page, context, close } = await browser.openPage({
    url: 'about:blank',
    tolerates: [/status of 40\d/],
  });
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
  await page.goto(`${publicAddress}/sign-in?return_to=/account/security/passkeys/new`);
  await page.locator('input[name=email]').fill(person.email);
  await page.locator('input[name=password]').fill(person.password);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account/security/passkeys/new');
  await page.locator('input[name=name]').fill('Laptop');
  await page.keyboard.press('Enter');
  await page.locator('[data-recovery-codes]').waitFor();
  await page.goto(`${address}/sign-in`);
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password').fill(person.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.locator('#main h1').waitFor();
  await close();
});

it('a linked account is taken from a person on their page', async () => {
  const person = await house.person({ name: 'Lina Link' });
  await house.query(
    `INSERT INTO identities (id, user_id, provider_id, subject, email, email_verified, linked_at)
     VALUES (gen_random_uuid(), $1, $2, 'lina', 'lina@elsewhere.example', true, now())`,
    [person.id, providerId],
  );
  const { page, close } = await openAsOperator(`/users/${person.id}`);
  await page.getByText('lina@elsewhere.example').waitFor();
  await page.getByRole('button', { name: 'Unlink the account at House ID' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click();
  await page.getByText('The account is unlinked', { exact: true }).waitFor();
  expect(await house.query('SELECT FROM identities WHERE user_id = $1', [person.id])).toEqual([]);
  await close();
});
