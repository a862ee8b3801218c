import {
  invitationAccept,
  login,
  mailExport,
  pathOf,
  usersCreate,
  usersInvite,
  usersSetStates,
} from '@castellan/contract';
import { createPageBrowser, createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newToken } from '../../platform/secrets/opaque-token.ts';
import { linkToken } from './one-time-links.ts';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
const logged: string[] = [];

beforeAll(async () => {
  house = await createTestPlatform({ onLog: (line) => logged.push(line) });
  admin = await house.administrator();
  await house.service('orders', ['https://orders.example']);
});
afterAll(() => house.close());

const password = 'four words put together';
let count = 0;

async function invited(facts: { readonly workspaceId?: string; readonly name?: string } = {}) {
  const email = `invited${++count}@example.com`;
  const { result } = await admin.call(usersCreate, {
    body: {
      email,
      name: facts.name ?? 'Grace Hopper',
      ...(facts.workspaceId ? { workspaceId: facts.workspaceId } : {}),
    },
  });
  return { id: result.id, email, token: await newestToken(result.id) };
}

async function newestToken(userId: string): Promise<string> {
  const [row] = await house.query<{ id: string }>(
    'SELECT id FROM invitations WHERE user_id = $1 ORDER BY id DESC LIMIT 1',
    [userId],
  );
  return linkToken(house.platform.vault, 'set_password', row!.id);
}

const open = (token: string) =>
  house.platform.publicListener.inject({ url: pathOf(invitationAccept, { token }) });
const submit = (token: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  house.platform.publicListener.inject({
    method: 'POST',
    url: pathOf(invitationAccept, { token }),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: house.settings.PUBLIC_URL,
      ...headers,
    },
    payload: new URLSearchParams(fields).toString(),
  });
const userRow = async (id: string) =>
  (
    await house.query<{
      state: string;
      name: string;
      password_hash: string | null;
      email_verified_at: Date | null;
    }>('SELECT * FROM users WHERE id = $1', [id])
  )[0]!;

