import { approvalsApprove, approvalsList } from '@castellan/contract';
import { expectAccessible, screenshot } from '@castellan/testkit/browser';
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

it('rows are closed in bulk after somebody else approved exactly these; each is bound to its version (A20)', async () => {
  const bob = await shop.operator('admin', 'Bob Baker');
  const opened = await shop.open(`${model('order')}?sort=number`, { width: 1440, as: bob });
  const { page } = opened;
  await page.getByRole('link', { name: 'A-0003' }).waitFor();
  for (const number of ['A-0003', 'A-0004', 'A-0005'])
    await page.getByRole('checkbox', { name: `Select ${number}` }).click();
  await page.getByRole('button', { name: 'More for the selected rows' }).click();
  await page.getByRole('menuitem', { name: 'Close' }).click();
  await page.getByText('Close 3 orders?').waitFor();
  await judge(opened, 'product-bulk-light-1440');
  await page.getByRole('button', { name: 'Ask for approval' }).click();
  await page.getByLabel('Reason').fill('Stock was counted twice');
  await page.getByRole('dialog').getByRole('button', { name: 'Ask for approval' }).click();
  await page.getByText('Approval is asked for').waitFor();

  await page.goto(`${shop.address}/approvals`);
  await page.getByRole('link', { name: /3/ }).first().click();
  await page.getByText('Stock was counted twice').last().waitFor();
  expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);

  const admin = await shop.open('/approvals', { width: 390, theme: 'dark' });
  await judge(admin, 'approvals-dark-390');
  await admin.page.getByText('Stock was counted twice').click();
  await admin.page.getByRole('button', { name: 'Approve' }).waitFor();
  await judge(admin, 'approval-dark-390');
  await admin.page.getByRole('button', { name: 'Approve' }).click();
  await admin.page.getByText('Approved').first().waitFor();
  await admin.close();

  shop.product.db.prepare(`UPDATE "order" SET note = 'Moved' WHERE number = 'A-0004'`).run();
  await page.reload();
  await page.getByText('said yes').waitFor();
  await judge(opened, 'approval-run-light-1440');
  await page
    .getByRole('button', { name: /^Close/ })
    .last()
    .click();
  await page.getByText('2 of 3').waitFor();
  await page.getByText('was changed by somebody else meanwhile').waitFor();
  expect([3, 4, 5].map((number) => stored(number)?.status)).toEqual([
    'closed',
    expect.not.stringMatching('closed'),
    'closed',
  ]);
  await opened.close();
});

