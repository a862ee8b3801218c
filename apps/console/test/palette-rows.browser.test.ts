import { servicesUpdate } from '@castellan/contract';
import type { TestPage } from '@castellan/testkit/browser';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { judge } from './access-world.ts';
import { startTestProduct } from './product-server.ts';
import { customerId, openShop } from './shop.ts';

/** The command palette finds rows of products, by each product's own search. */

let shop: Awaited<ReturnType<typeof openShop>>;
let depot: Awaited<ReturnType<typeof startTestProduct>>;

beforeAll(async () => {
  shop = await openShop();
  const { house, admin } = shop;
  depot = await startTestProduct({
    issuer: house.settings.PUBLIC_URL,
    audience: 'depot',
    keys: async () =>
      JSON.parse((await house.platform.publicListener.inject('/.well-known/jwks.json')).body) as never,
    models: [
      {
        name: 'crate',
        labelPlural: 'Crates',
        key: ['id'],
        labelField: 'name',
        listFields: ['name'],
        searchFields: ['name'],
        sort: 'name',
        fields: [
          { name: 'id', type: 'integer', readOnly: 'key' },
          { name: 'name', type: 'string' },
        ],
      },
    ],
  });
  depot.db.exec(`CREATE TABLE crate (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    INSERT INTO crate VALUES (7, 'Grace’s lamps');`);
  await house.service('depot');
  const [service] = await house.query<{ id: string }>(`SELECT id FROM services WHERE name = 'depot'`);
  await admin.call(servicesUpdate, { params: { id: service!.id }, body: { adminUrl: depot.url } });
});
afterAll(async () => {
  await shop.close();
  await depot.stop();
});
beforeEach(() => depot.feel('well'));

const paletteOf = (page: TestPage['page']) => page.getByRole('dialog', { name: 'Search everything' });
/** Opens it, with the documents of the products read. */
async function openPalette(page: TestPage['page']) {
  await page.keyboard.press('Control+k');
  const palette = paletteOf(page);
  for (const product of ['shop', 'depot'])
    await palette.getByRole('option').filter({ hasText: product }).first().waitFor();
  await palette.getByText('Searching', { exact: true }).waitFor({ state: 'detached' });
  return palette;
}
const events = async () =>
  (await shop.house.query<{ count: number }>('SELECT count(*)::int AS count FROM activity_events'))[0]!.count;

it('rows of every product are found by the beginning of a word, by product and model, and open where they are', async () => {
  const opened = await shop.open('/services', { width: 1440 });
  const { page } = opened;
  const palette = await openPalette(page);
  const before = await events();
  await page.keyboard.type('grac');
  const customers = palette.getByRole('group', { name: 'shop · Customer' });
  await customers.getByRole('option', { name: /Grace Hopper.*grace@example.com/ }).waitFor();
  const crates = palette.getByRole('group', { name: 'depot · Crate' });
  await crates.getByRole('option', { name: 'Grace’s lamps' }).waitFor();
  await judge(opened, 'palette-rows-light-1440');
  // By keyboard alone.
  for (let step = 0; step < 9; step++) {
    if (/Grace Hopper/.test((await palette.locator('[aria-selected="true"]').textContent()) ?? '')) break;
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`/products/${shop.id}/customer\\?row=${customerId(2)}`));
  await page.getByRole('dialog').getByRole('heading', { name: 'Grace Hopper' }).waitFor();
  // Looking is counted and not told, as in the lists.
  expect(await events()).toBe(before);
  await opened.close();
});

it('a letter asks nobody, and who goes on typing asks once', async () => {
  const opened = await shop.open('/services');
  const { page } = opened;
  const palette = await openPalette(page);
  const before = shop.product.calls();
  await page.keyboard.type('A');
  await page.waitForTimeout(700);
  expect(shop.product.calls()).toBe(before);
  await page.keyboard.type('-0012', { delay: 60 });
  await palette.getByRole('option', { name: 'A-0012' }).waitFor();
  // Two of its models can be searched, and each was asked once.
  expect(shop.product.calls()).toBe(before + 2);
  await page.keyboard.type('9');
  await palette.getByText('Nothing has this name').waitFor();
  await opened.close();
});

it('a product that hangs delays no other, and is left out once it took too long', async () => {
  const opened = await shop.open('/services', { width: 390, theme: 'dark' });
  const { page } = opened;
  await page.getByRole('button', { name: 'Search everything' }).waitFor();
  const palette = await openPalette(page);
  depot.feel('well', 20_000);
  const began = performance.now();
  await page.keyboard.type('grac');
  await palette.getByRole('option', { name: /Grace Hopper/ }).waitFor();
  expect(performance.now() - began).toBeLessThan(2000);
  await palette.getByText(/^\d+ match(es)?$/).waitFor();
  expect(await palette.getByRole('group', { name: 'depot · Crate' }).count()).toBe(0);
  await judge(opened, 'palette-rows-dark-390');
  // Left alone for a while: the next search does not wait for it at all.
  const again = performance.now();
  await page.keyboard.type('e');
  await palette.getByRole('option', { name: /Grace Hopper/ }).waitFor();
  await palette.getByText(/^\d+ match(es)?$/).waitFor();
  expect(performance.now() - again).toBeLessThan(2000);
  await opened.close();
});

it('who may not read a model is not offered its rows', async () => {
  const sam = await shop.operator('support', 'Sam Support');
  const opened = await shop.open(`/products/${shop.id}`, { as: sam });
  const { page } = opened;
  await page.keyboard.press('Control+k');
  const palette = paletteOf(page);
  await palette.getByRole('option').filter({ hasText: 'shop' }).first().waitFor();
  await page.keyboard.type('grac');
  await palette.getByRole('option', { name: /Grace Hopper/ }).waitFor();
  // The depot is none of theirs.
  expect(
    await palette.getByRole('group').evaluateAll((groups) => groups.map(({ ariaLabel }) => ariaLabel)),
  ).toEqual(['shop · Customer']);
  await opened.close();
});