describe('an open link', () => {
  it('shows who is invited, by whom and to what, and changes nothing by being looked at', async () => {
    const acme = await house.workspace({ name: 'Acme <b>& Sons' });
    const { id, email, token } = await invited({ workspaceId: acme.id });
    for (let looks = 0; looks < 2; looks++) {
      const page = await open(token);
      expect(page.statusCode).toBe(200);
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
      for (const words of [
        email,
        'Ada Admin invited you',
        'Acme &lt;b&gt;&amp; Sons',
        'value="Grace Hopper"',
        'At least 12 characters',
      ])
        expect(page.body).toContain(words);
    }
    expect(await userRow(id)).toMatchObject({ state: 'invited', password_hash: null });
  });

  it('works once: the password signs in, and the link says afterwards that it was used', async () => {
    const { id, email, token } = await invited();
    const done = await submit(token, { name: 'Rear Admiral Hopper', password, password_again: password });
    expect(done.statusCode).toBe(200);
    expect(done.body).toContain('Your password is set');
    expect(done.body).toContain('href="https://orders.example"');
    expect(await userRow(id)).toMatchObject({ state: 'active', name: 'Rear Admiral Hopper' });
    const signedIn = await house.caller().call(login, { body: { email, password, service: 'orders' } });
    expect(signedIn.status).toBe(200);
    for (const again of [await open(token), await submit(token, { name: 'X', password })]) {
      expect(again.statusCode).toBe(410);
      expect(again.body).toContain('This link was used before');
      expect(again.body).not.toContain(email);
    }
  });

  it('signs the browser in that set the password, and speaks its language', async () => {
    const { token } = await invited();
    const browser = createPageBrowser(house, 'de');
    expect((await browser.get(`/invite/${token}`)).text).toContain('Ada Admin hat Sie eingeladen');
    const refused = await browser.post(`/invite/${token}`, { name: 'Grace', password: 'kurz' });
    expect(refused.text).toContain('Nehmen Sie mindestens 12 Zeichen; das sind 4.');
    const done = await browser.post(`/invite/${token}`, { name: 'Grace', password });
    expect(done.text).toContain('Ihr Passwort ist festgelegt');
    expect((await browser.get('/sign-in?return_to=/account/apps')).location).toMatch(/\/account\/apps$/);
  });

  it('records what happened, by the person themselves', async () => {
    const { id, token } = await invited();
    await submit(token, { name: 'Grace Hopper', password });
    await house.platform.settled();
    const events = await house.query<{ action: string; actors: { kind: string; id: string }[] }>(
      `SELECT action, actors FROM activity_events WHERE target_id = $1 ORDER BY sequence`,
      [id],
    );
    expect(events.map(({ action }) => action)).toEqual([
      'user_created',
      'password_set',
      'invitation_accepted',
      'user_login',
    ]);
    for (const event of events.slice(1)) expect(event.actors).toMatchObject([{ kind: 'user', id }]);
  });

  it('is used by one of several who come at the same moment', async () => {
    const { id, token } = await invited();
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, n) =>
        submit(token, { name: `Winner ${n}`, password: `${password} ${n}` }),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 410, 410, 410]);
    const winner = answers.findIndex(({ statusCode }) => statusCode === 200);
    expect((await userRow(id)).name).toBe(`Winner ${winner}`);
  });

  it('says what is wrong beside the field, keeps the name and never a password', async () => {
    const { id, token } = await invited();
    const wrong: [Record<string, string>, string][] = [
      [{ name: 'Grace <i>', password: 'eleven char' }, 'Use at least 12 characters; this has 11.'],
      [{ name: 'Grace <i>', password: '' }, 'Choose a password.'],
      [{ name: 'Grace <i>', password, password_again: `${password}!` }, 'The two passwords differ.'],
      [{ name: '', password }, 'Enter your name.'],
    ];
    for (const [fields, words] of wrong) {
      const page = await submit(token, fields);
      expect(page.statusCode).toBe(422);
      expect(page.body).toContain(words);
      expect(page.body).toContain('aria-invalid="true"');
      if (fields.name) expect(page.body).toContain('value="Grace &lt;i&gt;"');
      if (fields.password) expect(page.body).not.toContain(fields.password);
    }
    expect((await userRow(id)).state).toBe('invited');
  });

  it('ends sign-ins that were there before', async () => {
    const { id, email, token } = await invited();
    await submit(token, { name: 'Grace', password });
    await house.caller().call(login, { body: { email, password, service: 'orders' } });
    await house.query(`UPDATE invitations SET used_at = NULL WHERE user_id = $1`, [id]);
    await submit(token, { name: 'Grace', password: 'another four words here' });
    const grants = await house.query<{ kind: string; ended_reason: string }>(
      'SELECT kind, ended_reason FROM grants WHERE user_id = $1 ORDER BY created_at',
      [id],
    );
    expect(grants).toEqual([
      { kind: 'browser_session', ended_reason: 'password_changed' },
      { kind: 'session', ended_reason: 'password_changed' },
      { kind: 'browser_session', ended_reason: null },
    ]);
  });
});

describe('the e-mail counts as verified', () => {
  const accept = async (prepare: (invitationOf: string) => Promise<unknown>) => {
    const { id, token } = await invited();
    await prepare(id);
    await submit(token, { name: 'Grace', password });
    return (await userRow(id)).email_verified_at !== null;
  };
  const messageSent = (id: string) =>
    house.query(
      `INSERT INTO mail_messages (id, kind, recipient, subject, invitation_id, facts, state, created_at)
       SELECT gen_random_uuid(), 'invitation', 'x', 'x', id, '{}', 'sent', now() FROM invitations WHERE user_id = $1`,
      [id],
    );

  it('when the link was sent to it and shown to nobody', async () => {
    expect(await accept(messageSent)).toBe(true);
  });
  it('not when no mail was sent', async () => {
    expect(await accept(async () => {})).toBe(false);
  });
  it('not when an operator was shown the link', async () => {
    const shown = await accept(async (id) => {
      await messageSent(id);
      await admin.call(mailExport);
    });
    expect(shown).toBe(false);
  });
});

