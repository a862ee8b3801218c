import { login, logout, refresh, sessionsCheck } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemOrigin } from '../../platform/activity/event.ts';
import { registerService } from '../services/register-service.ts';
import { createPasswordHasher } from './password-hasher.ts';

let house: TestPlatform;
let serviceKey: string;

const register = async (name: string, origins: string[] = []): Promise<string> =>
  (
    await house.platform.database.write(systemOrigin, (tx) =>
      registerService(tx, { name, description: '', origins, adminUrl: null }),
    )
  ).key;

beforeAll(async () => {
  house = await createTestPlatform();
  serviceKey = await register('orders', ['http://localhost:9005']);
});
afterAll(() => house.close());

const anyone = () => house.caller();
const service = (key = serviceKey) => house.caller({ authorization: `Bearer ${key}` });
const signIn = async (person: { email: string; password: string }, workspaceId?: string) =>
  anyone().call(login, {
    body: {
      email: person.email,
      password: person.password,
      service: 'orders',
      ...(workspaceId ? { workspaceId } : {}),
    },
  });
const check = async (token: string, key = serviceKey) =>
  (await service(key).call(sessionsCheck, { body: { tokens: [token] } })).result.results[0]!;
const eventsOf = async (userId: string): Promise<string[]> => {
  await house.platform.settled();
  const rows = await house.query<{ action: string }>(
    'SELECT action FROM activity_events WHERE target_id = $1 ORDER BY sequence',
    [userId],
  );
  return rows.map((row) => row.action);
};

describe('S2 sign-in by password', () => {
  it('gives an RFC 9068 access token for the one service, a refresh token and the workspaces', async () => {
    const person = await house.person({ name: 'Bob Buyer' });
    const workspace = await house.workspace({ members: [[person, 'editor']] });
    const answer = await signIn(person);
    expect(answer.status).toBe(200);
    expect(answer.result.workspace).toMatchObject({ id: workspace.id, role: 'editor' });
    const claims = decodeJwt(answer.result.accessToken);
    expect(decodeProtectedHeader(answer.result.accessToken)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
    expect(claims).toMatchObject({
      iss: 'http://localhost:9003',
      aud: 'orders',
      sub: person.id,
      wid: workspace.id,
      wrole: 'editor',
    });
    expect(claims.exp! - claims.iat!).toBe(900);
    expect(await eventsOf(person.id)).toEqual(['user_login']);
  });

  it('names no workspace when there are several, takes the named one, and refuses a foreign one', async () => {
    const person = await house.person();
    const first = await house.workspace({ members: [[person, 'viewer']] });
    await house.workspace({ members: [[person, 'owner']] });
    const foreign = await house.workspace();
    expect((await signIn(person)).result.workspace).toBeUndefined();
    expect((await signIn(person)).result.workspaces).toHaveLength(2);
    expect((await signIn(person, first.id)).result.workspace?.id).toBe(first.id);
    expect((await signIn(person, foreign.id)).code).toBe('not_member');
  });

  it('answers an unknown e-mail, a wrong password and an account without a password alike', async () => {
    const person = await house.person();
    const [invited] = await house.query<{ email: string }>(
      `INSERT INTO users (id, email, name, state, created_at, updated_at) VALUES (gen_random_uuid(), 'invited@example.com', 'I', 'invited', now(), now()) RETURNING email`,
    );
    const wrong = await Promise.all([
      signIn({ email: person.email, password: 'not the passphrase' }),
      signIn({ email: 'nobody@example.com', password: 'not the passphrase' }),
      signIn({ email: invited!.email, password: 'not the passphrase' }),
    ]);
    const bodies = wrong.map((answer) => {
      const { correlation_id: _, ...rest } = JSON.parse(answer.text);
      return rest;
    });
    expect(wrong.map((answer) => answer.code)).toEqual([
      'invalid_credentials',
      'invalid_credentials',
      'invalid_credentials',
    ]);
    expect(bodies[1]).toEqual(bodies[0]);
    expect(bodies[2]).toEqual(bodies[0]);
    expect(await eventsOf(person.id)).toEqual(['user_login_refused']);
  });

  it('takes as long for an unknown e-mail as for a wrong password', async () => {
    const person = await house.person();
    // As the platform hashes passwords; those of test people are cheap to check.
    const stored = await createPasswordHasher().hash(person.password);
    await house.query('UPDATE users SET password_hash = $2 WHERE id = $1', [person.id, stored]);
    const time = async (email: string): Promise<number> => {
      const began = performance.now();
      await signIn({ email, password: 'not the passphrase' });
      return performance.now() - began;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 8; round++) {
      known.push(await time(person.email));
      unknown.push(await time(`nobody-${round}@example.com`));
    }
    const median = (values: number[]): number =>
      values.sort((left, right) => left - right)[values.length / 2]!;
    // Without the dummy hash an unknown e-mail would answer in about a tenth of the time.
    expect(median(unknown)).toBeGreaterThan(median(known) * 0.5);
  });

  it('refuses a deactivated account only once the password was right', async () => {
    const person = await house.person();
    await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [person.id]);
    expect((await signIn(person)).code).toBe('account_deactivated');
    expect((await signIn({ ...person, password: 'wrong' })).code).toBe('invalid_credentials');
  });

  it('refuses an unknown service and a page of an origin that is not registered, and answers CORS for one that is', async () => {
    const person = await house.person();
    const body = { email: person.email, password: person.password, service: 'nobody-knows' };
    expect((await anyone().call(login, { body })).code).toBe('service_unknown');
    const own = { ...body, service: 'orders' };
    expect(
      (await anyone().call(login, { body: own, headers: { origin: 'https://evil.example' } })).code,
    ).toBe('origin_refused');
    const allowed = await anyone().call(login, { body: own, headers: { origin: 'http://localhost:9005' } });
    expect(allowed.status).toBe(200);
    expect(allowed.headers['access-control-allow-origin']).toBe('http://localhost:9005');
    const preflight = await house.platform.publicListener.inject({
      method: 'OPTIONS',
      url: '/auth/login',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers['access-control-allow-origin']).not.toBe('https://evil.example');
  });

  it('limits wrong passwords by account and address with Retry-After, and leaves other addresses alone', async () => {
    const person = await house.person();
    const attempt = (password: string, remoteAddress: string) =>
      anyone().call(login, { body: { email: person.email, password, service: 'orders' }, remoteAddress });
    const codes: (string | undefined)[] = [];
    for (let count = 0; count < 12; count++) codes.push((await attempt('wrong', '203.0.113.9')).code);
    expect(codes.slice(0, 10).every((code) => code === 'invalid_credentials')).toBe(true);
    const limited = await attempt(person.password, '203.0.113.9');
    expect(limited.code).toBe('rate_limited');
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect((await attempt(person.password, '203.0.113.10')).status).toBe(200);
  });

  it('can not be locked from outside: while hundreds of addresses guess, the person still signs in from a new one', async () => {
    const person = await house.person();
    const attempt = (password: string, remoteAddress: string) =>
      anyone().call(login, { body: { email: person.email, password, service: 'orders' }, remoteAddress });
    for (let block = 0; block < 11; block++)
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => attempt('wrong', `198.51.${block}.${index}`)),
      );
    expect((await attempt(person.password, '192.0.2.77')).status).toBe(200);
  }, 60_000);
});

