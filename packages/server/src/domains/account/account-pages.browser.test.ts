import { fileURLToPath } from 'node:url';
import type { TestPerson } from '@castellan/testkit';
import {
  expectAccessible,
  inBothThemes,
  launchBrowser,
  screenshot,
  type TestBrowser,
  type TestPage,
} from '@castellan/testkit/browser';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOAuthHouse, type OAuthHouse, signInWith } from '../../../test/oauth-house.ts';
import { systemOrigin } from '../../platform/activity/event.ts';
import { createBrowserSessions } from '../browser-sessions/browser-session.ts';

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

interface Look {
  readonly width: number;
  readonly locale: string;
  readonly script?: boolean;
}

const devices = [
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
    '192.168.7.20',
  ],
  ['curl/8.9.1', '2001:db8::7'],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    '127.0.0.1',
  ],
] as const;

/** Signs a person in in three places; the last one is the browser that is given back. */
async function signIn(person: TestPerson, look: Look): Promise<TestPage['context']> {
  const { database } = house.platform;
  const sessions = createBrowserSessions({ database, clock: house.clock, cookieSecure: false });
  let cookie = '';
  for (const [userAgent, address] of devices)
    ({ cookie } = await database.write(systemOrigin, (tx) =>
      sessions.begin(tx, {
        userId: person.id,
        name: person.name,
        amr: ['pwd'],
        method: 'password',
        address,
        userAgent,
      }),
    ));
  const [name, value] = cookie.split(';')[0]!.split('=') as [string, string];
  const context = await browser.browser.newContext({
    viewport: { width: look.width, height: look.width < 600 ? 844 : 900 },
    locale: look.locale,
    timezoneId: 'UTC',
    javaScriptEnabled: look.script ?? true,
  });
  await context.addCookies([{ name, value, url: house.issuer }]);
  return context;
}

/** Something in every list. */
async function furnish(person: TestPerson): Promise<void> {
  await house.workspace({
    name: 'Research and Development of the Northern Hemisphere',
    members: [[person, 'owner']],
  });
  await house.workspace({ name: 'Sales', members: [[person, 'viewer']] });
  for (const name of ['Orders web', 'A ledger with a name that is nearly sixty characters long'])
    await signInWith(await house.browser({ person }), await house.client({ name, skipsConsent: false }));
  await house.query(
    `INSERT INTO passkeys (id, user_id, credential_id, public_key, sign_count, transports, backup_eligible, backed_up, name, created_at, last_used_at, suspected_at)
     SELECT gen_random_uuid(), $1, decode(md5(random()::text), 'hex'), '\\x00', 0, '{}', true, copied, name, now(), now(),
       CASE WHEN copied THEN now() END FROM (VALUES ('Laptop', false), ('Key on the key ring', true)) AS made (name, copied)`,
    [person.id],
  );
  await house.query(`UPDATE users SET second_factors = '{passkey}' WHERE id = $1`, [person.id]);
  await house.platform.settled();
}

const pages = [
  '',
  '/profile',
  '/password',
  '/security',
  '/security/passkeys/new',
  '/security/authenticator',
  '/security/recovery-codes',
  '/sessions',
  '/apps',
  '/activity',
];

