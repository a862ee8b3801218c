import {
  approvalsApprove,
  approvalsList,
  approvalsRead,
  approvalsRefuse,
  approvalsRequest,
  productsIntent,
  usersDelete,
  usersSetStates,
} from '@castellan/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openProductsHouse, type ProductsHouse, type TestOperator } from '../../../test/products-house.ts';
import { canonicalJson } from './subject-digest.ts';

let world: ProductsHouse;
let asker: TestOperator;
let second: TestOperator;
let support: TestOperator;
beforeAll(async () => {
  world = await openProductsHouse();
  asker = await world.operator('admin');
  second = await world.operator('admin');
  support = await world.operator('support');
});
afterAll(() => world.close());
beforeEach(() => {
  for (const row of world.product.rows.values()) world.product.rows.set(row.id, { ...row, state: 'open' });
});

const close = (id = 'o-1', payload: object = { note: 'paid' }) => ({
  model: 'Order',
  action: 'custom',
  command: 'close',
  id,
  payload,
});
const request = (intent: object = close(), who = asker) =>
  who.call(approvalsRequest, {
    params: { id: world.serviceId },
    body: { intent: intent as never, reason: 'The customer asked for it' },
  });

const decide = (
  who: TestOperator,
  id: string,
  route: typeof approvalsApprove | typeof approvalsRefuse = approvalsApprove,
) => who.call(route, { params: { id }, body: { note: 'Looked at it' } });
const use = (approvalId: string, intent: object = close(), who: Pick<TestOperator, 'call'> = asker) =>
  who.call(productsIntent, { params: { id: world.serviceId }, body: { ...intent, approvalId } as never });

async function approved(intent: object = close(), by = second): Promise<string> {
  const { id } = (await request(intent)).result;
  expect((await decide(by, id)).status).toBe(200);
  return id;
}

