import {
  groupsCreate,
  roleActionsAdd,
  roleActionsList,
  roleActionsRemove,
  roleGroupsAdd,
  roleGroupsList,
  roleGroupsRemove,
  roleMembersAdd,
  roleMembersList,
  roleMembersRemove,
  rolesCreate,
  rolesDelete,
  rolesList,
  rolesRead,
  rolesUpdate,
} from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
/** Ids of the actions of the service `orders`, by name. */
let actions: Record<'read' | 'create' | 'refund', string>;
beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
  await house.service('orders');
  const rows = await house.query<{ id: string; name: string }>(
    `INSERT INTO service_actions (id, service_id, name, created_at, updated_at)
     SELECT gen_random_uuid(), s.id, 'orders:' || verb, now(), now()
     FROM services s, unnest(ARRAY['read', 'create', 'refund']) verb RETURNING id, name`,
  );
  actions = Object.fromEntries(
    rows.map((row) => [row.name.slice('orders:'.length), row.id]),
  ) as typeof actions;
});
afterAll(() => house.close());

const nobody = '00000000-0000-7000-8000-000000000000';

async function eventsAbout(...ids: string[]) {
  await house.platform.settled();
  return house.query<{ action: string; service: string | null; detail: Record<string, unknown> }>(
    'SELECT action, service, detail FROM activity_events WHERE target_id = ANY ($1) ORDER BY sequence',
    [ids],
  );
}

const create = async (workspaceId: string, name: string, actionIds: string[] = []) =>
  (await admin.call(rolesCreate, { params: { id: workspaceId }, body: { name, actionIds } })).result;

