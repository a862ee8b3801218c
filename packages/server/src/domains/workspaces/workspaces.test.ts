import {
  groupMembersAdd,
  groupMembersList,
  groupMembersRemove,
  groupsCreate,
  groupsDelete,
  groupsList,
  groupsUpdate,
  workspacesAll,
  workspacesCreate,
  workspacesDelete,
  workspacesExport,
  workspacesList,
  workspacesRead,
  workspacesUpdate,
} from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
});
afterAll(() => house.close());

const nobody = '00000000-0000-7000-8000-000000000000';

async function eventsAbout(id: string): Promise<{ action: string; detail: Record<string, unknown> }[]> {
  await house.platform.settled();
  return house.query('SELECT action, detail FROM activity_events WHERE target_id = $1 ORDER BY sequence', [
    id,
  ]);
}

const create = (name: string, slug: string) => admin.call(workspacesCreate, { body: { name, slug } });

describe('P5 workspaces', () => {
  it('are created empty, once per slug, and told', async () => {
    const answer = await admin.call(workspacesCreate, {
      body: { name: 'Night Watch', slug: 'night-watch', description: 'On the wall' },
    });
    expect(answer.status).toBe(201);
    expect(answer.result).toMatchObject({
      slug: 'night-watch',
      name: 'Night Watch',
      description: 'On the wall',
      memberCount: 0,
      groupCount: 0,
      roles: { owner: 0, admin: 0, editor: 0, viewer: 0 },
      members: [],
      groups: [],
    });
    expect((await eventsAbout(answer.result.id))[0]).toEqual({
      action: 'workspace_created',
      detail: { slug: 'night-watch' },
    });
    const again = await create('Other', 'night-watch');
    expect([again.status, again.code, again.fields]).toEqual([409, 'slug_taken', ['slug']]);
    for (const slug of ['-x', 'x', 'Upper', 'a b', 'a_b'])
      expect(
        (await admin.call(workspacesCreate, { rawBody: JSON.stringify({ name: 'Wrong', slug }) })).fields,
      ).toEqual(['slug']);
  });

  it('are edited but for the slug, and told with before and after', async () => {
    const { id } = (await create('Old name', 'stays-for-good')).result;
    const answer = await admin.call(workspacesUpdate, { params: { id }, body: { name: 'New name' } });
    expect(answer.result).toMatchObject({ name: 'New name', slug: 'stays-for-good' });
    expect((await eventsAbout(id)).at(-1)).toEqual({
      action: 'workspace_updated',
      detail: { name: { before: 'Old name', after: 'New name' } },
    });
    const slug = await admin.call(workspacesUpdate, { params: { id }, rawBody: '{"slug":"other"}' });
    expect(slug.code).toBe('validation_failed');
    const missing = await admin.call(workspacesUpdate, { params: { id: nobody }, body: { name: 'X' } });
    expect(missing.code).toBe('not_found');
  });

  it('show members by role, groups, and how many sessions would end', async () => {
    const [owner, viewer] = [await house.person({ name: 'Owner' }), await house.person({ name: 'Viewer' })];
    const { id } = await house.workspace({
      members: [
        [owner, 'owner'],
        [viewer, 'viewer'],
      ],
    });
    await admin.call(groupsCreate, { params: { id }, body: { name: 'Cooks' } });
    await house.query(
      `INSERT INTO grants (id, kind, user_id, workspace_id, created_at, last_used_at, idle_expires_at, expires_at)
       VALUES (gen_random_uuid(), 'session', $1, $2, now(), now(), now() + interval '1 day', now() + interval '1 day')`,
      [viewer.id, id],
    );
    const { result } = await admin.call(workspacesRead, { params: { id } });
    expect(result).toMatchObject({
      memberCount: 2,
      groupCount: 1,
      roleCount: 0,
      sessionCount: 1,
      roles: { owner: 1, viewer: 1, admin: 0, editor: 0 },
      members: [{ name: 'Owner', role: 'owner' }, { name: 'Viewer' }],
      groups: [{ name: 'Cooks', memberCount: 0 }],
    });
    expect((await admin.call(workspacesRead, { params: { id: nobody } })).code).toBe('not_found');
  });

  it('are deleted with memberships, groups and sessions; accounts and activity stay', async () => {
    const person = await house.person();
    const { id, slug } = await house.workspace({ members: [[person, 'owner']] });
    await admin.call(groupsCreate, { params: { id }, body: { name: 'Cooks' } });
    const [grant] = await house.query<{ id: string }>(
      `INSERT INTO grants (id, kind, user_id, workspace_id, created_at, last_used_at, idle_expires_at, expires_at)
       VALUES (gen_random_uuid(), 'session', $1, $2, now(), now(), now() + interval '1 day', now() + interval '1 day') RETURNING id`,
      [person.id, id],
    );
    expect((await admin.call(workspacesDelete, { params: { id } })).status).toBe(204);
    expect((await eventsAbout(id)).at(-1)).toEqual({
      action: 'workspace_deleted',
      detail: { slug, members: 1, groups: 1, roles: 0, resources: 0, shares: 0, sessions: 1 },
    });
    const [ended] = await house.query('SELECT ended_at IS NOT NULL AS ended FROM grants WHERE id = $1', [
      grant!.id,
    ]);
    expect(ended).toEqual({ ended: true });
    expect(await house.query('SELECT 1 FROM users WHERE id = $1', [person.id])).toHaveLength(1);
    expect((await admin.call(workspacesDelete, { params: { id } })).code).toBe('not_found');
  });

  it('are listed in each order, and found by the beginning of a word', async () => {
    for (const name of ['Zeta Mill', 'alpha mill', 'Beta Mill'])
      await create(name, `${name.toLowerCase().replace(' ', '-')}`);
    const names = async (sort: 'name' | '-name' | 'created_at' | '-created_at') =>
      (await admin.call(workspacesList, { query: { search: 'mill', sort } })).result.items.map(
        (item) => item.name,
      );
    expect(await names('name')).toEqual(['alpha mill', 'Beta Mill', 'Zeta Mill']);
    expect(await names('-name')).toEqual(['Zeta Mill', 'Beta Mill', 'alpha mill']);
    expect(await names('created_at')).toEqual(['Zeta Mill', 'alpha mill', 'Beta Mill']);
    expect(await names('-created_at')).toEqual(['Beta Mill', 'alpha mill', 'Zeta Mill']);
    const first = (await admin.call(workspacesList, { query: { pageSize: 2 } })).result;
    const second = (await admin.call(workspacesList, { query: { pageSize: 2, cursor: first.nextCursor! } }))
      .result;
    expect(first.items.at(-1)!.name.toLowerCase() < second.items[0]!.name.toLowerCase()).toBe(true);
    const all = (await admin.call(workspacesAll)).result;
    expect(all.total).toBe(first.total);
    expect(all.items).toHaveLength(first.total!);
    expect((await admin.call(workspacesAll, { query: { search: 'zeta' } })).result).toMatchObject({
      total: 1,
      items: [{ slug: 'zeta-mill', name: 'Zeta Mill' }],
    });
  });

  it('P14 are exported as CSV, told first', async () => {
    const answer = await admin.call(workspacesExport);
    expect(answer.headers['content-disposition']).toBe('attachment; filename="workspaces.csv"');
    expect(answer.text.split('\r\n')[0]).toBe('id,slug,name,description,members,groups,created_at');
    expect(answer.text).toContain(',night-watch,Night Watch,On the wall,0,0,');
    await house.platform.settled();
    expect(
      await house.query(`SELECT 1 FROM activity_events WHERE action = 'workspaces_exported'`),
    ).toHaveLength(1);
  });
});

