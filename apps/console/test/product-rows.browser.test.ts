import { afterAll, beforeAll, expect, it } from 'vitest';
import { judge, longName } from './access-world.ts';
import { customerId, openShop } from './shop.ts';

let shop: Awaited<ReturnType<typeof openShop>>;
const model = (name: string) => `/products/${shop.id}/${name}`;
const order = (number: number) => String(9_007_199_254_740_000n + BigInt(number));
const stored = (number: number) => {
  const row = shop.product.db
    .prepare(`SELECT status, note, number FROM "order" WHERE number = ?`)
    .get(`A-${String(number).padStart(4, '0')}`);
  return row as { status: string; note: string | null } | undefined;
};

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());

it('a customer is edited: only what changed is sent, errors stand beside their fields, the change can be undone (A20)', async () => {
  const opened = await shop.open(`${model('customer')}?row=${customerId(2)}`, {
    width: 1440,
    tolerates: /status of 422/,
  });
  const { page } = opened;
  const panel = page.getByRole('dialog');
  await panel.getByRole('button', { name: 'Edit' }).click();
  await panel.getByLabel('Settings').fill('{ "theme": ');
  await panel.getByLabel('Email').fill('nobody');
  await panel.getByRole('button', { name: 'Save' }).click();
  await panel.getByText('This is not JSON').waitFor();
  await judge(opened, 'product-edit-error-light-1440');
  await panel.getByLabel('Settings').fill('{ "theme": "light" }');
  await panel.getByRole('button', { name: 'Save' }).click();
  await panel.getByText('Is no e-mail address').waitFor();
  expect(await panel.getByLabel('Settings').inputValue()).toBe('{ "theme": "light" }');
  await panel.getByLabel('Email').fill('grace@navy.example.com');
  const [request] = await Promise.all([
    page.waitForRequest(
      (one) => one.url().endsWith('/intent') && one.postData()?.includes('"update"') === true,
    ),
    panel.getByRole('button', { name: 'Save' }).click(),
  ]);
  expect(Object.keys(request.postDataJSON().payload.values).sort()).toEqual(['email', 'settings']);
  await page.getByText('Saved', { exact: true }).waitFor();
  await panel.getByRole('tab', { name: 'History' }).click();
  await panel.getByText('grace@navy.example.com').waitFor();
  await judge(opened, 'product-history-light-1440');
  await panel.getByRole('button', { name: 'Undo' }).click();
  await panel.getByText('undid a change').waitFor();
  await panel.getByRole('tab', { name: 'Details' }).click();
  await panel.getByText('grace@example.com').waitFor();
  await page.goto(`${shop.address}/activity`);
  await page.getByText('undid a change of').waitFor();
  // The row that it was done to, by its id, as with every other change.
  await page
    .getByRole('row')
    .filter({ hasText: 'undid a change of' })
    .filter({ hasText: `Customer ${customerId(2)}` })
    .first()
    .waitFor();
  await opened.close();
});

