import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, type TestBrowser } from '../browser.ts';
import { type ClientHouse, createClientHouse, type RegisteredClient, serveSite } from './client-house.ts';

const entry = createRequire(import.meta.url).resolve('oidc-client-ts/package.json');
const library = readFileSync(join(dirname(entry), 'dist/browser/oidc-client-ts.min.js'), 'utf8');

let house: ClientHouse;
let site: Awaited<ReturnType<typeof serveSite>>;
let app: RegisteredClient;
let browser: TestBrowser;
beforeAll(async () => {
  house = await createClientHouse();
  site = await serveSite((path) =>
    path === '/icon'
      ? { type: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }
      : path === '/oidc.js'
        ? { type: 'text/javascript', body: library }
        : {
            type: 'text/html',
            headers: {
              'content-security-policy': `default-src 'self' 'unsafe-inline'; connect-src 'self' ${house.issuer}`,
            },
            body: `<!doctype html><title>A single page</title><link rel="icon" href="/icon"><p id="who">nobody</p>
<script src="/oidc.js"></script><script>
window.manager = new oidc.UserManager({
  authority: ${JSON.stringify(house.issuer)}, client_id: ${JSON.stringify(app.clientId)},
  redirect_uri: location.origin + '/callback', post_logout_redirect_uri: location.origin + '/',
  scope: 'openid profile email', loadUserInfo: true, revokeTokensOnSignout: true,
});
(async () => {
  if (location.pathname === '/callback') {
    const user = await manager.signinCallback();
    document.getElementById('who').textContent = user.profile.name;
  }
})();
</script>`,
          },
  );
  app = await house.register({
    name: 'A single page',
    redirectUris: [`${site.origin}/callback`],
    postLogoutRedirectUris: [`${site.origin}/`],
    tokenEndpointAuthMethod: 'none',
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await site.close();
  await house.close();
});

interface Manager {
  signinRedirect(): Promise<void>;
  signinSilent(): Promise<{ access_token: string }>;
  signoutRedirect(): Promise<void>;
  getUser(): Promise<{ access_token: string; refresh_token: string; profile: { email: string } } | null>;
}
declare const manager: Manager;

describe('oidc-client-ts in a browser', () => {
  it('signs in through the pages, refreshes across origins, and signs out', async () => {
    const person = await house.person({ name: 'Mara Mole' });
    const { page } = await browser.openPage({ url: `${site.origin}/` });
    await page.evaluate(() => void manager.signinRedirect());
    await page.getByLabel('E-mail').fill(person.email);
    await page.locator('input[name=password]').fill(person.password);
    await page.locator('form:has(input[name=password]) button[type=submit]').first().click();
    await page.locator('button[name=decision][value=allow]').click();
    await page.waitForURL(`${site.origin}/callback?*`);
    await page.locator('#who', { hasText: 'Mara Mole' }).waitFor();
    const user = await page.evaluate(() => manager.getUser());
    expect(user!.profile.email, 'from userinfo').toBe(person.email);
    expect(decodeJwt(user!.access_token)).toMatchObject({ aud: 'orders', sub: person.id });
    const silent = await page.evaluate(() => manager.signinSilent());
    expect(silent.access_token).not.toBe(user!.access_token);
    await page.evaluate(() => void manager.signoutRedirect());
    // The ID token says who asks: nothing is left to confirm.
    await page.waitForURL(`${site.origin}/`);
    const live = await house.query(
      `SELECT kind FROM grants WHERE user_id = $1 AND ended_at IS NULL AND kind IN ('oauth', 'browser_session')`,
      [person.id],
    );
    expect(live).toEqual([]);
  });
});
