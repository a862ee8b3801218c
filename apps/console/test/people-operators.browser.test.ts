import { impersonationsList, operatorsAdd, servicesUpdate } from '@castellan/contract';
import { launchBrowser, type TestBrowser } from '@castellan/testkit/browser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { judge, openConsole } from './access-world.ts';
import { startTestProduct } from './product-server.ts';

/** A person’s page: what they are as an operator, and the way from them to a session as them at a service. */

type Model = Parameters<typeof startTestProduct>[0]['models'][number];

const user = (key: 'uuid' | 'integer', more: Partial<Model> = {}): Model => ({
  name: 'User',
  labelPlural: 'Users',
  key: ['id'],
  labelField: 'name',
  listFields: ['name', 'email'],
  searchFields: ['name'],
  sort: 'name',
  fields: [
    { name: 'id', type: key, readOnly: 'key' },
    { name: 'name', type: 'string' },
    { name: 'email', type: 'string' },
  ],
  customActions: [
    { name: 'createActorToken', minRole: 'admin' },
    { name: 'revokeActorToken', minRole: 'support' },
  ],
  ...more,
});

type Product = Awaited<ReturnType<typeof startTestProduct>>;
let here: Awaited<ReturnType<typeof openConsole>>;
let browser: TestBrowser;
const products: Product[] = [];
const ids: Record<string, string> = {};
let bob: Awaited<ReturnType<typeof here.house.person>>;

interface Look {
  readonly theme?: 'light' | 'dark';
  readonly width: number;
  readonly tolerates?: RegExp;
  readonly as?: { readonly email: string; readonly password: string };
}

/** Opens a page as the administrator, or another, who signs in on the way. */
async function open(path: string, { tolerates, as: who = here.admin.person, ...look }: Look) {
  const opened = await browser.openPage({
    url: `${here.address}${path}`,
    tolerates: [/status of 401/, ...(tolerates ? [tolerates] : [])],
    ...look,
  });
  await opened.page.getByLabel('E-mail').fill(who.email);
  await opened.page.getByLabel('Password').fill(who.password);
  await opened.page.keyboard.press('Enter');
  await opened.page.locator('#main h1').waitFor();
  return opened;
}

/** Registers a service with a product of its own. */
async function product(name: string, model: Model, canImpersonate = true): Promise<Product> {
  const { house, admin } = here;
  await house.service(name);
  const [row] = await house.query<{ id: string }>('SELECT id FROM services WHERE name = $1', [name]);
  const started = await startTestProduct({
    issuer: house.settings.PUBLIC_URL,
    audience: name,
    keys: async () =>
      JSON.parse((await house.platform.publicListener.inject('/.well-known/jwks.json')).body) as never,
    models: [model],
    custom: {
      'User.createActorToken': ({ id }) => ({
        url: `http://127.0.0.1:1/${id}`,
        ends_by: 'platform',
        // One product is keyed by Castellan’s ids; the rows of the other belong to Bob.
        subject: model.fields[0]!.type === 'uuid' ? id : bob.id,
      }),
    },
    canImpersonate,
  });
  ids[name] = row!.id;
  products.push(started);
  await admin.call(servicesUpdate, { params: { id: row!.id }, body: { adminUrl: started.url } });
  return started;
}

beforeAll(async () => {
  here = await openConsole({ OUTBOUND_ALLOW: '127.0.0.0/8' });
  browser = await launchBrowser();
  bob = await here.house.person({ name: 'Bob Baker', email: 'bob@example.com' });
  const shop = await product('shop', user('uuid'));
  shop.db.exec(`CREATE TABLE User (id TEXT PRIMARY KEY, name TEXT, email TEXT);
    INSERT INTO User VALUES ('${bob.id}', 'Bob at the shop', 'old@example.com');`);
  const desk = await product('desk', user('integer'));
  desk.db.exec(`CREATE TABLE User (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
    INSERT INTO User VALUES (1, 'Bob', 'bob@example.com'), (2, 'Bob as a guest', 'bob@example.com'), (3, 'Eve', 'eve@example.com');`);
  const plain = await product('plain', user('integer', { customActions: [] }), false);
  plain.db.exec('CREATE TABLE User (id INTEGER PRIMARY KEY, name TEXT, email TEXT)');
});
afterAll(async () => {
  await browser?.close();
  await here?.close();
  for (const one of products) await one.stop();
});

