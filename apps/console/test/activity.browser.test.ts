import { approvalsApprove, approvalsRequest, productsIntent, usersUpdate } from '@castellan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { judge, signIn } from './access-world.ts';
import { customerId, openShop } from './shop.ts';

let shop: Awaited<ReturnType<typeof openShop>>;
let mateo: Awaited<ReturnType<Awaited<ReturnType<typeof openShop>>['operator']>>;
let orderId: string;

/** What the two of them do to the shop's data, over HTTP, in the order in which the timeline then has it from below. */
beforeAll(async () => {
  shop = await openShop({ orders: 9 });
  const { house, id } = shop;
  const ada = await shop.operator('owner', 'Ada Lovelace');
  mateo = await shop.operator('support', 'Mateo Cruz');
  const callerOf = async (person: typeof ada) =>
    house.caller({ cookie: await signIn(house, person), 'x-requested-with': 'castellan' });
  const [owner, support] = [await callerOf(ada), await callerOf(mateo)];
  const ask = (who: typeof owner, body: object, correlationId?: string) =>
    who.call(productsIntent, {
      params: { id },
      body: body as never,
      headers: correlationId ? { 'x-correlation-id': correlationId } : {},
    });
  const rows = async (model: string) =>
    (
      (await ask(owner, { model, action: 'custom', command: 'bulk_preview', payload: { all: true } })).result
        .data as { rows: { id: string; version: string }[] }
    ).rows;
  const [first, second, third] = await rows('order');
  orderId = first!.id;
  const order = { model: 'order', id: orderId };
  const values = { status: 'closed', note: 'canary-of-a-value' };
  const payload = { values, version: first!.version };
  await ask(owner, { ...order, action: 'update', payload }, 'click-edit-1');
  await ask(owner, { ...order, action: 'update', payload }, 'click-stale-1');
  await ask(owner, {
    ...order,
    action: 'custom',
    command: 'refund',
    payload: { amount: 5, reason: 'broken' },
  });
  await ask(support, { ...order, action: 'delete', payload: {} });
  await ask(owner, {
    model: 'customer',
    id: customerId(1),
    action: 'update',
    payload: { values: { passwordHash: 'canary-of-a-value' }, version: 'v' },
  });
  const bulk = {
    model: 'order',
    action: 'custom',
    command: 'bulk_run',
    payload: {
      action: 'update',
      rows: [second!, { id: third!.id, version: 'old' }],
      values: { status: 'paid' },
    },
  };
  const approval = await owner.call(approvalsRequest, {
    params: { id },
    body: { intent: bulk, reason: 'They were paid in cash' },
  });
  await shop.admin.call(approvalsApprove, { params: { id: approval.result.id }, body: {} });
  await ask(owner, { ...bulk, approvalId: approval.result.id }, 'click-bulk-1');
  await support.call(usersUpdate, { params: { id: ada.id }, body: { isActive: false } });
  await shop.admin.call(productsIntent, {
    params: { id },
    body: { model: 'voucher', action: 'create', payload: { values: { code: 'SPRING' } } },
  });
  shop.product.feel('nonsense');
  await ask(owner, { ...order, action: 'delete', payload: {} });
  shop.product.feel('well');
  await house.platform.settled();
});
afterAll(() => shop?.close());

const lines = async (opened: Awaited<ReturnType<typeof shop.open>>) =>
  (
    await opened.page
      .getByRole('table', { name: 'Activity' })
      .locator('tbody tr td:first-child')
      .allInnerTexts()
  ).map((text) => text.replaceAll(/\s+/g, ' ').replace(/^\S{1,2} /, ''));

