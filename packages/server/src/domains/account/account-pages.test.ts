import { accountHome, accountSessions, allRoutes, type RouteDefinition } from '@castellan/contract';
import { createTestPlatform, type TestPerson, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemOrigin } from '../../platform/activity/event.ts';
import { createBrowserSessions } from '../browser-sessions/browser-session.ts';
import { insertGrant } from '../grants/grant-store.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
});
afterAll(() => house.close());

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** Somebody who is signed in with a browser, and what they do there. */
async function signedIn(facts: { readonly person?: TestPerson; readonly userAgent?: string } = {}) {
  const person = facts.person ?? (await house.person({ name: 'Ada Lovelace' }));
  const sessions = createBrowserSessions({
    database: house.platform.database,
    clock: house.clock,
    cookieSecure: false,
  });
  const begun = await house.platform.database.write(systemOrigin, (tx) =>
    sessions.begin(tx, {
      userId: person.id,
      name: person.name,
      amr: ['pwd'],
      method: 'password',
      address: '203.0.113.7',
      userAgent: facts.userAgent ?? firefox,
    }),
  );
  const cookie = begun.cookie.split(';')[0]!;
  const app = house.platform.publicListener;
  return {
    person,
    cookie,
    sessionId: begun.grantId,
    get: (url: string, headers: Record<string, string> = {}) =>
      app.inject({ url, headers: { cookie, accept: 'text/html', ...headers } }),
    post: (url: string, form: Record<string, string> = {}, headers: Record<string, string> = {}) =>
      app.inject({
        method: 'POST',
        url,
        headers: {
          cookie,
          accept: 'text/html',
          origin: house.settings.PUBLIC_URL,
          'content-type': 'application/x-www-form-urlencoded',
          ...headers,
        },
        payload: new URLSearchParams(form).toString(),
      }),
  };
}

const actionsOf = async (personId: string): Promise<string[]> => {
  await house.platform.settled();
  const rows = await house.query<{ action: string }>(
    'SELECT action FROM activity_events WHERE actor_id = $1 OR target_id = $1 ORDER BY sequence',
    [personId],
  );
  return rows.map(({ action }) => action);
};

const ownPages = (allRoutes as readonly RouteDefinition[]).filter(
  ({ id, permission, gives }) => permission === 'person' && gives === 'html' && id.startsWith('account.'),
);
const someId = '01930000-0000-7000-8000-000000000001';
const pathFor = ({ path }: RouteDefinition) => path.replace('{id}', someId).replace('{provider}', 'nobody');

describe('P19 a person’s pages are for that person alone', () => {
  it('somebody who is not signed in is led to the sign-in and back, and their forms do nothing', async () => {
    expect(ownPages.length).toBeGreaterThan(15);
    for (const route of ownPages) {
      const answer = await house.platform.publicListener.inject({
        method: route.method,
        url: pathFor(route),
        headers: { accept: 'text/html', origin: house.settings.PUBLIC_URL },
      });
      if (route.method === 'GET') {
        expect(answer.statusCode, route.id).toBe(303);
        expect(answer.headers.location).toBe(`/sign-in?return_to=${encodeURIComponent(pathFor(route))}`);
      } else expect(answer.headers.location, route.id).toMatch(/^\/sign-in\?return_to=%2Faccount/);
      const program = await house.platform.publicListener.inject({
        method: route.method,
        url: pathFor(route),
        headers: { origin: house.settings.PUBLIC_URL },
      });
      if (route.method !== 'GET') expect(program.statusCode, route.id).toBe(401);
    }
  });

  it('every form needs exactly our own Origin (CSRF)', async () => {
    const ada = await signedIn();
    for (const route of ownPages.filter(({ method }) => method === 'POST'))
      for (const origin of ['https://evil.example', 'null', house.settings.ADMIN_URL, '']) {
        const answer = await ada.post(pathFor(route), {}, { origin });
        expect(answer.statusCode, `${route.id} from ${origin}`).toBe(403);
      }
  });

  it('no page keeps anything in a cache, runs an inline script, or may be framed', async () => {
    const ada = await signedIn();
    for (const route of ownPages.filter(({ method, path }) => method === 'GET' && !path.includes('{'))) {
      const answer = await ada.get(route.path);
      expect(answer.statusCode, route.id).toBe(200);
      expect(answer.headers['cache-control']).toBe('no-store');
      const policy = String(answer.headers['content-security-policy']);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(answer.body).not.toMatch(/<script(?![^>]*src=)|\son\w+=|\sstyle=/i);
    }
  });

  it('every page is whole in German', async () => {
    const ada = await signedIn();
    for (const route of ownPages.filter(({ method, path }) => method === 'GET' && !path.includes('{'))) {
      const [german, english] = await Promise.all([
        ada.get(route.path, { 'accept-language': 'de-AT,en;q=0.5' }),
        ada.get(route.path, { 'accept-language': 'en' }),
      ]);
      expect(german.body).toContain('<html lang="de">');
      const words = (page: string) =>
        new Set(
          [...page.replace(/^[\s\S]*<main/, '').matchAll(/>([^<>]{12,})</g)].map(([, text]) => text!.trim()),
        );
      const [inGerman, inEnglish] = [words(german.body), words(english.body)];
      const shared = [...inGerman].filter(
        (text) => inEnglish.has(text) && !/^[\w.-]+@|Ada Lovelace/.test(text),
      );
      expect(shared, route.id).toEqual([]);
    }
  });
});

