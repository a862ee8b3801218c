import { castellanProductId } from '@castellan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { judge, longName } from './access-world.ts';
import { customerId, openShop } from './shop.ts';

let shop: Awaited<ReturnType<typeof openShop>>;
let model: (name: string) => string;

beforeAll(async () => {
  shop = await openShop();
  model = (name) => `/products/${shop.id}/${name}`;
});
afterAll(() => shop?.close());

it('products lead to their models, with what a role may do there (A12)', async () => {
  const opened = await shop.open('/products', { width: 1440 });
  const { page } = opened;
  await page.getByRole('link', { name: 'shop' }).waitFor();
  await judge(opened, 'products-light-1440');
  await page.getByRole('link', { name: 'shop' }).click();
  await page.getByRole('link', { name: 'Orders', exact: true }).waitFor();
  await judge(opened, 'product-light-1440');
  await page.getByRole('link', { name: 'Orders', exact: true }).click();
  await page.getByRole('link', { name: 'A-0027' }).waitFor();
  await judge(opened, 'product-orders-light-1440');
  await opened.close();
});

it('a list is searched, filtered, sorted and paged in the address bar, so that its link opens the same list (A9, A17)', async () => {
  const opened = await shop.open(model('order'), { width: 1440 });
  const { page } = opened;
  const rows = page.getByRole('table', { name: 'Orders' }).locator('tbody a[data-row-link]');
  await page.getByRole('link', { name: 'A-0027' }).waitFor();

  await page.getByRole('link', { name: 'Next' }).click();
  await page.waitForURL(/cursor=/);
  await page.getByRole('link', { name: 'Previous' }).click();
  await page.getByRole('link', { name: 'A-0027' }).waitFor();

  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByLabel('Field').selectOption('Status');
  await page.getByLabel('Condition').selectOption('is one of');
  await page.getByRole('checkbox', { name: 'paid' }).click();
  await page.getByRole('checkbox', { name: 'shipped' }).click();
  await judge(opened, 'product-filter-light-1440');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: 'Status: is one of paid, shipped' }).waitFor();
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByLabel('Field').selectOption('Total');
  await page.getByLabel('Condition').selectOption('is above');
  await page.getByLabel('Value').fill('no number');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('Write a number').waitFor();
  await page.getByLabel('Value').fill('800');
  await page.getByRole('button', { name: 'Or…' }).click();
  await page.getByLabel('Field').nth(1).selectOption('Note');
  await page.getByLabel('Condition', { exact: true }).nth(1).selectOption('is not empty');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: /^Any of: Total is above/ }).waitFor();
  await page.getByRole('button', { name: 'Total', exact: true }).click();
  await page.getByText('Sorted by Total, which has no index').waitFor();
  const shown = await rows.allTextContents();
  await judge(opened, 'product-filtered-light-1440');

  await page.reload();
  await page.getByText('Sorted by Total').waitFor();
  await rows.first().waitFor();
  expect(await rows.allTextContents()).toEqual(shown);
  expect(shown.length).toBeGreaterThan(3);
  await page.getByRole('button', { name: 'Remove filter Status' }).click();
  await page.getByRole('button', { name: /^Status: / }).waitFor({ state: 'detached' });

  await page.getByRole('searchbox').fill('A-012');
  await page.waitForURL(/search=/);
  await page.getByRole('searchbox').fill('nothing like it');
  await page.getByText('No orders match').waitFor();
  await page.getByRole('button', { name: 'Clear search and filters' }).click();
  await page.getByRole('link', { name: 'Next' }).waitFor();
  await opened.close();
});

it('columns are chosen and kept as a view with filters, which others can open when it is shared', async () => {
  const opened = await shop.open(`${model('order')}?sort=number`, { width: 1440 });
  const { page } = opened;
  await page.getByRole('link', { name: 'A-0001' }).waitFor();
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('checkbox', { name: 'Note' }).click();
  await page.getByRole('button', { name: 'Move Note up' }).click();
  await judge(opened, 'product-columns-light-1440');
  await page.keyboard.press('Escape');
  await page.getByRole('columnheader', { name: 'Note' }).waitFor();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Save this list as a view' }).click();
  await page.getByLabel('Name').fill('With notes');
  await page.getByRole('checkbox', { name: /Share with every operator/ }).click();
  await page.getByRole('button', { name: 'Save view' }).click();
  await page.waitForURL(/view=/);
  await page.goto(`${shop.address}${model('order')}`);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitemcheckbox', { name: /With notes/ }).click();
  await page.getByRole('columnheader', { name: 'Note' }).waitFor();
  await page.waitForURL(/sort=number/);
  await opened.close();
});

