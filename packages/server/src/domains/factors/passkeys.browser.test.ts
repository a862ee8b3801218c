import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expectAccessible, launchBrowser, type TestBrowser, type TestPage } from '@castellan/testkit/browser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestPerson } from '../../../test/enrol.ts';
import { createOAuthHouse, type OAuthHouse } from '../../../test/oauth-house.ts';

/** Passkeys as people meet them: Chromium, its virtual authenticator, the pages, and nothing in between. */

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

interface Device extends TestPage {
  readonly cdp: Awaited<ReturnType<TestPage['context']['newCDPSession']>>;
  readonly authenticatorId: string;
  /** Whether the person touches the authenticator when they are asked. */
  touches(does: boolean): Promise<void>;
}

/** A browser on a laptop with a fingerprint reader. */
async function device(path: string): Promise<Device> {
  const opened = await browser.openPage({ url: 'about:blank', tolerates: [/status of 4\d\d/] });
  const cdp = await opened.context.newCDPSession(opened.page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await opened.page.goto(house.issuer + path);
  const touches = async (enabled: boolean): Promise<void> => {
    await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
  };
  return { ...opened, cdp, authenticatorId, touches };
}

async function signInByPassword({ page }: TestPage, person: TestPerson): Promise<void> {
  await page.locator('input[name=email]').fill(person.email);
  await page.locator('input[name=password]').fill(person.password);
  await page.keyboard.press('Enter');
}

/** Signs in by password and adds a passkey. @returns the recovery codes that were shown */
async function addPasskey(at: Device, person: TestPerson): Promise<string[]> {
  const { page } = at;
  await page.goto(`${house.issuer}/sign-in?return_to=/account/security/passkeys/new`);
  await signInByPassword(at, person);
  await page.waitForURL('**/account/security/passkeys/new');
  await page.locator('input[name=name]').fill('Laptop');
  await page.keyboard.press('Enter');
  await page.locator('[data-recovery-codes]').waitFor();
  return page.locator('[data-recovery-list] code').allTextContents();
}

const passkeysOf = (person: TestPerson) =>
  house.query<{ name: string; sign_count: string; suspected_at: Date | null; last_used_at: Date | null }>(
    'SELECT name, sign_count, suspected_at, last_used_at FROM passkeys WHERE user_id = $1',
    [person.id],
  );
const forget = (at: Device) => at.context.clearCookies();

it('P2 add one, keep the recovery codes, come back without typing a name (conditional UI)', async () => {
  const person = await house.person({ name: 'Ada Lovelace' });
  const laptop = await device('/sign-in');
  const codes = await addPasskey(laptop, person);
  const { page } = laptop;
  expect(codes).toHaveLength(10);
  await expectAccessible(page);
  expect(decodeURIComponent((await page.locator('a[data-recovery-file]').getAttribute('href'))!)).toContain(
    codes[9],
  );
  await page.locator('[data-recovery-codes] a.button:not(.secondary)').click();
  await page.getByText('Laptop').waitFor();
  const kept = await laptop.cdp.send('WebAuthn.getCredentials', { authenticatorId: laptop.authenticatorId });
  expect(kept.credentials).toMatchObject([
    { isResidentCredential: true, rpId: 'localhost', userName: person.email },
  ]);

  await forget(laptop);
  await page.goto(`${house.issuer}/sign-in?return_to=/account/sessions`);
  await page.waitForURL(({ pathname }) => pathname === '/account/sessions');
  expect(await passkeysOf(person)).toMatchObject([{ name: 'Laptop', last_used_at: expect.any(Date) }]);
  await laptop.close();
});

it('P2 the button asks for one, and a closed question leaves the page as it was', async () => {
  const person = await house.person();
  const laptop = await device('/sign-in');
  await addPasskey(laptop, person);
  await forget(laptop);
  await laptop.touches(false);
  const { page } = laptop;
  await page.goto(`${house.issuer}/sign-in`);
  const button = page.locator('button[data-passkey=sign-in]');
  await laptop.cdp.send('WebAuthn.setUserVerified', {
    authenticatorId: laptop.authenticatorId,
    isUserVerified: false,
  });
  await laptop.touches(true);
  await button.click();
  // The reader does not know the finger: the browser tells the page nothing but that nobody was verified.
  await page.locator('button[data-passkey=sign-in]:enabled').waitFor();
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  await laptop.cdp.send('WebAuthn.setUserVerified', {
    authenticatorId: laptop.authenticatorId,
    isUserVerified: true,
  });
  await button.click();
  await page.waitForURL('**/account');
  await laptop.close();
});

it('P2 as second factor after the password, on another visit', async () => {
  const person = await house.person();
  const laptop = await device('/sign-in');
  await addPasskey(laptop, person);
  await forget(laptop);
  await laptop.touches(false);
  const { page } = laptop;
  await page.goto(`${house.issuer}/sign-in?return_to=/account/sessions`);
  await signInByPassword(laptop, person);
  await page.waitForURL('**/sign-in/second-factor');
  await laptop.touches(true);
  await page.locator('button[data-passkey=second-factor]').click();
  await page.waitForURL(({ pathname }) => pathname === '/account/sessions');
  const [grant] = await house.query<{ amr: string[] }>(
    "SELECT amr FROM grants WHERE user_id = $1 AND kind = 'browser_session' ORDER BY created_at DESC LIMIT 1",
    [person.id],
  );
  expect(grant!.amr).toEqual(['pwd', 'swk', 'user', 'mfa']);
  await laptop.close();
});

it('P2 a copy of a passkey, whose counter is behind, is refused and told; the password still gets in', async () => {
  const person = await house.person();
  const laptop = await device('/sign-in');
  const codes = await addPasskey(laptop, person);
  await forget(laptop);
  const { page, cdp, authenticatorId } = laptop;
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
  const [copied] = credentials;
  await page.goto(`${house.issuer}/sign-in`);
  await page.waitForURL('**/account');
  await page.goto('about:blank');
  await forget(laptop);
  // What somebody took from the device earlier: the same key, the counter as it was.
  await cdp.send('WebAuthn.clearCredentials', { authenticatorId });
  await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...copied!, signCount: 0 } });
  await laptop.touches(false);
  await page.goto(`${house.issuer}/sign-in`);
  await laptop.touches(true);
  await page.locator('button[data-passkey=sign-in]').click();
  await page.locator('[data-passkey-problem]').first().waitFor();
  expect(await passkeysOf(person)).toMatchObject([{ suspected_at: expect.any(Date) }]);
  await laptop.touches(false);
  await page.goto(`${house.issuer}/sign-in`);
  await signInByPassword(laptop, person);
  await page.waitForURL('**/sign-in/second-factor');
  await page.goto(`${house.issuer}/sign-in/second-factor?method=recovery_code`);
  await page.locator('input[name=code]').fill(codes[0]!);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account');
  await laptop.close();
});

it('P2 a page of another host gets nothing, though it asks for ours: the browser binds passkeys to their host', async () => {
  const person = await house.person();
  const laptop = await device('/sign-in');
  await addPasskey(laptop, person);
  const other = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<title>Another host</title>'),
  );
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const { page } = laptop;
  await page.goto(`http://127.0.0.1:${port}/`);
  const refused = await page.evaluate(
    `navigator.credentials.get({ publicKey: { challenge: new Uint8Array(32), rpId: 'localhost' } })
       .then(() => 'given', (error) => error.name)`,
  );
  expect(refused).toBe('SecurityError');
  other.close();
  await laptop.close();
});
