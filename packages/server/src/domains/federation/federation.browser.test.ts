import { identityProvidersCreate, identityProvidersList, identityProvidersUpdate } from '@castellan/contract';
import {
  createTestPlatform,
  freePort,
  startOpenIdProvider,
  type TestOpenIdProvider,
  type TestPlatform,
} from '@castellan/testkit';
import { expectAccessible, launchBrowser, screenshot, type TestBrowser } from '@castellan/testkit/browser';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** The ways of people by a provider in a real browser, with its rules on cookies, redirects and forms (P1). */

let house: TestPlatform;
let provider: TestOpenIdProvider;
let browser: TestBrowser;
let address: string;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;

beforeAll(async () => {
  const port = await freePort();
  address = `http://localhost:${port}`;
  provider = await startOpenIdProvider({
    users: [
      { sub: 'nora', email: 'nora@example.com', emailVerified: true, name: 'Nora New' },
      { sub: 'lina', email: 'lina@elsewhere.example', emailVerified: true, name: 'Lina Elsewhere' },
      { sub: 'held', email: 'held@example.com', emailVerified: true },
    ],
    redirectUris: [`${address}/auth/callback/house`],
  });
  house = await createTestPlatform({
    settings: { PUBLIC_URL: address, OUTBOUND_ALLOW: '127.0.0.1', REGISTRATION: 'open' },
  });
  await house.platform.publicListener.listen({ host: 'localhost', port });
  admin = await house.administrator();
  const { issuer, clientId, clientSecret } = provider;
  await admin.call(identityProvidersCreate, {
    body: { slug: 'house', kind: 'oidc', name: 'House ID', issuer, clientId, clientSecret },
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([house?.close(), provider?.stop()]);
});

it('a person comes in by the button of the sign-in page, and goes on to the page that they wanted', async () => {
  provider.signIn('nora');
  const { page, context, close } = await browser.openPage({ url: `${address}/account/sessions` });
  await page.getByRole('link', { name: 'House ID' }).click();
  await page.waitForURL(`${address}/account/sessions`);
  const cookies = await context.cookies();
  expect(cookies.find(({ name }) => name === 'castellan_session')).toMatchObject({
    httpOnly: true,
    sameSite: 'Lax',
  });
  await close();
});

it('a signed-in person links an account from their security page, and takes the link away', async () => {
  const person = await house.person({ name: 'Lina Link' });
  provider.signIn('lina');
  const { page, close } = await browser.openPage({ url: `${address}/sign-in?return_to=/account/security` });
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${address}/account/security`);
  // The policy lets forms lead to our own pages only: the page between leads on to the provider.
  await page.getByRole('button', { name: /House ID/ }).click();
  await page.waitForURL(`${address}/account/security?done=linked`);
  await page.getByText('lina@elsewhere.example').waitFor();
  await page.getByRole('button', { name: /Unlink/ }).click();
  await page.waitForURL(`${address}/account/security?done=unlinked`);
  expect(await house.query('SELECT FROM identities WHERE user_id = $1', [person.id])).toEqual([]);
  await close();
});

it('an account with that e-mail: the page says how to link, is accessible, and fits a phone', async () => {
  await house.person({ email: 'held@example.com' });
  provider.signIn('held');
  for (const [theme, width] of [
    ['light', 1440],
    ['dark', 390],
  ] as const) {
    const { page, close } = await browser.openPage({
      url: `${address}/auth/login/house`,
      theme,
      width,
      tolerates: [/status of 409/],
    });
    await page.getByRole('heading', { name: 'There is an account with your e-mail address' }).waitFor();
    expect(page.url()).not.toMatch(/code=|state=/);
    await expectAccessible(page);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await screenshot(page, `account-exists-${theme}-${width}`);
    await page.getByRole('link', { name: 'Sign in and link it' }).click();
    await page.waitForURL(/\/sign-in\?return_to=%2Faccount%2Fsecurity/);
    await close();
  }
});

it('a provider that is down: a page with ways on', async () => {
  const { items } = (await admin.call(identityProvidersList)).result;
  // A change makes the description be asked for again.
  await admin.call(identityProvidersUpdate, { params: { id: items[0]!.id }, body: { name: 'House' } });
  provider.setDown(true);
  const { page, close } = await browser.openPage({
    url: `${address}/auth/login/house`,
    locale: 'de-DE',
    width: 390,
    tolerates: [/status of 503/],
  });
  await page.getByRole('heading', { name: 'Der Anbieter antwortet nicht' }).waitFor();
  await expectAccessible(page);
  await screenshot(page, 'provider-down-de-390');
  provider.setDown(false);
  await close();
});