it('two operators change one row: the second sees what the first did and decides', async () => {
  const opened = await shop.open(`${model('order')}?row="${order(1)}"&panel=edit`, {
    width: 390,
    theme: 'dark',
    tolerates: /status of 409/,
  });
  const { page } = opened;
  const panel = page.getByRole('dialog');
  await panel.getByLabel('Status').selectOption('open');
  shop.product.db
    .prepare(`UPDATE "order" SET status = 'shipped', note = 'Called twice.' WHERE number = 'A-0001'`)
    .run();
  await panel.getByLabel('Number').fill('A-0001-X');
  await panel.getByRole('button', { name: 'Save' }).click();
  await panel.getByText('Somebody else changed it').waitFor();
  await judge(opened, 'product-conflict-dark-390');
  await panel.getByRole('button', { name: 'Save the rest of mine' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  const row = shop.product.db.prepare(`SELECT status, note FROM "order" WHERE number = 'A-0001-X'`).get();
  expect(row).toEqual({ status: 'shipped', note: 'Called twice.' });
  await opened.close();
});

it('a row is made with a relation that is searched for, and deleted after a dialog that counts what refers to it', async () => {
  const opened = await shop.open(`${model('order')}?panel=new`, { width: 1440, tolerates: /status of 409/ });
  const { page } = opened;
  const panel = page.getByRole('dialog');
  await panel.getByRole('button', { name: 'Create order' }).click();
  await panel.getByText('Fill this in.').first().waitFor();
  await panel.getByLabel('Number').fill('B-1');
  await panel.getByRole('combobox', { name: 'Customer' }).fill('Maxi');
  await panel.getByRole('option', { name: new RegExp(longName) }).click();
  await panel.getByLabel('Status').selectOption('open');
  await panel.getByLabel('Total').fill('12345678901234567890.10');
  await panel.getByLabel('Placed at').fill('2026-11-20T10:00:00');
  await judge(opened, 'product-create-light-1440');
  await panel.getByRole('button', { name: 'Create order' }).click();
  await panel.getByText('12345678901234567890.10').waitFor();

  await page.goto(`${shop.address}${model('customer')}?row=${customerId(1)}`);
  await panel.getByRole('button', { name: /More actions/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const question = page.getByRole('dialog').last();
  await question.getByText(/\d+ orders by customer/).waitFor();
  await judge(opened, 'product-delete-light-1440');
  expect(await question.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
  await question.getByRole('textbox').fill(longName);
  await question.getByRole('button', { name: 'Delete' }).click();
  await question.getByText('The database refused it').waitFor();

  await page.goto(`${shop.address}${model('order')}?search=B-1`);
  await page.getByRole('link', { name: 'B-1' }).click();
  await panel.getByRole('button', { name: /More actions/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await question.getByRole('textbox').fill('B-1');
  await question.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('B-1 is deleted', { exact: true }).waitFor();
  await page.getByText('No orders match').waitFor();
  await opened.close();
});

it('what was typed is not lost by Escape, a click outside or Back: it is asked first, and only then', async () => {
  const opened = await shop.open(`${model('customer')}?row=${customerId(3)}`, { width: 1440 });
  const { page } = opened;
  const panel = page.getByRole('dialog').first();
  const question = page.getByRole('dialog', { name: 'Discard your changes?' });
  const note = panel.getByRole('textbox', { name: 'Note' });
  await panel.getByRole('button', { name: 'Edit' }).click();
  await note.waitFor();
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });

  await page.goto(`${shop.address}${model('customer')}?row=${customerId(3)}`);
  await panel.getByRole('button', { name: 'Edit' }).click();
  // A text of one line is as high as one line, and still takes more.
  expect(await note.getAttribute('rows')).toBe('1');
  await note.fill('Called.\nCalls back.');
  expect(await note.getAttribute('rows')).toBe('4');
  for (const away of [
    () => page.keyboard.press('Escape'),
    () => page.mouse.click(20, 400),
    () => page.goBack(),
  ]) {
    await away();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    expect(await note.inputValue()).toBe('Called.\nCalls back.');
  }
  await page.keyboard.press('Escape');
  await question.waitFor();
  await judge(opened, 'product-discard-light-1440');
  await question.getByRole('button', { name: 'Discard' }).click();
  await panel.waitFor({ state: 'detached' });
  expect(shop.product.db.prepare('SELECT note FROM customer WHERE id = ?').get(customerId(3))).toEqual({
    note: null,
  });

  await page.getByRole('button', { name: 'New customer' }).click();
  await panel.getByLabel('Email').fill('new@example.com');
  await page.keyboard.press('Escape');
  await question.getByRole('button', { name: 'Discard' }).click();
  await panel.waitFor({ state: 'detached' });
  await opened.close();
});

it('a toast over an open row is heard and reached by the keyboard, and its Undo works', async () => {
  const opened = await shop.open(`${model('customer')}?row=${customerId(3)}`, { width: 1440 });
  const { page } = opened;
  const panel = page.getByRole('dialog');
  await panel.getByRole('button', { name: 'Edit' }).click();
  await panel.getByLabel('Email').fill('turing@example.com');
  await panel.getByRole('button', { name: 'Save' }).click();
  const undo = page.getByRole('region', { name: /Notifications/ }).getByRole('button', { name: 'Undo' });
  await undo.waitFor();
  await page.keyboard.press('F8');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  expect(await undo.evaluate((button) => button === document.activeElement)).toBe(true);
  await page.keyboard.press('Enter');
  await panel.getByText('alan@example.com').waitFor();
  await opened.close();
});

it('Back to a row that was deleted says so, and its history brings it back', async () => {
  const opened = await shop.open(`${model('order')}?search=A-0009`, {
    width: 1440,
    tolerates: /status of 404/,
  });
  const { page } = opened;
  const panel = page.getByRole('dialog').first();
  shop.product.db.prepare(`DELETE FROM line WHERE orderId = ?`).run(BigInt(order(9)));
  await page.getByRole('link', { name: 'A-0009' }).click();
  await panel.getByRole('button', { name: /More actions/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const question = page.getByRole('dialog').last();
  await question.getByRole('textbox').fill('A-0009');
  await question.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No orders match').waitFor();
  await page.goBack();
  await panel.getByText('This row is not there any more').waitFor();
  expect(await panel.getByRole('button', { name: 'Edit' }).count()).toBe(0);
  await judge(opened, 'product-gone-light-1440');
  await panel.getByRole('button', { name: 'Undo' }).click();
  await panel.getByRole('button', { name: 'Edit' }).waitFor();
  expect(stored(9)).toBeDefined();
  await opened.close();
});

it('an order is refunded by an action of the product’s own, whose form is made of JSON Schema (A11)', async () => {
  const opened = await shop.open(`${model('order')}?row="${order(2)}"`, { width: 1440 });
  const { page } = opened;
  await page.getByRole('button', { name: 'Refund' }).click();
  const panel = page.getByRole('dialog').last();
  await panel.getByLabel('Amount').fill('0');
  await panel.getByRole('button', { name: 'Refund' }).click();
  await panel.getByText('Write more than 0.').waitFor();
  await panel.getByLabel('Amount').fill('12.5');
  await panel.getByLabel('Reason').fill('Broken lamp');
  await judge(opened, 'product-action-light-1440');
  await panel.getByRole('button', { name: 'Refund' }).click();
  await panel.getByText(`re_${order(2)}`).waitFor();
  expect(stored(2)?.status).toBe('refunded');
  await panel.getByRole('button', { name: 'Done' }).click();
  await opened.close();
});

it('what a role forbids is not offered: support sees, and changes nothing (A10)', async () => {
  const sue = await shop.operator('support', longName);
  const opened = await shop.open(`/products/${shop.id}`, { width: 1440, theme: 'dark', as: sue });
  const { page } = opened;
  await page.getByRole('link', { name: 'Orders', exact: true }).waitFor();
  expect(await page.getByText('Payouts').count()).toBe(0);
  await judge(opened, 'product-support-dark-1440');
  await page.getByRole('link', { name: 'Orders', exact: true }).click();
  await page
    .getByRole('link', { name: 'A-0008' })
    .or(page.getByRole('link', { name: 'A-0027' }))
    .first()
    .click();
  const panel = page.getByRole('dialog');
  await panel.getByRole('button', { name: 'View audit' }).waitFor();
  for (const name of ['Edit', 'Refund', 'Delete', 'New order'])
    expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(0);
  expect(await page.getByRole('checkbox').count()).toBe(0);
  await judge(opened, 'product-row-support-dark-1440');
  await panel.getByRole('button', { name: 'View audit' }).click();
  await page.getByText('"placed"').waitFor();
  await page.goto(`${shop.address}${model('payout')}`);
  await page.getByText('Your role does not reach these rows').waitFor();
  await judge(opened, 'product-forbidden-dark-1440');
  await opened.close();
});

it('empty, no such model, a dead cursor, nonsense, another version, slow and down: each says what it is', async () => {
  const opened = await shop.open(model('voucher'), { width: 390, tolerates: /status of (404|422|502|504)/ });
  const { page } = opened;
  await page.getByText('There are no vouchers yet').waitFor();
  await judge(opened, 'product-empty-light-390');
  await page.goto(`${shop.address}${model('order')}`);
  await page.getByRole('link', { name: 'A-0027' }).waitFor();
  await judge(opened, 'product-orders-light-390');
  await page.goto(`${shop.address}${model('nothing')}`);
  await page.getByText('has no model nothing').waitFor();
  await page.goto(`${shop.address}${model('order')}?cursor=oops`);
  await page.getByText('This place in the list is gone').waitFor();
  await page.goto(`${shop.address}${model('order')}?columns=["number","gone"]&filter={"op":1}`);
  await page.getByText('can not be read').waitFor();
  for (const [mood, words] of [
    ['nonsense', 'can not be understood'],
    ['older', 'speaks another version'],
  ] as const) {
    shop.product.feel(mood);
    await page.goto(`${shop.address}${model('order')}`);
    await page.getByText(words).waitFor();
    await judge(opened, `product-${mood}-light-390`);
  }
  shop.product.feel('slow', 3800);
  await page.goto(`${shop.address}${model('order')}`, { waitUntil: 'commit' });
  await page.getByText('shop takes longer than usual').waitFor();
  await page.getByRole('link', { name: 'A-0027' }).waitFor();
  shop.product.feel('well');
  await shop.product.stop();
  await page.goto(`${shop.address}/products/${shop.id}`);
  await page.getByText('can not be reached').waitFor();
  await judge(opened, 'product-down-light-390');
  await opened.close();
});
