import {
  personTokenHeader,
  resourcesCheck,
  resourcesRead,
  resourcesRemove,
  resourcesSetVisibility,
  resourcesShare,
  resourcesUnshare,
} from '@castellan/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AccessHouse, type AskingService, createAccessHouse } from '../../../test/access-house.ts';
import type { TestPerson } from '../../../test/token-house.ts';

let house: AccessHouse;
let orders: AskingService;
let owner: TestPerson;
let editor: TestPerson;
let outsider: TestPerson;
let home: { readonly id: string };
let group: string;
let rid: string;
let made = 0;
const tokens = new Map<string, string>();

beforeAll(async () => {
  house = await createAccessHouse();
  orders = await house.asking('orders');
  [owner, editor, outsider] = [
    await house.person({ name: 'Olga Owner' }),
    await house.person({ name: 'Edgar Editor' }),
    await house.person({ name: 'Oscar Outsider' }),
  ];
  home = await house.workspace({
    name: 'Home',
    members: [
      [owner, 'viewer'],
      [editor, 'editor'],
    ],
  });
  await house.workspace({ members: [[outsider, 'owner']] });
  group = await house.group(home.id, [editor], 'Finance');
  for (const person of [owner, editor, outsider])
    tokens.set(person.id, (await house.signIn(person, 'orders')).accessToken);
});
beforeEach(async () => {
  rid = `order-${made++}`;
  await house.resources(orders, { type: 'order', id: rid, workspaceId: home.id, ownerId: owner.id });
});
afterAll(() => house.close());

const params = () => ({ type: 'order', rid });
const show = (visibility: 'private' | 'workspace', by?: TestPerson) =>
  orders.call(resourcesSetVisibility, { params: params(), body: { visibility, ...tokenOf(by) } });
const share = (
  grantee: { userId?: string; groupId?: string },
  permission: 'view' | 'edit',
  by?: TestPerson,
) => orders.call(resourcesShare, { params: params(), body: { ...grantee, permission, ...tokenOf(by) } });
const unshare = (grantee: { userId?: string; groupId?: string }, by?: TestPerson) =>
  orders.call(resourcesUnshare, { params: params(), query: grantee, headers: headersOf(by) });
const remove = (by?: TestPerson) =>
  orders.call(resourcesRemove, { params: params(), headers: headersOf(by) });
/** A `DELETE` has no body: the token of the person is in a header. */
const headersOf = (person: TestPerson | undefined): Record<string, string> =>
  person ? { [personTokenHeader]: tokens.get(person.id)! } : {};
const tokenOf = (person: TestPerson | undefined) => (person ? { token: tokens.get(person.id)! } : {});
const may = async (person: TestPerson, permission: 'view' | 'edit' | 'manage') =>
  (
    await orders.call(resourcesCheck, {
      body: { userId: person.id, checks: [{ type: 'order', id: rid, permission }] },
    })
  ).result.results[0]!.allowed;
const told = async (...actions: string[]) =>
  (await house.eventsOf(...actions)).filter((event) => event.target_label === `order ${rid}`);

