import { fileURLToPath } from 'node:url';
import { clientSecretsCreate, clientsCreate, servicesList } from '@castellan/contract';
import { createTestPlatform, freePort, type TestPlatform } from '@castellan/testkit';
import {
  expectAccessible,
  inBothThemes,
  launchBrowser,
  screenshot,
  type TestBrowser,
} from '@castellan/testkit/browser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const longName = 'Maximiliana’s wholesale and international returns desk, Zürich';
// 8 × 8 pixels of one colour.
const logo =
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC';

let house: TestPlatform;
let browser: TestBrowser;
let address: string;
let operator: { email: string; password: string };
let service: string;
let client: string;

beforeAll(async () => {
  const port = await freePort();
  address = `http://localhost:${port}`;
  house = await createTestPlatform({ consoleDirectory: dist, settings: { ADMIN_URL: address } });
  await house.platform.adminListener.listen({ host: 'localhost', port });
  const admin = await house.administrator();
  operator = admin.person;
  await house.service('orders', ['https://orders.example.com']);
  service = (await admin.call(servicesList)).result.items[0]!.id;
  const made = await admin.call(clientsCreate, {
    params: { id: service },
    body: {
      name: longName,
      redirectUris: [
        'https://returns.orders.example.com/a/rather/long/path/that/goes/on/and/on/for/callbacks/of/sign-in',
        'http://localhost:3000/callback',
      ],
      logoUri: `data:image/png;base64,${logo}`,
      accentColor: '#b4552d',
    },
  });
  client = made.result.id;
  const params = { id: service, cid: client };
  await admin.call(clientSecretsCreate, { params, body: {} });
  const tomorrow = new Date(house.clock.now().getTime() + 86_400_000);
  await admin.call(clientSecretsCreate, { params, body: { othersExpireAt: tomorrow } });
  for (const name of ['Nightly export', 'Warehouse app'])
    await admin.call(clientsCreate, {
      params: { id: service },
      body: { name, grantTypes: ['client_credentials'] },
    });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.close();
});

async function openAsOperator(path: string, look: { theme?: 'light' | 'dark'; width?: number } = {}) {
  const opened = await browser.openPage({
    url: `${address}${path}`,
    tolerates: [/status of (401|422)/],
    ...look,
  });
  await opened.page.getByLabel('E-mail').fill(operator.email);
  await opened.page.getByLabel('Password').fill(operator.password);
  await opened.page.keyboard.press('Enter');
  await opened.page.locator('#main h1').waitFor();
  return opened;
}

describe.each([1440, 390])('pages of services and clients, %i pixels wide (S1, P18)', (width) => {
  it('are accessible in either theme, scroll only down, and keep the security policy', async () => {
    const { page, close } = await openAsOperator(`/services/${service}`, { width });
    const look = async (name: string) => {
      await page.waitForLoadState('networkidle');
      expect(
        await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
        `${name} is too wide`,
      ).toBe(true);
      await inBothThemes(page, async (theme) => {
        await expectAccessible(page);
        await screenshot(page, `clients-${name}-${theme}-${width}`);
      });
    };
    await page.getByRole('link', { name: longName }).waitFor();
    await look('service');
    await page.getByRole('button', { name: 'Register a client' }).click();
    await look('register-client');
    await page.goto(`${address}/services/${service}/clients/${client}`);
    await page.getByRole('heading', { name: longName }).waitFor();
    await look('client');
    for (const part of ['addresses', 'access', 'branding']) {
      await page.getByRole('button', { name: `Edit ${part}` }).click();
      await look(`edit-${part}`);
      await page.getByRole('button', { name: 'Cancel' }).click();
    }
    await page.getByRole('button', { name: 'New secret' }).click();
    await look('new-secret');
    await page.goto(`${address}/services?register=true`);
    await page.getByRole('dialog').waitFor();
    await look('register-service');
    await page.goto(`${address}/services/${service}?clients=ended`);
    await page.getByText('None has ended').waitFor();
    await look('ended');
    await close();
  });
});

