import { rolesCreate, serviceActionsList } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
  for (const service of ['orders-archive', 'orders', 'billing']) await house.service(service);
  await house.query(
    `INSERT INTO service_actions (id, service_id, name, description, created_at, updated_at, absent_since)
     SELECT gen_random_uuid(), s.id, action.name, action.description, now(), now(), action.absent_since
     FROM (VALUES ('orders', 'orders:refund', 'Give money back', NULL::timestamptz), ('orders', 'orders:read', '', NULL),
       ('orders', 'orders:burn', 'Gone', now()), ('orders-archive', 'archive:open', '', NULL),
       ('billing', 'invoices:send', 'To customers', NULL)) action (service, name, description, absent_since)
     JOIN services s ON s.name = action.service`,
  );
});
afterAll(() => house.close());

const list = async (query: object = {}) => (await admin.call(serviceActionsList, { query })).result;
const names = async (query: object = {}) => (await list(query)).items.map((action) => action.name);

describe('P9 actions of services', () => {
  it('are listed by service and name, of all services or of one, present or absent', async () => {
    expect((await list()).items.map((action) => [action.service, action.name])).toEqual([
      ['billing', 'invoices:send'],
      ['orders', 'orders:burn'],
      ['orders', 'orders:read'],
      ['orders', 'orders:refund'],
      ['orders-archive', 'archive:open'],
    ]);
    expect(await names({ service: 'orders' })).toEqual(['orders:burn', 'orders:read', 'orders:refund']);
    expect(await names({ service: 'orders', absent: true })).toEqual(['orders:burn']);
    expect(await names({ service: 'orders', absent: false })).toEqual(['orders:read', 'orders:refund']);
    expect(await list({ service: 'no-such-service' })).toMatchObject({ items: [], total: 0 });
  });

  it('are found by the beginning of any word of name or description', async () => {
    expect(await names({ search: 'refu' })).toEqual(['orders:refund']);
    expect(await names({ search: 'orders:re' })).toEqual(['orders:read', 'orders:refund']);
    expect(await names({ search: 'MONEY' })).toEqual(['orders:refund']);
    expect(await names({ search: 'customers' })).toEqual(['invoices:send']);
    expect(await names({ search: '%' })).toEqual([]);
  });

  it('are walked page by page, each once', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ pageSize: 2, ...(cursor ? { cursor } : {}) });
      seen.push(...page.items.map((action) => action.name));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual(await names());
  });

  it('say how many roles hold them', async () => {
    const refund = (await list({ search: 'refund' })).items[0]!;
    expect(refund.roleCount).toBe(0);
    for (const name of ['Approver', 'Support'])
      await admin.call(rolesCreate, {
        params: { id: (await house.workspace()).id },
        body: { name, actionIds: [refund.id] },
      });
    expect((await list({ search: 'refund' })).items[0]!.roleCount).toBe(2);
  });
});