describe('the first page', () => {
  it('says who they are and where they belong, with markup in names shown as text', async () => {
    const person = await house.person({ name: '<b>Bobby</b> "Tables"' });
    await house.workspace({ name: 'R&D <script>', members: [[person, 'admin']] });
    const bobby = await signedIn({ person });
    const { body, statusCode } = await bobby.get(accountHome.path);
    expect(statusCode).toBe(200);
    expect(body).toContain('&lt;b&gt;Bobby&lt;/b&gt; &quot;Tables&quot;');
    expect(body).toContain('R&amp;D &lt;script&gt;');
    expect(body).toContain('Admin');
    expect(body).toContain(person.email);
  });
});

describe('profile', () => {
  it('changes the name, tells it in the timeline, and keeps the language', async () => {
    const ada = await signedIn();
    const changed = await ada.post('/account/profile', { name: '  Ada King ', language: 'de' });
    expect(changed.statusCode).toBe(303);
    expect(String(changed.headers['set-cookie'])).toContain('castellan_language=de');
    expect((await ada.get('/account/profile?done=saved')).body).toContain('value="Ada King"');
    expect(await actionsOf(ada.person.id)).toContain('user_updated');
  });

  it('refuses an empty, endless or broken name in words beside the field, and keeps what was typed', async () => {
    const ada = await signedIn();
    for (const name of ['', ' ', 'x'.repeat(121), 'two\nlines', 'nul\0']) {
      const answer = await ada.post('/account/profile', { name, language: '' });
      expect(answer.statusCode).toBe(422);
      expect(answer.body).toContain('aria-invalid="true"');
    }
    expect((await ada.post('/account/profile', { name: 'Ada', language: 'tlh' })).statusCode).toBe(422);
    expect((await house.query('SELECT name FROM users WHERE id = $1', [ada.person.id]))[0]).toEqual({
      name: 'Ada Lovelace',
    });
  });
});

it('a form that is repeated, endless or no form is refused, and changes nothing', async () => {
  const ada = await signedIn();
  const raw = (payload: string, type = 'application/x-www-form-urlencoded') =>
    house.platform.publicListener.inject({
      method: 'POST',
      url: '/account/profile',
      headers: { cookie: ada.cookie, origin: house.settings.PUBLIC_URL, 'content-type': type },
      payload,
    });
  expect((await raw('name=One&name=Two')).statusCode).toBe(422);
  expect((await raw(`name=${'x'.repeat(70_000)}`)).statusCode).toBe(413);
  expect((await raw('<name>One</name>', 'application/xml')).statusCode).toBe(415);
  expect(await house.query('SELECT name FROM users WHERE id = $1', [ada.person.id])).toEqual([
    { name: 'Ada Lovelace' },
  ]);
});