it('shows what an operator is, with the way to change it; nobody signs in as one', async () => {
  const { house, admin } = here;
  const sam = await house.person({ name: 'Sam Support', email: 'sam@example.com' });
  await admin.call(operatorsAdd, { body: { userId: sam.id, service: ids.shop!, role: 'support' } });
  await admin.call(operatorsAdd, { body: { userId: sam.id, service: ids.desk!, role: 'admin' } });
  for (const [width, theme] of [
    [1440, 'light'],
    [390, 'dark'],
  ] as const) {
    const opened = await open(`/users/${sam.id}`, { width, theme });
    const { page } = opened;
    await page.getByText('Nobody can sign in as an operator').waitFor();
    await page.getByText('Nobody can sign in as an operator').scrollIntoViewIfNeeded();
    await judge(opened, `person-operator-${theme}-${width}`);
    await page.getByRole('button', { name: 'More actions for Sam Support' }).click();
    expect(await page.getByRole('menuitem', { name: 'Sign in as' }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Change at operators' }).click();
    const panel = page.getByRole('dialog', { name: 'Sam Support' });
    await panel.getByText('desk', { exact: true }).waitFor();
    await opened.close();
  }
});

it('from a person to a session as them: by their id where the product keeps it, in a new tab that knows nothing of the console', async () => {
  const opened = await open(`/users/${bob.id}`, { width: 1440 });
  const { page } = opened;
  await page.getByText('None. Bob Baker can not open this console.').waitFor();
  await page.getByRole('button', { name: 'More actions for Bob Baker' }).click();
  await page.getByRole('menuitem', { name: 'Sign in as' }).click();
  const panel = page.getByRole('dialog', { name: 'Sign in as Bob Baker' });
  await panel.getByLabel('Service').selectOption('plain');
  await panel.getByText('plain does not let operators sign in as its users.').waitFor();
  await judge(opened, 'person-sign-in-as-none-light-1440');
  await panel.getByLabel('Service').selectOption('shop');
  await panel.getByLabel('User of shop').waitFor();
  await judge(opened, 'person-sign-in-as-light-1440');
  // The sign-in was long ago.
  await here.house.query(
    `UPDATE grants SET auth_time = now() - interval '11 minutes' WHERE kind = 'admin_session'`,
  );
  await panel.getByRole('button', { name: 'Continue' }).click();
  await panel.getByLabel('Your password').fill(here.admin.person.password);
  await panel.getByRole('button', { name: 'Continue' }).click();
  await panel.getByLabel('Reason').fill('They can not see their order');
  await panel.getByRole('button', { name: 'Begin session' }).click();
  await panel.getByText('is ready').waitFor();
  expect(await panel.textContent()).toContain('read-only');
  await page.evaluate(`window.open = (...given) => { window.opened = given; }`);
  await panel.getByRole('button', { name: 'Open in a new tab' }).click();
  const [url, target, features] = (await page.evaluate('window.opened')) as string[];
  expect([new URL(url!).pathname, target, features]).toEqual([`/${bob.id}`, '_blank', 'noopener,noreferrer']);
  const { items } = (await here.admin.call(impersonationsList, { query: { state: 'live' } })).result;
  expect(items[0]).toMatchObject({
    userId: bob.id,
    rowId: bob.id,
    serviceName: 'shop',
    label: 'Bob at the shop',
    allowWrites: false,
  });
  await opened.close();
});

it('by their e-mail where it does not, and only as this person', async () => {
  const opened = await open(`/users/${bob.id}`, { width: 390, theme: 'dark' });
  const { page } = opened;
  await page.getByRole('button', { name: 'More actions for Bob Baker' }).click();
  await page.getByRole('menuitem', { name: 'Sign in as' }).click();
  const panel = page.getByRole('dialog', { name: 'Sign in as Bob Baker' });
  await panel.getByLabel('Service').selectOption('desk');
  const rows = panel.getByLabel('User of desk');
  await rows.waitFor();
  expect(await rows.getByRole('option').allTextContents()).toEqual([
    'Choose which of them',
    'Bob, 1',
    'Bob as a guest, 2',
  ]);
  expect(await panel.getByRole('button', { name: 'Continue' }).isDisabled()).toBe(true);
  await rows.selectOption('2');
  await judge(opened, 'person-sign-in-as-dark-390');
  await panel.getByRole('button', { name: 'Continue' }).click();
  await panel.getByLabel('Reason').fill('A ticket of theirs');
  await panel.getByRole('button', { name: 'Begin session' }).click();
  await panel.getByText('is ready').waitFor();
  await opened.close();

  const eve = await here.house.person({ name: 'Eve', email: 'eve@example.com' });
  const nobody = await here.house.person({ name: 'Nora', email: 'nora@example.com' });
  const second = await open(`/users/${eve.id}`, { width: 1440, tolerates: /status of 409/ });
  const ask = async (name: string) => {
    await second.page.getByRole('button', { name: `More actions for ${name}` }).click();
    await second.page.getByRole('menuitem', { name: 'Sign in as' }).click();
    await second.page.getByLabel('Service').selectOption('desk');
  };
  await ask('Eve');
  await second.page.getByRole('button', { name: 'Continue' }).click();
  await second.page.getByLabel('Reason').fill('A ticket of theirs');
  await second.page.getByRole('button', { name: 'Begin session' }).click();
  await second.page.getByText('belongs to another account').waitFor();
  await second.page.goto(`${here.address}/users/${nobody.id}`);
  await ask('Nora');
  await second.page.getByText(/^No user there has .*the e-mail nora@example.com/).waitFor();
  await second.page.getByText('Nora was not found among the users of desk').waitFor();
  await judge(second, 'sign-in-as-nobody-light-1440');
  await second.page.setViewportSize({ width: 390, height: 844 });
  await judge(second, 'sign-in-as-nobody-light-390');
  await second.page.getByRole('link', { name: 'look among its users' }).click();
  await second.page.waitForURL(/\/products\/.*\/User/);
  await second.close();
});

it('whoever signs in at a provider alone is asked to add a factor, told where, and goes on once they have', async () => {
  const { house } = here;
  const olga = await house.person({ name: 'Olga Provider', email: 'olga@example.com', isAdmin: true });
  const opened = await open(`/users/${bob.id}`, { width: 1440, as: olga });
  const { page } = opened;
  // As if they had come by another provider: no password, and a session that only its word stands for.
  const [held] = await house.query<{ password_hash: string }>(
    'SELECT password_hash FROM users WHERE id = $1',
    [olga.id],
  );
  await house.query('UPDATE users SET password_hash = NULL WHERE id = $1', [olga.id]);
  await house.query(`UPDATE grants SET amr = '{fed}' WHERE user_id = $1`, [olga.id]);
  await page.getByRole('button', { name: 'More actions for Bob Baker' }).click();
  await page.getByRole('menuitem', { name: 'Sign in as' }).click();
  await page.getByLabel('Service').selectOption('shop');
  await page.getByRole('button', { name: 'Continue' }).click();
  const link = page.getByRole('link', { name: 'Add a second factor' });
  expect(await link.getAttribute('href')).toBe(`${house.settings.PUBLIC_URL}/account/security`);
  expect([await link.getAttribute('target'), await link.getAttribute('rel')]).toEqual([
    '_blank',
    'noopener noreferrer',
  ]);
  await judge(opened, 'step-up-add-factor-light-1440');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await judge(opened, 'step-up-add-factor-dark-390');
  // Not yet: the same again.
  await Promise.all([
    page.waitForResponse(/step-up$/),
    page.getByRole('button', { name: 'I have added one' }).click(),
  ]);
  await link.waitFor();
  await house.query('UPDATE users SET password_hash = $2 WHERE id = $1', [olga.id, held!.password_hash]);
  await page.getByRole('button', { name: 'I have added one' }).click();
  await page.getByLabel('Your password').fill(olga.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Reason').waitFor();
  await opened.close();
});
