import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemOrigin } from '../../platform/activity/event.ts';
import { readCookie } from '../../platform/http/cookies.ts';
import { tokenDigest } from '../../platform/secrets/opaque-token.ts';
import { endGrants } from '../grants/grant-store.ts';
import { acrOf, acrSatisfies } from './acr.ts';
import { createBrowserSessions } from './browser-session.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
});
afterAll(() => house.close());

const sessions = (cookieSecure = false) =>
  createBrowserSessions({ database: house.platform.database, clock: house.clock, cookieSecure });

async function signIn(cookieSecure = false) {
  const person = await house.person({ name: 'Mara Mole' });
  const { grantId, cookie } = await house.platform.database.write(systemOrigin, (tx) =>
    sessions(cookieSecure).begin(tx, {
      userId: person.id,
      name: person.name,
      amr: ['pwd'],
      method: 'password',
      address: '192.0.2.1',
      userAgent: 'Test',
    }),
  );
  return { person, grantId, cookie, header: cookie.split(';')[0]! };
}

it('the cookie is HttpOnly and SameSite=Lax for the whole host; over HTTPS Secure and __Host- (RFC 6265bis §4.1.3)', async () => {
  const plain = await signIn();
  expect(plain.cookie).toMatch(
    /^castellan_session=cbs_[\w-]{49}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
  );
  const secure = await signIn(true);
  expect(secure.cookie).toMatch(
    /^__Host-castellan_session=cbs_[\w-]{49}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
  expect(await sessions(true).read(secure.header)).toMatchObject({ grantId: secure.grantId });
  expect(
    await sessions(true).read(secure.header.replace('__Host-', '')),
    'without the prefix',
  ).toBeUndefined();
});

it('says who is signed in, how, and since when', async () => {
  const { person, grantId, header } = await signIn();
  expect(await sessions().read(`a=b; ${header}; c=d`)).toEqual({
    grantId,
    userId: person.id,
    email: person.email,
    name: person.name,
    amr: ['pwd'],
    acr: 'aal1',
    authTime: expect.any(Date),
    signedInAt: expect.any(Date),
    workspaceId: null,
  });
});

it('only the digest of the token is stored', async () => {
  const { header } = await signIn();
  const token = header.split('=')[1]!;
  const [row] = await house.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM grant_tokens WHERE digest = $1',
    [tokenDigest(token)],
  );
  expect(row!.count).toBe(1);
});

it('two cookies of one name, a changed or a foreign token: nobody', async () => {
  const { header } = await signIn();
  for (const cookies of [
    undefined,
    '',
    `${header}; ${header}`,
    `${header}x`,
    'castellan_session=',
    header.replace('cbs_', 'crt_'),
  ])
    expect(await sessions().read(cookies)).toBeUndefined();
});

it('every ending is true on the next read: sign-out, deactivation, end by an operator', async () => {
  const { database } = house.platform;
  const out = await signIn();
  await database.write(systemOrigin, (tx) =>
    sessions().end(tx, { ...out, userId: out.person.id, name: 'x' }),
  );
  const deactivated = await signIn();
  await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [deactivated.person.id]);
  const ended = await signIn();
  await database.write(systemOrigin, (tx) =>
    endGrants(tx, { userIds: [ended.person.id] }, 'ended_by_operator'),
  );
  for (const { header } of [out, deactivated, ended]) expect(await sessions().read(header)).toBeUndefined();
});

it('a step-up adds its method and keeps the moment of the oldest factor; an ended session takes none', async () => {
  const { database } = house.platform;
  const { grantId, header, person } = await signIn();
  const before = (await sessions().read(header))!;
  house.clock.pass(60);
  expect(
    await database.write(systemOrigin, (tx) => sessions().raise(tx, grantId, { amr: ['otp', 'mfa'] })),
  ).toBe(true);
  const raised = (await sessions().read(header))!;
  expect(raised.amr).toEqual(['pwd', 'otp', 'mfa']);
  expect(raised.acr).toBe('aal2');
  // A password of days ago with a code of now is told with the moment of the password.
  expect([raised.authTime, raised.signedInAt]).toEqual([before.authTime, before.signedInAt]);
  await database.write(systemOrigin, (tx) => sessions().end(tx, { grantId, userId: person.id, name: 'x' }));
  expect(await database.write(systemOrigin, (tx) => sessions().raise(tx, grantId, { amr: ['otp'] }))).toBe(
    false,
  );
});

it('signing in anew counts by what was proved now: a passkey of days ago makes no password unphishable', async () => {
  const { database } = house.platform;
  const { grantId, header } = await signIn();
  const raise = (amr: string[], method?: string) =>
    database.write(systemOrigin, (tx) =>
      sessions().raise(tx, grantId, { amr, ...(method === undefined ? {} : { method }) }),
    );
  await raise(['swk', 'user', 'mfa'], 'passkey');
  expect((await sessions().read(header))!.acr).toBe('phr');
  house.clock.pass(5 * 24 * 3600);
  await raise(['pwd', 'otp', 'mfa'], 'password');
  expect(await sessions().read(header)).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], acr: 'aal2' });
  const age = house.clock.now().getTime() - (await sessions().read(header))!.authTime!.getTime();
  expect(age).toBeLessThan(60_000);
  // The app was removed meanwhile: the password alone is one factor.
  await raise(['pwd'], 'password');
  expect(await sessions().read(header)).toMatchObject({ amr: ['pwd'], acr: 'aal1' });
});

it('is worth what its methods are worth together; more satisfies less', () => {
  expect([acrOf(['pwd']), acrOf(['pwd', 'otp', 'mfa']), acrOf(['hwk', 'user'])]).toEqual([
    'aal1',
    'aal2',
    'phr',
  ]);
  expect(acrSatisfies('phr', ['aal2'])).toBe(true);
  expect(acrSatisfies('aal1', ['phr', 'aal1'])).toBe(true);
  expect(acrSatisfies('aal2', ['phr'])).toBe(false);
  expect(acrSatisfies('phr', ['gold'])).toBe(false);
});

it('lasts seven days without use and thirty at most', async () => {
  const { header } = await signIn();
  const day = 24 * 3600;
  for (let used = 0; used < 4; used++) {
    house.clock.pass(6 * day);
    expect(await sessions().read(header)).toBeDefined();
  }
  house.clock.pass(7 * day);
  expect(await sessions().read(header)).toBeUndefined();
  const used = await signIn();
  for (let days = 0; days < 30; days += 5) {
    expect(await sessions().read(used.header)).toBeDefined();
    house.clock.pass(5 * day);
  }
  expect(await sessions().read(used.header)).toBeUndefined();
});

it('reads exactly one cookie', () => {
  expect(readCookie('a=1; b=2', 'b')).toBe('2');
  expect(readCookie('ab=1', 'b')).toBeUndefined();
  expect(readCookie('b=1; b=2', 'b')).toBeUndefined();
});