it('a row shows every field, hides what the product hides, and leads to what it refers to and what refers to it', async () => {
  const opened = await shop.open(`${model('customer')}?row=${customerId(1)}`, { width: 1440 });
  const { page } = opened;
  const drawer = page.getByRole('dialog');
  await drawer.getByText('Prefers to be called').waitFor();
  await drawer.getByText('Hidden').waitFor();
  expect(await page.content()).not.toContain('argon2id');
  await judge(opened, 'product-row-light-1440');
  await drawer.getByRole('tab', { name: 'Related' }).click();
  await drawer.getByRole('link', { name: 'See all' }).waitFor();
  await judge(opened, 'product-related-light-1440');
  await drawer.getByRole('link', { name: 'See all' }).click();
  await page.getByRole('button', { name: /^Customer: is/ }).waitFor();
  await page
    .getByRole('link', { name: longName.slice(0, 20) })
    .first()
    .click();
  await page.waitForURL(/customer\?row=/);
  await opened.close();
});

it('Castellan’s own people are browsed by the same mechanism, and their drawer fits a phone', async () => {
  const opened = await shop.open(`/products/${castellanProductId}`, { theme: 'dark', width: 390 });
  const { page } = opened;
  await page.locator('a[data-row-link]').first().waitFor();
  await judge(opened, 'product-castellan-dark-390');
  await page.getByRole('link', { name: 'People', exact: true }).click();
  await page.getByRole('link', { name: 'Ada Admin' }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('tab', { name: 'Details' }).waitFor();
  await drawer.locator('dl').waitFor();
  await judge(opened, 'product-castellan-row-dark-390');
  await opened.close();
});

it('a list, its filter and a form are used on a phone in the dark', async () => {
  const opened = await shop.open(model('order'), { theme: 'dark', width: 390 });
  const { page } = opened;
  await page.getByRole('link', { name: 'A-0027' }).waitFor();
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByLabel('Field', { exact: true }).selectOption('Customer');
  await page.getByRole('combobox', { name: 'Value' }).fill('Grace');
  await page.getByRole('option', { name: /Grace Hopper/ }).click();
  await judge(opened, 'product-filter-dark-390');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: 'Customer: is Grace Hopper' }).waitFor();
  await judge(opened, 'product-filtered-dark-390');
  await page.getByRole('link', { name: /^A-/ }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('dialog').getByLabel('Number').waitFor();
  await judge(opened, 'product-edit-dark-390');
  await opened.close();
});

it('columns give way to each other before a list scrolls sideways', async () => {
  const columns = JSON.stringify(['number', 'customerId', 'status', 'total', 'placedAt', 'note']);
  const opened = await shop.open(`${model('order')}?columns=${encodeURIComponent(columns)}`, { width: 1440 });
  const { page } = opened;
  await page.getByRole('link', { name: 'A-0027' }).waitFor();
  const table = page.getByRole('table', { name: 'Orders' });
  const overflow = () =>
    table.evaluate((element) => element.scrollWidth - element.parentElement!.clientWidth);
  expect(await overflow()).toBeLessThanOrEqual(0);
  await judge(opened, 'product-six-columns-light-1440');
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await overflow()).toBeGreaterThan(0);
  await judge(opened, 'product-six-columns-light-390');
  await opened.close();
});

it('an admin address that is not asked is never called ready: what is against it and what allows it stands beside it', async () => {
  await shop.house.service('inside');
  const [service] = await shop.house.query<{ id: string }>(
    `UPDATE services SET admin_url = 'http://10.1.2.3:4000' WHERE name = 'inside' RETURNING id`,
  );
  const opened = await shop.open('/products', { width: 1440 });
  const { page } = opened;
  const row = page.getByRole('row').filter({ hasText: 'inside' });
  await row.getByText('Address refused').waitFor();
  await row.getByText(/10\.1\.2\.3 is asked by https:\/\/ only; the setting OUTBOUND_ALLOW/).waitFor();
  await judge(opened, 'products-refused-light-1440');
  await page.setViewportSize({ width: 390, height: 844 });
  await judge(opened, 'products-refused-light-390');
  await page.goto(`${shop.address}/services/${service!.id}`);
  await page.getByText(/Castellan does not ask there: 10\.1\.2\.3/).waitFor();
  await judge(opened, 'service-refused-light-390');
  await opened.close();
});