describe('P8 roles', () => {
  it('are created in a workspace with their first actions, and told', async () => {
    const workspace = await house.workspace();
    const answer = await admin.call(rolesCreate, {
      params: { id: workspace.id },
      body: { name: 'Approver', description: 'Signs off', actionIds: [actions.read, actions.refund] },
    });
    expect(answer.status).toBe(201);
    expect(answer.result).toMatchObject({
      workspaceId: workspace.id,
      name: 'Approver',
      description: 'Signs off',
      actionCount: 2,
      memberCount: 0,
      groupCount: 0,
    });
    expect(await eventsAbout(answer.result.id)).toEqual([
      { action: 'role_created', service: null, detail: {} },
      {
        action: 'role_action_added',
        service: 'orders',
        detail: { action_id: actions.read, action: 'orders:read' },
      },
      {
        action: 'role_action_added',
        service: 'orders',
        detail: { action_id: actions.refund, action: 'orders:refund' },
      },
    ]);
    const missing = await admin.call(rolesCreate, { params: { id: nobody }, body: { name: 'X' } });
    expect(missing.code).toBe('not_found');
  });

  it('have names of their own in a workspace, whatever their case, and no action that is none', async () => {
    const [one, other] = [await house.workspace(), await house.workspace()];
    await create(one.id, 'Support');
    const taken = await admin.call(rolesCreate, { params: { id: one.id }, body: { name: 'SUPPORT' } });
    expect([taken.status, taken.code, taken.fields]).toEqual([409, 'role_name_taken', ['name']]);
    await create(other.id, 'Support');
    const second = await create(one.id, 'Second');
    const renamed = await admin.call(rolesUpdate, { params: { id: second.id }, body: { name: 'support' } });
    expect(renamed.code).toBe('role_name_taken');
    const unknown = await admin.call(rolesCreate, {
      params: { id: one.id },
      body: { name: 'Third', actionIds: [actions.read, nobody] },
    });
    expect([unknown.code, unknown.fields]).toEqual(['validation_failed', ['action_ids.1']]);
    expect(
      (await admin.call(rolesList, { params: { id: one.id } })).result.items.map((role) => role.name),
    ).toEqual(['Second', 'Support']);
  });

  it('are edited, told with before and after, and deleted, told with what they held', async () => {
    const person = await house.person();
    const workspace = await house.workspace({ members: [[person, 'viewer']] });
    const role = await create(workspace.id, 'Clerk', [actions.refund, actions.create]);
    const params = { id: role.id };
    const group = (await admin.call(groupsCreate, { params: { id: workspace.id }, body: { name: 'Desk' } }))
      .result;
    await admin.call(roleMembersAdd, { params: { ...params, uid: person.id } });
    await admin.call(roleGroupsAdd, { params: { ...params, gid: group.id } });
    const edited = await admin.call(rolesUpdate, {
      params,
      body: { name: 'Teller', description: 'At the desk' },
    });
    expect(edited.result).toMatchObject({
      name: 'Teller',
      description: 'At the desk',
      actionCount: 2,
      memberCount: 1,
      groupCount: 1,
    });
    expect((await admin.call(rolesUpdate, { params, body: { name: 'Teller' } })).status).toBe(200);
    expect((await admin.call(rolesDelete, { params })).status).toBe(204);
    expect((await eventsAbout(role.id)).slice(-2)).toEqual([
      {
        action: 'role_updated',
        service: null,
        detail: {
          name: { before: 'Clerk', after: 'Teller' },
          description: { before: '', after: 'At the desk' },
        },
      },
      {
        action: 'role_deleted',
        service: null,
        detail: {
          description: 'At the desk',
          actions: 2,
          action_names: ['orders orders:create', 'orders orders:refund'],
          members: 1,
          groups: 1,
        },
      },
    ]);
    for (const table of ['role_actions', 'role_members', 'role_groups'])
      expect(await house.query(`SELECT FROM ${table} WHERE role_id = $1`, [role.id])).toEqual([]);
    for (const answer of [
      await admin.call(rolesRead, { params }),
      await admin.call(rolesDelete, { params }),
      await admin.call(rolesUpdate, { params, body: { name: 'X' } }),
      await admin.call(roleActionsList, { params }),
      await admin.call(roleMembersList, { params }),
      await admin.call(roleGroupsList, { params }),
      await admin.call(rolesList, { params }),
    ])
      expect(answer.code).toBe('not_found');
  });

  it('are listed by name with counts, found by the beginning of a word, page by page', async () => {
    const workspace = await house.workspace();
    for (const name of ['beta Clerk', 'Alpha Clerk', 'Gamma Porter']) await create(workspace.id, name);
    const params = { id: workspace.id };
    const names = async (query: object) =>
      (await admin.call(rolesList, { params, query })).result.items.map((role) => role.name);
    expect(await names({})).toEqual(['Alpha Clerk', 'beta Clerk', 'Gamma Porter']);
    expect(await names({ search: 'cle' })).toEqual(['Alpha Clerk', 'beta Clerk']);
    const first = (await admin.call(rolesList, { params, query: { pageSize: 2 } })).result;
    expect(first.total).toBe(3);
    expect(await names({ pageSize: 2, cursor: first.nextCursor })).toEqual(['Gamma Porter']);
    const elsewhere = await house.workspace();
    const foreign = await admin.call(rolesList, {
      params: { id: elsewhere.id },
      query: { cursor: first.nextCursor! },
    });
    expect([foreign.code, foreign.fields]).toEqual(['validation_failed', ['cursor']]);
  });
});

describe('P8 actions of a role', () => {
  it('are added once, listed by service and name, and taken out, each told by name', async () => {
    const { id: workspaceId } = await house.workspace();
    const { id } = await create(workspaceId, 'Buyer', [actions.read]);
    const params = { id };
    const added = await admin.call(roleActionsAdd, {
      params,
      body: { actionIds: [actions.refund, actions.read, actions.refund] },
    });
    expect([added.status, added.result.actionCount]).toEqual([200, 2]);
    const list = (await admin.call(roleActionsList, { params })).result;
    expect(list.total).toBe(2);
    expect(list.items.map((item) => [item.service, item.name])).toEqual([
      ['orders', 'orders:read'],
      ['orders', 'orders:refund'],
    ]);
    expect(list.items[0]!.roleCount).toBeGreaterThanOrEqual(1);
    const found = await admin.call(roleActionsList, { params, query: { search: 'ref' } });
    expect(found.result.items.map((item) => item.name)).toEqual(['orders:refund']);
    const take = () => admin.call(roleActionsRemove, { params: { id, said: actions.refund } });
    expect((await take()).status).toBe(204);
    expect((await take()).code).toBe('not_found');
    expect((await eventsAbout(id)).slice(-2)).toEqual([
      {
        action: 'role_action_added',
        service: 'orders',
        detail: { action_id: actions.refund, action: 'orders:refund' },
      },
      {
        action: 'role_action_removed',
        service: 'orders',
        detail: { action_id: actions.refund, action: 'orders:refund' },
      },
    ]);
    const unknown = await admin.call(roleActionsAdd, { params, body: { actionIds: [nobody] } });
    expect([unknown.code, unknown.fields]).toEqual(['validation_failed', ['action_ids.0']]);
    const noRole = await admin.call(roleActionsAdd, {
      params: { id: nobody },
      body: { actionIds: [actions.read] },
    });
    expect(noRole.code).toBe('not_found');
  });
});