describe('sessions', () => {
  it('lists every place with device and address, marks this one, and hides other people’s', async () => {
    const ada = await signedIn();
    await signedIn({ person: ada.person, userAgent: 'curl/8.9.1' });
    const bob = await signedIn({ userAgent: 'BobsBrowser/1.0' });
    const { body } = await ada.get(accountSessions.path);
    expect(body).toContain('Firefox on Linux');
    expect(body).toContain('This browser');
    expect(body).toContain('curl');
    expect(body).toContain('203.0.113.7');
    expect(body).not.toContain('BobsBrowser');
    expect(body).not.toContain(bob.sessionId);
  });

  it('ends one: it is out at its next request, and the timeline tells it', async () => {
    const ada = await signedIn();
    const other = await signedIn({ person: ada.person });
    const ended = await ada.post(`/account/sessions/${other.sessionId}/end`);
    expect(ended.headers.location).toBe('/account/sessions?done=ended');
    expect((await other.get('/account')).statusCode).toBe(303);
    expect((await ada.get('/account')).statusCode).toBe(200);
    expect(await actionsOf(ada.person.id)).toContain('session_ended');
  });

  it('somebody else’s session, one that is over, and one that never was are the same nothing', async () => {
    const [ada, bob] = [await signedIn(), await signedIn()];
    const over = await signedIn({ person: ada.person });
    await ada.post(`/account/sessions/${over.sessionId}/end`);
    for (const id of [bob.sessionId, over.sessionId, someId]) {
      const answer = await ada.post(`/account/sessions/${id}/end`);
      expect(answer.headers.location).toBe('/account/sessions?done=gone');
    }
    expect((await bob.get('/account')).statusCode).toBe(200);
    expect(await actionsOf(bob.person.id)).not.toContain('session_ended');
    expect((await ada.post('/account/sessions/nonsense/end')).statusCode).toBe(422);
  });

  it('ends all others and what apps were given in them, and keeps this one', async () => {
    const ada = await signedIn();
    const others = [await signedIn({ person: ada.person }), await signedIn({ person: ada.person })];
    const bob = await signedIn();
    await house.platform.database.write(systemOrigin, (tx) =>
      insertGrant(tx, {
        kind: 'admin_session',
        userId: ada.person.id,
        serviceId: null,
        workspaceId: null,
        address: null,
        userAgent: null,
      }),
    );
    const answer = await ada.post('/account/sessions/end-others');
    expect(answer.headers.location).toBe('/account/sessions?done=ended-3');
    for (const other of others) expect((await other.get('/account')).statusCode).toBe(303);
    expect((await ada.get('/account/sessions?done=ended-3')).body).toContain('3 sessions were ended.');
    expect((await bob.get('/account')).statusCode).toBe(200);
    const live = await house.query('SELECT id FROM grants WHERE user_id = $1 AND ended_at IS NULL', [
      ada.person.id,
    ]);
    expect(live).toEqual([{ id: ada.sessionId }]);
  });
});

