import { adminSession, usersCreate, usersInvite, usersRead, usersUpdate } from '@castellan/contract';
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

describe('P4 creating a person', () => {
  it('makes an invited account with its membership and an open invitation, all told in the timeline', async () => {
    const workspace = await house.workspace({ name: 'Acme' });
    const answer = await admin.call(usersCreate, {
      body: {
        email: 'New.Person@Example.com',
        name: 'New Person',
        workspaceId: workspace.id,
        role: 'editor',
      },
    });
    expect(answer.status).toBe(201);
    expect(answer.result).toMatchObject({
      email: 'new.person@example.com',
      name: 'New Person',
      state: 'invited',
      isAdmin: false,
      identities: [],
      workspaces: [{ id: workspace.id, role: 'editor' }],
      workspaceCount: 1,
    });
    expect(answer.result.invitation).not.toBeNull();
    const events = await eventsAbout(answer.result.id);
    expect(events.map((event) => event.action)).toEqual(['user_created', 'member_invited']);
  });

  it('refuses an e-mail that has an account, and names the field', async () => {
    const person = await house.person();
    const answer = await admin.call(usersCreate, {
      body: { email: person.email.toUpperCase(), name: 'Twice' },
    });
    expect(answer.code).toBe('email_taken');
    expect(answer.fields).toEqual(['email']);
  });

  it('makes nobody when the workspace is missing', async () => {
    const answer = await admin.call(usersCreate, {
      body: { email: 'lost@example.com', name: 'Lost', workspaceId: nobody, role: 'viewer' },
    });
    expect(answer.code).toBe('not_found');
    expect(await house.query('SELECT 1 FROM users WHERE email = $1', ['lost@example.com'])).toEqual([]);
  });

  it('refuses a role without a workspace, and fields that are wrong', async () => {
    const role = await admin.call(usersCreate, {
      body: { email: 'role@example.com', name: 'Role', role: 'owner' },
    });
    expect([role.status, role.fields]).toEqual([422, ['workspace_id']]);
    const wrong = await admin.call(usersCreate, { rawBody: '{"email":"no","name":" ","extra":1}' });
    expect(wrong.status).toBe(422);
    expect([...wrong.fields].sort()).toEqual(['email', 'extra', 'name']);
  });

  it('answers a repeated request with the same key without making a second account', async () => {
    const body = { email: 'once@example.com', name: 'Once' };
    const headers = { 'idempotency-key': 'create-once-1' };
    const first = await admin.call(usersCreate, { body, headers });
    const second = await admin.call(usersCreate, { body, headers });
    expect(second.status).toBe(201);
    expect(second.result.id).toBe(first.result.id);
  });
});

describe('P4 the detail of a person', () => {
  it('shows workspaces, groups, live sessions and how they sign in, and no secret', async () => {
    const person = await house.person({ name: 'Whole' });
    const workspace = await house.workspace({ name: 'Whole House', members: [[person, 'owner']] });
    const [group] = await house.query<{ id: string }>(
      `INSERT INTO groups (id, workspace_id, name, created_at, updated_at) VALUES (gen_random_uuid(), $1, 'Night watch', now(), now()) RETURNING id`,
      [workspace.id],
    );
    await house.query('INSERT INTO group_members VALUES ($1, $2, $3, now())', [
      workspace.id,
      group!.id,
      person.id,
    ]);
    const live = await session(person.id);
    const ended = await session(person.id);
    await house.query(`UPDATE grants SET ended_at = now(), ended_reason = 'signed_out' WHERE id = $1`, [
      ended,
    ]);
    const expired = await session(person.id);
    await house.query(`UPDATE grants SET idle_expires_at = now() - interval '1 second' WHERE id = $1`, [
      expired,
    ]);
    const answer = await admin.call(usersRead, { params: { id: person.id } });
    expect(answer.result).toMatchObject({
      identities: [{ provider: 'password', subject: person.email }],
      workspaces: [{ id: workspace.id, slug: workspace.slug, role: 'owner' }],
      groups: [{ id: group!.id, workspaceId: workspace.id, workspaceName: 'Whole House' }],
      groupCount: 1,
      sessions: [{ id: live }],
      sessionCount: 1,
      invitation: null,
    });
    expect(answer.text).not.toMatch(/argon2|password_hash/);
  });

  it('takes six queries of its own, however much there is', async () => {
    const person = await house.person();
    for (let index = 0; index < 20; index++) await house.workspace({ members: [[person, 'viewer']] });
    const seen = await house.queriesOf(() => admin.call(usersRead, { params: { id: person.id } }));
    // One more is the caller's own session, read anew.
    expect(seen).toHaveLength(7);
  });

  it('is missing for an id that nobody has, and wrong for what is no id', async () => {
    expect((await admin.call(usersRead, { params: { id: nobody } })).code).toBe('not_found');
    expect((await admin.call(usersRead, { params: { id: 'nobody' } })).code).toBe('validation_failed');
  });
});

