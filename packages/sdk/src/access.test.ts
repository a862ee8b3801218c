import { login } from '@castellan/contract';
import { createTestPlatform, freePort, type TestPlatform, touched } from '@castellan/testkit';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { castellanGuards, principalOf } from './adapters/fastify.ts';
import {
  type Castellan,
  type Clock,
  createCastellan,
  RefusedError,
  ServiceKeyError,
  UnavailableError,
} from './index.ts';

/** Asking who may do what, against the platform itself. */

type Person = Awaited<ReturnType<TestPlatform['person']>>;

let house: TestPlatform;
let castellan: Castellan;
let issuer: string;
let serviceKey: string;
let ada: Person;
let eve: Person;
let home: { readonly id: string };
let token: string;
const sent: { readonly path: string; readonly checks: number }[] = [];
const clock: Clock = {
  now: () => house.clock.now().getTime(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
/** The runtime's own, which notes what is sent. */
const noting: typeof fetch = (input, init) => {
  const checks = typeof init?.body === 'string' ? (JSON.parse(init.body).checks?.length ?? 0) : 0;
  sent.push({ path: new URL(String(input)).pathname, checks });
  return fetch(input, init);
};

beforeAll(async () => {
  const port = await freePort();
  issuer = `http://127.0.0.1:${port}`;
  house = await createTestPlatform({ settings: { PUBLIC_URL: issuer } });
  await house.platform.publicListener.listen({ host: '127.0.0.1', port });
  serviceKey = await house.service('orders');
  castellan = createCastellan({ issuer, service: 'orders', serviceKey, clock, fetch: noting });
  [ada, eve] = [await house.person({ name: 'Ada' }), await house.person({ name: 'Eve' })];
  home = await house.workspace({
    members: [
      [ada, 'viewer'],
      [eve, 'viewer'],
    ],
  });
  await castellan.actions.register([{ name: 'orders:refund', description: 'Give money back' }]);
  await giveRole(ada, 'orders:refund');
  await castellan.permissions.register([
    { type: 'order', id: '1', workspaceId: home.id, ownerId: ada.id },
    { type: 'order', id: '2', workspaceId: home.id, visibility: 'workspace' },
  ]);
  token = await signIn(ada);
});
afterAll(() => house.close());

async function signIn({ email, password }: Person): Promise<string> {
  const answer = await house.caller().call(login, { body: { email, password, service: 'orders' } });
  return answer.result.accessToken;
}

async function giveRole(person: Person, action: string): Promise<void> {
  await house.query(
    `WITH role AS (
       INSERT INTO roles (id, workspace_id, name, created_at, updated_at)
       VALUES (gen_random_uuid(), $1, 'Approver', now(), now()) RETURNING id
     ), has AS (
       INSERT INTO role_actions (role_id, action_id, created_at)
       SELECT role.id, a.id, now() FROM role CROSS JOIN service_actions a WHERE a.name = $3
     )
     INSERT INTO role_members (workspace_id, role_id, user_id, created_at) SELECT $1, id, $2, now() FROM role`,
    [home.id, person.id, action],
  );
}

const inHome = (person: Person) => ({ userId: person.id, workspaceId: home.id });

describe('castellan.actions and castellan.can', () => {
  test('registers, and repeated changes nothing', async () => {
    const again = await castellan.actions.register([
      { name: 'orders:refund', description: 'Give money back' },
    ]);
    expect(again).toMatchObject({
      added: [],
      updated: [],
      withdrawn: [],
      actions: [{ name: 'orders:refund', absentSince: null, createdAt: expect.any(Date) }],
    });
    await expect(castellan.actions.register([{ name: 'Not A Name' }])).rejects.toMatchObject({
      problem: 'validation_failed',
      status: 422,
      fields: [{ field: 'actions.0.name' }],
    });
  });

  test('answers with the path, or with what is missing', async () => {
    expect(await castellan.can({ token }, 'orders:refund')).toMatchObject({
      allowed: true,
      path: [{ kind: 'role', name: 'Approver' }, { kind: 'action' }],
    });
    expect(await castellan.can(inHome(eve), 'orders:refund')).toEqual({
      allowed: false,
      missing: ['role_with_action'],
    });
  });

  test('a token that is not live is a no with its reason, not an exception', async () => {
    expect(await castellan.can({ token: 'nonsense' }, 'orders:refund')).toEqual({
      allowed: false,
      missing: [],
      tokenRefused: 'token_invalid',
    });
  });

  test('an action that was never registered is a mistake in the product: a typed error', async () => {
    const asked = castellan.can({ token }, 'orders:nothing');
    await expect(asked).rejects.toBeInstanceOf(RefusedError);
    await expect(asked).rejects.toMatchObject({ code: 'request_refused', problem: 'action_unknown' });
  });

  test('questions of one turn travel in one call, the same ones once; a hundred in a call at the most', async () => {
    sent.length = 0;
    const people = await Promise.all(Array.from({ length: 60 }, () => house.person()));
    const asked = people.flatMap((person) => [
      castellan.can(inHome(person), 'orders:refund'),
      castellan.permissions.check(inHome(person), { type: 'order', id: '2' }, 'view'),
      castellan.can({ token }, 'orders:refund'),
    ]);
    const decisions = await Promise.all(asked);
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(60);
    expect(sent).toEqual([
      { path: '/v1/access/check', checks: 100 },
      { path: '/v1/access/check', checks: 21 },
    ]);
  });

  test('one that can not be asked spoils none of those that travel with it', async () => {
    const [good, bad, unknown] = await Promise.allSettled([
      castellan.can({ token }, 'orders:refund'),
      castellan.can({ userId: 'no id', workspaceId: home.id }, 'orders:refund'),
      castellan.can({ token }, 'orders:nothing'),
    ]);
    expect(good).toMatchObject({ status: 'fulfilled', value: { allowed: true } });
    expect(bad).toMatchObject({ status: 'rejected', reason: { problem: 'validation_failed' } });
    expect(unknown).toMatchObject({ status: 'rejected', reason: { problem: 'action_unknown' } });
  });

  test('a wrong key and a platform that is away are told apart, and neither is a yes', async () => {
    const wrong = createCastellan({
      issuer,
      service: 'orders',
      serviceKey: touched(serviceKey),
      clock,
    });
    await expect(wrong.can({ token }, 'orders:refund')).rejects.toBeInstanceOf(ServiceKeyError);
    const away = createCastellan({
      issuer: `http://127.0.0.1:${await freePort()}`,
      service: 'orders',
      serviceKey,
      clock,
    });
    await expect(away.can({ token }, 'orders:refund')).rejects.toBeInstanceOf(UnavailableError);
  });

  test.each([
    ['a word instead of true', { results: [{ allowed: 'true', path: [], missing: [] }] }],
    [
      'a yes with a reason against it',
      { results: [{ allowed: true, path: [], missing: [], code: 'token_invalid' }] },
    ],
    ['too few answers', { results: [] }],
    ['nothing', null],
  ])('%s is no answer', async (_, body) => {
    const odd = createCastellan({
      issuer,
      service: 'orders',
      serviceKey,
      clock,
      fetch: async () => Response.json(body),
    });
    await expect(odd.can({ token }, 'orders:refund')).rejects.toBeInstanceOf(UnavailableError);
  });
});

describe('castellan.permissions', () => {
  const order = { type: 'order', id: 'a/b ü' };

  test('register, check, share, show, read, unshare, remove', async () => {
    const { permissions } = castellan;
    const [made] = await permissions.register([{ ...order, workspaceId: home.id, ownerId: ada.id }]);
    expect(made).toMatchObject({ ...order, created: true });
    const may = async () => (await permissions.check(inHome(eve), order, 'view')).allowed;
    expect(await may()).toBe(false);
    expect(await permissions.share(order, { userId: eve.id }, 'view', { token })).toMatchObject({
      ...order,
      permissionId: made!.permissionId,
      ownerName: 'Ada',
      shares: [{ userId: eve.id, name: 'Eve', permission: 'view', createdAt: expect.any(Date) }],
    });
    expect(await may()).toBe(true);
    await permissions.unshare(order, { userId: eve.id });
    expect(await may()).toBe(false);
    expect((await permissions.setVisibility(order, 'workspace')).visibility).toBe('workspace');
    expect(await may()).toBe(true);
    expect((await permissions.read(order))?.visibility).toBe('workspace');
    expect([await permissions.remove(order), await permissions.remove(order)]).toEqual([true, false]);
    expect([await may(), await permissions.read(order)]).toEqual([false, null]);
  });

  test('who may not manage is refused, with a problem to switch on', async () => {
    const byEve = { token: await signIn(eve) };
    const attempt = castellan.permissions.setVisibility({ type: 'order', id: '2' }, 'private', byEve);
    await expect(attempt).rejects.toMatchObject({ problem: 'forbidden', status: 403 });
    const ended = castellan.permissions.setVisibility({ type: 'order', id: '2' }, 'private', {
      token: 'nonsense',
    });
    await expect(ended).rejects.toMatchObject({ problem: 'token_invalid', fields: [{ field: 'token' }] });
  });

  test('taking back and removing in a person’s name need their right, too', async () => {
    const { permissions } = castellan;
    const kept = { type: 'order', id: 'kept' };
    await permissions.register([{ ...kept, workspaceId: home.id, ownerId: ada.id, visibility: 'workspace' }]);
    await permissions.share(kept, { userId: eve.id }, 'edit', { token });
    const byEve = { token: await signIn(eve) };
    for (const attempt of [
      () => permissions.unshare(kept, { userId: eve.id }, byEve),
      () => permissions.remove(kept, byEve),
    ])
      await expect(attempt()).rejects.toMatchObject({ problem: 'forbidden', status: 403 });
    expect((await permissions.read(kept))?.shareCount).toBe(1);
    await permissions.unshare(kept, { userId: eve.id }, { token });
    expect((await permissions.read(kept))?.shareCount).toBe(0);
    expect(await permissions.remove(kept, { token })).toBe(true);
    expect(await permissions.remove(kept, { token })).toBe(false);
  });

  test('lists what somebody may see, a page at a time', async () => {
    const { permissions } = castellan;
    await permissions.register(
      Array.from({ length: 5 }, (_, index) => ({
        type: 'note',
        id: `n${index}`,
        workspaceId: home.id,
        ownerId: ada.id,
      })),
    );
    const first = await permissions.accessible({ token }, { type: 'note', permission: 'edit', limit: 3 });
    const rest = await permissions.accessible(
      { token },
      { type: 'note', permission: 'edit', limit: 3, cursor: first.nextCursor! },
    );
    expect([...first.ids, ...rest.ids]).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
    expect(rest).toEqual({ all: false, ids: ['n3', 'n4'] });
  });
});

describe('a guard by action', () => {
  test('lets pass who may, and answers the others as the core describes it', async () => {
    const app = Fastify();
    const guards = castellanGuards(app, castellan);
    app.post('/refunds', { onRequest: guards.requireAction('orders:refund') }, (request) => ({
      by: principalOf(request).name,
    }));
    app.post('/mistake', { onRequest: guards.requireAction('orders:nothing') }, () => 'never');
    const call = async (bearer: string | null, url = '/refunds') =>
      app.inject({
        method: 'POST',
        url,
        headers: bearer === null ? {} : { authorization: `Bearer ${bearer}` },
      });
    await castellan.verify(token); // Reads the public keys.
    sent.length = 0;
    const passed = await call(token);
    expect([passed.statusCode, passed.json()]).toEqual([200, { by: 'Ada' }]);
    expect(sent.map(({ path }) => path).sort()).toEqual(['/v1/access/check', '/v1/sessions/check']);
    const refused = await call(await signIn(eve));
    expect([refused.statusCode, refused.json()]).toMatchObject([
      403,
      { code: 'forbidden', detail: expect.stringContaining('orders:refund') },
    ]);
    const homeless = await house.person();
    expect((await call(await signIn(homeless))).json().code).toBe('not_member');
    expect((await call(null)).statusCode).toBe(401);
    // A guard that names what was never registered lets nobody pass.
    const mistaken = await call(token, '/mistake');
    expect(mistaken.statusCode).toBe(503);
    await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [eve.id]);
    expect((await call(token)).statusCode).toBe(200);
    await app.close();
  });

  test('a role that was taken away counts from the next call on', async () => {
    const carol = await house.person();
    await house.query(
      `INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ($1, $2, 'viewer', now())`,
      [home.id, carol.id],
    );
    await house.query(
      `INSERT INTO role_members (workspace_id, role_id, user_id, created_at) SELECT $1, id, $2, now() FROM roles`,
      [home.id, carol.id],
    );
    const request = { headers: { authorization: `Bearer ${await signIn(carol)}` } };
    expect(await castellan.authorize(request, 'orders:refund')).toMatchObject({ ok: true });
    await house.query('DELETE FROM role_members WHERE user_id = $1', [carol.id]);
    expect(await castellan.authorize(request, 'orders:refund')).toMatchObject({
      ok: false,
      code: 'forbidden',
    });
    await house.query('DELETE FROM members WHERE user_id = $1', [carol.id]);
    expect(await castellan.authorize(request, 'orders:refund')).toMatchObject({
      ok: false,
      code: 'not_member',
    });
  });
});