// The longer words where there is less room.
for (const look of [
  { width: 1440, locale: 'en-GB' },
  { width: 390, locale: 'de-DE' },
] as const)
  it(`P19 every page is accessible in either theme and fits, ${look.width} px, ${look.locale}`, async () => {
    const person = await house.person({ name: 'Maximiliane-Theodora von und zu Hohenstein-Waldburg-Zeil' });
    await furnish(person);
    const context = await signIn(person, look);
    const check = async (page: TestPage['page'], name: string) => {
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), name).toBe(true);
      await inBothThemes(page, async (theme) => {
        await expectAccessible(page);
        await screenshot(page, `account${name}-${theme}-${look.width}-${look.locale}`);
      });
    };
    for (const path of pages) {
      const opened = await browser.openPage({ url: `${house.issuer}/account${path}`, context });
      await check(opened.page, path.replaceAll('/', '-'));
      await opened.close();
    }
    const opened = await browser.openPage({ url: `${house.issuer}/account/security`, context });
    const { page } = opened;
    await page.locator('a[href*="/security/passkeys/0"], .entry a').first().click();
    await check(page, '-passkey');
    await page.goto(`${house.issuer}/account/apps`);
    await page.locator('.entry a').first().click();
    await check(page, '-disconnect');
    await page.goto(`${house.issuer}/account/security/recovery-codes`);
    await page.locator('form.card button').click();
    await page.locator('.codes').waitFor();
    await check(page, '-codes');
    await page.goto(`${house.issuer}/account/security/authenticator`);
    await page.locator('form.card button').click();
    await page.locator('.qr').waitFor();
    await check(page, '-qr');
    await opened.close();
    await context.close();
  }, 240_000);

it('without JavaScript: name, password, authenticator app, sessions', async () => {
  const person = await house.person({ name: 'Mara Mole' });
  const context = await signIn(person, { width: 1440, locale: 'en-GB', script: false });
  const page = await context.newPage();
  await page.goto(`${house.issuer}/account`);
  await page.getByRole('link', { name: 'Profile' }).click();
  await page.getByLabel('Name').fill('Mara Mole-Hill');
  await page.getByLabel('Language of these pages').selectOption('de');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Gespeichert.').waitFor();
  await page.getByLabel('Sprache dieser Seiten').selectOption('en');
  await page.getByRole('button', { name: 'Speichern' }).click();
  expect(await page.getByLabel('Name').inputValue()).toBe('Mara Mole-Hill');

  await page.getByRole('link', { name: 'Ways to sign in' }).click();
  await page.getByRole('link', { name: 'Set up' }).click();
  await page.getByRole('button', { name: 'Show the key' }).click();
  const secret = ((await page.locator('dd code').textContent()) ?? '').replaceAll(' ', '');
  await page.getByLabel('Code of the app').fill(new TOTP({ secret }).generate());
  await page.getByRole('button', { name: 'Switch it on' }).click();
  await page.getByRole('heading', { name: 'Keep these codes' }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Save as a text file' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('recovery-codes.txt');
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await page.getByText('10 codes left').waitFor();

  await page.getByRole('link', { name: 'Sessions' }).click();
  await page.getByRole('button', { name: 'End: curl' }).click();
  await page.getByText('The session was ended.').waitFor();
  await page.getByRole('button', { name: 'End all others' }).click();
  await page.getByText('One session was ended.').waitFor();
  await page.getByText('You are signed in nowhere else.').waitFor();

  await page.getByRole('link', { name: 'Password' }).click();
  await page.getByLabel('New password', { exact: true }).fill('seven quiet lanterns drift');
  await page.getByLabel('Password, again').fill('seven quiet lanterns drift');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('Your password is changed.').waitFor();
  await context.close();
});

it('P2 a passkey is added with the browser, and the recovery codes that come with the first one are shown', async () => {
  const person = await house.person({ name: 'Mara Mole' });
  const context = await signIn(person, { width: 1440, locale: 'en-GB' });
  const opened = await browser.openPage({ url: `${house.issuer}/account/security`, context });
  const { page } = opened;
  const debug = await context.newCDPSession(page);
  await debug.send('WebAuthn.enable');
  await debug.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.getByRole('link', { name: 'Add a passkey' }).click();
  await page.getByLabel('Name').fill('Test laptop');
  await page.getByRole('button', { name: 'Make passkey' }).click();
  await page.getByRole('heading', { name: 'Keep these codes' }).waitFor();
  expect(await page.locator('.codes li').count()).toBe(10);
  await expectAccessible(page);
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await page.getByText('The passkey is added.').waitFor();
  await page.getByText('Test laptop').waitFor();
  await opened.close();
  await context.close();
});
