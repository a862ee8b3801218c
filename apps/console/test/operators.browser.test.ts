import { fileURLToPath } from 'node:url';
import { createTestPlatform, freePort, type TestPerson, type TestPlatform } from '@castellan/testkit';
import {
  expectAccessible,
  inBothThemes,
  launchBrowser,
  screenshot,
  settled,
  type TestBrowser,
} from '@castellan/testkit/browser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn } from './access-world.ts';

/** A21 and the command palette in a real browser: who is offered what, and what is done by keyboard alone. */

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const longName = 'Maximiliana Wilhelmina Bartholomew-Featherstonehaugh de Vega';

let house: TestPlatform;
let browser: TestBrowser;
let address: string;
let ada: TestPerson;
let olga: TestPerson;
let sam: TestPerson;
let services: Readonly<Record<string, string>>;

const grant = (person: TestPerson, service: string | null, role: string) =>
  house.query(
    `INSERT INTO operator_grants (user_id, service_id, role, granted_by, created_at, updated_at)
     VALUES ($1, $2, $3, $4, now() - interval '3 days', now())`,
    [person.id, service, role, ada.id],
  );
const rolesOf = (person: TestPerson) =>
  house.query<{ service: string | null; role: string }>(
    `SELECT s.name AS service, g.role FROM operator_grants g LEFT JOIN services s ON s.id = g.service_id
     WHERE g.user_id = $1 ORDER BY s.name NULLS FIRST`,
    [person.id],
  );

beforeAll(async () => {
  const port = await freePort();
  address = `http://localhost:${port}`;
  house = await createTestPlatform({ consoleDirectory: dist, settings: { ADMIN_URL: address } });
  await house.platform.adminListener.listen({ host: 'localhost', port });
  for (const name of ['billing', 'orders', 'warehouse']) await house.service(name);
  services = Object.fromEntries(
    (await house.query<{ id: string; name: string }>('SELECT id, name FROM services')).map(({ id, name }) => [
      name,
      id,
    ]),
  );
  ada = await house.person({ name: 'Ada Admin', email: 'ada@example.com', isAdmin: true });
  olga = await house.person({ name: 'Olga Owner', email: 'olga@example.com' });
  sam = await house.person({ name: 'Sam Support', email: 'sam@example.com' });
  const long = await house.person({ name: longName, email: 'maxi@example.com' });
  await grant(olga, services.orders!, 'owner');
  await grant(sam, services.orders!, 'support');
  await grant(sam, services.billing!, 'admin');
  for (const name of ['billing', 'orders', 'warehouse']) await grant(long, services[name]!, 'admin');
  await grant(long, null, 'support');
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.close();
});

/** Opens a page as somebody who has signed in. */
async function openAs(
  person: TestPerson,
  path: string,
  look: { theme?: 'light' | 'dark'; width?: number; tolerates?: RegExp[] } = {},
) {
  const { tolerates = [], ...rest } = look;
  const opened = await browser.openPage({
    url: `${address}${path}`,
    tolerates,
    cookie: await signIn(house, person),
    ...rest,
  });
  await opened.page.locator('#main h1').waitFor();
  return opened;
}

