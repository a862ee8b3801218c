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
import { Secret } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { enrolTotp } from '../../../test/enrol.ts';
import { createOAuthHouse, type OAuthHouse } from '../../../test/oauth-house.ts';
import type { AccountLinkKind } from '../../platform/database/schema.ts';
import { generatorOf } from '../factors/totp.ts';
import { linkPath } from '../invitations/one-time-links.ts';

let browser: TestBrowser;
let house: OAuthHouse;

beforeAll(async () => {
  house = await createOAuthHouse({
    settings: {
      REGISTRATION: 'open',
      IDENTITY_PROVIDERS: JSON.stringify(
        ['Acme Workplace', 'Google'].map((name) => ({
          slug: name.slice(0, 4).toLowerCase(),
          kind: 'oidc',
          name,
          issuer: 'https://id.example',
          client_id: 'castellan',
          client_secret: 'a secret of this test',
        })),
      ),
    },
    accountDirectory: fileURLToPath(new URL('../../../../../apps/account/dist', import.meta.url)),
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.close();
});
beforeEach(() => house.query('DELETE FROM rate_limits'));

const password = 'four words put together';

interface Look {
  readonly width: number;
  readonly locale: string;
}
/** The longer words where there is less room. */
const looks: readonly Look[] = [
  { width: 1440, locale: 'en-GB' },
  { width: 390, locale: 'de-DE' },
];

/** Nothing beyond the edge, nothing serious for axe in either theme, and a picture to look at. */
async function look({ page }: TestPage, name: string, { width }: Look): Promise<void> {
  expect(
    await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
    `${name} is too wide`,
  ).toBe(true);
  await inBothThemes(page, async (theme) => {
    await expectAccessible(page);
    await screenshot(page, `${name}-${theme}-${width}`);
  });
}

/** The newest link that a mailbox got. */
async function linkFor(kind: AccountLinkKind, email: string): Promise<string> {
  const [row] = await house.query<{ id: string }>(
    'SELECT id FROM account_links WHERE email = $1 AND kind = $2 ORDER BY created_at DESC LIMIT 1',
    [email, kind],
  );
  return house.issuer + linkPath(house.platform.vault, kind, row!.id);
}

const authorizeAddress = (clientId: string, redirectUri: string): string =>
  `${house.issuer}/oauth/authorize?${new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email',
    state: 'a state of this test',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })}`;

describe.each(looks)('P2, P19 the pages of sign-in in either theme, $width px, $locale', (wanted) => {
  const open = (path: string, context?: TestPage['context']): Promise<TestPage> =>
    browser.openPage({
      url: path.startsWith('http') ? path : house.issuer + path,
      ...wanted,
      ...(context ? { context } : {}),
      tolerates: [/status of 4\d\d/],
    });

  const signIn = async ({ page }: TestPage, person: TestPerson): Promise<void> => {
    await page.locator('input[name=email]').fill(person.email);
    await page.locator('input[name=password]').fill(person.password);
    await page.keyboard.press('Enter');
  };

  it('sign-in: every way in one card; a wrong password is told and kept apart', async () => {
    const opened = await open('/sign-in');
    const { page } = opened;
    await page.locator('input[name=email]:focus').waitFor();
    await page.locator('button[data-passkey]').waitFor();
    await look(opened, 'sign-in', wanted);
    await page.locator('input[name=email]').fill('ada@example.com');
    await page.locator('input[name=password]').fill('not the password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').first().waitFor();
    expect(await page.locator('input[name=email]').inputValue()).toBe('ada@example.com');
    await page.locator('input[name=password]:focus').waitFor();
    await look(opened, 'sign-in-wrong', wanted);
    await opened.close();
  });

  it('sign-in for a product: its name, logo and colour', async () => {
    const { clientId, redirectUri } = await house.client({
      name: 'Northwind Orders',
      accentColor: '#0f766e',
      service: 'orders',
    });
    const opened = await open(authorizeAddress(clientId, redirectUri));
    await opened.page.getByText('Northwind Orders', { exact: true }).waitFor();
    expect(await opened.page.title()).toMatch(/· Northwind Orders$/);
    await look(opened, 'sign-in-brand', wanted);
    await opened.close();
  });

  it('a link by e-mail, from asking to being in', async () => {
    const person = await house.person({ name: 'Grace Hopper' });
    const opened = await open('/sign-in/link?return_to=/sign-out');
    const { page } = opened;
    await look(opened, 'link-ask', wanted);
    await page.locator('input[name=email]').fill(person.email);
    await page.locator('form button').click();
    await page.waitForURL('**/sign-in/link?sent=1**');
    await look(opened, 'link-sent', wanted);
    const link = await linkFor('sign_in', person.email);
    const phone = await open(link);
    await look(phone, 'link-open-elsewhere', wanted);
    await phone.close();
    await page.goto(link);
    await look(opened, 'link-open', wanted);
    await page.locator('form button').click();
    await page.waitForURL('**/sign-out');
    await look(opened, 'sign-out', wanted);
    await page.locator('form button').click();
    await page.locator('a.button[href="/sign-in"]').waitFor();
    await look(opened, 'signed-out', wanted);
    await page.goto(link);
    await look(opened, 'link-used', wanted);
    await opened.close();
  });

  it('a second factor: app, recovery code, passkey', async () => {
    const person = await house.person({ name: 'Ada Lovelace' });
    await enrolTotp(house, person);
    await house.query(`UPDATE users SET second_factors = '{totp,passkey}' WHERE id = $1`, [person.id]);
    const opened = await open('/sign-in');
    const { page } = opened;
    await signIn(opened, person);
    await page.waitForURL('**/sign-in/second-factor');
    await look(opened, 'factor', wanted);
    await page.locator('input[name=code]').fill('000000');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').first().waitFor();
    await look(opened, 'factor-wrong', wanted);
    await page.goto(`${house.issuer}/sign-in/second-factor?method=recovery_code`);
    await look(opened, 'factor-recovery', wanted);
    await page.goto(`${house.issuer}/sign-in/second-factor?method=passkey`);
    await page.locator('button[data-passkey=second-factor]').waitFor();
    await look(opened, 'factor-passkey', wanted);
    await opened.close();
  });

  it('a second factor that a workspace asks for is set up on the way', async () => {
    const person = await house.person({ name: 'Ada Lovelace' });
    const names = [
      'Northwind',
      'Contoso Research and Development',
      'A name of exactly sixty characters, which is rather long ok',
    ];
    const [, strict] = await Promise.all(
      names.map((name) => house.workspace({ name, members: [[person, 'editor']] })),
    );
    await house.query(
      `INSERT INTO workspace_policies (workspace_id, second_factor_required, updated_at) VALUES ($1, true, now())`,
      [strict!.id],
    );
    const opened = await open('/sign-in?return_to=/sign-in/workspace?return_to=/sign-out');
    const { page } = opened;
    await signIn(opened, person);
    await page.waitForURL(({ pathname }) => pathname === '/sign-in/workspace');
    await look(opened, 'workspace', wanted);
    await page.getByText('Contoso').click();
    await page.locator('form button').click();
    await page.waitForURL('**/sign-in/second-factor**');
    await look(opened, 'enrol-choice', wanted);
    await page.locator('button[name=action][value=begin]').click();
    await page.locator('code').first().waitFor();
    await look(opened, 'enrol', wanted);
    const key = (await page.locator('code').first().textContent())!.replaceAll(' ', '');
    await page
      .locator('input[name=code]')
      .fill(generatorOf(Secret.fromBase32(key).bytes).generate({ timestamp: house.clock.now().getTime() }));
    await page.keyboard.press('Enter');
    await page.locator('.codes').waitFor();
    await look(opened, 'recovery-codes', wanted);
    await page.locator('a.button').click();
    await page.getByText('Contoso').click();
    await page.locator('form button').click();
    await page.waitForURL('**/sign-out');
    await opened.close();
  });

  it('a new password, and a new account', async () => {
    const person = await house.person();
    const opened = await open(`/reset?login_hint=${person.email}`);
    const { page } = opened;
    await look(opened, 'reset-ask', wanted);
    await page.locator('form button').click();
    await page.waitForURL('**/reset?sent=1');
    await page.goto(await linkFor('reset_password', person.email));
    await page.locator('input[name=password]').fill('short');
    await page.locator('input[name=password_again]').fill('short');
    await page.locator('form button').click();
    await page.locator('#password-error').waitFor();
    await look(opened, 'reset-set', wanted);
    await page.locator('input[name=password]').fill(password);
    await page.locator('input[name=password_again]').fill(password);
    await page.locator('form button').click();
    await page.waitForURL('**/sign-in?notice=password_set');
    await look(opened, 'sign-in-after-reset', wanted);

    const email = `${crypto.randomUUID()}@example.com`;
    await page.goto(`${house.issuer}/register`);
    await look(opened, 'register-ask', wanted);
    await page.locator('input[name=email]').fill(email);
    await page.locator('form button').click();
    await page.waitForURL('**/register?sent=1');
    await page.goto(await linkFor('register', email));
    await look(opened, 'register-finish', wanted);
    await opened.close();
  });
});

it('P2 everything but passkeys works with JavaScript disabled', async () => {
  const context = await browser.browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 390, height: 844 },
    locale: 'en-GB',
  });
  const opened = await browser.openPage({ url: `${house.issuer}/sign-in?return_to=/sign-out`, context });
  const { page } = opened;
  expect(await page.locator('button[data-passkey]').isVisible()).toBe(false);
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
  await page.getByRole('link', { name: 'English' }).click();
  const person = await house.person({ name: 'No Script' });
  const app = await enrolTotp(house, person);
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Code from your authenticator app').fill(app.code());
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Sign out?' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByRole('button', { name: 'E-mail me a link' }).click();
  await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
  await page.goto(await linkFor('sign_in', person.email));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/sign-in/second-factor');
  await context.close();
});
