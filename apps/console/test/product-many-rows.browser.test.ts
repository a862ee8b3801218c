import { approvalsApprove, approvalsList } from '@castellan/contract';
import { expectAccessible, screenshot } from '@castellan/testkit/browser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { judge } from './access-world.ts';
import { openShop } from './shop.ts';

let shop: Awaited<ReturnType<typeof openShop>>;
const model = (name: string) => `/products/${shop.id}/${name}`;
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
  const approvals = (await shop.admin.call(approvalsList, { query: {} })).result.items;
  expect(approvals.map(({ state }) => state)).toEqual(['used']);
  const late = await shop.admin.call(approvalsApprove, { params: { id: approvals[0]!.id }, body: {} });
  expect(late.status).toBe(409);
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
  expect(edited).toEqual({ count: 99, first: 'A-0001', last: 'A-0099' });
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
