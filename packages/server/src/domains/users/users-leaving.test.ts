import {
  adminLogin,
  usersAddToWorkspace,
  usersDelete,
  usersEndSession,
  usersEndSessions,
  usersInvite,
  usersRead,
  usersSetStates,
  usersUpdate,
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

/** The events about a person, oldest first, as the timeline will tell them. */
async function eventsAbout(id: string): Promise<{ action: string; detail: Record<string, unknown> }[]> {
  await house.platform.settled();
  return house.query('SELECT action, detail FROM activity_events WHERE target_id = $1 ORDER BY sequence', [
    id,
  ]);
}

async function session(userId: string, kind = 'session'): Promise<string> {
  const [row] = await house.query<{ id: string }>(
    `INSERT INTO grants (id, kind, user_id, created_at, last_used_at, idle_expires_at, expires_at)
     VALUES (gen_random_uuid(), $2, $1, now(), now(), now() + interval '1 day', now() + interval '2 days') RETURNING id`,
    [userId, kind],
  );
  return row!.id;
}

const isLive = async (grantId: string): Promise<boolean> =>
  (await house.query('SELECT 1 FROM grants WHERE id = $1 AND ended_at IS NULL', [grantId])).length === 1;

describe('P4 an administrator always remains', () => {
  it('refuses to demote, deactivate or delete the last one, alone or among many', async () => {
    const alone = await createTestPlatform();
    try {
      const last = await alone.administrator();
      const deactivated = await alone.person({ isAdmin: true });
      await alone.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [deactivated.id]);
      const somebody = await alone.person();
      const params = { id: last.person.id };
      expect((await last.call(usersUpdate, { params, body: { isAdmin: false } })).code).toBe(
        'last_administrator',
      );
      expect((await last.call(usersUpdate, { params, body: { isActive: false } })).code).toBe(
        'last_administrator',
      );
      expect((await last.call(usersDelete, { params })).code).toBe('last_administrator');
      const bulk = await last.call(usersSetStates, {
        body: { ids: [somebody.id, last.person.id], isActive: false },
      });
      expect(bulk.code).toBe('last_administrator');
      const [row] = await alone.query('SELECT state FROM users WHERE id = $1', [somebody.id]);
      expect(row).toEqual({ state: 'active' });
    } finally {
      await alone.close();
    }
  });

  it('lets exactly one of two go who demote each other at the same moment', async () => {
    const pair = await createTestPlatform();
    try {
      for (let round = 0; round < 5; round++) {
        await pair.query(`UPDATE users SET is_admin = false`);
        const [one, other] = [await pair.administrator(), await pair.administrator()];
        const answers = await Promise.all([
          one.call(usersUpdate, { params: { id: other.person.id }, body: { isAdmin: false } }),
          other.call(usersUpdate, { params: { id: one.person.id }, body: { isAdmin: false } }),
        ]);
        expect(answers.map((answer) => answer.status).sort()[0]).toBe(200);
        expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
        const left = await pair.query('SELECT 1 FROM users WHERE is_admin');
        expect(left).toHaveLength(1);
        // The second one was no administrator any more when its turn came.
        expect(['session_ended', 'not_admin', 'last_administrator']).toContain(
          answers.find((answer) => answer.status !== 200)!.code,
        );
      }
    } finally {
      await pair.close();
    }
  });

  it('lets exactly one of two go who step down at the same moment', async () => {
    const pair = await createTestPlatform();
    try {
      for (let round = 0; round < 5; round++) {
        await pair.query(`UPDATE users SET is_admin = false`);
        const [one, other] = [await pair.administrator(), await pair.administrator()];
        const answers = await Promise.all(
          [one, other].map((own) =>
            own.call(usersUpdate, { params: { id: own.person.id }, body: { isAdmin: false } }),
          ),
        );
        expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
      }
    } finally {
      await pair.close();
    }
  });
});

describe('P4 deleting a person', () => {
  it('takes memberships, sessions and links along and keeps what they were in the timeline', async () => {
    const person = await house.person({ name: 'Leaving' });
    const workspace = await house.workspace({ members: [[person, 'viewer']] });
    const grant = await session(person.id);
    const answer = await admin.call(usersDelete, { params: { id: person.id } });
    expect(answer.status).toBe(204);
    expect((await admin.call(usersRead, { params: { id: person.id } })).code).toBe('not_found');
    expect(await isLive(grant)).toBe(false);
    expect(await house.query('SELECT 1 FROM members WHERE workspace_id = $1', [workspace.id])).toEqual([]);
    expect((await eventsAbout(person.id)).at(-1)).toMatchObject({
      action: 'user_deleted',
      detail: { email: person.email, name: 'Leaving' },
    });
    expect((await admin.call(usersDelete, { params: { id: person.id } })).code).toBe('not_found');
  });

  it('P6 is refused for the last owner of a workspace, which is named; not while another owner is there', async () => {
    const [person, second] = [await house.person({ name: 'Owner' }), await house.person()];
    const alone = await house.workspace({
      name: 'Only Mine',
      members: [
        [person, 'owner'],
        [second, 'admin'],
      ],
    });
    await house.workspace({
      name: 'Ours',
      members: [
        [person, 'owner'],
        [second, 'owner'],
      ],
    });
    const refused = await admin.call(usersDelete, { params: { id: person.id } });
    expect([refused.status, refused.code]).toEqual([409, 'last_owner']);
    expect(JSON.parse(refused.text).detail).toBe('Owner is the only owner of Only Mine.');
    await house.query(`UPDATE members SET role = 'owner' WHERE workspace_id = $1`, [alone.id]);
    expect((await admin.call(usersDelete, { params: { id: person.id } })).status).toBe(204);
  });
});

