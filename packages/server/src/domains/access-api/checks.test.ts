import { actionsOfUser, resourcesAccessible, resourcesCheck } from '@castellan/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrdersWorld, type OrdersWorld } from '../../../test/orders-world.ts';

let house: OrdersWorld['house'];
let orders: OrdersWorld['orders'];
let billing: OrdersWorld['billing'];
let ada: OrdersWorld['ada'];
let eve: OrdersWorld['eve'];
let home: OrdersWorld['home'];
let abroad: OrdersWorld['abroad'];
let token: OrdersWorld['token'];
let may: OrdersWorld['may'];
let check: OrdersWorld['check'];

beforeAll(async () => {
  ({ house, orders, billing, ada, eve, home, abroad, token, may, check } = await createOrdersWorld());
});
afterAll(() => house.close());

describe('a service asks about an action (P11)', () => {
  it('by token or by id: yes with the path, no with what is missing', async () => {
    const yes = {
      allowed: true,
      path: [
        { kind: 'group', name: 'Finance' },
        { kind: 'role', name: 'Approver' },
        { kind: 'action', name: 'orders:refund' },
      ],
    };
    expect((await may({ token })).result).toMatchObject(yes);
    expect((await may({ userId: ada.id, workspaceId: home.id })).result).toMatchObject(yes);
    // Being an administrator of the workspace gives no action: only roles do.
    expect((await may({ userId: eve.id, workspaceId: home.id })).result).toMatchObject({
      allowed: false,
      missing: ['role_with_action'],
    });
    expect((await may({ userId: ada.id, workspaceId: abroad.id })).result).toMatchObject({
      allowed: false,
      missing: ['membership'],
    });
    expect((await may({ userId: home.id, workspaceId: home.id })).result).toMatchObject({
      missing: ['user_unknown'],
    });
  });

  it('lists all actions of a person by name', async () => {
    const list = async (body: object) => (await orders.call(actionsOfUser, { body })).result.actions;
    expect(await list({ token })).toEqual(['orders:refund']);
    expect(await list({ userId: ada.id, workspaceId: home.id })).toEqual(['orders:refund']);
    expect(await list({ userId: ada.id, workspaceId: abroad.id })).toEqual([]);
    expect(await list({ userId: eve.id, workspaceId: home.id })).toEqual([]);
  });

  it('a token’s own workspace confines: for another one the answer is no, never an error and never a yes', async () => {
    expect((await may({ token, workspaceId: home.id.toUpperCase() })).result.allowed).toBe(true);
    expect((await may({ token, workspaceId: abroad.id })).result).toMatchObject({ missing: ['membership'] });
    expect(
      (await check({ token, workspaceId: abroad.id }, ['order', '1', 'view'])).result.results,
    ).toMatchObject([{ allowed: false, missing: ['resource'] }]);
    expect(
      (await orders.call(actionsOfUser, { body: { token, workspaceId: abroad.id } })).result.actions,
    ).toEqual([]);
    const body = { token, workspaceId: abroad.id, type: 'order', permission: 'view' as const };
    expect((await orders.call(resourcesAccessible, { body })).result).toEqual({ all: false, ids: [] });
  });

  it('a token of somebody without a workspace is a no, and may be asked about a named one', async () => {
    const homeless = await house.person();
    const { accessToken } = await house.signIn(homeless, 'orders');
    expect((await may({ token: accessToken })).result).toMatchObject({
      allowed: false,
      missing: ['membership'],
    });
    await house.member(home.id, homeless, 'viewer');
    expect((await may({ token: accessToken, workspaceId: home.id })).result).toMatchObject({
      missing: ['role_with_action'],
    });
  });

  it('every end counts at once: sign-out, deactivation, leaving the workspace', async () => {
    const changes = [
      [
        `UPDATE grants SET ended_at = now(), ended_reason = 'signed_out' WHERE user_id = $1`,
        401,
        'session_ended',
        undefined,
      ],
      ['DELETE FROM members WHERE user_id = $1', 403, 'not_member', ['membership']],
      [`UPDATE users SET state = 'deactivated' WHERE id = $1`, 403, 'account_deactivated', ['user_inactive']],
    ] as const;
    for (const [change, status, code, missing] of changes) {
      const person = await house.person();
      await house.member(home.id, person, 'viewer');
      await house.role(orders, home.id, ['orders:refund'], { people: [person] });
      const { accessToken } = await house.signIn(person, 'orders');
      const byId = { userId: person.id, workspaceId: home.id };
      expect([(await may({ token: accessToken })).result.allowed, (await may(byId)).result.allowed]).toEqual([
        true,
        true,
      ]);
      await house.query(change, [person.id]);
      const refused = await may({ token: accessToken });
      expect([refused.status, refused.code, refused.fields]).toEqual([status, code, ['token']]);
      expect((await may(byId)).result).toMatchObject(
        missing ? { allowed: false, missing } : { allowed: true },
      );
    }
  });
});