it('a change of a product’s data is one line: who did what to which row, and what became of it', async () => {
  const opened = await shop.open('/activity', { width: 1440 });
  const { page } = opened;
  await page
    .getByRole('link', { name: `Order ${orderId}` })
    .first()
    .waitFor();
  await judge(opened, 'activity-products-light-1440');
  const shown = await lines(opened);
  const about = (start: string) => shown.filter((line) => line.startsWith(start));
  expect(about('Ada Lovelace edited Order')).toEqual([
    `Ada Lovelace edited Order ${orderId} in shop Status, Note · correlation id click-edit-1`,
  ]);
  expect(about(`Ada Lovelace tried to edit Order`)).toEqual([
    `Ada Lovelace tried to edit Order ${orderId} in shop. Refused by shop: CONFLICT Status, Note · correlation id click-stale-1`,
  ]);
  expect(about('Ada Lovelace ran')[0]).toContain(`ran Refund on Order ${orderId} in shop`);
  expect(about('Mateo Cruz tried to delete')[0]).toContain(
    `Order ${orderId} in shop. Refused by shop: INSUFFICIENT_ROLE`,
  );
  expect(about('Ada Lovelace tried to edit Customer')[0]).toMatch(/FIELD_RE\w+ Password hash ·/);
  expect(about('Ada Lovelace edited 2 rows')).toEqual([
    'Ada Lovelace edited 2 rows of Order in shop. 1 done, 1 not: CONFLICT Status · with an approval · correlation id click-bulk-1',
  ]);
  expect(about('Ada Lovelace asked')[0]).toContain('asked for approval to edit 2 rows of Order in shop');
  expect(about('Ada Lovelace tried to delete')[0]).toContain('It is not known whether shop did it');
  expect(about('Mateo Cruz was refused')[0]).toContain('Users: update of');
  expect(shown.filter((line) => line.includes('created Voucher SPRING'))).toHaveLength(1);
  expect(shown.filter((line) => / asked to |for a change/.test(line))).toEqual([]);
  expect(await page.content()).not.toContain('canary-of-a-value');

  await page
    .getByRole('link', { name: `Order ${orderId}` })
    .last()
    .click();
  await page.waitForURL(`**/products/${shop.id}/order?row=*${orderId}*`);
  await page.getByRole('dialog').getByText('A-000').first().waitFor();
  await opened.close();
});

it.each([
  ['light', 1440],
  ['dark', 1440],
  ['light', 390],
  ['dark', 390],
] as const)('a change opens with its rows and what became of each, %s and %i wide', async (theme, width) => {
  const opened = await shop.open('/activity', { theme, width });
  const { page } = opened;
  const line = page.getByRole('row').filter({ hasText: '1 done, 1 not' });
  await line.waitFor();
  await judge(opened, `activity-products-${theme}-${width}`);
  await line.locator('a[data-row-link]').click();
  const panel = page.getByRole('dialog');
  await panel.getByText('not done: CONFLICT').waitFor();
  await panel.getByText('click-bulk-1').first().waitFor();
  expect(await panel.getByRole('link', { name: /^Order \d+$/ }).count()).toBe(2);
  await judge(opened, `activity-change-${theme}-${width}`);
  await panel.getByRole('link', { name: 'Approved by somebody else' }).click();
  await page.waitForURL(/\/approvals\?approval=/);
  await opened.close();
});

it('everything about a service is named after it, and asks for no person by its id', async () => {
  const opened = await shop.open(`/activity?target=${shop.id}`);
  const { page } = opened;
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.reload();
  await page.getByRole('button', { name: 'Target: shop' }).waitFor();
  await page.goto(`${shop.address}/activity?target=${shop.id}&action=user_login`);
  await page.getByRole('button', { name: 'Target: shop' }).waitFor();
  expect(asked.filter((path) => path.startsWith('/admin/users'))).toEqual([]);
  await opened.close();
});

it('the timeline of a service has the same lines', async () => {
  const opened = await shop.open(`/services/${shop.id}`);
  await opened.page.getByText('It is not known whether shop did it').waitFor();
  await judge(opened, 'activity-service-strip');
  await opened.close();
});