describe('a link that leads nowhere says what to do', () => {
  it('unknown, of another kind, or cut off: 404', async () => {
    const { token } = await invited();
    for (const wrong of [newToken('inv_'), newToken('set_'), token.slice(0, -1), 'x'])
      for (const answer of [await open(wrong), await submit(wrong, { name: 'X', password })]) {
        expect(answer.statusCode).toBe(404);
        expect(answer.body).toContain('This link is not complete');
      }
  });

  it('expired: 410, and the account is still there', async () => {
    const { id, token } = await invited();
    await house.query(`UPDATE invitations SET expires_at = now() - interval '1 second' WHERE user_id = $1`, [
      id,
    ]);
    for (const answer of [await open(token), await submit(token, { name: 'X', password })]) {
      expect(answer.statusCode).toBe(410);
      expect(answer.body).toContain('This link has expired');
    }
    expect((await userRow(id)).state).toBe('invited');
  });

  it('replaced by a newer one: 410, and the newer one works', async () => {
    const { id, token } = await invited();
    expect((await admin.call(usersInvite, { params: { id } })).status).toBeLessThan(300);
    expect((await open(token)).statusCode).toBe(410);
    expect((await open(token)).body).toContain('This link was replaced');
    expect((await submit(await newestToken(id), { name: 'X', password })).statusCode).toBe(200);
  });

  it('deactivated: 403, whether before it was opened or while it was open', async () => {
    const { id, token } = await invited();
    await admin.call(usersSetStates, { body: { ids: [id], isActive: false } });
    for (const answer of [await open(token), await submit(token, { name: 'X', password })]) {
      expect(answer.statusCode).toBe(403);
      expect(answer.body).toContain('This account is deactivated');
    }
    expect((await userRow(id)).password_hash).toBeNull();
  });
});

describe('safety', () => {
  it('a form of another site is refused: 403, nothing changed', async () => {
    const { id, token } = await invited();
    for (const origin of ['https://evil.example', 'null', 'http://localhost:9004']) {
      const answer = await submit(token, { name: 'X', password }, { origin });
      expect(answer.statusCode).toBe(403);
      expect(answer.body).toContain('came from another site');
    }
    expect((await userRow(id)).state).toBe('invited');
  });

  it('the page is stored nowhere, framed nowhere, runs nothing, and its address leaves in no Referer', async () => {
    const { token } = await invited();
    const { headers, body } = await open(token);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['referrer-policy']).toBe('strict-origin');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(body).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
  });

  it('its style sheet is served to be kept, and is there at both listeners', async () => {
    const { token } = await invited();
    const address = /href="(\/assets\/pages\.css[^"]*)"/.exec((await open(token)).body)?.[1] ?? '';
    for (const listener of [house.platform.publicListener, house.platform.adminListener]) {
      const sheet = await listener.inject({ url: address });
      expect(sheet.statusCode).toBe(200);
      expect(sheet.headers['content-type']).toContain('text/css');
      expect(sheet.headers['cache-control']).toContain('immutable');
      expect(sheet.body).toContain('--surface-page');
    }
  });

  it('neither link nor password is in any log line or event', async () => {
    const { token } = await invited();
    await open(token);
    await submit(token, { name: 'Grace', password: 'canary password of grace' });
    await house.platform.settled();
    const events = JSON.stringify(await house.query('SELECT * FROM activity_events'));
    for (const secret of [token, 'canary password of grace']) {
      expect(events).not.toContain(secret);
      expect(logged.join('\n')).not.toContain(secret);
    }
  });
});