describe('a service asks about resources (P10, P11)', () => {
  it('a hundred rights at once, each by the rules, in their order', async () => {
    const asked = [
      ['order', '1', 'manage'],
      ['order', '2', 'view'],
      ['order', '2', 'edit'],
      ['order', '3', 'view'],
      ['order', 'none', 'view'],
    ] as [string, string, 'view'][];
    const { result } = await check(
      { token },
      ...asked,
      ...Array<[string, string, 'view']>(95).fill(['order', '1', 'view']),
    );
    expect(result.results).toHaveLength(100);
    expect(result.results.slice(0, 5)).toMatchObject([
      { allowed: true, path: [{ kind: 'owner' }] },
      { allowed: true, path: [{ kind: 'workspace_role', name: 'viewer' }, { kind: 'visibility' }] },
      { allowed: false, missing: ['edit_share'] },
      { allowed: false, missing: ['share'] },
      { allowed: false, missing: ['resource'] },
    ]);
    expect(result.results.slice(5).every(({ allowed }) => allowed)).toBe(true);
  });

  it('a resource of another workspace answers like one that does not exist', async () => {
    const [away, missing] = (
      await check(
        { userId: ada.id, workspaceId: home.id },
        ['order', 'away', 'view'],
        ['order', 'none', 'view'],
      )
    ).result.results;
    expect(away).toEqual(missing);
    const [byToken] = (await check({ token }, ['order', 'away', 'view'])).result.results;
    expect(byToken).toEqual(missing);
  });

  it('one service sees nothing of another’s', async () => {
    const { accessToken } = await house.signIn(ada, 'billing');
    const body = { token: accessToken, checks: [{ type: 'order', id: '1', permission: 'view' as const }] };
    const answer = await billing.call(resourcesCheck, { body });
    expect([answer.status, answer.code, answer.fields]).toEqual([
      422,
      'resource_type_unknown',
      ['checks.0.type'],
    ]);
    // And takes no token of another's.
    expect((await may({ token: accessToken })).code).toBe('token_invalid');
    await house.resources(billing, { type: 'order', id: 'own', workspaceId: home.id });
    expect((await billing.call(resourcesCheck, { body })).result.results).toMatchObject([
      { missing: ['resource'] },
    ]);
  });

  it('lists what somebody has a right to, a page at a time, and `all` for the privileged', async () => {
    await house.resources(
      orders,
      ...Array.from({ length: 25 }, (_, index) => ({
        type: 'note',
        id: `n${index}`,
        workspaceId: home.id,
        ownerId: ada.id,
      })),
    );
    const list = (body: object) =>
      orders.call(resourcesAccessible, { body: { type: 'note', permission: 'edit', ...body } });
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const { result } = await list({ token, limit: 10, ...(cursor ? { cursor } : {}) });
      ids.push(...result.ids);
      cursor = result.nextCursor;
    } while (cursor);
    expect(ids).toEqual(Array.from({ length: 25 }, (_, index) => `n${index}`));
    expect((await list({ userId: eve.id, workspaceId: home.id })).result).toEqual({ all: true, ids: [] });
    const { result: first } = await list({ token, limit: 10 });
    for (const body of [
      { token, permission: 'view', cursor: first.nextCursor },
      { userId: eve.id, workspaceId: home.id, cursor: first.nextCursor },
      { token, cursor: 'nonsense' },
    ])
      expect((await list(body)).fields, JSON.stringify(body)).toEqual(['cursor']);
  });
});
