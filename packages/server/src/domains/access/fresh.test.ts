import {
  actionsRegister,
  groupMembersRemove,
  groupsDelete,
  membersRemove,
  membersUpdate,
  roleActionsRemove,
  roleMembersRemove,
  rolesDelete,
  usersDelete,
  usersUpdate,
} from '@castellan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AccessHouse, type AskingService, createAccessHouse } from '../../../test/access-house.ts';
import type { TestPerson } from '../../../test/token-house.ts';
import type { Access } from './access.ts';
import { createAccess } from './create-access.ts';

let house: AccessHouse;
let orders: AskingService;
let admin: Awaited<ReturnType<AccessHouse['administrator']>>;
let access: Access;
beforeAll(async () => {
  house = await createAccessHouse();
  [orders, admin] = [await house.asking('orders'), await house.administrator()];
  access = createAccess({ pool: house.platform.database.pool });
});
afterAll(() => house.close());

/** A person who may refund and edit by one way each, in a workspace of their own. */
interface Scene {
  readonly person: TestPerson;
  readonly workspaceId: string;
  readonly groupId: string;
  readonly roleId: string;
}

async function stage(way: 'direct' | 'group', role: string): Promise<Scene> {
  const [person, owner] = [await house.person(), await house.person()];
  const { id } = await house.workspace({
    members: [
      [person, role],
      [owner, 'owner'],
    ],
  });
  const groupId = await house.group(id, [person]);
  const roleId = await house.role(
    orders,
    id,
    ['orders:refund'],
    way === 'group' ? { groups: [groupId] } : { people: [person] },
  );
  await house.resources(orders, { type: 'order', id: `of ${id}`, workspaceId: id, ownerId: owner.id });
  await house.query(
    `INSERT INTO resource_shares (id, workspace_id, type_id, resource_id, user_id, group_id, permission, created_at)
     SELECT gen_random_uuid(), workspace_id, type_id, id, $2, $3, 'edit', now() FROM resources WHERE key = $1`,
    [`of ${id}`, way === 'direct' ? person.id : null, way === 'group' ? groupId : null],
  );
  return { person, workspaceId: id, groupId, roleId };
}

/** Everything that access says about the person. */
async function said({ person, workspaceId }: Scene) {
  const subject = { userId: person.id, workspaceId, granted: null };
  const resource = { subject, serviceId: orders.id, type: 'order', right: 'edit' } as const;
  const key = `of ${workspaceId}`;
  const [[action], [edit], actions, list, people, doers] = await Promise.all([
    access.checkActions([{ subject, serviceId: orders.id, action: 'orders:refund' }]),
    access.checkResources([{ ...resource, key }]),
    access.actionsOf(subject, orders.id),
    access.accessible({ ...resource, limit: 10, enumerate: true }),
    access.subjectsOfResource({ ...resource, key, limit: 10 }),
    access.subjectsOfAction({ serviceId: orders.id, workspaceId, action: 'orders:refund', limit: 10 }),
  ]);
  return {
    action: action?.allowed,
    edit: edit?.allowed,
    actions: actions.includes('orders:refund'),
    list: list.ids.includes(key),
    people: people.ids.includes(person.id),
    doers: doers.ids.includes(person.id),
  };
}

const may = { action: true, actions: true, doers: true };
const mayNot = { action: false, actions: false, doers: false };
const touches = { edit: true, list: true, people: true };
const touchesNot = { edit: false, list: false, people: false };
const one = ({ person, workspaceId }: Scene) => ({ params: { id: workspaceId, uid: person.id } });

const endings: readonly [
  name: string,
  way: 'direct' | 'group',
  role: string,
  end: (scene: Scene) => Promise<unknown>,
  after: object,
][] = [
  ...(['direct', 'group'] as const).flatMap((way): (typeof endings)[number][] => [
    [
      `a deactivated person (${way})`,
      way,
      'viewer',
      ({ person }) => admin.call(usersUpdate, { params: { id: person.id }, body: { isActive: false } }),
      { ...mayNot, ...touchesNot },
    ],
    [
      `a deleted person (${way})`,
      way,
      'viewer',
      ({ person }) => admin.call(usersDelete, { params: { id: person.id } }),
      { ...mayNot, ...touchesNot },
    ],
    [
      `a removed member (${way})`,
      way,
      'viewer',
      (scene) => admin.call(membersRemove, one(scene)),
      { ...mayNot, ...touchesNot },
    ],
    [
      `a deleted role (${way})`,
      way,
      'viewer',
      ({ roleId }) => admin.call(rolesDelete, { params: { id: roleId } }),
      { ...mayNot, ...touches },
    ],
    [
      `an action taken out of the role (${way})`,
      way,
      'viewer',
      async ({ roleId }) => {
        const [action] = await house.query<{ id: string }>(
          `SELECT id FROM service_actions WHERE service_id = $1 AND name = 'orders:refund'`,
          [orders.id],
        );
        return admin.call(roleActionsRemove, { params: { id: roleId, said: action!.id } });
      },
      { ...mayNot, ...touches },
    ],
  ]),
  [
    'a deleted group',
    'group',
    'viewer',
    ({ groupId }) => admin.call(groupsDelete, { params: { id: groupId } }),
    { ...mayNot, ...touchesNot },
  ],
  [
    'somebody taken out of the group',
    'group',
    'viewer',
    ({ groupId, person }) => admin.call(groupMembersRemove, { params: { id: groupId, uid: person.id } }),
    { ...mayNot, ...touchesNot },
  ],
  [
    'somebody from whom the role is taken',
    'direct',
    'viewer',
    ({ roleId, person }) => admin.call(roleMembersRemove, { params: { id: roleId, uid: person.id } }),
    { ...mayNot, ...touches },
  ],
];

it.each(endings)(
  '%s is refused by the very next check, list and search',
  async (_, way, role, end, after) => {
    const scene = await stage(way, role);
    expect(await said(scene)).toEqual({ ...may, ...touches });
    await expect(end(scene)).resolves.toMatchObject({ code: undefined });
    expect(await said(scene)).toEqual(after);
  },
);

it('an administrator who becomes a viewer may at once only what a viewer may', async () => {
  const scene = await stage('direct', 'admin');
  const manage = async () =>
    (
      await access.checkResources([
        {
          subject: { userId: scene.person.id, workspaceId: scene.workspaceId, granted: null },
          serviceId: orders.id,
          type: 'order',
          key: `of ${scene.workspaceId}`,
          right: 'manage',
        },
      ])
    )[0];
  expect(await manage()).toMatchObject({ allowed: true });
  await admin.call(membersUpdate, { ...one(scene), body: { role: 'viewer' } });
  expect(await manage()).toEqual({ allowed: false, path: [], missing: ['ownership'] });
});

it('an action that the service withdraws is refused to everybody by the very next check', async () => {
  const scene = await stage('group', 'viewer');
  expect(await said(scene)).toEqual({ ...may, ...touches });
  await orders.call(actionsRegister, { body: { actions: [] } });
  expect(await said(scene)).toEqual({ ...mayNot, ...touches });
  await orders.call(actionsRegister, { body: { actions: [{ name: 'orders:refund' }] } });
  expect(await said(scene)).toEqual({ ...may, ...touches });
});