describe('P8 holders of a role', () => {
  it('are members of its workspace only, once each, told, by name', async () => {
    const [member, stranger] = [await house.person({ name: 'Member Mo' }), await house.person()];
    const workspace = await house.workspace({ members: [[member, 'editor']] });
    await house.workspace({ members: [[stranger, 'owner']] });
    const { id } = await create(workspace.id, 'Inspector');
    const give = (uid: string) => admin.call(roleMembersAdd, { params: { id, uid } });
    expect((await give(stranger.id)).code).toBe('not_found');
    expect((await give(nobody)).code).toBe('not_found');
    expect((await give(member.id)).status).toBe(204);
    expect((await give(member.id)).status).toBe(204);
    const list = (await admin.call(roleMembersList, { params: { id } })).result;
    expect(list).toMatchObject({
      total: 1,
      items: [{ userId: member.id, name: 'Member Mo', role: 'editor' }],
    });
    expect(
      (await admin.call(roleMembersList, { params: { id }, query: { search: 'x' } })).result.items,
    ).toEqual([]);
    const take = () => admin.call(roleMembersRemove, { params: { id, uid: member.id } });
    expect((await take()).status).toBe(204);
    expect((await take()).code).toBe('not_found');
    const detail = { role_id: id, role: 'Inspector' };
    expect(await eventsAbout(member.id)).toEqual([
      { action: 'role_member_added', service: null, detail },
      { action: 'role_member_removed', service: null, detail },
    ]);
  });

  it('are groups of its workspace only, once each, told, by name', async () => {
    const workspace = await house.workspace();
    const elsewhere = await house.workspace();
    const group = async (workspaceId: string, name: string) =>
      (await admin.call(groupsCreate, { params: { id: workspaceId }, body: { name } })).result.id;
    const [own, foreign] = [await group(workspace.id, 'Finance'), await group(elsewhere.id, 'Finance')];
    const { id } = await create(workspace.id, 'Payer');
    const give = (gid: string) => admin.call(roleGroupsAdd, { params: { id, gid } });
    expect((await give(foreign)).code).toBe('not_found');
    expect((await give(nobody)).code).toBe('not_found');
    expect((await give(own)).status).toBe(204);
    expect((await give(own)).status).toBe(204);
    const list = (await admin.call(roleGroupsList, { params: { id } })).result;
    expect(list).toMatchObject({ total: 1, items: [{ id: own, name: 'Finance', roleCount: 1 }] });
    const take = () => admin.call(roleGroupsRemove, { params: { id, gid: own } });
    expect((await take()).status).toBe(204);
    expect((await take()).code).toBe('not_found');
    const detail = { role_id: id, role: 'Payer' };
    expect((await eventsAbout(own)).slice(1)).toEqual([
      { action: 'role_group_added', service: null, detail },
      { action: 'role_group_removed', service: null, detail },
    ]);
  });
});

describe('queries', () => {
  it('are as many for 200 roles as for one', async () => {
    const workspace = await house.workspace();
    await house.query(
      `INSERT INTO roles (id, workspace_id, name, created_at, updated_at)
       SELECT gen_random_uuid(), $1, 'Role ' || g, now(), now() FROM generate_series(1, 200) g`,
      [workspace.id],
    );
    await house.query(
      `INSERT INTO role_actions SELECT r.id, a.id, now() FROM roles r, service_actions a WHERE r.workspace_id = $1`,
      [workspace.id],
    );
    const queriesOf = async (work: () => Promise<unknown>): Promise<number> =>
      (await house.queriesOf(work)).length;
    const params = { id: workspace.id };
    const listing = (pageSize: number) =>
      queriesOf(async () => {
        const { items } = (await admin.call(rolesList, { params, query: { pageSize } })).result;
        expect(items.map((role) => role.actionCount)).toEqual(Array(pageSize).fill(3));
      });
    // The caller's session, the workspace, the keys, the total, the rows.
    expect(await listing(1)).toBe(5);
    expect(await listing(200)).toBe(5);
  });
});