describe('A20 approval by a second operator', () => {
  it('asked for, approved and used once; the token says who said yes; the timeline tells each step', async () => {
    const refused = await use('01930000-0000-7000-8000-00000000dead');
    expect(refused.code).toBe('approval_not_usable');
    const without = await asker.call(productsIntent, { params: { id: world.serviceId }, body: close() });
    expect(JSON.parse(without.text).product_code).toBe('APPROVAL_REQUIRED');
    const asked = await request();
    expect(asked.status).toBe(201);
    expect(asked.result).toMatchObject({
      serviceName: 'orders',
      intent: close(),
      summary: 'Close Order Order 1',
      rows: [{ id: 'o-1', label: 'Order 1' }],
      state: 'open',
      canDecide: false,
      requestedBy: { email: asker.person.email },
    });
    expect(asked.result.rows[0]!.version).toMatch(/^[\w-]{43}$/);
    const inbox = await second.call(approvalsList, { query: { state: 'open' } });
    expect(inbox.result.items.find(({ id }) => id === asked.result.id)?.canDecide).toBe(true);
    const yes = await decide(second, asked.result.id);
    expect(yes.result).toMatchObject({
      state: 'approved',
      decidedBy: { id: second.person.id },
      note: 'Looked at it',
    });
    const used = await use(asked.result.id);
    expect(used.result.data).toEqual({ closed: 'o-1' });
    expect(world.product.accepted.at(-1)!.approval).toEqual({
      id: asked.result.id,
      by: { sub: second.person.id, email: second.person.email },
    });
    expect((await asker.call(approvalsRead, { params: { id: asked.result.id } })).result.state).toBe('used');
    const events = await world.events(
      'approval_requested',
      'approval_approved',
      'approval_used',
      'admin_intent_sent',
    );
    expect(events.slice(-4).map(({ action }) => action)).toEqual([
      'approval_requested',
      'approval_approved',
      'approval_used',
      'admin_intent_sent',
    ]);
    expect(events.at(-1)!.detail.approval).toBe(asked.result.id);
  });

  it('twice: the second use is refused, also when both come at the same moment', async () => {
    const id = await approved();
    const changes = world.product.changes.length;
    const answers = await Promise.all(Array.from({ length: 6 }, () => use(id)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers)
      if (answer.status !== 200) expect(['approval_not_usable', 'approval_stale']).toContain(answer.code);
    expect(world.product.changes.length).toBe(changes + 1);
    expect((await use(id)).code).toBe('approval_not_usable');
  });

  it('another call than the one that was approved: model, action, row, any parameter', async () => {
    const id = await approved();
    const calls = world.product.changes.length;
    for (const intent of [
      close('o-2'),
      close('o-1', { note: 'other' }),
      close('o-1', {}),
      close('o-1', { note: 'paid', amount: 1 }),
      { ...close(), command: 'refund' },
      { ...close(), limit: 10 },
      { model: 'Order', action: 'update', id: 'o-1', payload: { values: {}, version: 'x' } },
    ]) {
      const answer = await use(id, intent);
      expect([answer.status, answer.code], JSON.stringify(intent)).toEqual([403, 'approval_not_usable']);
    }
    expect(world.product.changes.length).toBe(calls);
    // What was only written in another order is the same call.
    const { model, action, command, payload } = close();
    expect((await use(id, { payload, command, id: 'o-1', action, model })).status).toBe(200);
  });

  it('at another product', async () => {
    const other = await world.startProduct('other');
    const otherId = await world.register('other', other.url);
    const ada = await world.house.administrator();
    const asked = await ada.call(approvalsRequest, {
      params: { id: world.serviceId },
      body: { intent: close(), reason: 'For orders alone' },
    });
    const bob = await world.house.administrator();
    expect((await bob.call(approvalsApprove, { params: { id: asked.result.id }, body: {} })).status).toBe(
      200,
    );
    const elsewhere = await ada.call(productsIntent, {
      params: { id: otherId },
      body: { ...close(), approvalId: asked.result.id },
    });
    expect(elsewhere.code).toBe('approval_not_usable');
    expect(other.changes).toEqual([]);
  });

  it('one’s own: nobody approves what they asked for, whatever their role', async () => {
    const { id } = (await request()).result;
    const own = await decide(asker, id);
    expect([own.status, own.code]).toEqual([403, 'own_approval']);
    const ada = await world.house.administrator();
    const asked = await ada.call(approvalsRequest, {
      params: { id: world.serviceId },
      body: { intent: close(), reason: 'As an owner of all' },
    });
    expect((await ada.call(approvalsApprove, { params: { id: asked.result.id }, body: {} })).code).toBe(
      'own_approval',
    );
    // The database holds it, too.
    await expect(
      world.house.query("UPDATE approvals SET state = 'approved', decided_by = requested_by WHERE id = $1", [
        id,
      ]),
    ).rejects.toThrow(/decided_by_another/);
  });

  it('by somebody with a lesser role, with none, or elsewhere', async () => {
    const { id } = (await request()).result;
    const lesser = await decide(support, id);
    expect([lesser.status, lesser.code]).toEqual([403, 'operator_role_missing']);
    const elsewhere = await world.operator('owner', await world.register('elsewhere', null));
    expect((await decide(elsewhere, id)).code).toBe('not_found');
    expect((await elsewhere.call(approvalsRead, { params: { id } })).code).toBe('not_found');
    expect((await elsewhere.call(approvalsList, {})).result.items).toEqual([]);
    expect((await decide(second, '01930000-0000-7000-8000-00000000dead')).code).toBe('not_found');
  });

  it('used by somebody else', async () => {
    const id = await approved();
    expect((await use(id, close(), second)).code).toBe('approval_not_usable');
    expect((await use(id, close(), await world.house.administrator())).code).toBe('approval_not_usable');
    expect((await use(id)).status).toBe(200);
  });

  it('before anybody said yes, after a no, and after it was taken back', async () => {
    const { id } = (await request()).result;
    expect((await use(id)).code).toBe('approval_not_usable');
    expect((await decide(second, id, approvalsRefuse)).result.state).toBe('refused');
    expect((await use(id)).code).toBe('approval_not_usable');
    expect((await decide(second, id)).code).toBe('approval_decided');
    const taken = await approved();
    expect((await decide(asker, taken, approvalsRefuse)).result.state).toBe('refused');
    expect((await use(taken)).code).toBe('approval_not_usable');
  });

  it('after it ran out: neither decided nor used', async () => {
    const open = (await request()).result;
    const yes = await approved();
    // A session of the console lasts an hour, so the moment is moved and not the clock.
    await world.house.query(
      "UPDATE approvals SET expires_at = now() - interval '1 second' WHERE id = ANY ($1)",
      [[open.id, yes]],
    );
    expect((await decide(second, open.id)).code).toBe('approval_decided');
    expect((await use(yes)).code).toBe('approval_not_usable');
    const states = async (state: 'expired' | 'open' | 'approved') =>
      (await asker.call(approvalsList, { query: { state } })).result.items.map(({ id }) => id);
    expect(await states('expired')).toEqual(expect.arrayContaining([open.id, yes]));
    expect(await states('open')).not.toContain(open.id);
    expect(await states('approved')).not.toContain(yes);
  });

  it('when whoever said yes has lost the role, or the account', async () => {
    const ada = await world.house.administrator();
    for (const lose of [
      (id: string) =>
        world.house.query("UPDATE operator_grants SET role = 'support' WHERE user_id = $1", [id]),
      (id: string) => world.house.query('DELETE FROM operator_grants WHERE user_id = $1', [id]),
      (id: string) => ada.call(usersSetStates, { body: { ids: [id], isActive: false } }),
      (id: string) => ada.call(usersDelete, { params: { id } }),
    ]) {
      const decider = await world.operator('admin');
      const id = await approved(close(), decider);
      await lose(decider.person.id);
      const answer = await use(id);
      expect([answer.status, answer.code]).toEqual([403, 'approval_not_usable']);
    }
  });

  it('of a row that changed since: refused, and the approval stays unused', async () => {
    const id = await approved();
    world.product.rows.set('o-1', { id: 'o-1', name: 'Changed meanwhile', state: 'open' });
    const answer = await use(id);
    expect([answer.status, answer.code]).toEqual([409, 'approval_stale']);
    expect((await asker.call(approvalsRead, { params: { id } })).result.state).toBe('approved');
    world.product.rows.delete('o-1');
    expect((await use(id)).code).toBe('approval_stale');
    world.product.rows.set('o-1', { id: 'o-1', name: 'Order 1', state: 'open' });
    expect((await use(id)).status).toBe(200);
  });

  it('of many rows: ids and versions are bound, and shown with what they are called', async () => {
    const rows = [
      { id: 'o-1', version: 'v1' },
      { id: 'o-2', version: 'v2' },
    ];
    const bulk = (list: object[]) => ({
      model: 'Order',
      action: 'custom',
      command: 'bulk_run',
      payload: { action: 'close', rows: list },
    });
    const asked = (await request(bulk(rows))).result;
    expect(asked.summary).toBe('Close 2 rows of Order');
    expect(asked.rows).toEqual([
      { id: 'o-1', version: 'v1', label: 'Order 1' },
      { id: 'o-2', version: 'v2', label: 'Order 2' },
    ]);
    expect((await decide(second, asked.id)).status).toBe(200);
    for (const changed of [
      [...rows, { id: 'o-3', version: 'v3' }],
      [rows[0]!],
      [rows[0]!, { id: 'o-2', version: 'v9' }],
      [rows[0]!, { id: 'o-3', version: 'v2' }],
    ])
      expect((await use(asked.id, bulk(changed))).code).toBe('approval_not_usable');
    expect((await request(bulk([{ id: 'o-1' }]))).status).toBe(422);
    expect((await request(bulk(Array.from({ length: 501 }, () => rows[0]!)))).status).toBe(422);
  });

  it('is not asked for what changes nothing, nor for what is no model of the product', async () => {
    expect((await request({ model: 'Order', action: 'list' })).status).toBe(422);
    expect((await request({ ...close(), model: 'Nothing' })).fields).toEqual(['intent.model']);
    expect((await request(close('o-404'))).code).toBe('product_refused');
  });

  it('asked for twice with one Idempotency-Key is there once', async () => {
    const once = () =>
      asker.call(approvalsRequest, {
        params: { id: world.serviceId },
        body: { intent: close(), reason: 'Once only' },
        headers: { 'idempotency-key': 'approval-key-1' },
      });
    expect((await once()).result.id).toBe((await once()).result.id);
  });

  it('lists page by page, newest first', async () => {
    const first = (await asker.call(approvalsList, { query: { pageSize: 3 } })).result;
    expect(first.items).toHaveLength(3);
    const next = (await asker.call(approvalsList, { query: { pageSize: 3, cursor: first.nextCursor } }))
      .result;
    expect(next.items[0]!.requestedAt <= first.items[2]!.requestedAt).toBe(true);
    expect(first.items.map(({ id }) => id)).not.toContain(next.items[0]!.id);
  });
});

describe('what a call is bound by', () => {
  it('one text for two values that mean the same, two for any others', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const shuffled = (value: unknown): unknown =>
          Array.isArray(value)
            ? value.map(shuffled)
            : typeof value === 'object' && value !== null
              ? Object.fromEntries(
                  Object.entries(value)
                    .reverse()
                    .map(([name, held]) => [name, shuffled(held)]),
                )
              : value;
        expect(canonicalJson(shuffled(one))).toBe(canonicalJson(one));
        // Read back, it is the value: so no two values share it.
        expect(JSON.stringify(JSON.parse(canonicalJson(one)))).toBe(
          JSON.stringify(JSON.parse(canonicalJson(one))),
        );
        if (canonicalJson(one) === canonicalJson(other)) expect(shuffled(other)).toEqual(shuffled(one));
      }),
      { numRuns: 500 },
    );
    expect(canonicalJson({ a: undefined })).toBe('{}');
  });
});