it('a client is registered, its secret shown once, its mistakes named beside the field (P18)', async () => {
  const { page, close } = await openAsOperator(`/services/${service}`);
  await page.getByRole('button', { name: 'Register a client' }).click();
  const panel = page.getByRole('dialog');
  await panel.getByLabel('Name').fill('Storefront');
  await panel.getByLabel('Redirect addresses').fill('http://shop.example.com/callback');
  await panel.getByRole('button', { name: 'Register client' }).click();
  await panel.getByText('must begin with https://').waitFor();
  expect(await panel.getByLabel('Name').inputValue()).toBe('Storefront');
  await panel
    .getByLabel('Redirect addresses')
    .fill('https://shop.example.com/callback\nhttp://localhost:3000/cb');
  await panel.getByRole('button', { name: 'Register client' }).click();
  await page.getByRole('button', { name: 'Make secret' }).click();
  const secret = (await page.getByRole('dialog').locator('code').textContent()) ?? '';
  expect(secret).toMatch(/^cs_[\w-]{49}$/);
  await screenshot(page, 'clients-secret-shown-once');
  await page.getByRole('button', { name: 'Done' }).click();
  await page
    .getByText(`${secret.slice(0, 10)}…`)
    .first()
    .waitFor();
  await page.reload();
  await page
    .getByText(`${secret.slice(0, 10)}…`)
    .first()
    .waitFor();
  expect(await page.content()).not.toContain(secret);
  const [stored] = await house.query<{ uris: string[] }>(
    `SELECT redirect_uris AS uris FROM clients WHERE name = 'Storefront'`,
  );
  expect(stored!.uris).toEqual(['https://shop.example.com/callback', 'http://localhost:3000/cb']);
  await close();
});

it('a secret is replaced with an overlap that the operator chooses (S7)', async () => {
  const { page, close } = await openAsOperator(`/services/${service}/clients/${client}`);
  await page.getByRole('button', { name: 'New secret' }).click();
  await page.getByRole('dialog').getByRole('combobox').selectOption('For another hour');
  await page.getByRole('button', { name: 'Make secret' }).click();
  await page.getByRole('dialog').locator('code').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  const rows = await house.query<{ minutes: number | null }>(
    `SELECT round(extract(epoch FROM expires_at - now()) / 60)::int AS minutes FROM client_secrets
     WHERE client_id = $1 ORDER BY created_at`,
    [client],
  );
  expect(rows.map(({ minutes }) => minutes)).toEqual([60, 60, null]);
  await close();
});