describe('shares and visibility, changed by the product (P10)', () => {
  it('the service itself shares, raises, takes back, shows and hides; each change is told, a repetition is not', async () => {
    expect(await may(editor, 'view')).toBe(false);
    const shared = await share({ userId: editor.id }, 'view');
    expect(shared.result).toMatchObject({
      type: 'order',
      id: rid,
      workspaceName: 'Home',
      ownerName: 'Olga Owner',
      shares: [{ userId: editor.id, name: 'Edgar Editor', permission: 'view' }],
      shareCount: 1,
    });
    await share({ userId: editor.id }, 'view');
    expect([await may(editor, 'view'), await may(editor, 'edit')]).toEqual([true, false]);
    await share({ userId: editor.id }, 'edit');
    expect(await may(editor, 'edit')).toBe(true);
    expect((await unshare({ userId: editor.id })).status).toBe(204);
    expect((await unshare({ userId: editor.id })).status).toBe(204);
    expect(await may(editor, 'view')).toBe(false);
    await share({ groupId: group }, 'edit');
    expect(await may(editor, 'edit')).toBe(true);
    await unshare({ groupId: group });
    expect((await show('workspace')).result.visibility).toBe('workspace');
    await show('workspace');
    expect([await may(editor, 'edit'), await may(outsider, 'view')]).toEqual([true, false]);
    await show('private');
    const self = [{ kind: 'service', id: orders.id, label: 'orders' }];
    const common = { actors: self, workspace_id: home.id, service: 'orders' };
    expect(
      await told('permission_shared', 'permission_unshared', 'permission_visibility_changed'),
    ).toMatchObject([
      { ...common, action: 'permission_shared', detail: { user_id: editor.id, permission: 'view' } },
      { ...common, action: 'permission_shared', detail: { permission: { before: 'view', after: 'edit' } } },
      { ...common, action: 'permission_unshared', detail: { user_id: editor.id, permission: 'edit' } },
      { ...common, action: 'permission_shared', detail: { group_id: group } },
      { ...common, action: 'permission_unshared', detail: { group_id: group } },
      { ...common, detail: { visibility: { before: 'private', after: 'workspace' } } },
      { ...common, detail: { visibility: { before: 'workspace', after: 'private' } } },
    ]);
  });

  it('in a person’s name it needs their right to manage, and names them with the service', async () => {
    expect((await share({ userId: editor.id }, 'edit', owner)).status).toBe(200);
    expect((await show('workspace', owner)).status).toBe(200);
    expect((await unshare({ userId: editor.id }, owner)).status).toBe(204);
    expect((await remove(owner)).status).toBe(204);
    const events = await told(
      'permission_shared',
      'permission_visibility_changed',
      'permission_unshared',
      'resource_removed',
    );
    expect(events).toHaveLength(4);
    for (const event of events)
      expect(event.actors).toEqual([
        { kind: 'user', id: owner.id, label: 'Olga Owner' },
        { kind: 'service', id: orders.id, label: 'orders' },
      ]);
  });

  it('an administrator of the workspace takes back and removes what they do not own', async () => {
    const admin = await house.person({ name: 'Ada Admin' });
    await house.member(home.id, admin, 'admin');
    tokens.set(admin.id, (await house.signIn(admin, 'orders')).accessToken);
    await share({ userId: editor.id }, 'edit');
    expect((await unshare({ userId: editor.id }, admin)).status).toBe(204);
    expect(await may(editor, 'view')).toBe(false);
    expect((await remove(admin)).status).toBe(204);
    expect(await may(owner, 'view')).toBe(false);
  });

  it('who can see it and not manage it is forbidden; to who can’t see it, it is missing', async () => {
    for (const attempt of [
      () => show('workspace', editor),
      () => share({ userId: editor.id }, 'edit', editor),
      () => unshare({ userId: editor.id }, editor),
      () => remove(editor),
    ])
      expect((await attempt()).code).toBe('not_found');
    await share({ userId: editor.id }, 'edit');
    for (const attempt of [
      () => show('workspace', editor),
      () => share({ groupId: group }, 'view', editor),
      () => unshare({ userId: editor.id }, editor),
      () => remove(editor),
    ]) {
      const answer = await attempt();
      expect([answer.status, answer.code]).toEqual([403, 'forbidden']);
    }
    for (const attempt of [
      () => show('workspace', outsider),
      () => share({ userId: editor.id }, 'edit', outsider),
      () => unshare({ userId: editor.id }, outsider),
      () => remove(outsider),
    ])
      expect((await attempt()).code).toBe('not_found');
    expect((await orders.call(resourcesRead, { params: params() })).result).toMatchObject({
      visibility: 'private',
      shareCount: 1,
    });
  });

  it('a delegate manages only what it was granted to', async () => {
    const delegate = async (scope: string) =>
      (
        await house.grant(owner, await house.client(null), 'orders', {
          scopes: [scope],
          workspaceId: home.id,
        })
      ).accessToken;
    const attempt = async (token: string) =>
      (
        await orders.call(resourcesSetVisibility, {
          params: params(),
          body: { visibility: 'workspace', token },
        })
      ).status;
    expect(await attempt(await delegate('orders:refund'))).toBe(404);
    expect(await attempt(await delegate('order:edit'))).toBe(403);
    expect(await attempt(await delegate('order:manage'))).toBe(200);
    const removing = async (scope: string) =>
      (
        await orders.call(resourcesRemove, {
          params: params(),
          headers: { [personTokenHeader]: await delegate(scope) },
        })
      ).status;
    expect([await removing('orders:refund'), await removing('order:edit')]).toEqual([404, 403]);
    expect(await removing('order:manage')).toBe(204);
  });

  it('a token that has ended changes nothing, and is named', async () => {
    const answer = await orders.call(resourcesSetVisibility, {
      params: params(),
      body: { visibility: 'workspace', token: 'nonsense' },
    });
    expect([answer.status, answer.code, answer.fields]).toEqual([401, 'token_invalid', ['token']]);
    for (const token of ['nonsense', '', 'x'.repeat(5000)])
      for (const attempt of [
        orders.call(resourcesRemove, { params: params(), headers: { [personTokenHeader]: token } }),
        orders.call(resourcesUnshare, {
          params: params(),
          query: { userId: editor.id },
          headers: { [personTokenHeader]: token },
        }),
      ]) {
        const { status, fields } = await attempt;
        expect([status, fields]).toEqual([401, ['token']]);
      }
    expect((await orders.call(resourcesRead, { params: params() })).status).toBe(200);
  });

  it('shares reach members and groups of the workspace alone', async () => {
    const foreign = await house.workspace();
    const foreignGroup = await house.group(foreign.id, []);
    for (const grantee of [{ userId: outsider.id }, { userId: home.id }, { groupId: foreignGroup }])
      expect((await share(grantee, 'view')).code).toBe('not_found');
    for (const grantee of [{}, { userId: editor.id, groupId: group }]) {
      expect((await share(grantee, 'view')).fields).toEqual(['user_id', 'group_id']);
      expect((await unshare(grantee)).fields).toEqual(['user_id', 'group_id']);
    }
  });

  it('leaving the workspace ends what was shared with a person, and a deleted group what was shared with it', async () => {
    const leaving = await house.person();
    await house.member(home.id, leaving, 'viewer');
    const passing = await house.group(home.id, [leaving]);
    await share({ userId: leaving.id }, 'view');
    await share({ groupId: passing }, 'view');
    await house.query('DELETE FROM members WHERE user_id = $1', [leaving.id]);
    await house.query('DELETE FROM groups WHERE id = $1', [passing]);
    await house.member(home.id, leaving, 'viewer');
    expect(await may(leaving, 'view')).toBe(false);
    expect((await orders.call(resourcesRead, { params: params() })).result.shareCount).toBe(0);
  });
});