describe('password', () => {
  const fresh = 'an entirely different phrase';

  it('changes with the current password, and ends every other sign-in', async () => {
    const ada = await signedIn();
    const other = await signedIn({ person: ada.person });
    house.clock.pass(11 * 60);
    expect((await ada.get('/account/password')).body).toContain('Current password');
    const changed = await ada.post('/account/password', {
      current_password: ada.person.password,
      password: fresh,
      password_again: fresh,
    });
    expect(changed.statusCode).toBe(200);
    expect(changed.body).toContain('One other sign-in was ended.');
    expect((await other.get('/account')).statusCode).toBe(303);
    expect((await ada.get('/account')).statusCode).toBe(200);
    expect(await actionsOf(ada.person.id)).toContain('password_set');
  });

  it('ends links that are open: whoever has one may be why it is changed', async () => {
    const ada = await signedIn();
    for (const page of ['/sign-in/link', '/reset'])
      expect((await ada.post(page, { email: ada.person.email })).statusCode).toBe(303);
    const open = () =>
      house.query('SELECT kind FROM account_links WHERE email = $1 AND revoked_at IS NULL', [
        ada.person.email,
      ]);
    expect(await open()).toHaveLength(2);
    expect((await ada.post('/account/password', { password: fresh, password_again: fresh })).statusCode).toBe(
      200,
    );
    expect(await open()).toEqual([]);
  });

  it('a wrong current password changes nothing, is told in the timeline, and tries are limited', async () => {
    const ada = await signedIn();
    house.clock.pass(11 * 60);
    const attempt = () =>
      ada.post('/account/password', { current_password: 'wrong', password: fresh, password_again: fresh });
    const wrong = await attempt();
    expect(wrong.statusCode).toBe(422);
    expect(wrong.body).toContain('This is not your current password.');
    expect(await actionsOf(ada.person.id)).toContain('user_login_refused');
    let last = wrong;
    for (let round = 0; round < 12 && last.statusCode !== 429; round++) last = await attempt();
    expect(last.statusCode).toBe(429);
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
    expect(await actionsOf(ada.person.id)).not.toContain('password_set');
  });

  it('somebody who has just signed in needs no current password', async () => {
    const ada = await signedIn();
    expect((await ada.get('/account/password')).body).not.toContain('Current password');
    expect((await ada.post('/account/password', { password: fresh, password_again: fresh })).statusCode).toBe(
      200,
    );
  });

  it('an account without a password needs a recent sign-in to get one', async () => {
    const ada = await signedIn();
    await house.query('UPDATE users SET password_hash = NULL, password_set_at = NULL WHERE id = $1', [
      ada.person.id,
    ]);
    house.clock.pass(11 * 60);
    const asked = await ada.get('/account/password');
    expect(asked.statusCode).toBe(303);
    expect(asked.headers.location).toMatch(/^\/sign-in\?return_to=%2Faccount%2Fpassword&again=1/);
    const sent = await ada.post('/account/password', { password: fresh, password_again: fresh });
    expect(sent.statusCode).toBe(303);
    expect(await actionsOf(ada.person.id)).not.toContain('password_set');
  });

  it('refuses what is short, endless, mistyped or their own name, and never shows it again', async () => {
    const ada = await signedIn();
    for (const [password, again, words] of [
      ['', '', 'Choose a password.'],
      ['short', 'short', 'this has 5'],
      ['x'.repeat(257), 'x'.repeat(257), 'at most 256'],
      ['four words put together', 'four words put', 'differ'],
      ['Ada.Lovelace', 'Ada.Lovelace', 'name or e-mail'],
    ] as const) {
      const answer = await ada.post('/account/password', { password, password_again: again });
      expect(answer.statusCode).toBe(422);
      expect(answer.body).toContain(words);
      if (password) expect(answer.body).not.toContain(`value="${password}"`);
    }
  });
});

describe('activity', () => {
  it('shows what they did and what happened to them, by pages of 50, and nobody else’s', async () => {
    const [ada, bob] = [await signedIn(), await signedIn()];
    for (let index = 0; index < 60; index++)
      await house.platform.database.write(systemOrigin, async (tx) =>
        tx.record({
          action: 'user_updated',
          actors: [{ kind: 'operator', id: bob.person.id, label: 'Bob Operator' }],
          target: { kind: 'user', id: ada.person.id, label: `Ada ${index}` },
        }),
      );
    await house.platform.settled();
    const first = await ada.get('/account/activity');
    expect(first.body).toContain('Bob Operator edited Ada 59');
    expect(first.body.match(/class="entry"/g)).toHaveLength(50);
    const next = /href="(\/account\/activity\?cursor=[^"]+)"/.exec(first.body)![1]!;
    const second = await ada.get(next);
    expect(second.body).toContain('Bob Operator edited Ada 0');
    expect(second.body).toContain('Ada Lovelace signed in');
    expect(second.body).not.toContain('rel="next"');
    // A cursor is one person's: somebody else's is not theirs to use.
    expect((await bob.get(next)).statusCode).toBe(422);
    expect((await bob.get('/account/activity?cursor=nonsense')).statusCode).toBe(422);
  });
});