describe('operators', () => {
  it('adds somebody by search, raises them, and takes the role away', async () => {
    const nina = await house.person({ name: 'Nina New', email: 'nina@example.com' });
    // The one of these pages that is reached through the sign-in page; the others begin behind it.
    const { page, close } = await browser.openPage({
      url: `${address}/operators`,
      tolerates: [/status of 401/],
    });
    await page.getByLabel('E-mail').fill(ada.email);
    await page.getByLabel('Password').fill(ada.password);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Add an operator' }).click();
    const panel = page.getByRole('dialog', { name: 'Add an operator' });
    await panel.getByRole('button', { name: 'Add operator' }).click();
    await panel.getByText('Choose a person.').waitFor();
    await panel.getByText('Choose a service.').waitFor();
    await panel.getByLabel('Person').fill('nina');
    await page.getByRole('option', { name: /Nina New/ }).click();
    await panel.getByLabel('Service').fill('ware');
    await page.getByRole('option', { name: 'warehouse' }).click();
    await panel.getByText('Choose a service.').waitFor({ state: 'detached' });
    expect(await panel.getByRole('alert').count()).toBe(0);
    await screenshot(page, 'console-operators-add-light-1440');
    await panel.getByRole('button', { name: 'Add operator' }).click();
    await page.getByText('Nina New is support of warehouse now', { exact: true }).waitFor();
    expect(await rolesOf(nina)).toEqual([{ service: 'warehouse', role: 'support' }]);

    await page.getByRole('link', { name: /Nina New/ }).click();
    const roles = page.getByRole('dialog', { name: 'Nina New' });
    await roles.getByLabel('Role for warehouse', { exact: true }).selectOption('admin');
    await page.getByText('Nina New is admin of warehouse now', { exact: true }).waitFor();
    expect(await rolesOf(nina)).toEqual([{ service: 'warehouse', role: 'admin' }]);

    await roles.getByRole('button', { name: 'Remove the role for warehouse' }).click();
    const question = page.getByRole('dialog', { name: /Remove Nina New as admin of warehouse/ });
    await question.getByText('They can no longer sign in to this console').waitFor();
    await screenshot(page, 'console-operators-remove-light-1440');
    await question.getByRole('button', { name: 'Remove role' }).click();
    await page.getByText('Nina New is no operator of warehouse any more', { exact: true }).waitFor();
    expect(await rolesOf(nina)).toEqual([]);
    await page.getByRole('link', { name: /Nina New/ }).waitFor({ state: 'detached' });
    await close();
  });

  it('asks before somebody is made owner of every service, and refuses to lose the last', async () => {
    const { page, close } = await openAs(ada, '/operators?search=ada', { tolerates: [/status of 409/] });
    await page.getByRole('link', { name: /Ada Admin/ }).click();
    const roles = page.getByRole('dialog', { name: 'Ada Admin' });
    await roles.getByRole('button', { name: 'Remove the role for Every service' }).click();
    const question = page.getByRole('dialog', { name: /Remove Ada Admin as owner of every service/ });
    await question.getByRole('button', { name: 'Remove role' }).click();
    await question.getByText(/Castellan keeps at least one administrator/).waitFor();
    await close();
  });

  it('an owner of a service manages it, finds people by their whole e-mail, and sees no other service', async () => {
    const { page, close } = await openAs(olga, '/operators');
    await page.getByRole('link', { name: /Sam Support/ }).waitFor();
    expect(await page.locator('#main').textContent()).not.toContain('billing');
    await page.getByRole('link', { name: /Sam Support/ }).click();
    await page.getByText('1 role at services that you do not own is not shown.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Add an operator' }).click();
    const panel = page.getByRole('dialog', { name: 'Add an operator' });
    expect(await panel.getByLabel('Service').locator('option').allTextContents()).toEqual(['orders']);
    const eve = await house.person({ name: 'Eve Else', email: 'eve@example.com' });
    await panel.getByLabel('Person').fill('eve');
    await page.getByText('No account has this address').waitFor();
    await panel.getByLabel('Person').fill('eve@example.com');
    await page.getByRole('option', { name: /Eve Else/ }).click();
    await panel.getByRole('button', { name: 'Add operator' }).click();
    await page.getByText('Eve Else is support of orders now', { exact: true }).waitFor();
    expect(await rolesOf(eve)).toEqual([{ service: 'orders', role: 'support' }]);
    await close();
  });
});