it('a few rows get a new value at once after a preview', async () => {
  const opened = await shop.open(`${model('order')}?sort=number&search=A-000`, { width: 390 });
  const { page } = opened;
  await page.getByRole('link', { name: 'A-0006' }).waitFor();
  await page.getByRole('checkbox', { name: 'Select A-0006' }).click();
  await page.getByRole('checkbox', { name: 'Select A-0007' }).click();
  await page.getByRole('button', { name: 'Edit…' }).click();
  await page.getByLabel('Field to change').selectOption('Note');
  await page.getByLabel('Note', { exact: true }).fill('Checked');
  await page.getByRole('button', { name: 'Show the rows' }).click();
  await page.getByText('Edit 2 orders?').waitFor();
  await judge(opened, 'product-bulk-edit-light-390');
  await page.getByRole('button', { name: 'Edit 2 orders' }).click();
  await page.getByText('done for 2 orders').waitFor();
  expect([6, 7].map((number) => stored(number)?.note)).toEqual(['Checked', 'Checked']);
  await page.getByRole('button', { name: 'Close', exact: true }).click();

  await page.goto(
    `${shop.address}${model('order')}?filter=${encodeURIComponent(JSON.stringify({ field: 'number', op: 'gt', value: 'A-0050' }))}`,
  );
  await page.getByRole('link', { name: 'Next' }).waitFor();
  await page.getByRole('checkbox', { name: 'Select all that are loaded' }).click();
  await page.getByRole('button', { name: /^Select all \d+ that match/ }).click();
  await page.getByRole('button', { name: 'More for the selected rows' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByText(/^Delete 8\d orders\?/).waitFor();
  const remove = page.getByRole('dialog').getByRole('button', { name: /^Delete 8\d/ });
  expect(await remove.isDisabled()).toBe(true);
  await judge(opened, 'product-bulk-all-light-390');
  await opened.close();
});

it('a filtered list is exported as CSV, with its progress', async () => {
  const opened = await shop.open(
    `${model('order')}?filter=${encodeURIComponent(JSON.stringify({ field: 'number', op: 'lt', value: 'A-0021' }))}`,
    { width: 1440 },
  );
  const { page } = opened;
  await page.getByRole('button', { name: /^Number: is below/ }).waitFor();
  await page.getByRole('button', { name: 'More for Orders' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Export as CSV' }).click(),
  ]);
  await page.getByText('The export is done').waitFor();
  await judge(opened, 'product-export-light-1440');
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  const lines = Buffer.concat(chunks).toString().trim().split(/\r?\n/);
  expect(lines).toHaveLength(21);
  expect(lines.join('\n')).toContain('A-0020');
  await opened.close();
});

it('an export is cancelled half-way: nothing is saved, and the product is asked for no further page', async () => {
  shop.product.db.exec(
    'WITH RECURSIVE n (id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM n WHERE id < 20000) INSERT INTO payout SELECT id FROM n',
  );
  const opened = await shop.open(model('payout'), { width: 390, theme: 'dark' });
  const { page } = opened;
  const downloads: unknown[] = [];
  page.on('download', (download) => downloads.push(download));
  await page.getByRole('button', { name: 'More for Payouts' }).click();
  shop.product.feel('well', 400);
  await page.getByRole('menuitem', { name: 'Export as CSV' }).click();
  const dialog = page.getByRole('dialog', { name: 'Exporting payouts' });
  await dialog.getByText(/^[1-9][\d,]* of 20,000 rows/).waitFor();
  expect(Number(await dialog.getByRole('progressbar').getAttribute('aria-valuenow'))).toBeGreaterThan(0);
  await screenshot(page, 'product-exporting-dark-390');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  // Nearly a hundred pages are left, which an export that went on would have while the list is loaded twice.
  const calls = shop.product.calls();
  shop.product.feel('well');
  for (const _ of [1, 2]) {
    await page.reload();
    await page.getByRole('link', { name: '1', exact: true }).waitFor();
  }
  expect(shop.product.calls() - calls).toBeLessThan(20);
  expect(downloads).toEqual([]);
  await opened.close();
});

it('all that a search finds is chosen at once, and bound to exactly these rows', async () => {
  const opened = await shop.open(`${model('order')}?sort=number&search=A-00`, { width: 1440 });
  const { page } = opened;
  await page.getByRole('link', { name: 'Next' }).waitFor();
  await page.getByRole('checkbox', { name: 'Select all that are loaded' }).click();
  await page.getByRole('button', { name: 'Select all 99 that match' }).click();
  await page.getByRole('button', { name: 'Edit…' }).click();
  await page.getByLabel('Field to change').selectOption('Note');
  await page.getByLabel('Note', { exact: true }).fill('Found by its number');
  await page.getByRole('button', { name: 'Show the rows' }).click();
  await page.getByText('Edit 99 orders?').waitFor();
  await judge(opened, 'product-bulk-search-light-1440');
  await page.getByRole('button', { name: 'Edit 99 orders' }).click();
  await page.getByText('done for 99 orders').waitFor();
  const [edited] = shop.product.db
    .prepare(
      `SELECT count(*) AS count, min(number) AS first, max(number) AS last FROM "order" WHERE note = 'Found by its number'`,
    )
    .all();
  expect(edited).toEqual({ count: 99, first: 'A-0001-X', last: 'A-0099' });
  await opened.close();
});

it('a list without a search says why and who can change it; what many rows need a yes for says so before anybody confirms', async () => {
  const opened = await shop.open(model('line'), { width: 390, theme: 'dark' });
  const { page } = opened;
  await page
    .getByRole('checkbox', { name: /^Select/ })
    .nth(1)
    .waitFor();
  expect(await page.getByRole('searchbox').count()).toBe(0);
  await page.getByRole('button', { name: 'No search here' }).click();
  await page.getByText('shop names no field that order lines are searched by').waitFor();
  await page.getByText("line: { searchFields: ['product'] }").waitFor();
  await judge(opened, 'product-no-search-dark-390');
  await page.keyboard.press('Escape');
  await page
    .getByRole('checkbox', { name: /^Select/ })
    .nth(1)
    .click();
  await page
    .getByRole('checkbox', { name: /^Select/ })
    .nth(2)
    .click();
  await page.getByRole('button', { name: 'Edit…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('A second operator has to approve it first').waitFor();
  await dialog.getByLabel('Field to change').selectOption('Quantity');
  await dialog.getByLabel('Quantity', { exact: true }).fill('7');
  await dialog.getByRole('button', { name: 'Show the rows' }).click();
  await dialog.getByText('A second operator has to approve it first').waitFor();
  await judge(opened, 'product-bulk-approval-dark-390');
  await dialog.getByRole('button', { name: 'Ask for approval' }).click();
  await page.getByRole('dialog').getByLabel('Reason').waitFor();
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
  const approvals = (await shop.admin.call(approvalsList, { query: {} })).result.items;
  expect(approvals.map(({ state }) => state)).toEqual(['used']);
  const late = await shop.admin.call(approvalsApprove, { params: { id: approvals[0]!.id }, body: {} });
  expect(late.status).toBe(409);
});
