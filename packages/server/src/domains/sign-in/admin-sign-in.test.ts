import { adminLogin, adminLogout, adminSession, stats, usersUpdate } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform({
    settings: { ADMIN_EMAILS: 'Listed@Example.com, unverified@example.com,demoted@example.com' },
  });
});
afterAll(() => house.close());

const signIn = (person: { email: string; password: string }) =>
  house.caller().call(adminLogin, { body: { email: person.email, password: person.password } });
const holder = (cookie: string) => house.caller({ cookie });
const cookieOf = (answer: { headers: Readonly<Record<string, unknown>> }): string =>
  String(answer.headers['set-cookie']);

describe('P15 the admin session', () => {
  it('travels in an HttpOnly, SameSite=Strict cookie for one hour, with the claims of the contract', async () => {
    const person = await house.person({ isAdmin: true, name: 'Ada' });
    const cookie = cookieOf(await signIn(person));
    expect(cookie).toMatch(/^admin_token=[\w.-]+; Max-Age=3600; Path=\/; HttpOnly; SameSite=Strict$/);
    const claims = decodeJwt(cookie.split(';')[0]!.split('=')[1]!);
    expect(claims).toMatchObject({
      sub: person.id,
      email: person.email,
      name: 'Ada',
      admin: true,
      type: 'admin_access',
    });
    expect(claims.exp! - claims.iat!).toBe(3600);
  });

  it('is Secure where COOKIE_SECURE is on', async () => {
    const secure = await createTestPlatform({ settings: { COOKIE_SECURE: 'true' } });
    const person = await secure.person({ isAdmin: true });
    const answer = await secure
      .caller()
      .call(adminLogin, { body: { email: person.email, password: person.password } });
    expect(cookieOf(answer)).toContain('; Secure');
    await secure.close();
  });

  it('refuses who is no administrator with 403, and gives no cookie', async () => {
    const answer = await signIn(await house.person());
    expect(answer.status).toBe(403);
    expect(answer.code).toBe('not_admin');
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('says who is signed in, and ends on the server at sign-out', async () => {
    const person = await house.person({ isAdmin: true });
    const cookie = cookieOf(await signIn(person)).split(';')[0]!;
    expect((await holder(cookie).call(adminSession)).result).toMatchObject({
      id: person.id,
      email: person.email,
      admin: true,
    });
    const out = await holder(cookie).call(adminLogout);
    expect(out.status).toBe(204);
    expect(cookieOf(out)).toContain('Max-Age=0');
    expect((await holder(cookie).call(adminSession)).code).toBe('session_ended');
  });

  it('can not be locked from outside: while hundreds of addresses guess, an administrator still signs in from a new one', async () => {
    const person = await house.person({ isAdmin: true });
    const attempt = (password: string, remoteAddress: string) =>
      house.caller().call(adminLogin, { body: { email: person.email, password }, remoteAddress });
    for (let block = 0; block < 11; block++)
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => attempt('wrong', `198.51.${block}.${index}`)),
      );
    expect((await attempt('wrong', '198.51.0.0')).code).toBe('invalid_credentials');
    expect((await attempt('wrong', '198.51.0.0')).code).toBe('rate_limited');
    expect((await attempt(person.password, '192.0.2.78')).status).toBe(200);
  }, 60_000);

  it('expires after its hour', async () => {
    const cookie = cookieOf(await signIn(await house.person({ isAdmin: true }))).split(';')[0]!;
    house.clock.pass(3601);
    expect((await holder(cookie).call(adminSession)).code).toBe('token_expired');
    house.clock.pass(-3601);
  });

  it('reads rights anew on each request: demotion, deactivation and deletion refuse the next one', async () => {
    for (const [change, code] of [
      ['UPDATE users SET is_admin = false WHERE id = $1', 'not_admin'],
      [`UPDATE users SET state = 'deactivated' WHERE id = $1`, 'account_deactivated'],
      ['DELETE FROM users WHERE id = $1', 'session_ended'],
    ] as const) {
      const person = await house.person({ isAdmin: true });
      const cookie = cookieOf(await signIn(person)).split(';')[0]!;
      expect((await holder(cookie).call(stats)).status).toBe(200);
      await house.query(change, [person.id]);
      expect((await holder(cookie).call(stats)).code).toBe(code);
    }
  });

  it('refuses a write whose author was demoted between authentication and the write', async () => {
    const actor = await house.person({ isAdmin: true });
    const target = await house.person();
    const cookie = cookieOf(await signIn(actor)).split(';')[0]!;
    // A demotion in flight holds the row; the write waits for it and then finds the right gone.
    const client = await house.platform.database.pool.connect();
    await client.query('BEGIN');
    await client.query('UPDATE users SET is_admin = false WHERE id = $1', [actor.id]);
    const write = holder(cookie).call(usersUpdate, { params: { id: target.id }, body: { name: 'Changed' } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.query('COMMIT');
    client.release();
    expect((await write).code).toBe('not_admin');
    const [row] = await house.query<{ name: string }>('SELECT name FROM users WHERE id = $1', [target.id]);
    expect(row!.name).toBe('Test Person');
  });
});

describe('P3 ADMIN_EMAILS', () => {
  it('makes a listed, verified person an administrator on sign-in, in any case of letters', async () => {
    const person = await house.person({ email: 'listed@example.com' });
    expect((await signIn(person)).code).toBe('not_admin');
    await house.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [person.id]);
    expect((await signIn(person)).status).toBe(200);
    await house.platform.settled();
    const events = await house.query<{ action: string }>(
      'SELECT action FROM activity_events WHERE target_id = $1',
      [person.id],
    );
    expect(events.map((event) => event.action)).toContain('user_promoted');
  });

  it('does nothing for an unverified e-mail', async () => {
    expect((await signIn(await house.person({ email: 'unverified@example.com' }))).code).toBe('not_admin');
  });

  it('does nothing for somebody who was demoted: the demotion wins', async () => {
    const person = await house.person({ email: 'demoted@example.com' });
    await house.query('UPDATE users SET email_verified_at = now(), admin_demoted_at = now() WHERE id = $1', [
      person.id,
    ]);
    expect((await signIn(person)).code).toBe('not_admin');
  });
});
