// Long because it is one idea: everything that somebody might try with a yes, and everything that may become of it.

import {
  approvalsApprove,
  approvalsList,
  approvalsRead,
  approvalsRefuse,
  approvalsRequest,
  operatorsChange,
  operatorsRemove,
  productsIntent,
  usersDelete,
  usersSetStates,
  usersUpdate,
} from '@castellan/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createActorProduct, type ProductAnswer } from '../../../test/actor-product.ts';
import { openProductsHouse, type ProductsHouse, type TestOperator } from '../../../test/products-house.ts';
import { canonicalJson, subjectDigest } from './subject-digest.ts';

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

  it('what brings a deleted row back may name it, though there is none to read', async () => {
    const undone = {
      model: 'Order',
      action: 'custom',
      command: 'undo',
      id: 'o-gone',
      payload: { change_id: 'c' },
    };
    expect((await request(undone)).result.rows).toMatchObject([{ id: 'o-gone', version: null }]);
    expect((await request({ ...undone, command: 'close' })).status).toBe(404);
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

  describe('when whoever asked may not do it any more', () => {
    type Lose = (ada: Pick<TestOperator, 'call'>, id: string) => Promise<{ readonly status: number }>;
    const losses: readonly [string, Lose][] = [
      ['is deactivated', (ada, id) => ada.call(usersUpdate, { params: { id }, body: { isActive: false } })],
      [
        'is deactivated among others',
        (ada, id) => ada.call(usersSetStates, { body: { ids: [id], isActive: false } }),
      ],
      [
        'is support from now on',
        (ada, id) =>
          ada.call(operatorsChange, { params: { id, scope: world.serviceId }, body: { role: 'support' } }),
      ],
      ['loses the grant', (ada, id) => ada.call(operatorsRemove, { params: { id, scope: world.serviceId } })],
    ];

    it.each(losses)('is closed, open or approved, with the change: %s', async (_, lose) => {
      const ada = await world.house.administrator();
      const leaving = await world.operator('admin');
      const open = (await request(close(), leaving)).result.id;
      const yes = (await request(close(), leaving)).result.id;
      await decide(second, yes);
      const done = (await request(close('o-2'), leaving)).result.id;
      await decide(second, done);
      expect((await use(done, close('o-2'), leaving)).status).toBe(200);
      const others = (await request()).result.id;
      expect((await lose(ada, leaving.person.id)).status).toBeLessThan(300);
      for (const id of [open, yes]) {
        const { result } = await second.call(approvalsRead, { params: { id } });
        expect(result).toMatchObject({ state: 'refused', decidedBy: null, canDecide: false });
        expect(result.note).toContain('no longer has the role');
        expect((await decide(second, id)).code).toBe('approval_decided');
      }
      const stateOf = async (id: string) =>
        (await second.call(approvalsRead, { params: { id } })).result.state;
      expect(await stateOf(done)).toBe('used');
      expect(await stateOf(others)).toBe('open');
      const told = (await world.events('approval_refused')).filter(
        ({ detail }) => detail.requested_by === leaving.person.id,
      );
      expect(told.map(({ detail }) => detail.reason)).toEqual(['requester_lost_role', 'requester_lost_role']);
      // A role that comes back brings no old question with it.
      await world.house.query("UPDATE users SET state = 'active' WHERE id = $1", [leaving.person.id]);
      expect(await stateOf(yes)).toBe('refused');
    });

    it('an administrator who is demoted; who keeps the role by another grant keeps what they asked for', async () => {
      const ada = await world.house.administrator();
      const eve = await world.house.administrator();
      const asked = await eve.call(approvalsRequest, {
        params: { id: world.serviceId },
        body: { intent: close(), reason: 'As an owner of all' },
      });
      const { id } = asked.result;
      await ada.call(usersUpdate, { params: { id: eve.person.id }, body: { isAdmin: false } });
      expect((await ada.call(approvalsRead, { params: { id } })).result.state).toBe('refused');

      const both = await world.operator('admin');
      const kept = (await request(close(), both)).result.id;
      await world.house.query(
        `INSERT INTO operator_grants (user_id, service_id, role, created_at, updated_at) VALUES ($1, NULL, 'admin', now(), now())`,
        [both.person.id],
      );
      await ada.call(operatorsRemove, { params: { id: both.person.id, scope: world.serviceId } });
      expect((await ada.call(approvalsRead, { params: { id: kept } })).result.state).toBe('open');
    });

    it('what went past the console is met at the decision, and at the use', async () => {
      for (const change of [
        "UPDATE operator_grants SET role = 'support' WHERE user_id = $1",
        'DELETE FROM operator_grants WHERE user_id = $1',
        "UPDATE users SET state = 'deactivated' WHERE id = $1",
      ]) {
        const leaving = await world.operator('admin');
        const open = (await request(close(), leaving)).result.id;
        await world.house.query(change, [leaving.person.id]);
        const answer = await decide(second, open);
        expect([answer.status, answer.code], change).toEqual([409, 'approval_requester_gone']);
        expect((await decide(second, open, approvalsRefuse)).result.state).toBe('refused');
      }
      const lesser = await world.operator('admin');
      const yes = (await request(close(), lesser)).result.id;
      await decide(second, yes);
      await world.house.query("UPDATE operator_grants SET role = 'support' WHERE user_id = $1", [
        lesser.person.id,
      ]);
      const used = await use(yes, close(), lesser);
      expect(used.code).toBe('approval_not_usable');
      expect(used.text).toContain('You no longer have the role');
    });

    it('said yes to and taken at the same moment: nothing that is approved is left behind', async () => {
      const ada = await world.house.administrator();
      for (let round = 0; round < 8; round++) {
        const leaving = await world.operator('admin');
        const id = (await request(close(), leaving)).result.id;
        const [taken] = await Promise.all([
          ada.call(usersUpdate, { params: { id: leaving.person.id }, body: { isActive: false } }),
          decide(second, id),
        ]);
        expect(taken.status).toBe(200);
        expect((await second.call(approvalsRead, { params: { id } })).result.state).toBe('refused');
      }
    });
  });

  describe('what the call comes to', () => {
    const change = async () => {
      const { version } = (
        await asker.call(productsIntent, {
          params: { id: world.serviceId },
          body: { model: 'Order', action: 'read', id: 'o-1' },
        })
      ).result.data as { version: string };
      return { model: 'Order', action: 'update', id: 'o-1', payload: { values: { name: 'New' }, version } };
    };
    const stateOf = async (id: string) => (await asker.call(approvalsRead, { params: { id } })).result.state;
    const held = () => world.product.rows.get('o-1')!;
    beforeEach(() => void world.product.rows.set('o-1', { id: 'o-1', name: 'Order 1', state: 'open' }));

    /** An approved call to a product that answers as it is told; what is approved is no matter of that product. */
    async function approvedElsewhere(answer: () => ProductAnswer | Promise<ProductAnswer>) {
      const other = await createActorProduct();
      other.answer = answer;
      const service = await world.register(`answers-${++answering}`, other.url);
      const [one, two] = [await world.operator('admin', service), await world.operator('admin', service)];
      const intent = { model: 'Order', action: 'update', id: '1', payload: { values: {}, version: 'v1' } };
      const [row] = await world.house.query<{ id: string }>(
        `INSERT INTO approvals (id, kind, service_id, subject, subject_digest, summary, rows, reason, requested_by, requested_role,
           requested_at, expires_at, state, decided_by, decided_at)
         VALUES (gen_random_uuid(), 'product_intent', $1, $2, $3, 'Change Order 1', '[]', 'A ticket', $4, 'admin', now(),
           now() + interval '1 hour', 'approved', $5, now()) RETURNING id`,
        [service, intent, subjectDigest('product_intent', service, intent), one.person.id, two.person.id],
      );
      const body = { ...intent, approvalId: row!.id };
      return {
        one,
        service,
        use: () => one.call(productsIntent, { params: { id: service }, body }),
        state: async () => (await two.call(approvalsRead, { params: { id: row!.id } })).result.state,
        close: () => other.close(),
      };
    }
    let answering = 0;

    it('a refusal of the product gives it back until it runs out; then it works, once', async () => {
      const intent = await change();
      const id = await approved(intent);
      const before = held();
      world.product.rows.set('o-1', { ...before, name: 'Meanwhile' });
      for (let time = 0; time < 2; time++) {
        const refused = await use(id, intent);
        expect([refused.status, JSON.parse(refused.text).product_code]).toEqual([409, 'CONFLICT']);
        expect(await stateOf(id)).toBe('approved');
      }
      const events = (await world.events('approval_used', 'approval_given_back')).slice(-4);
      expect(events.map(({ action }) => action)).toEqual([
        'approval_used',
        'approval_given_back',
        'approval_used',
        'approval_given_back',
      ]);
      world.product.rows.set('o-1', before);
      expect((await use(id, intent)).status).toBe(200);
      expect(await stateOf(id)).toBe('used');
      world.product.rows.set('o-1', before);
      expect((await use(id, intent)).code).toBe('approval_not_usable');
      expect(held().name).toBe('Order 1');
    });

    it('of calls that come at once, refused ones among them, one at the most is made', async () => {
      for (let round = 0; round < 5; round++) {
        const intent = await change();
        const id = await approved(intent);
        const before = held();
        const changes = world.product.changes.length;
        world.product.rows.set('o-1', { ...before, name: 'Meanwhile' });
        const burst = () => Array.from({ length: 6 }, () => use(id, intent));
        const first = burst();
        // As soon as one was refused the row is as it was: later calls of the same burst may be made.
        await Promise.race(first);
        world.product.rows.set('o-1', before);
        const answers = [...(await Promise.all(first)), ...(await Promise.all(burst()))];
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
        expect(world.product.changes.length).toBe(changes + 1);
        expect(await stateOf(id)).toBe('used');
        world.product.rows.set('o-1', before);
      }
    });

    it.each(['silent_after_change', 'drops_after_change', 'broken_json', 'gateway', 'odd_refusal'] as const)(
      'what is not known leaves it used: %s',
      async (manner) => {
        const intent = await change();
        const id = await approved(intent);
        world.product.manner = manner;
        expect((await use(id, intent)).status).toBeGreaterThanOrEqual(500);
        world.product.manner = 'good';
        expect(await stateOf(id)).toBe('used');
        expect((await use(id, intent)).code).toBe('approval_not_usable');
      },
    );

    it.each([
      [403, 'INSUFFICIENT_ROLE', 'approved'],
      [404, 'NOT_FOUND', 'approved'],
      [409, 'CONFLICT', 'approved'],
      [422, 'VALIDATION_FAILED', 'approved'],
      [429, 'RATE_LIMITED', 'approved'],
      [401, 'TOKEN_EXPIRED', 'approved'],
      // The call came twice on its way: the first one may have been made.
      [401, 'TOKEN_REPLAYED', 'used'],
      [408, 'TIMEOUT', 'used'],
      [500, 'INTERNAL', 'used'],
      [503, 'UNAVAILABLE', 'used'],
    ])('an answer of %i %s leaves it %s', async (status, code, state) => {
      const call = await approvedElsewhere(() => ({ status, error: { code, message: 'No.' } }));
      try {
        expect(JSON.parse((await call.use()).text).product_code).toBe(code);
        expect(await call.state()).toBe(state);
      } finally {
        await call.close();
      }
    });

    it('a product that was never reached gives it back', async () => {
      const intent = await change();
      const id = await approved(intent);
      await world.house.query('UPDATE services SET admin_url = $1 WHERE id = $2', [
        'http://127.0.0.1:1',
        world.serviceId,
      ]);
      expect((await use(id, intent)).code).toBe('product_unreachable');
      await world.house.query('UPDATE services SET admin_url = $1 WHERE id = $2', [
        world.product.url,
        world.serviceId,
      ]);
      expect((await use(id, intent)).status).toBe(200);
    });

    it('whoever lost the role while the product was asked gets nothing back', async () => {
      const call = await approvedElsewhere(async () => {
        await world.house.query('DELETE FROM operator_grants WHERE user_id = $1', [call.one.person.id]);
        return { status: 409, error: { code: 'CONFLICT', message: 'No.' } };
      });
      try {
        expect((await call.use()).code).toBe('product_refused');
        expect(await call.state()).toBe('used');
      } finally {
        await call.close();
      }
    });
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