it('keys: a private one is refused with what to do, a public one is kept (S7)', async () => {
  const { page, close } = await openAsOperator(`/services/${service}/clients/${client}`);
  await page.getByRole('button', { name: /More actions/ }).click();
  await page.getByRole('menuitem', { name: 'Edit keys' }).click();
  const keys = page.getByLabel('Or the public keys themselves');
  await keys.fill('-----BEGIN PUBLIC KEY-----');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('This is not JSON.').waitFor();
  const jwk = {
    kty: 'OKP',
    crv: 'Ed25519',
    kid: 'spring',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  };
  await keys.fill(JSON.stringify({ ...jwk, d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' }));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('is a private key').waitFor();
  await keys.fill(JSON.stringify(jwk));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('spring').waitFor();
  await close();
});

it('access tokens are signed with what is chosen, and the page says so (P18)', async () => {
  const { page, close } = await openAsOperator(`/services/${service}/clients/${client}`);
  await page.getByText('signed with EdDSA').first().waitFor();
  await page.getByRole('button', { name: 'Edit access' }).click();
  await page.getByLabel('Access tokens are signed with').selectOption('ES256');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('signed with ES256').waitFor();
  const [stored] = await house.query<{ access: string; id: string }>(
    'SELECT access_token_signed_response_alg AS access, id_token_signed_response_alg AS id FROM clients WHERE id = $1',
    [client],
  );
  expect(stored).toEqual({ access: 'ES256', id: 'EdDSA' });
  await close();
});

it('branding: a picture becomes a small logo, and the page shows it (P18)', async () => {
  const { page, close } = await openAsOperator(`/services/${service}/clients/${client}`);
  await page.getByRole('button', { name: 'Edit branding' }).click();
  const file = { name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from(logo, 'base64') };
  await page.getByLabel('Logo').setInputFiles({ ...file, buffer: Buffer.from('no picture') });
  await page.getByText('This file is no picture').waitFor();
  await page.getByLabel('Logo').setInputFiles(file);
  await page.getByLabel(/^Accent colour/).fill('blue');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Write it as #rrggbb').waitFor();
  await page.getByLabel(/^Accent colour/).fill('#2F6FED');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The branding is saved').first().waitFor();
  const [stored] = await house.query<{ logo: string; color: string }>(
    'SELECT logo_uri AS logo, accent_color AS color FROM clients WHERE id = $1',
    [client],
  );
  expect(stored!.logo).toMatch(/^data:image\/png;base64,/);
  expect(stored!.color).toBe('#2f6fed');
  await close();
});

it('a service key is replaced: the new one is shown once, the old one revoked after a question (S7)', async () => {
  const { page, close } = await openAsOperator(`/services/${service}`);
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByRole('button', { name: 'Make key' }).click();
  expect(await page.getByRole('dialog').locator('code').textContent()).toMatch(/^sk_[\w-]{49}$/);
  await page.getByRole('button', { name: 'Done' }).click();
  await page
    .getByRole('button', { name: /^Revoke sk_/ })
    .first()
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke key' }).click();
  await page.getByText('The key is revoked').first().waitFor();
  const keys = await house.query<{ revoked: boolean }>(
    'SELECT revoked_at IS NOT NULL AS revoked FROM service_keys WHERE service_id = $1 ORDER BY created_at',
    [service],
  );
  expect(keys.map(({ revoked }) => revoked)).toEqual([true, false]);
  await close();
});

it('a service is registered in the console, and a client ends after its name is typed', async () => {
  const { page, close } = await openAsOperator('/services');
  await page.getByRole('button', { name: 'Register a service' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('billing');
  await page.getByRole('button', { name: 'Register service' }).click();
  await page.getByRole('heading', { name: 'billing' }).waitFor();
  await page.goto(`${address}/services/${service}`);
  await page.getByRole('link', { name: 'Warehouse app' }).click();
  await page.getByRole('button', { name: /More actions/ }).click();
  await page.getByRole('menuitem', { name: 'End client' }).click();
  const end = page.getByRole('dialog').getByRole('button', { name: 'End client' });
  expect(await end.isDisabled()).toBe(true);
  await page.getByRole('dialog').getByRole('textbox').fill('Warehouse app');
  await end.click();
  await page.getByText('Ended', { exact: true }).first().waitFor();
  expect(await page.getByRole('button', { name: /^Edit/ }).count()).toBe(0);
  await close();
});

it('a client that registered itself is found by its address and ended (P18)', async () => {
  const [row] = await house.query<{ id: string }>(
    `INSERT INTO clients (id, client_id, name, origin, application_type, redirect_uris, grant_types,
       token_endpoint_auth_method, allowed_scopes, created_at, updated_at)
     VALUES (gen_random_uuid(), 'https://tool.example.net/oauth/client.json', 'Orders (official)', 'metadata_document', 'native',
       '{http://localhost/callback}', '{authorization_code}', 'none', '{openid}', now(), now()) RETURNING id`,
  );
  for (const [theme, width] of [
    ['light', 1440],
    ['dark', 390],
  ] as const) {
    const { page, close } = await openAsOperator('/services/clients', { theme, width });
    await page.getByText('https://tool.example.net').first().waitFor();
    await expectAccessible(page);
    await screenshot(page, `clients-self-registered-${theme}-${width}`);
    await close();
  }
  const { page, close } = await openAsOperator('/services');
  await page.getByRole('link', { name: 'Clients that registered themselves' }).click();
  // The page before has a search of its own.
  await page.getByText('https://tool.example.net').first().waitFor();
  await page.getByRole('searchbox').fill('example.net');
  await page.waitForURL(/search=example.net/);
  await page.getByRole('link', { name: 'Orders (official)' }).click();
  await page.getByRole('dialog').getByText('http://localhost/callback').waitFor();
  await expectAccessible(page);
  await screenshot(page, 'clients-self-registered-panel');
  await page.getByRole('button', { name: 'End client' }).click();
  await page.getByText('This can not be undone').waitFor();
  await page.getByRole('button', { name: 'End client' }).last().click();
  await expect
    .poll(() => house.query('SELECT 1 FROM clients WHERE id = $1 AND ended_at IS NOT NULL', [row!.id]))
    .toHaveLength(1);
  await close();
});