describe('who does not administer', () => {
  it('is offered what is theirs; another page says whose it is; nothing of it was asked for', async () => {
    const { page, close } = await openAs(sam, '/');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const nav = page.getByRole('navigation', { name: 'Main' });
    for (const hidden of ['Dashboard', 'Users', 'Operators', 'Workspaces', 'Activity', 'Services', 'Sign-in'])
      expect(await nav.getByRole('link', { name: hidden, exact: true }).count(), hidden).toBe(0);
    await nav.getByRole('link', { name: 'Your access' }).click();
    await page.getByRole('heading', { name: 'Your access' }).waitFor();
    await page.getByText('billing', { exact: true }).waitFor();
    await page.goto(`${address}/users`);
    await page.getByRole('heading', { name: 'Your role does not reach this page' }).waitFor();
    await page.getByText('Administrators see it').waitFor();
    await page.goto(`${address}/operators`);
    await page.getByText('Owners of a service see it').waitFor();
    expect(asked.filter((path) => /^\/admin\/(users|operators|stats|activity)/.test(path))).toEqual([]);
    await close();
  });

  it('whose role is lowered meanwhile is told so at the next click, and the sidebar follows', async () => {
    const ria = await house.person({ name: 'Ria Risen', email: 'ria@example.com' });
    await grant(ria, services.orders!, 'owner');
    const { page, close } = await openAs(ria, '/operators', { tolerates: [/status of 403/] });
    await page.getByRole('link', { name: /Ria Risen/ }).waitFor();
    const nav = page.getByRole('navigation', { name: 'Main' });
    await nav.getByRole('link', { name: 'Operators' }).waitFor();
    await house.query(`UPDATE operator_grants SET role = 'support' WHERE user_id = $1`, [ria.id]);
    await page.getByRole('searchbox').fill('ria');
    await page.getByText('You may not see this').waitFor();
    await nav.getByRole('link', { name: 'Operators' }).waitFor({ state: 'detached' });
    await close();
  });

  it('whose last role is taken is out with the next click', async () => {
    const tom = await house.person({ name: 'Tom Temp', email: 'tom@example.com' });
    await grant(tom, services.orders!, 'support');
    const { page, close } = await openAs(tom, '/access', { tolerates: [/status of 403/] });
    await house.query('DELETE FROM operator_grants WHERE user_id = $1', [tom.id]);
    await page.reload();
    await page.getByText('This account has no role in the console').waitFor();
    await close();
  });
});

