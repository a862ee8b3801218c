import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  groupsCreate,
  groupsDelete,
  membersRemove,
  permissionsShare,
  roleGroupsAdd,
  roleMembersAdd,
  rolesCreate,
  usersDelete,
} from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemOrigin } from '../../platform/activity/event.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { giveRoleToGroup, giveRoleToMember } from '../roles/role-holders.ts';
import { deleteUser } from '../users/delete-user.ts';
import { deleteGroup } from '../workspaces/change-group.ts';
import { removeMember } from '../workspaces/membership.ts';
import { lockResource, share } from './change-resource.ts';

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

/** A member, a group, a role and a resource that the member owns. */
async function scene() {
  const person = await house.person();
  const workspace = await house.workspace({
    members: [
      [await house.person(), 'owner'],
      [person, 'viewer'],
    ],
  });
  const params = { id: workspace.id };
  const group = (await admin.call(groupsCreate, { params, body: { name: 'Finance' } })).result;
  const role = (await admin.call(rolesCreate, { params, body: { name: 'Approver' } })).result;
  const resourceId = randomUUID();
  await house.query(
    `INSERT INTO resources (id, type_id, key, workspace_id, owner_id, visibility, created_at, updated_at)
     VALUES ($1::uuid, $2, $1::text, $3, $4, 'private', now(), now())`,
    [resourceId, typeId, workspace.id, person.id],
  );
  return { workspaceId: workspace.id, userId: person.id, groupId: group.id, roleId: role.id, resourceId };
}
type Scene = Awaited<ReturnType<typeof scene>>;

/** Each way to give something: over HTTP, and inside a transaction that the test keeps open. */
const givings = {
  'a role to a member': {
    http: (of: Scene) => admin.call(roleMembersAdd, { params: { id: of.roleId, uid: of.userId } }),
    inside: (tx: Transaction, of: Scene) => giveRoleToMember(tx, of.roleId, of.userId),
    to: 'user',
  },
  'a share to a member': {
    http: (of: Scene) =>
      admin.call(permissionsShare, {
        params: { id: of.resourceId },
        body: { userId: of.userId, permission: 'edit' },
      }),
    inside: async (tx: Transaction, of: Scene) =>
      share(tx, await lockResource(tx, { id: of.resourceId }), { kind: 'user', id: of.userId }, 'edit'),
    to: 'user',
  },
  'a role to a group': {
    http: (of: Scene) => admin.call(roleGroupsAdd, { params: { id: of.roleId, gid: of.groupId } }),
    inside: (tx: Transaction, of: Scene) => giveRoleToGroup(tx, of.roleId, of.groupId),
    to: 'group',
  },
  'a share to a group': {
    http: (of: Scene) =>
      admin.call(permissionsShare, {
        params: { id: of.resourceId },
        body: { groupId: of.groupId, permission: 'edit' },
      }),
    inside: async (tx: Transaction, of: Scene) =>
      share(tx, await lockResource(tx, { id: of.resourceId }), { kind: 'group', id: of.groupId }, 'edit'),
    to: 'group',
  },
} as const;

const leavings = {
  'a member is removed': {
    http: (of: Scene) => admin.call(membersRemove, { params: { id: of.workspaceId, uid: of.userId } }),
    inside: (tx: Transaction, of: Scene) => removeMember(tx, of.workspaceId, of.userId),
    who: 'user',
  },
  'an account is deleted': {
    http: (of: Scene) => admin.call(usersDelete, { params: { id: of.userId } }),
    inside: (tx: Transaction, of: Scene) => deleteUser(tx, of.userId),
    who: 'user',
  },
  'a group is deleted': {
    http: (of: Scene) => admin.call(groupsDelete, { params: { id: of.groupId } }),
    inside: (tx: Transaction, of: Scene) => deleteGroup(tx, of.groupId),
    who: 'group',
  },
} as const;

const cases = Object.entries(leavings).flatMap(([leaving, { who }]) =>
  Object.entries(givings).flatMap(([giving, { to }]) =>
    to === who ? [{ leaving: leaving as keyof typeof leavings, giving: giving as keyof typeof givings }] : [],
  ),
);

async function left({ roleId, resourceId }: Scene): Promise<number> {
  const [row] = await house.query<{ total: number }>(
    `SELECT (SELECT count(*) FROM role_members WHERE role_id = $1)::int
          + (SELECT count(*) FROM role_groups WHERE role_id = $1)::int
          + (SELECT count(*) FROM resource_shares WHERE resource_id = $2)::int AS total`,
    [roleId, resourceId],
  );
  return row!.total;
}

describe('nothing that is given survives for who leaves at the same moment', () => {
  it.each(cases)(
    '$leaving while $giving is given: it waits, and finds nobody',
    async ({ leaving, giving }) => {
      const of = await scene();
      let answer: Promise<{ code: string | undefined }> | undefined;
      await house.platform.database.write(systemOrigin, async (tx) => {
        await leavings[leaving].inside(tx, of);
        answer = givings[giving].http(of);
        expect(await Promise.race([answer, sleep(300)])).toBeUndefined();
      });
      expect((await answer!).code).toBe('not_found');
      expect(await left(of)).toBe(0);
    },
  );

  it.each(cases)(
    '$giving is given while $leaving: it ends with them, and is counted',
    async ({ leaving, giving }) => {
      const of = await scene();
      let answer: Promise<{ status: number }> | undefined;
      await house.platform.database.write(systemOrigin, async (tx) => {
        await givings[giving].inside(tx, of);
        answer = leavings[leaving].http(of);
        expect(await Promise.race([answer, sleep(300)])).toBeUndefined();
      });
      expect((await answer!).status).toBe(204);
      expect(await left(of)).toBe(0);
      await house.platform.settled();
      const [event] = await house.query<{ detail: { roles: number; shares: number } }>(
        `SELECT detail FROM activity_events WHERE target_id = $1 ORDER BY sequence DESC LIMIT 1`,
        [leavings[leaving].who === 'user' ? of.userId : of.groupId],
      );
      expect(event!.detail).toMatchObject(
        giving.startsWith('a role') ? { roles: 1, shares: 0 } : { roles: 0, shares: 1 },
      );
    },
  );

  it.each(cases)(
    '$leaving and $giving at once, in any order: nothing is left',
    async ({ leaving, giving }) => {
      for (let round = 0; round < 3; round++) {
        const of = await scene();
        const [gone, given] = await Promise.all([leavings[leaving].http(of), givings[giving].http(of)]);
        expect(gone.status).toBe(204);
        expect([200, 204, 404]).toContain(given.status);
        expect(await left(of)).toBe(0);
      }
    },
  );
});
