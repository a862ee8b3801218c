import {
  groupMembersAdd,
  groupsCreate,
  membersInvite,
  membersList,
  membersRemove,
  membersUpdate,
  usersDelete,
  usersRead,
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

const owners = async (workspaceId: string): Promise<number> =>
  (await house.query(`SELECT 1 FROM members WHERE workspace_id = $1 AND role = 'owner'`, [workspaceId]))
    .length;

describe('P6 inviting by e-mail', () => {
  it('adds who has an account, with no new link', async () => {
    const person = await house.person({ name: 'Known' });
    const { id } = await house.workspace();
    const answer = await admin.call(membersInvite, {
      params: { id },
      body: { email: person.email.toUpperCase(), role: 'editor', name: 'Ignored' },
    });
    expect(answer.status).toBe(201);
    expect(answer.result).toMatchObject({ userId: person.id, name: 'Known', role: 'editor' });
    expect((await eventsAbout(person.id)).map((event) => event.action)).toEqual(['member_invited']);
    const again = await admin.call(membersInvite, {
      params: { id },
      body: { email: person.email, role: 'owner' },
    });
    expect(again.code).toBe('already_member');
  });

  it('makes an account for who has none, named as told or by the address, with a link to set a password', async () => {
    const { id } = await house.workspace();
    const invite = (email: string, name?: string) =>
      admin.call(membersInvite, {
        params: { id },
        body: { email, role: 'viewer', ...(name ? { name } : {}) },
      });
    const unnamed = (await invite('grace.hopper@example.com')).result;
    expect(unnamed).toMatchObject({ name: 'grace.hopper', state: 'invited', role: 'viewer' });
    expect((await invite('alan@example.com', 'Alan Turing')).result.name).toBe('Alan Turing');
    const detail = (await admin.call(usersRead, { params: { id: unnamed.userId } })).result;
    expect(detail.invitation).not.toBeNull();
    expect((await eventsAbout(unnamed.userId)).map((event) => event.action)).toEqual([
      'user_created',
      'member_invited',
    ]);
  });

  it('makes one account when the same stranger is invited to two workspaces at once', async () => {
    const [one, other] = [await house.workspace(), await house.workspace()];
    const answers = await Promise.all(
      [one, other].map(({ id }) =>
        admin.call(membersInvite, { params: { id }, body: { email: 'both@example.com', role: 'viewer' } }),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual([201, 201]);
    expect(answers[0]!.result.userId).toBe(answers[1]!.result.userId);
  });

  it('makes nobody in a workspace that is not there, and refuses unknown roles', async () => {
    const body = { email: 'nowhere@example.com', role: 'viewer' } as const;
    expect((await admin.call(membersInvite, { params: { id: nobody }, body })).code).toBe('not_found');
    expect(await house.query(`SELECT 1 FROM users WHERE email = 'nowhere@example.com'`)).toEqual([]);
    const { id } = await house.workspace();
    const wrong = await admin.call(membersInvite, {
      params: { id },
      rawBody: '{"email":"a@example.com","role":"king"}',
    });
    expect(wrong.fields).toEqual(['role']);
  });
});

describe('P6 the list of members', () => {
  it('is by name, page by page, by role and by search', async () => {
    const people = await Promise.all(['Dora', 'anna', 'Cleo', 'Bert'].map((name) => house.person({ name })));
    const { id } = await house.workspace({
      members: people.map((person, index) => [person, index === 0 ? 'owner' : 'viewer'] as const),
    });
    const first = (await admin.call(membersList, { params: { id }, query: { pageSize: 3 } })).result;
    expect(first.items.map((member) => member.name)).toEqual(['anna', 'Bert', 'Cleo']);
    expect(first.total).toBe(4);
    const next = await admin.call(membersList, {
      params: { id },
      query: { pageSize: 3, cursor: first.nextCursor! },
    });
    expect(next.result.items.map((member) => member.name)).toEqual(['Dora']);
    const owned = (await admin.call(membersList, { params: { id }, query: { role: 'owner' } })).result;
    expect(owned).toMatchObject({ total: 1, items: [{ name: 'Dora', role: 'owner' }] });
    const found = (await admin.call(membersList, { params: { id }, query: { search: 'bert' } })).result;
    expect(found).toMatchObject({ total: 1, items: [{ name: 'Bert' }] });
    expect((await admin.call(membersList, { params: { id: nobody } })).code).toBe('not_found');
    const other = await house.workspace();
    const foreign = await admin.call(membersList, {
      params: { id: other.id },
      query: { pageSize: 3, cursor: first.nextCursor! },
    });
    expect(foreign.fields).toEqual(['cursor']);
  });
});

describe('P6 roles and leaving', () => {
  it('changes a role, told with before and after, and tells nothing where nothing changes', async () => {
    const [owner, person] = [await house.person(), await house.person()];
    const { id } = await house.workspace({
      members: [
        [owner, 'owner'],
        [person, 'viewer'],
      ],
    });
    const params = { id, uid: person.id };
    expect((await admin.call(membersUpdate, { params, body: { role: 'admin' } })).result.role).toBe('admin');
    await admin.call(membersUpdate, { params, body: { role: 'admin' } });
    expect(await eventsAbout(person.id)).toEqual([
      { action: 'member_role_changed', detail: { role: { before: 'viewer', after: 'admin' } } },
    ]);
  });

  it('is missing for who is not a member, of another workspace, or not there at all', async () => {
    const [member, stranger] = [await house.person(), await house.person()];
    const { id } = await house.workspace({ members: [[member, 'owner']] });
    await house.workspace({ members: [[stranger, 'viewer']] });
    for (const params of [
      { id, uid: stranger.id },
      { id, uid: nobody },
      { id: nobody, uid: member.id },
    ]) {
      expect((await admin.call(membersUpdate, { params, body: { role: 'viewer' } })).code).toBe('not_found');
      expect((await admin.call(membersRemove, { params })).code).toBe('not_found');
    }
  });

  it('ends sessions in this workspace and leaves its groups; sessions elsewhere go on', async () => {
    const person = await house.person();
    const [left, kept] = [
      await house.workspace({ members: [[person, 'viewer']] }),
      await house.workspace({ members: [[person, 'viewer']] }),
    ];
    const group = (await admin.call(groupsCreate, { params: { id: left.id }, body: { name: 'G' } })).result;
    await admin.call(groupMembersAdd, { params: { id: group.id, uid: person.id } });
    for (const workspace of [left, kept])
      await house.query(
        `INSERT INTO grants (id, kind, user_id, workspace_id, created_at, last_used_at, idle_expires_at, expires_at)
         VALUES (gen_random_uuid(), 'session', $1, $2, now(), now(), now() + interval '1 day', now() + interval '1 day')`,
        [person.id, workspace.id],
      );
    expect((await admin.call(membersRemove, { params: { id: left.id, uid: person.id } })).status).toBe(204);
    const grants = await house.query(
      'SELECT workspace_id, ended_reason FROM grants WHERE user_id = $1 ORDER BY ended_reason',
      [person.id],
    );
    expect(grants).toEqual([
      { workspace_id: left.id, ended_reason: 'member_removed' },
      { workspace_id: kept.id, ended_reason: null },
    ]);
    expect(await house.query('SELECT 1 FROM group_members WHERE user_id = $1', [person.id])).toEqual([]);
  });
});

describe('P6 an owner always remains', () => {
  it('refuses to demote or remove the last one, whatever else the workspace holds', async () => {
    const [owner, other] = [await house.person(), await house.person()];
    const { id } = await house.workspace({
      members: [
        [owner, 'owner'],
        [other, 'admin'],
      ],
    });
    const params = { id, uid: owner.id };
    expect((await admin.call(membersUpdate, { params, body: { role: 'admin' } })).code).toBe('last_owner');
    expect((await admin.call(membersRemove, { params })).code).toBe('last_owner');
    expect((await admin.call(membersUpdate, { params, body: { role: 'owner' } })).status).toBe(200);
    await admin.call(membersUpdate, { params: { id, uid: other.id }, body: { role: 'owner' } });
    expect((await admin.call(membersRemove, { params })).status).toBe(204);
    expect(await owners(id)).toBe(1);
  });

  it('lets a workspace that never had one be without', async () => {
    const person = await house.person();
    const { id } = await house.workspace({ members: [[person, 'viewer']] });
    expect((await admin.call(membersRemove, { params: { id, uid: person.id } })).status).toBe(204);
  });

  it.each([
    [
      'demoted',
      (id: string, uid: string) =>
        admin.call(membersUpdate, { params: { id, uid }, body: { role: 'viewer' } }),
    ],
    ['removed', (id: string, uid: string) => admin.call(membersRemove, { params: { id, uid } })],
    ['deleted', (_: string, uid: string) => admin.call(usersDelete, { params: { id: uid } })],
  ] as const)('when the two last owners are %s at the same moment, exactly one is', async (_name, leave) => {
    for (let round = 0; round < 5; round++) {
      const [one, other] = [await house.person(), await house.person()];
      const { id } = await house.workspace({
        members: [
          [one, 'owner'],
          [other, 'owner'],
        ],
      });
      const answers = await Promise.all([leave(id, one.id), leave(id, other.id)]);
      expect(answers.filter((answer) => answer.status < 300)).toHaveLength(1);
      expect(answers.find((answer) => answer.status >= 300)!.code).toBe('last_owner');
      expect(await owners(id)).toBe(1);
    }
  });
});
