import { castellanProductId } from '@castellan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { judge, longName, openConsole } from './access-world.ts';

let world: Awaited<ReturnType<typeof openConsole>>;
const people = `/products/${castellanProductId}/User`;

beforeAll(async () => {
  world = await openConsole();
  const { house } = world;
  const grace = await house.person({ name: 'Grace Hopper', email: 'grace@example.com' });
  const long = await house.person({ name: longName });
  await house.workspace({
    name: 'Acme',
    members: [
      [grace, 'owner'],
      [long, 'viewer'],
    ],
  });
  await house.query(
    `INSERT INTO users (id, email, name, state, created_at, updated_at)
     SELECT gen_random_uuid(), 'p' || g || '@example.org', 'Person ' || lpad(g::text, 3, '0'), 'invited', now() - g * interval '1 day', now()
     FROM generate_series(1, 130) g`,
  );
  await house.service('shop', ['https://shop.example.com']);
});
afterAll(() => world?.close());

it('people are filtered by typed conditions, sorted, given columns, kept as a view, exported and opened (A9)', async () => {
  const opened = await world.open('/users', { width: 1440 });
  const { page } = opened;
  await page.getByRole('button', { name: 'More for users' }).click();
  await page.getByRole('menuitem', { name: 'Filter by any column' }).click();
  await page.getByRole('link', { name: 'Ada Admin' }).waitFor();
  await judge(opened, 'browse-people-light-1440');

  const rows = page.getByRole('table', { name: 'People' }).locator('a[data-row-link]');
  await page.getByRole('link', { name: 'Next' }).click();
  await page.getByRole('link', { name: 'Person 048' }).waitFor();
  await page.getByRole('link', { name: 'Next' }).click();
  await page.getByRole('link', { name: 'Person 098' }).waitFor();
  await page.getByRole('link', { name: 'Previous' }).click();
  await page.getByRole('link', { name: 'Person 048' }).waitFor();
  await page.getByRole('link', { name: 'Previous' }).click();
  await page.getByRole('link', { name: 'Ada Admin' }).waitFor();

  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByLabel('Field').selectOption('Highest workspace role');
  await page.getByText('Highest workspace role has no index').waitFor();
  await page.getByLabel('Condition').selectOption('is one of');
  await page.getByRole('checkbox', { name: 'owner' }).click();
  await page.getByRole('button', { name: 'Or…' }).click();
  await page.getByLabel('Field').nth(1).selectOption('Created');
  await page.getByLabel('Condition', { exact: true }).nth(1).selectOption('is before');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('alert').waitFor();
  await judge(opened, 'browse-people-filter-light-1440');
  await page.getByLabel('Field').nth(1).selectOption('E-mail');
  await page.getByLabel('Condition', { exact: true }).nth(1).selectOption('is');
  await page.getByLabel('Value', { exact: true }).fill('p7@example.org');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: 'Highest workspace role: is one of owner' }).waitFor();
  await expect.poll(() => rows.allTextContents()).toEqual(['Grace Hopper', 'Person 007']);
  await page.getByRole('button', { name: 'Created', exact: true }).click();
  await expect.poll(() => rows.allTextContents()).toEqual(['Person 007', 'Grace Hopper']);
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('checkbox', { name: 'Workspaces' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('columnheader', { name: 'Workspaces' }).waitFor();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Save this list as a view' }).click();
  await page.getByLabel('Name').fill('Owners');
  await page.getByRole('button', { name: 'Save view' }).click();
  await page.waitForURL(/view=/);
  await judge(opened, 'browse-people-filtered-light-1440');

  await page.getByRole('button', { name: 'More for People' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Export as CSV' }).click();
  expect((await download).suggestedFilename()).toMatch(/\.csv$/);
  await page.getByRole('dialog', { name: 'The export is done' }).waitFor();
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: 'Grace Hopper' }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByText('grace@example.com').waitFor();
  await judge(opened, 'browse-person-light-1440');
  await drawer.getByRole('tab', { name: 'Activity' }).click();
  await drawer.getByText('Nothing has happened yet').waitFor();
  await drawer.getByRole('link', { name: 'Open the person’s page' }).click();
  await page.getByRole('heading', { level: 1, name: 'Grace Hopper' }).waitFor();
  await opened.close();
});

it('workspaces and services too, on a phone in the dark', async () => {
  const opened = await world.open('/workspaces', { theme: 'dark', width: 390, tolerates: /status of 404/ });
  const { page } = opened;
  await page.getByRole('button', { name: 'More for workspaces' }).click();
  await page.getByRole('menuitem', { name: 'Filter by any column' }).click();
  await page.getByRole('link', { name: 'Acme' }).waitFor();
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByLabel('Field').selectOption('Members');
  await page.getByLabel('Condition').selectOption('is at least');
  await page.getByLabel('Value', { exact: true }).fill('2');
  await judge(opened, 'browse-workspaces-filter-dark-390');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('No index serves this filter').waitFor();
  await page.getByRole('link', { name: 'Acme' }).waitFor();
  await judge(opened, 'browse-workspaces-dark-390');
  await page.goto(`${world.address}/services`);
  await page.getByRole('link', { name: 'Filter by any column' }).waitFor();
  await judge(opened, 'services-dark-390');
  await page.getByRole('link', { name: 'Filter by any column' }).click();
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByLabel('Field').selectOption('Origins');
  await page.getByLabel('Value', { exact: true }).fill('shop.example');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: 'Origins: contains shop.example' }).waitFor();
  await page.getByRole('link', { name: 'shop' }).waitFor();
  await judge(opened, 'browse-services-dark-390');
  await page.goto(`${world.address}${people}?row=00000000-0000-4000-8000-000000000001`);
  await page.getByRole('dialog').waitFor();
  await judge(opened, 'browse-person-gone-dark-390');
  await opened.close();
});