describe('P4 many people at once', () => {
  it('changes those who are not in the state yet, counts the others, and names who is missing', async () => {
    const people = [await house.person(), await house.person(), await house.person()];
    const grants = await Promise.all(people.map((person) => session(person.id)));
    await admin.call(usersUpdate, { params: { id: people[2]!.id }, body: { isActive: false } });
    const ids = [...people.map((person) => person.id), nobody, people[0]!.id];
    const answer = await admin.call(usersSetStates, { body: { ids, isActive: false } });
    expect(answer.result).toEqual({ changed: 2, unchanged: 1, missing: [nobody] });
    expect(await Promise.all(grants.map(isLive))).toEqual([false, false, false]);
    for (const person of people)
      expect((await eventsAbout(person.id)).map((event) => event.action)).toEqual(['user_deactivated']);
    const back = await admin.call(usersSetStates, { body: { ids, isActive: true } });
    expect(back.result.changed).toBe(3);
  });

  it('refuses an empty list and more than 1,000', async () => {
    for (const ids of [[], Array.from({ length: 1001 }, () => nobody)]) {
      const answer = await admin.call(usersSetStates, {
        rawBody: JSON.stringify({ ids, is_active: false }),
      });
      expect(answer.code).toBe('validation_failed');
    }
  });
});

describe('P4 workspaces, links and sessions of a person', () => {
  it('adds to a workspace once', async () => {
    const person = await house.person();
    const workspace = await house.workspace();
    const params = { id: person.id };
    const body = { workspaceId: workspace.id, role: 'admin' } as const;
    const added = await admin.call(usersAddToWorkspace, { params, body });
    expect(added.result.workspaces).toMatchObject([{ id: workspace.id, role: 'admin' }]);
    expect((await admin.call(usersAddToWorkspace, { params, body })).code).toBe('already_member');
    expect((await admin.call(usersAddToWorkspace, { params: { id: nobody }, body })).code).toBe('not_found');
    const nowhere = { workspaceId: nobody, role: 'admin' } as const;
    expect((await admin.call(usersAddToWorkspace, { params, body: nowhere })).code).toBe('not_found');
  });

  it('replaces the open link by a new one, for a person with a password too, not for who is deactivated', async () => {
    const person = await house.person();
    const params = { id: person.id };
    const first = (await admin.call(usersInvite, { params })).result.invitation!;
    const second = (await admin.call(usersInvite, { params })).result.invitation!;
    expect(second.id).not.toBe(first.id);
    const [old] = await house.query(
      'SELECT revoked_at IS NOT NULL AS revoked FROM invitations WHERE id = $1',
      [first.id],
    );
    expect(old).toEqual({ revoked: true });
    await admin.call(usersUpdate, { params, body: { isActive: false } });
    expect((await admin.call(usersInvite, { params })).code).toBe('account_deactivated');
    expect((await admin.call(usersInvite, { params: { id: nobody } })).code).toBe('not_found');
  });

  it('ends one session, not that of somebody else, then all', async () => {
    const [person, other] = [await house.person(), await house.person()];
    const [one, two, foreign] = [await session(person.id), await session(person.id), await session(other.id)];
    const end = (sid: string) => admin.call(usersEndSession, { params: { id: person.id, sid } });
    expect((await end(one)).status).toBe(204);
    expect((await end(one)).code).toBe('not_found');
    expect((await end(foreign)).code).toBe('not_found');
    expect(await isLive(foreign)).toBe(true);
    expect(await isLive(two)).toBe(true);
    const all = await admin.call(usersEndSessions, { params: { id: person.id } });
    expect(all.result).toEqual({ ended: 1 });
    expect((await eventsAbout(person.id)).map((event) => event.action)).toEqual([
      'session_ended',
      'sessions_ended',
    ]);
    expect((await admin.call(usersEndSessions, { params: { id: nobody } })).code).toBe('not_found');
  });

  it('refuses who signs in after being deactivated', async () => {
    const person = await house.person({ isAdmin: true });
    await admin.call(usersUpdate, { params: { id: person.id }, body: { isActive: false } });
    const answer = await house
      .caller()
      .call(adminLogin, { body: { email: person.email, password: person.password } });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });
});
