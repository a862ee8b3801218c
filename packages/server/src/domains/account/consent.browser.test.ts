import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  expectAccessible,
  inBothThemes,
  launchBrowser,
  screenshot,
  type TestBrowser,
  type TestPage,
} from '@castellan/testkit/browser';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beginAuthorization,
  createOAuthHouse,
  type OAuthHouse,
  type OAuthTestClient,
} from '../../../test/oauth-house.ts';

let browser: TestBrowser;
let house: OAuthHouse;
/** An app on another origin, where people come back to. */
let appServer: Server;
let callback: string;

beforeAll(async () => {
  appServer = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(
      `<!doctype html><html lang="en"><head><title>Back</title><link rel="icon" href="data:,"></head><body><main><h1>Back at the app</h1><p>${new URL(request.url!, callback).searchParams.get('error') ?? 'with a code'}</p></main></body></html>`,
    );
  });
  await new Promise<void>((resolve) => appServer.listen(0, '127.0.0.1', resolve));
  callback = `http://127.0.0.1:${(appServer.address() as AddressInfo).port}/callback`;
  [house, browser] = await Promise.all([createOAuthHouse(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await house?.close();
  await new Promise((resolve) => appServer.close(resolve));
});

/** Pages as a browser without JavaScript has them. */
async function plainPage(look: { readonly width?: number; readonly locale?: string } = {}) {
  const width = look.width ?? 1440;
  const context = await browser.browser.newContext({
    viewport: { width, height: 900 },
    locale: look.locale ?? 'en-GB',
    javaScriptEnabled: false,
  });
  return { context, page: await context.newPage() };
}

const ask = async (app: OAuthTestClient, parameters: Record<string, string> = {}) =>
  String((await beginAuthorization(app, parameters)).address);

const nativeApp = (name: string) =>
  house.client({
    name,
    skipsConsent: false,
    applicationType: 'native',
    tokenEndpointAuthMethod: 'none',
    redirectUris: [callback],
  });

async function stranger(name: string): Promise<OAuthTestClient> {
  const app = await nativeApp(`Stranger ${Math.random()}`);
  await house.query(
    "UPDATE clients SET origin = 'dynamic', name = $2, service_id = NULL WHERE client_id = $1",
    [app.clientId, name],
  );
  return app;
}

describe('without JavaScript', () => {
  it('sign-in, consent and the way back to another origin: no form is blocked by the security policy', async () => {
    const person = await house.person({ name: 'Mara Mole' });
    const app = await nativeApp('Till');
    const { context, page } = await plainPage();
    await page.goto(await ask(app, { scope: 'openid profile email offline_access', prompt: 'consent' }));
    await page.getByLabel('E-mail').fill(person.email);
    await page.getByLabel('Password').fill(person.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Till wants access to your account' }).waitFor();
    await page.getByRole('switch', { name: 'See your e-mail address' }).uncheck();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('heading', { name: 'Back at the app' }).waitFor();
    expect(page.url()).toContain('code=');
    // A program of this computer can't be told from another one that uses its name: it is always asked (RFC 8252 §8.6).
    await page.goto(await ask(app));
    await page.getByRole('heading', { name: 'Till wants access to your account' }).waitFor();
    await page.goto(`${house.issuer}/account/apps`);
    await page.getByRole('link', { name: 'Disconnect Till' }).click();
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('The app has no access any more.').waitFor();
    await page.goto(await ask(app));
    await page.getByRole('button', { name: 'Refuse' }).click();
    await page.getByText('access_denied').waitFor();
    await context.close();
  });

  it('a device is connected by its code', async () => {
    const person = await house.person({ name: 'Mara Mole' });
    const app = await house.client({
      name: 'Kiosk',
      applicationType: 'native',
      grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      tokenEndpointAuthMethod: 'none',
    });
    const device = await client.initiateDeviceAuthorization(app.configuration, { scope: 'openid profile' });
    const { context, page } = await plainPage({ width: 390 });
    await page.goto(device.verification_uri);
    await page.getByLabel('E-mail').fill(person.email);
    await page.getByLabel('Password').fill(person.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByLabel('Code').fill(device.user_code.toLowerCase().replace('-', ' '));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText(device.user_code).waitFor();
    await page.getByRole('button', { name: 'Yes, connect' }).click();
    await page.getByRole('heading', { name: 'Connected' }).waitFor();
    await context.close();
  });
});

// The longer words where there is less room.
for (const [width, locale] of [
  [1440, 'en-GB'],
  [390, 'de-DE'],
] as const)
  it(`what apps ask for is accessible in either theme and fits, ${width} px, ${locale}`, async () => {
    const person = await house.person({ name: 'Mara Mole' });
    await house.workspace({ name: 'Research and Development', members: [[person, 'editor']] });
    const signedIn = await house.browser({ person });
    const context = await browser.browser.newContext({
      viewport: { width, height: 900 },
      locale,
      timezoneId: 'UTC',
    });
    await context.addCookies([
      { name: 'castellan_session', value: signedIn.cookies.get('castellan_session')!, url: house.issuer },
    ]);
    const look = async (name: string, url: string, step?: (page: TestPage['page']) => Promise<void>) => {
      const opened = await browser.openPage({ url, context, tolerates: [/status of 4\d\d/] });
      await step?.(opened.page);
      expect(await opened.page.evaluate('document.documentElement.scrollWidth <= innerWidth'), name).toBe(
        true,
      );
      await inBothThemes(opened.page, async (theme) => {
        await expectAccessible(opened.page);
        await screenshot(opened.page, `${name}-${theme}-${width}-${locale}`);
      });
      await opened.close();
    };
    const all = { scope: 'openid profile email offline_access', prompt: 'consent' };
    await look('consent', await ask(await nativeApp('Orders web'), all));
    await look('consent-hostile', await ask(await stranger(`Оrders \u202E<b>${'x'.repeat(200)}`), all));
    await look('select-account', await ask(await nativeApp('Orders web'), { prompt: 'select_account' }));
    await look(
      'oauth-error',
      await ask({ ...(await nativeApp('Orders web')), redirectUri: 'https://evil.example/cb' }),
    );
    await look('request-over', `${house.issuer}/interaction/nothing-waits-here`);
    const kiosk = await house.client({
      name: 'Kiosk at the gate',
      applicationType: 'native',
      grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      tokenEndpointAuthMethod: 'none',
    });
    const device = await client.initiateDeviceAuthorization(kiosk.configuration, { scope: 'openid profile' });
    await look('device', `${house.issuer}/device?user_code=WRON-GONE`, async (page) => {
      await page.locator('button[type=submit]').click();
      await page.locator('[aria-invalid]').waitFor();
    });
    await look('device-confirm', `${house.issuer}/device?user_code=${device.user_code}`, async (page) => {
      await page.locator('button[type=submit]').click();
      await page.getByText(device.user_code).waitFor();
    });
    await context.close();
  });