describe('P17 refresh tokens rotate', () => {
  it('gives a successor that works, for the same session', async () => {
    const person = await house.person();
    const first = (await signIn(person)).result;
    const second = (await anyone().call(refresh, { body: { refreshToken: first.refreshToken } })).result;
    expect(second.sessionId).toBe(first.sessionId);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect((await anyone().call(refresh, { body: { refreshToken: second.refreshToken } })).status).toBe(200);
  });

  it('gives the same successor to 100 refreshes at once, so that a lost answer can be asked for again', async () => {
    const person = await house.person();
    const { refreshToken } = (await signIn(person)).result;
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => anyone().call(refresh, { body: { refreshToken } })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.result.refreshToken)).size).toBe(1);
    const [row] = await house.query<{ count: string }>(
      'SELECT count(*) FROM grant_tokens t JOIN grants g ON g.id = t.grant_id WHERE g.user_id = $1',
      [person.id],
    );
    expect(Number(row!.count)).toBe(2);
  });

  it('ends the whole session when a token comes back after its successor was used (RFC 9700 §4.14)', async () => {
    const person = await house.person();
    const first = (await signIn(person)).result;
    const second = (await anyone().call(refresh, { body: { refreshToken: first.refreshToken } })).result;
    const third = (await anyone().call(refresh, { body: { refreshToken: second.refreshToken } })).result;
    expect((await anyone().call(refresh, { body: { refreshToken: first.refreshToken } })).code).toBe(
      'token_reused',
    );
    expect((await anyone().call(refresh, { body: { refreshToken: third.refreshToken } })).code).toBe(
      'session_ended',
    );
    expect(await check(third.accessToken)).toEqual({ active: false, code: 'session_ended' });
    expect(await eventsOf(person.id)).toContain('refresh_reuse_detected');
  });

  it('refuses typos without a look-up, forgeries, and tokens beyond their idle time', async () => {
    const person = await house.person();
    const { refreshToken } = (await signIn(person)).result;
    expect(
      (await anyone().call(refresh, { body: { refreshToken: `${refreshToken.slice(0, -1)}!` } })).code,
    ).toBe('token_invalid');
    expect((await anyone().call(refresh, { body: { refreshToken: 'crt_nonsense' } })).code).toBe(
      'token_invalid',
    );
    await house.query(`UPDATE grants SET idle_expires_at = now() - interval '1 second' WHERE user_id = $1`, [
      person.id,
    ]);
    expect((await anyone().call(refresh, { body: { refreshToken } })).code).toBe('token_expired');
  });

  it('changes the workspace on request, and only to one of the person', async () => {
    const person = await house.person();
    await house.workspace({ members: [[person, 'viewer']] });
    const second = await house.workspace({ members: [[person, 'admin']] });
    const foreign = await house.workspace();
    const { refreshToken } = (await signIn(person)).result;
    expect((await anyone().call(refresh, { body: { refreshToken, workspaceId: foreign.id } })).code).toBe(
      'not_member',
    );
    const moved = (await anyone().call(refresh, { body: { refreshToken, workspaceId: second.id } })).result;
    expect(await check(moved.accessToken)).toMatchObject({
      active: true,
      workspaceId: second.id,
      workspaceRole: 'admin',
    });
  });

  it('is over after sign-out, which can be repeated', async () => {
    const person = await house.person();
    const { refreshToken, accessToken } = (await signIn(person)).result;
    expect((await anyone().call(logout, { body: { refreshToken } })).status).toBe(204);
    expect((await anyone().call(logout, { body: { refreshToken } })).status).toBe(204);
    expect((await anyone().call(refresh, { body: { refreshToken } })).code).toBe('session_ended');
    expect(await check(accessToken)).toEqual({ active: false, code: 'session_ended' });
    expect((await eventsOf(person.id)).filter((action) => action === 'user_logout')).toHaveLength(1);
  });
});

