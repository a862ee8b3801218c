import { afterAll, beforeAll, expect, it } from 'vitest';
import { furnish, judge, longName, openConsole, type World } from './access-world.ts';

let here: Awaited<ReturnType<typeof openConsole>>;
let world: World;

beforeAll(async () => {
  here = await openConsole();
});
afterAll(() => here?.close());

it('with nothing registered, actions and permissions say what they are for and how services fill them', async () => {
  const opened = await here.open('/actions', { theme: 'dark', width: 390 });
  const { page } = opened;
  await page.getByText('No service has registered an action yet').waitFor();
  await judge(opened, 'actions-empty-dark-390');
  await page.goto(`${here.address}/permissions`);
  await page.getByText('No service has registered a resource yet').waitFor();
  await opened.close();
  world = await furnish(here);
});

it('actions stand under their service with their roles; those that it no longer names are marked (P9)', async () => {
  const opened = await here.open('/actions', { width: 1440 });
  const { page } = opened;
  const orders = page.getByRole('table', { name: 'Actions of orders' });
  expect(await orders.getByRole('row', { name: /orders:read/ }).textContent()).toMatch(/2 roles$/);
  expect(await orders.getByRole('row', { name: /orders:fax/ }).textContent()).toContain('Absent');
  await judge(opened, 'actions-light-1440');
  await page.getByRole('searchbox').fill('orders:re');
  await page.waitForURL(/search=orders/);
  await orders.getByRole('row', { name: /orders:cancel/ }).waitFor({ state: 'detached' });
  await opened.close();
});

it('resources are narrowed by filters that the address bar holds, and taken away one by one (P10)', async () => {
  const opened = await here.open('/permissions', { theme: 'dark', width: 390 });
  const { page } = opened;
  await page.getByRole('link', { name: 'O-2' }).waitFor();
  await judge(opened, 'permissions-dark-390');
  await page.getByRole('button', { name: 'Owner' }).click();
  await page.getByRole('combobox').fill('Maxi');
  await page.getByRole('option', { name: new RegExp(longName) }).click();
  await page.waitForURL(/owner=/);
  await page.getByRole('link', { name: 'O-2' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Remove filter Owner' }).click();
  await page.getByRole('button', { name: 'Type' }).click();
  await page.getByRole('option', { name: 'return' }).click();
  await page.waitForURL(/type=return/);
  await page.getByRole('link', { name: 'O-2' }).waitFor({ state: 'detached' });
  await opened.close();
});

it('a resource is shared with a group, shown to all, and a share is taken back and given again (P10)', async () => {
  const opened = await here.open(`/permissions/${world.order}`, { width: 1440 });
  const { page } = opened;
  const shares = page.getByRole('list', { name: 'Shares' });
  await shares.getByText('Cleo Carter').waitFor();
  await judge(opened, 'permission-light-1440');
  await page.getByRole('button', { name: 'Take back the share of Finance' }).click();
  await shares.getByText('Finance').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const panel = page.getByRole('dialog');
  await panel.getByLabel('With', { exact: true }).selectOption('A group');
  await panel.getByRole('combobox', { name: 'Group' }).click();
  await panel.getByRole('option', { name: /Finance/ }).click();
  await panel.getByLabel('What they may do').selectOption('Can edit');
  await panel.getByRole('button', { name: 'Share' }).click();
  await shares.getByText('Finance').waitFor();
  await page.getByLabel('What Cleo Carter may do').selectOption('Can view');
  await page.getByText('Cleo Carter can view it').first().waitFor();
  await page.getByRole('switch').click();
  await page.getByText('Every member of Acme can view it').first().waitFor();
  const stored = await here.house.query<{ permission: string; visibility: string; grouped: boolean }>(
    `SELECT permission, visibility, group_id IS NOT NULL AS grouped FROM resource_shares
       JOIN resources ON resources.id = resource_id WHERE resources.id = $1 ORDER BY grouped`,
    [world.order],
  );
  expect(stored).toEqual([
    { permission: 'view', visibility: 'workspace', grouped: false },
    { permission: 'edit', visibility: 'workspace', grouped: true },
  ]);
  await opened.close();
});