describe('a resource that is removed', () => {
  it('takes its shares with it; every later check is a no, and it can be registered anew', async () => {
    await share({ userId: editor.id }, 'edit');
    await share({ groupId: group }, 'view');
    expect((await orders.call(resourcesRemove, { params: params() })).status).toBe(204);
    expect([await may(owner, 'view'), await may(editor, 'view')]).toEqual([false, false]);
    expect(await told('resource_removed')).toMatchObject([
      {
        workspace_id: home.id,
        service: 'orders',
        detail: { owner_id: owner.id, shares: 2, visibility: 'private' },
      },
    ]);
    for (const route of [resourcesRemove, resourcesRead])
      expect((await orders.call(route, { params: params() })).code).toBe('not_found');
    await house.resources(orders, { type: 'order', id: rid, workspaceId: home.id });
    expect(await may(editor, 'view')).toBe(false);
  });
});

describe('reading and changing what is not one’s own', () => {
  it('another service’s resource is missing, whatever is tried', async () => {
    const other = await house.asking(`other-${made}`);
    const body = { visibility: 'workspace' as const };
    const answers = [
      await other.call(resourcesRead, { params: params() }),
      await other.call(resourcesRemove, { params: params() }),
      await other.call(resourcesSetVisibility, { params: params(), body }),
      await other.call(resourcesShare, { params: params(), body: { userId: editor.id, permission: 'edit' } }),
      await other.call(resourcesUnshare, { params: params(), query: { userId: editor.id } }),
    ];
    expect(answers.map(({ code }) => code)).toEqual(Array(5).fill('not_found'));
    expect((await orders.call(resourcesRead, { params: params() })).result.visibility).toBe('private');
  });

  it('an id with slashes, spaces and letters of any language is one id', async () => {
    rid = 'näme/of ä thing?#%2F';
    await house.resources(orders, { type: 'order', id: rid, workspaceId: home.id, ownerId: owner.id });
    expect((await share({ userId: editor.id }, 'view')).result.id).toBe(rid);
    expect(await may(editor, 'view')).toBe(true);
    expect((await orders.call(resourcesRemove, { params: params() })).status).toBe(204);
  });

  it('an id that none can have is refused by name', async () => {
    const ask = async (path: string) => {
      const response = await house.platform.publicListener.inject({
        url: `/permissions/${path}`,
        headers: { authorization: `Bearer ${orders.key}` },
      });
      return [
        response.statusCode,
        (response.json().errors ?? []).map(({ field }: { field: string }) => field),
      ];
    };
    expect(await ask('order/nul%00')).toEqual([422, ['rid']]);
    expect(await ask(`order/${'x'.repeat(201)}`)).toEqual([422, ['rid']]);
    expect(await ask('Order/x')).toEqual([422, ['type']]);
    expect(await ask('nothing/x')).toEqual([404, []]);
  });

  it('the first two hundred shares are shown, people before groups by name, and all are counted', async () => {
    await house.query(
      `WITH made AS (
         INSERT INTO users (id, email, name, state, created_at, updated_at)
         SELECT gen_random_uuid(), 'many' || n || '@example.com', 'Person ' || lpad(n::text, 3, '0'), 'active', now(), now()
         FROM generate_series(1, 205) n RETURNING id
       ), joined AS (
         INSERT INTO members (workspace_id, user_id, role, created_at) SELECT $1, id, 'viewer', now() FROM made RETURNING user_id
       )
       INSERT INTO resource_shares (id, workspace_id, type_id, resource_id, user_id, permission, created_at)
       SELECT gen_random_uuid(), r.workspace_id, r.type_id, r.id, j.user_id, 'view', now()
       FROM joined j CROSS JOIN resources r WHERE r.key = $2`,
      [home.id, rid],
    );
    await share({ groupId: group }, 'view');
    const { result } = await orders.call(resourcesRead, { params: params() });
    expect(result.shareCount).toBe(206);
    expect(result.shares).toHaveLength(200);
    expect([result.shares[0]!.name, result.shares[199]!.name]).toEqual(['Person 001', 'Person 200']);
  });
});
