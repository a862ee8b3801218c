import { randomUUID } from 'node:crypto';
import {
  groupsCreate,
  permissionsRead,
  permissionsSetVisibility,
  permissionsShare,
  permissionsUnshare,
} from '@castellan/contract';
import { createTestPlatform, type TestPerson, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemOrigin } from '../../platform/activity/event.ts';
import { lockResource, removeResource } from './change-resource.ts';

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

const nobody = '00000000-0000-7000-8000-000000000000';

/** A private order of a workspace, owned by its first member; one group is in the workspace. */
async function order(...people: readonly TestPerson[]) {
  const workspace = await house.workspace({ members: people.map((person) => [person, 'viewer']) });
  const id = randomUUID();
  const key = `A-${id.slice(0, 8)}`;
  await house.query(
    `INSERT INTO resources (id, type_id, key, workspace_id, owner_id, visibility, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, 'private', now(), now())`,
    [id, typeId, key, workspace.id, people[0]?.id ?? null],
  );
  const { id: groupId } = (
    await admin.call(groupsCreate, { params: { id: workspace.id }, body: { name: 'Finance' } })
  ).result;
  return { id, key, workspace, groupId, params: { id } };
}

async function eventsAbout(id: string) {
  await house.platform.settled();
  return house.query<{ action: string; service: string; label: string; detail: Record<string, unknown> }>(
    `SELECT action, service, target_label AS label, detail FROM activity_events WHERE target_id = $1 ORDER BY sequence`,
    [id],
  );
}

describe('P10 one resource', () => {
  it('is read with its names and shares, people before groups, by name', async () => {
    const people = [
      await house.person({ name: 'Owner' }),
      await house.person({ name: 'zoe' }),
      await house.person({ name: 'Abel' }),
    ];
    const { id, key, workspace, groupId, params } = await order(...people);
    for (const body of [
      { groupId, permission: 'view' },
      { userId: people[1]!.id, permission: 'edit' },
      { userId: people[2]!.id, permission: 'view' },
    ] as const)
      await admin.call(permissionsShare, { params, body });
    const { result } = await admin.call(permissionsRead, { params });
    expect(result).toMatchObject({
      id,
      service: 'orders',
      type: 'order',
      resourceId: key,
      workspaceId: workspace.id,
      workspaceName: workspace.name,
      ownerId: people[0]!.id,
      ownerName: 'Owner',
      visibility: 'private',
      shareCount: 3,
    });
    expect(result.shares.map(({ name, permission }) => [name, permission])).toEqual([
      ['Abel', 'view'],
      ['zoe', 'edit'],
      ['Finance', 'view'],
    ]);
    expect(result.shares.map(({ userId, groupId: group }) => [userId, group])).toEqual([
      [people[2]!.id, undefined],
      [people[1]!.id, undefined],
      [undefined, groupId],
    ]);
    expect((await admin.call(permissionsRead, { params: { id: nobody } })).code).toBe('not_found');
  });

  it('changes its visibility once, told with before and after', async () => {
    const { id, key, params } = await order();
    const show = (visibility: 'private' | 'workspace') =>
      admin.call(permissionsSetVisibility, { params, body: { visibility } });
    expect((await show('workspace')).result.visibility).toBe('workspace');
    expect((await show('workspace')).status).toBe(200);
    expect(await eventsAbout(id)).toEqual([
      {
        action: 'permission_visibility_changed',
        service: 'orders',
        label: `order ${key}`,
        detail: { visibility: { before: 'private', after: 'workspace' } },
      },
    ]);
    const missing = await admin.call(permissionsSetVisibility, {
      params: { id: nobody },
      body: { visibility: 'private' },
    });
    expect(missing.code).toBe('not_found');
    const wrong = await admin.call(permissionsSetVisibility, { params, rawBody: '{"visibility":"public"}' });
    expect([wrong.status, wrong.fields]).toEqual([422, ['visibility']]);
  });

  it('is removed with its shares, told with how many; a check finds nothing then', async () => {
    const person = await house.person();
    const { id, key, params } = await order(person);
    await admin.call(permissionsShare, { params, body: { userId: person.id, permission: 'edit' } });
    await house.platform.database.write(systemOrigin, async (tx) => {
      const [service] = await house.query<{ id: string }>('SELECT id FROM services');
      await removeResource(tx, await lockResource(tx, { serviceId: service!.id, type: 'order', key }));
    });
    expect((await eventsAbout(id)).at(-1)).toEqual({
      action: 'resource_removed',
      service: 'orders',
      label: `order ${key}`,
      detail: { owner_id: person.id, visibility: 'private', shares: 1 },
    });
    expect(await house.query('SELECT FROM resource_shares WHERE resource_id = $1', [id])).toEqual([]);
    expect((await admin.call(permissionsRead, { params })).code).toBe('not_found');
  });
});