describe('P4 editing a person', () => {
  it('tells before and after, once for each kind of change, and nothing for what stays', async () => {
    const person = await house.person({ name: 'Before' });
    const answer = await admin.call(usersUpdate, {
      params: { id: person.id },
      body: { name: 'After', isAdmin: true, isActive: true },
    });
    expect(answer.result).toMatchObject({ name: 'After', isAdmin: true, state: 'active' });
    expect(await eventsAbout(person.id)).toEqual([
      { action: 'user_updated', detail: { name: { before: 'Before', after: 'After' } } },
      { action: 'user_promoted', detail: { is_admin: { before: false, after: true } } },
    ]);
  });

  it('ends every session and open link of who is deactivated: the very next call is refused', async () => {
    const other = await house.administrator();
    await house.query('UPDATE users SET password_hash = NULL WHERE id = $1', [other.person.id]);
    await admin.call(usersInvite, { params: { id: other.person.id } });
    expect((await other.call(adminSession)).status).toBe(200);
    const answer = await admin.call(usersUpdate, {
      params: { id: other.person.id },
      body: { isActive: false },
    });
    expect(answer.result).toMatchObject({ state: 'deactivated', sessions: [], invitation: null });
    expect(['account_deactivated', 'session_ended']).toContain((await other.call(adminSession)).code);
    const [open] = await house.query<{ count: string }>(
      'SELECT count(*) FROM invitations WHERE user_id = $1 AND revoked_at IS NULL',
      [other.person.id],
    );
    expect(open!.count).toBe('0');
  });

  it('brings who is activated again back to active with a password, to invited without', async () => {
    const [withPassword, without] = [await house.person(), await house.person()];
    await house.query('UPDATE users SET password_hash = NULL WHERE id = $1', [without.id]);
    for (const [person, state] of [
      [withPassword, 'active'],
      [without, 'invited'],
    ] as const) {
      await admin.call(usersUpdate, { params: { id: person.id }, body: { isActive: false } });
      const answer = await admin.call(usersUpdate, { params: { id: person.id }, body: { isActive: true } });
      expect(answer.result.state).toBe(state);
    }
    expect((await eventsAbout(without.id)).at(-1)).toEqual({
      action: 'user_activated',
      detail: { state: { before: 'deactivated', after: 'invited' } },
    });
  });

  it('ends the console sessions of who is demoted, keeps their others, and remembers it (P3)', async () => {
    const other = await house.administrator();
    const kept = await session(other.person.id);
    await admin.call(usersUpdate, { params: { id: other.person.id }, body: { isAdmin: false } });
    expect(['not_admin', 'session_ended']).toContain((await other.call(adminSession)).code);
    expect(await isLive(kept)).toBe(true);
    const demoted = 'SELECT admin_demoted_at AS at FROM users WHERE id = $1';
    expect((await house.query<{ at: unknown }>(demoted, [other.person.id]))[0]!.at).not.toBeNull();
    await admin.call(usersUpdate, { params: { id: other.person.id }, body: { isAdmin: true } });
    expect((await house.query<{ at: unknown }>(demoted, [other.person.id]))[0]!.at).toBeNull();
  });

  it('is missing for an id that nobody has', async () => {
    const answer = await admin.call(usersUpdate, { params: { id: nobody }, body: { name: 'Ghost' } });
    expect(answer.code).toBe('not_found');
  });
});