describe('the command palette', () => {
  it('finds a page, a person, a workspace, a service and an action by keyboard alone', async () => {
    await house.workspace({ name: 'Tide Pool' });
    const { page, close } = await openAs(ada, '/services');
    const palette = page.getByRole('dialog', { name: 'Search everything' });
    const go = async (text: string, option: RegExp, path: RegExp) => {
      await page.keyboard.press('Control+k');
      await palette.waitFor();
      await page.keyboard.type(text);
      await palette.getByRole('option', { name: option }).first().waitFor();
      // What is found later comes in wherever it belongs: places are not counted beforehand.
      const isChosen = async () =>
        option.test((await palette.locator('[aria-selected="true"]').textContent()) ?? '');
      for (let step = 0; step < 20 && !(await isChosen()); step++) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.waitForURL(path);
      await palette.waitFor({ state: 'detached' });
    };
    await go('activ', /^Activity/, /\/activity$/);
    await go('maxi@ex', /Maximiliana/, /\/users\/[0-9a-f-]{36}$/);
    await go('tide', /Tide Pool/, /\/workspaces\/[0-9a-f-]{36}$/);
    await go('wareh', /warehouse/, /\/services\/[0-9a-f-]{36}$/);
    await go('services cast', /^Services ?castellan$/, /\/products\/[0-9a-f-]{36}\/Service\b/);
    await page.getByRole('heading', { name: 'Services' }).waitFor();
    await go('add an op', /Add an operator/, /\/operators\?add=true$/);
    await page.getByRole('dialog', { name: 'Add an operator' }).waitFor();
    // It does not cover what somebody is in the middle of.
    await page.keyboard.press('Control+k');
    expect(await palette.count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Add an operator' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Meta+k');
    await palette.waitFor();
    await page.keyboard.type('nothing has this name');
    await palette.getByText('Nothing has this name').waitFor();
    await page.keyboard.press('Escape');
    await palette.waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    await page.keyboard.type('dark theme');
    await palette.getByRole('option', { name: 'Use the dark theme' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForFunction('document.documentElement.dataset.theme === "dark"');
    await close();
  });

  it('goes around at both ends, and what the pointer rests on is not chosen by that', async () => {
    const { page, close } = await openAs(ada, '/services');
    await page.mouse.move(720, 300);
    await page.keyboard.press('Control+k');
    const palette = page.getByRole('dialog', { name: 'Search everything' });
    const options = palette.getByRole('option');
    await options.first().waitFor();
    const chosen = () => palette.locator('[aria-selected="true"]').textContent();
    expect(await chosen()).toBe(await options.first().textContent());
    await page.keyboard.press('ArrowUp');
    expect(await chosen()).toBe(await options.last().textContent());
    await page.keyboard.press('ArrowDown');
    expect(await chosen()).toBe(await options.first().textContent());
    await close();
  });

  it('opens by a button on a phone, and offers an operator no more than their pages', async () => {
    const { page, close } = await openAs(sam, '/access', { width: 390, theme: 'dark' });
    await page.getByRole('button', { name: 'Search everything' }).tap();
    const palette = page.getByRole('dialog', { name: 'Search everything' });
    await palette.getByRole('option', { name: 'Your access' }).waitFor();
    const labels = await palette.getByRole('option').allTextContents();
    for (const hidden of ['Users', 'Operators', 'Invite people', 'Register a service', 'Dashboard'])
      expect(labels).not.toContain(hidden);
    await expectAccessible(page);
    await screenshot(page, 'console-palette-operator-dark-390');
    await page.keyboard.type('maxi');
    await palette.getByText('Nothing has this name').waitFor();
    await close();
  });
});

describe.each([1440, 390])('looks, %i pixels wide', (width) => {
  it('is accessible in either theme, scrolls only down, and keeps the security policy', async () => {
    const { page, close } = await openAs(ada, '/operators', { width });
    const look = async (name: string) => {
      await settled(page);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), name).toBe(true);
      await inBothThemes(page, async (theme) => {
        await expectAccessible(page);
        await screenshot(page, `console-${name}-${theme}-${width}`);
      });
    };
    await page.getByRole('link', { name: /Sam Support/ }).waitFor();
    await look('operators');
    await page.goto(`${address}/operators?search=nobody`);
    await page.getByText('No operators match').waitFor();
    await look('operators-no-match');
    await page.goto(`${address}/operators`);
    await page.getByRole('link', { name: /Maximiliana/ }).click();
    await page.getByRole('dialog', { name: longName }).waitFor();
    await look('operator');
    await page.goto(`${address}/access`);
    await page.getByRole('heading', { name: 'Your access' }).waitFor();
    await look('own-access');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog', { name: 'Search everything' }).waitFor();
    await look('palette');
    await page.keyboard.type('or');
    await page
      .getByRole('option', { name: /Olga|orders|Operators/ })
      .first()
      .waitFor();
    await look('palette-found');
    await close();
  });
});

it('looks of a page for others', async () => {
  for (const [theme, width] of [
    ['light', 1440],
    ['dark', 390],
  ] as const) {
    const { page, close } = await openAs(sam, '/users', { theme, width });
    await page.getByRole('heading', { name: 'Your role does not reach this page' }).waitFor();
    await expectAccessible(page);
    await screenshot(page, `console-not-for-you-${theme}-${width}`);
    await page.goto(`${address}/`);
    await page.getByRole('heading', { name: 'Products' }).waitFor();
    expect(page.url()).toBe(`${address}/products`);
    await page.goto(`${address}/access`);
    await page.getByRole('heading', { name: 'Your access' }).waitFor();
    await screenshot(page, `console-own-access-operator-${theme}-${width}`);
    await close();
  }
});