describe('P7 groups', () => {
  it('have names of their own in a workspace, whatever their case', async () => {
    const [one, other] = [await house.workspace(), await house.workspace()];
    const made = await admin.call(groupsCreate, { params: one, body: { name: 'Guards' } });
    expect(made.result).toMatchObject({ workspaceId: one.id, name: 'Guards', memberCount: 0 });
    const taken = await admin.call(groupsCreate, { params: { id: one.id }, body: { name: 'guards' } });
    expect([taken.code, taken.fields]).toEqual(['group_name_taken', ['name']]);
    const elsewhere = await admin.call(groupsCreate, { params: { id: other.id }, body: { name: 'Guards' } });
    expect(elsewhere.status).toBe(201);
    const cooks = await admin.call(groupsCreate, { params: { id: one.id }, body: { name: 'Cooks' } });
    const renamed = await admin.call(groupsUpdate, {
      params: { id: cooks.result.id },
      body: { name: 'GUARDS' },
    });
    expect(renamed.code).toBe('group_name_taken');
    expect((await admin.call(groupsCreate, { params: { id: nobody }, body: { name: 'X' } })).code).toBe(
      'not_found',
    );
    const { result } = await admin.call(groupsList, { params: { id: one.id } });
    expect(result.items.map((group) => group.name)).toEqual(['Cooks', 'Guards']);
    expect(
      (await admin.call(groupsList, { params: { id: one.id }, query: { search: 'gu' } })).result.total,
    ).toBe(1);
    expect((await admin.call(groupsList, { params: { id: nobody } })).code).toBe('not_found');
  });

  it('are edited and deleted, and told with what is lost', async () => {
    const person = await house.person();
    const workspace = await house.workspace({ members: [[person, 'viewer']] });
    const { id } = (
      await admin.call(groupsCreate, { params: { id: workspace.id }, body: { name: 'Scouts' } })
    ).result;
    const edited = await admin.call(groupsUpdate, { params: { id }, body: { description: 'Far ahead' } });
    expect(edited.result).toMatchObject({ name: 'Scouts', description: 'Far ahead' });
    await admin.call(groupMembersAdd, { params: { id, uid: person.id } });
    expect((await admin.call(groupsDelete, { params: { id } })).status).toBe(204);
    expect(await eventsAbout(id)).toEqual([
      { action: 'group_created', detail: {} },
      { action: 'group_updated', detail: { description: { before: '', after: 'Far ahead' } } },
      { action: 'group_deleted', detail: { members: 1, roles: 0, shares: 0 } },
    ]);
    expect(await house.query('SELECT 1 FROM members WHERE user_id = $1', [person.id])).toHaveLength(1);
    expect((await admin.call(groupsDelete, { params: { id } })).code).toBe('not_found');
    expect((await admin.call(groupsUpdate, { params: { id }, body: { name: 'X' } })).code).toBe('not_found');
    expect((await admin.call(groupMembersList, { params: { id } })).code).toBe('not_found');
  });

  it('take members of their workspace only; nobody of another one, and nobody at all', async () => {
    const [member, stranger] = [await house.person({ name: 'Member' }), await house.person()];
    const workspace = await house.workspace({ members: [[member, 'editor']] });
    await house.workspace({ members: [[stranger, 'owner']] });
    const { id } = (await admin.call(groupsCreate, { params: { id: workspace.id }, body: { name: 'Inner' } }))
      .result;
    const add = (uid: string) => admin.call(groupMembersAdd, { params: { id, uid } });
    expect((await add(stranger.id)).code).toBe('not_found');
    expect((await add(nobody)).code).toBe('not_found');
    expect((await admin.call(groupMembersAdd, { params: { id: nobody, uid: member.id } })).code).toBe(
      'not_found',
    );
    expect((await add(member.id)).status).toBe(204);
    expect((await add(member.id)).status).toBe(204);
    const { result } = await admin.call(groupMembersList, { params: { id } });
    expect(result).toMatchObject({ total: 1, items: [{ userId: member.id, role: 'editor' }] });
    const remove = () => admin.call(groupMembersRemove, { params: { id, uid: member.id } });
    expect((await remove()).status).toBe(204);
    expect((await remove()).code).toBe('not_found');
    // Added twice, told once.
    expect((await eventsAbout(member.id)).map((event) => event.action)).toEqual([
      'group_member_added',
      'group_member_removed',
    ]);
  });

  it('can not hold a member of another workspace even where the application errs', async () => {
    const stranger = await house.person();
    const [mine, theirs] = [
      await house.workspace(),
      await house.workspace({ members: [[stranger, 'viewer']] }),
    ];
    const { id } = (await admin.call(groupsCreate, { params: { id: mine.id }, body: { name: 'G' } })).result;
    for (const workspaceId of [mine.id, theirs.id])
      await expect(
        house.query('INSERT INTO group_members VALUES ($1, $2, $3, now())', [workspaceId, id, stranger.id]),
      ).rejects.toThrow(/group_members__(member|group)_fk/);
  });
});