describe('P10 shares', () => {
  it('are given, changed and taken back, each told by name; the same again does nothing', async () => {
    const person = await house.person({ name: 'Grace' });
    const { id, groupId, params } = await order(person);
    const share = (body: { userId?: string; groupId?: string }, permission: 'view' | 'edit') =>
      admin.call(permissionsShare, { params, body: { ...body, permission } });
    const shared = await share({ userId: person.id.toUpperCase() }, 'view');
    expect([shared.status, shared.result.shareCount]).toEqual([200, 1]);
    await share({ userId: person.id }, 'view');
    await share({ userId: person.id }, 'edit');
    await share({ groupId }, 'edit');
    const take = (query: { userId?: string; groupId?: string }) =>
      admin.call(permissionsUnshare, { params, query });
    expect((await take({ userId: person.id })).status).toBe(204);
    expect((await take({ userId: person.id })).code).toBe('not_found');
    expect((await take({ groupId })).status).toBe(204);
    const who = { user_id: person.id, user: 'Grace' };
    const group = { group_id: groupId, group: 'Finance' };
    expect((await eventsAbout(id)).map(({ action, detail }) => [action, detail])).toEqual([
      ['permission_shared', { ...who, permission: 'view' }],
      ['permission_shared', { ...who, permission: { before: 'view', after: 'edit' } }],
      ['permission_shared', { ...group, permission: 'edit' }],
      ['permission_unshared', { ...who, permission: 'edit' }],
      ['permission_unshared', { ...group, permission: 'edit' }],
    ]);
  });

  it('have one grantee: none and two are refused by both names, at both doors', async () => {
    const person = await house.person();
    const { groupId, params } = await order(person);
    for (const grantee of [{}, { userId: person.id, groupId }]) {
      const shared = await admin.call(permissionsShare, { params, body: { ...grantee, permission: 'view' } });
      expect([shared.status, shared.fields]).toEqual([422, ['user_id', 'group_id']]);
      const taken = await admin.call(permissionsUnshare, { params, query: grantee });
      expect([taken.status, taken.fields]).toEqual([422, ['user_id', 'group_id']]);
    }
    const wrong = await admin.call(permissionsShare, {
      params,
      rawBody: JSON.stringify({ user_id: person.id, permission: 'manage' }),
    });
    expect([wrong.status, wrong.fields]).toEqual([422, ['permission']]);
  });

  it('are with members and groups of the same workspace only', async () => {
    const stranger = await house.person();
    const { params } = await order();
    const elsewhere = await order(stranger);
    for (const body of [
      { userId: stranger.id },
      { userId: nobody },
      { groupId: elsewhere.groupId },
      { groupId: nobody },
    ])
      expect(
        (await admin.call(permissionsShare, { params, body: { ...body, permission: 'view' } })).code,
      ).toBe('not_found');
    const noResource = await admin.call(permissionsShare, {
      params: { id: nobody },
      body: { userId: stranger.id, permission: 'view' },
    });
    expect(noResource.code).toBe('not_found');
    const strange = await admin.call(permissionsUnshare, { params, query: { userId: stranger.id } });
    expect(strange.code).toBe('not_found');
  });
});
