import { afterAll, beforeAll, expect, it } from 'vitest';
import { furnish, judge, openConsole, type World } from './access-world.ts';

let here: Awaited<ReturnType<typeof openConsole>>;
let world: World;

beforeAll(async () => {
  here = await openConsole();
  world = await furnish(here);
});
afterAll(() => here?.close());

it('from a person’s page to the path of a yes, which the address bar keeps (B2, P11)', async () => {
  const opened = await here.open(`/users/${world.people.bob.id}`, { width: 1440 });
  const { page } = opened;
  await page.getByRole('button', { name: 'More actions for Bob Baker' }).click();
  await page.getByRole('menuitem', { name: 'What they may do' }).click();
  await page.getByText('Choose a person and what they would do').waitFor();
  expect(await page.getByLabel('Person').inputValue()).toBe('Bob Baker');
  await page.getByLabel('Action').fill('refund');
  await page.getByRole('option', { name: /orders:refund/ }).click();
  await page.getByLabel('Workspace').fill('acme');
  await page.getByRole('option', { name: /Acme/ }).click();
  await page.getByRole('heading', { name: 'Yes' }).waitFor();
  const path = () => page.locator('#main ol').first().getByRole('listitem').allTextContents();
  expect(await path()).toEqual(['group Finance', 'role Approver', 'orders:refund']);
  await page.reload();
  await page.getByRole('heading', { name: 'Yes' }).waitFor();
  expect(await path()).toEqual(['group Finance', 'role Approver', 'orders:refund']);
  await judge(opened, 'explain-yes-light-1440');
  await page.getByRole('link', { name: 'Approver' }).click();
  await page.getByRole('heading', { name: 'Approver' }).waitFor();
  await opened.close();
});

it('a no names the shortest change and leads to where it is made; made, it is a yes (B2, P11)', async () => {
  const { workspace, people, roles } = world;
  const question = `/explain?user=${people.dan.id}&service=orders&action=orders:refund&workspace=${workspace.id}`;
  const opened = await here.open(question, { theme: 'dark', width: 390 });
  const { page } = opened;
  await page.getByRole('heading', { name: 'No' }).waitFor();
  await page.getByText('Give Dan Dryden the role Approver').waitFor();
  await judge(opened, 'explain-no-dark-390');
  await page.getByRole('link', { name: 'Open the role' }).click();
  await page.waitForURL(new RegExp(`/roles/${roles.approver.id}`));
  await page.getByRole('button', { name: 'Add member' }).click();
  await page.getByRole('combobox').fill('Dan');
  await page.getByRole('option', { name: /Dan Dryden/ }).click();
  await page.getByRole('button', { name: 'Give role' }).click();
  await page
    .getByRole('list', { name: /^Members/ })
    .getByText('Dan Dryden')
    .waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'Yes' }).waitFor();
  await opened.close();
});

it('from a resource’s page to who may what with it; an unknown action is named', async () => {
  const opened = await here.open(`/permissions/${world.order}`, { tolerates: /status of 4\d\d/ });
  const { page } = opened;
  await page.locator('#main').getByRole('link', { name: 'Who may what' }).click();
  await page.getByLabel('Person').fill('Cleo');
  await page.getByRole('option', { name: /Cleo Carter/ }).click();
  await page.getByLabel('Right').selectOption('Edit it');
  await page.getByRole('heading', { name: 'Yes' }).waitFor();
  await page.getByLabel('Right').selectOption('Manage it');
  await page.getByRole('heading', { name: 'No' }).waitFor();
  const { workspace, people } = world;
  await page.goto(
    `${here.address}/explain?user=${people.dan.id}&service=orders&action=orders:nothing&workspace=${workspace.id}`,
  );
  await page.getByText('orders:nothing').first().waitFor();
  await page.getByRole('alert').getByText('The service has no such action').waitFor();
  await opened.close();
});

it('of an app that acts for somebody: what it was granted is looked at as well, and what it lacks is named (P11)', async () => {
  const { workspace, people } = world;
  const question = `/explain?user=${people.bob.id}&service=orders&action=orders:refund&workspace=${workspace.id}`;
  const opened = await here.open(question, { width: 1440 });
  const { page } = opened;
  await page.getByRole('heading', { name: 'Yes' }).waitFor();
  await page.getByLabel('Who asks').selectOption('An app or agent that acts for them');
  await page.getByRole('heading', { name: 'No' }).waitFor();
  await page.getByText('Grant the delegate orders:refund').waitFor();
  await page.getByLabel('Scopes granted').fill('order:view orders:refund');
  await page.getByRole('heading', { name: 'Yes' }).waitFor();
  await page.getByText('The delegate was granted it too.').waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Yes' }).waitFor();
  expect(await page.getByLabel('Scopes granted').inputValue()).toBe('order:view orders:refund');
  await judge(opened, 'explain-delegate-light-1440');
  await page.getByLabel('Who asks').selectOption('The person themselves');
  await page.getByText('The delegate was granted it too.').waitFor({ state: 'detached' });
  expect(page.url()).not.toContain('granted');
  await opened.close();

  const phone = await here.open(
    `/explain?user=${people.cleo.id}&service=orders&type=order&resource=O-1&right=manage&by=delegate&granted=order:manage`,
    { theme: 'dark', width: 390 },
  );
  await phone.page.getByRole('heading', { name: 'No' }).waitFor();
  await judge(phone, 'explain-delegate-dark-390');
  await phone.close();
});
