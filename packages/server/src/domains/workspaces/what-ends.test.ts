import { randomUUID } from 'node:crypto';
import {
  groupsDelete,
  groupsList,
  membersRemove,
  usersDelete,
  workspacesDelete,
  workspacesRead,
} from '@castellan/contract';
import { createTestPlatform, type TestPerson, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
let typeId: string;
beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
  await house.service('orders');
  [{ id: typeId } = { id: '' }] = await house.query<{ id: string }>(
    `INSERT INTO resource_types SELECT gen_random_uuid(), id, 'order', now() FROM services RETURNING id`,
  );
});
afterAll(() => house.close());

/** A workspace with the given members, all in one group; role and share for each of them and for the group. */
async function fullWorkspace(people: readonly TestPerson[]) {
  const { id: workspaceId } = await house.workspace({
    members: [[await house.person(), 'owner'], ...people.map((person) => [person, 'editor'] as const)],
  });
  const [groupId, roleId, resourceId] = [randomUUID(), randomUUID(), randomUUID()];
  const insert = (table: string, columns: string, values: readonly unknown[]) =>
    house.query(
      `INSERT INTO ${table} (${columns}, created_at) VALUES (${values.map((_, index) => `$${index + 1}`).join(', ')}, now())`,
      values,
    );
  await house.query(
    `INSERT INTO groups (id, workspace_id, name, created_at, updated_at) VALUES ($1, $2, 'Finance', now(), now())`,
    [groupId, workspaceId],
  );
  await house.query(
    `INSERT INTO roles (id, workspace_id, name, created_at, updated_at) VALUES ($1, $2, 'Approver', now(), now())`,
    [roleId, workspaceId],
  );
  await house.query(
    `INSERT INTO resources (id, type_id, key, workspace_id, owner_id, visibility, created_at, updated_at)
     VALUES ($1::uuid, $2, $1::text, $3, $4, 'private', now(), now())`,
    [resourceId, typeId, workspaceId, people[0]?.id ?? null],
  );
  const share = (column: string, granteeId: string) =>
    insert('resource_shares', `id, workspace_id, type_id, resource_id, ${column}, permission`, [
      randomUUID(),
      workspaceId,
      typeId,
      resourceId,
      granteeId,
      'edit',
    ]);
  await insert('role_groups', 'workspace_id, role_id, group_id', [workspaceId, roleId, groupId]);
  await share('group_id', groupId);
  for (const { id } of people) {
    await insert('group_members', 'workspace_id, group_id, user_id', [workspaceId, groupId, id]);
    await insert('role_members', 'workspace_id, role_id, user_id', [workspaceId, roleId, id]);
    await share('user_id', id);
  }
  return { workspaceId, groupId, roleId, resourceId };
}

async function lastEventAbout(id: string): Promise<{ action: string; detail: Record<string, unknown> }> {
  await house.platform.settled();
  const events = await house.query<{ action: string; detail: Record<string, unknown> }>(
    'SELECT action, detail FROM activity_events WHERE target_id = $1 ORDER BY sequence DESC LIMIT 1',
    [id],
  );
  return events[0]!;
}

/** How many rows of a workspace each table holds. */
async function rowsIn(workspaceId: string): Promise<Record<string, number>> {
  const tables = ['group_members', 'role_members', 'role_groups', 'resource_shares', 'roles', 'resources'];
  const counts = await Promise.all(
    tables.map(async (table) => {
      const [row] = await house.query<{ total: number }>(
        `SELECT count(*)::int AS total FROM ${table} WHERE workspace_id = $1`,
        [workspaceId],
      );
      return [table, row!.total] as const;
    }),
  );
  return Object.fromEntries(counts);
}

describe('what ends in the same transaction, and is told', () => {
  it('P6 with a member: groups, roles and shares in that workspace, and none elsewhere', async () => {
    const [leaving, staying] = [await house.person(), await house.person()];
    const { workspaceId, resourceId } = await fullWorkspace([leaving, staying]);
    const other = await fullWorkspace([leaving]);
    const answer = await admin.call(membersRemove, { params: { id: workspaceId, uid: leaving.id } });
    expect(answer.status).toBe(204);
    expect(await lastEventAbout(leaving.id)).toEqual({
      action: 'member_removed',
      detail: { role: 'editor', groups: 1, roles: 1, shares: 1, sessions: 0 },
    });
    const left = { group_members: 1, role_members: 1, role_groups: 1, resource_shares: 2 };
    expect(await rowsIn(workspaceId)).toMatchObject(left);
    expect(await rowsIn(other.workspaceId)).toMatchObject(left);
    // What they own stays theirs, for when they come back.
    expect(await house.query('SELECT owner_id FROM resources WHERE id = $1', [resourceId])).toEqual([
      { owner_id: leaving.id },
    ]);
  });

  it('P7 with a group: the roles it held and what was shared with it', async () => {
    const { workspaceId, groupId } = await fullWorkspace([await house.person(), await house.person()]);
    const { result } = await admin.call(groupsList, { params: { id: workspaceId } });
    expect(result.items).toMatchObject([{ id: groupId, memberCount: 2, roleCount: 1, shareCount: 1 }]);
    expect((await admin.call(groupsDelete, { params: { id: groupId } })).status).toBe(204);
    expect(await lastEventAbout(groupId)).toEqual({
      action: 'group_deleted',
      detail: { members: 2, roles: 1, shares: 1 },
    });
    expect(await rowsIn(workspaceId)).toEqual({
      group_members: 0,
      role_members: 2,
      role_groups: 0,
      resource_shares: 2,
      roles: 1,
      resources: 1,
    });
  });

  it('B6 with an account: everything in every workspace; what it owned stays, without an owner', async () => {
    const person = await house.person({ name: 'Gone' });
    const [one, other] = [await fullWorkspace([person]), await fullWorkspace([person])];
    expect((await admin.call(usersDelete, { params: { id: person.id } })).status).toBe(204);
    expect(await lastEventAbout(person.id)).toEqual({
      action: 'user_deleted',
      detail: {
        email: person.email,
        name: 'Gone',
        state: 'active',
        is_admin: false,
        workspaces: 2,
        groups: 2,
        roles: 2,
        shares: 2,
        owned_resources: 2,
      },
    });
    for (const { workspaceId } of [one, other])
      expect(await rowsIn(workspaceId)).toMatchObject({
        group_members: 0,
        role_members: 0,
        resource_shares: 1,
      });
    const owners = await house.query('SELECT owner_id FROM resources WHERE id = ANY ($1)', [
      [one.resourceId, other.resourceId],
    ]);
    expect(owners).toEqual([{ owner_id: null }, { owner_id: null }]);
  });

  it('P5 with a workspace: roles, resources and shares too; the detail said how many roles', async () => {
    const { workspaceId } = await fullWorkspace([await house.person()]);
    const detail = await admin.call(workspacesRead, { params: { id: workspaceId } });
    expect(detail.result).toMatchObject({ memberCount: 2, groupCount: 1, roleCount: 1 });
    expect((await admin.call(workspacesDelete, { params: { id: workspaceId } })).status).toBe(204);
    expect((await lastEventAbout(workspaceId)).detail).toMatchObject({
      members: 2,
      groups: 1,
      roles: 1,
      resources: 1,
      shares: 2,
    });
    expect(Object.values(await rowsIn(workspaceId))).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