describe('session checks are fresh: what changed is true on the next call (B4)', () => {
  it('answers with the person, workspace and role as they are now, whatever the token says', async () => {
    const person = await house.person({ name: 'Cleo' });
    const workspace = await house.workspace({ members: [[person, 'viewer']] });
    const { accessToken } = (await signIn(person)).result;
    await house.query(`UPDATE members SET role = 'admin' WHERE user_id = $1`, [person.id]);
    expect(await check(accessToken)).toMatchObject({
      active: true,
      name: 'Cleo',
      workspaceId: workspace.id,
      workspaceRole: 'admin',
    });
    await house.query('DELETE FROM members WHERE user_id = $1', [person.id]);
    expect(await check(accessToken)).toEqual({ active: false, code: 'not_member' });
    await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [person.id]);
    expect(await check(accessToken)).toEqual({ active: false, code: 'account_deactivated' });
  });

  it('answers a batch in its order, and treats another service’s token like a forged one', async () => {
    const otherKey = await register(`other-${Math.floor(Math.random() * 1e9)}`);
    const person = await house.person();
    const { accessToken } = (await signIn(person)).result;
    const answer = await service().call(sessionsCheck, {
      body: { tokens: ['x', accessToken, `${accessToken}x`] },
    });
    expect(answer.result.results.map((result) => result.active)).toEqual([false, true, false]);
    expect(await check(accessToken, otherKey)).toEqual({ active: false, code: 'token_invalid' });
  });

  it('refuses more than 100 tokens and names the limit', async () => {
    const answer = await service().call(sessionsCheck, {
      rawBody: JSON.stringify({ tokens: Array.from({ length: 101 }, () => 'x') }),
    });
    expect(answer.code).toBe('validation_failed');
    expect(answer.text).toContain('100');
  });

  it('expires with the token, without a look-up', async () => {
    const person = await house.person();
    const { accessToken } = (await signIn(person)).result;
    house.clock.pass(901);
    expect(await check(accessToken)).toEqual({ active: false, code: 'token_expired' });
    house.clock.pass(-901);
  });

  it('sends questions that wait at the same moment in one query', async () => {
    const person = await house.person();
    const { accessToken } = (await signIn(person)).result;
    const { pool } = house.platform.database;
    const original = pool.query.bind(pool);
    let queries = 0;
    const counted = (...args: Parameters<typeof original>) => {
      queries++;
      return original(...args);
    };
    Object.assign(pool, { query: counted });
    await Promise.all(Array.from({ length: 50 }, () => check(accessToken)));
    Object.assign(pool, { query: original });
    // 50 requests, each with a key and a session to look up.
    expect(queries).toBeLessThan(25);
    expect(queries).toBeGreaterThan(0);
  });
});
