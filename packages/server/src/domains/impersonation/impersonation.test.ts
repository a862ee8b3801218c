// Long because it is one idea: everything that somebody who acts as a user might try.

import {
  impersonationsCheck,
  impersonationsEnd,
  impersonationsList,
  impersonationsStart,
  impersonationTicketType,
  resourcesRegister,
  resourcesShare,
  sessionsCheck,
  stepUpProve,
  stepUpRead,
  usersUpdate,
} from '@castellan/contract';
import type { TestCaller } from '@castellan/testkit';
import { touched } from '@castellan/testkit';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ActorProduct, createActorProduct } from '../../../test/actor-product.ts';
import { browserOf, enrolTotp } from '../../../test/enrol.ts';
import { bearer, createTokenHouse, type TestPerson, type TokenHouse } from '../../../test/token-house.ts';

let house: TokenHouse;
let product: ActorProduct;
let key: { authorization: string };
let otherKey: { authorization: string };
let serviceId: string;
let ada: TestCaller & { readonly person: TestPerson; readonly cookie: string };
let bob: TestPerson;

const boss = 'boss@example.com';
beforeAll(async () => {
  house = await createTokenHouse({ OUTBOUND_ALLOW: '127.0.0.0/8', ADMIN_EMAILS: boss });
  product = await createActorProduct();
  key = bearer(await house.service('orders'));
  otherKey = bearer(await house.service('billing'));
  serviceId = await house.serviceId('orders');
  await house.query('UPDATE services SET admin_url = $1', [product.url]);
});
afterAll(async () => {
  await house.close();
  await product.close();
});
beforeEach(async () => {
  ada = await house.administrator();
  bob = await house.person({ name: 'Bob' });
  product.seen.length = 0;
  product.answer = ({ id }) => ({
    data: { url: `${product.url}/act-as`, ends_by: 'platform', subject: String(id) },
  });
});

const start = (caller: TestCaller, who: { id: string; name?: string }, allowWrites?: boolean) =>
  caller.call(impersonationsStart, {
    body: {
      serviceId,
      rowId: who.id,
      label: who.name ?? '',
      reason: 'A ticket of theirs',
      ...(allowWrites === undefined ? {} : { allowWrites }),
    },
  });
const ticketOf = (url: string): string => new URL(url).searchParams.get('impersonation_ticket')!;
const redeem = (ticket: string, headers = key, form: Record<string, string> = {}) =>
  house.post(
    '/oauth/token',
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: ticket,
      subject_token_type: impersonationTicketType,
      ...form,
    },
    headers,
  );
const enter = async (who = bob, allowWrites?: boolean, caller: TestCaller = ada) => {
  const { session, url } = (await start(caller, who, allowWrites)).result;
  const { body, status } = await redeem(ticketOf(url));
  expect(status, JSON.stringify(body)).toBe(200);
  return { session, token: body.access_token as string };
};
const introspect = async (token: string, headers = key) =>
  (await house.post('/oauth/introspect', { token }, headers)).body;
const check = async (token: string) =>
  (await house.caller(key).call(sessionsCheck, { body: { tokens: [token] } })).result.results[0]!;
const stands = async (sessionId: string, headers = key) =>
  (await house.caller(headers).call(impersonationsCheck, { body: { sessionId } })).result;

/** An operator with a grant, signed in to the console. */
async function operator(role: string, service: string | null = serviceId) {
  const person = await house.person({ name: 'Olga' });
  await house.query(
    'INSERT INTO operator_grants (user_id, service_id, role, created_at, updated_at) VALUES ($1, $2, $3, now(), now())',
    [person.id, service, role],
  );
  const { adminLogin } = await import('@castellan/contract');
  const answer = await house
    .caller()
    .call(adminLogin, { body: { email: person.email, password: person.password } });
  const cookie = String(answer.headers['set-cookie']).split(';')[0]!;
  return Object.assign(house.caller({ cookie }), { person, cookie });
}

describe('A15 an operator acts as a user', () => {
  it('asks the product as the operator, and mints a token that names both, read-only, for half an hour', async () => {
    const { session, token } = await enter();
    expect(product.seen).toMatchObject([
      {
        command: 'createActorToken',
        id: bob.id,
        payload: {
          session_id: session.id,
          reason: 'A ticket of theirs',
          allow_writes: false,
          expires_in: 1800,
        },
        claims: { sub: ada.person.id, role: 'owner', aud: 'orders' },
      },
    ]);
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({
      sub: bob.id,
      aud: 'orders',
      act: {
        sub: ada.person.id,
        impersonation_session_id: session.id,
        allow_writes: false,
        expires_at: claims.exp,
      },
    });
    expect(claims.exp! * 1000).toBeLessThanOrEqual(session.expiresAt.getTime());
    expect(session.expiresAt.getTime() - session.startedAt.getTime()).toBe(30 * 60_000);
    expect(await introspect(token)).toMatchObject({ active: true, act: { sub: ada.person.id } });
    expect(await check(token)).toMatchObject({ active: true, userId: bob.id, act: { allow_writes: false } });
    expect((await check(token)) as object).not.toHaveProperty('actors');
    expect(await stands(session.id)).toMatchObject({
      active: true,
      operatorId: ada.person.id,
      allowWrites: false,
    });
  });

  it('writes who acts as whom, operator first, and keeps neither ticket nor token', async () => {
    const { session, url } = (await start(ada, bob)).result;
    const { body } = await redeem(ticketOf(url));
    await house.platform.settled();
    const events = await house.query<{ action: string; actors: { label: string; kind: string }[] }>(
      `SELECT action, actors, detail FROM activity_events WHERE detail->>'impersonation_session_id' = $1 ORDER BY sequence`,
      [session.id],
    );
    expect(events.map(({ action }) => action)).toEqual(['impersonation_started', 'impersonation_entered']);
    expect(events[1]!.actors.map(({ kind, label }) => [kind, label])).toEqual([
      ['operator', ada.person.name],
      ['user', 'Bob'],
    ]);
    const everything = JSON.stringify([
      events,
      await house.query('SELECT * FROM impersonation_sessions'),
      await house.query('SELECT * FROM grants'),
    ]);
    expect(everything).not.toContain(ticketOf(url));
    expect(everything).not.toContain(body.access_token as string);
  });

  it('is ended from the list, and that is true on the very next call', async () => {
    const { session, token } = await enter(bob, true);
    expect(await introspect(token)).toMatchObject({ active: true });
    const ended = (await ada.call(impersonationsEnd, { params: { id: session.id } })).result;
    expect(ended).toMatchObject({ effect: 'ended', session: { state: 'ended', canEnd: false } });
    expect(await introspect(token)).toEqual({ active: false });
    expect(await check(token)).toMatchObject({ active: false, code: 'session_ended' });
    expect(await stands(session.id)).toEqual({ active: false });
  });

  it('ends by itself after half an hour, and with the console session it was begun in', async () => {
    const first = await enter();
    house.clock.pass(1801);
    expect(await introspect(first.token)).toEqual({ active: false });
    expect(await stands(first.session.id)).toEqual({ active: false });
    house.clock.pass(-1801);
    const second = await enter();
    const { adminLogout } = await import('@castellan/contract');
    await ada.call(adminLogout);
    expect(await introspect(second.token)).toEqual({ active: false });
    expect(await stands(second.session.id)).toEqual({ active: false });
  });

  it.each([
    ['demoted', 'UPDATE users SET is_admin = false WHERE id = $1'],
    ['deactivated', `UPDATE users SET state = 'deactivated' WHERE id = $1`],
  ])('ends when its operator is %s, on the next call', async (_, change) => {
    const { session, token } = await enter();
    await house.query(change, [ada.person.id]);
    expect(await introspect(token)).toEqual({ active: false });
    expect(await stands(session.id)).toEqual({ active: false });
  });

  it('ends when its user is deleted, and says so to whoever asks', async () => {
    const { session, token } = await enter();
    await house.query('DELETE FROM users WHERE id = $1', [bob.id]);
    expect(await introspect(token)).toEqual({ active: false });
    expect(await stands(session.id)).toEqual({ active: false });
  });

  it('the person sees on their own page that an operator signed in as them', async () => {
    await enter();
    await house.platform.settled();
    const { cookie } = await browserOf(house, bob);
    const page = await house.platform.publicListener.inject({
      method: 'GET',
      url: '/account/activity',
      headers: { cookie },
    });
    expect(page.body).toContain(`${ada.person.name} as Bob signed in`);
  });

  it('ends when its operator’s role at the service falls to support', async () => {
    const olga = await operator('admin');
    const { session, token } = await enter(bob, false, olga);
    expect(await introspect(token)).toMatchObject({ active: true });
    await house.query(`UPDATE operator_grants SET role = 'support' WHERE user_id = $1`, [olga.person.id]);
    expect(await introspect(token)).toEqual({ active: false });
    expect(await stands(session.id)).toEqual({ active: false });
  });
});

describe('who may, and when', () => {
  it('nobody acts as an operator: an administrator, one with a grant, one whose e-mail makes them one, or oneself', async () => {
    const administrator = await house.person({ isAdmin: true });
    const helper = (await operator('support')).person;
    const listed = await house.person({ email: boss });
    for (const person of [administrator, helper, listed, ada.person]) {
      const answer = await start(ada, person);
      expect([answer.status, answer.code]).toEqual([403, 'impersonation_of_operator']);
    }
    const { result } = await ada.call(impersonationsList, { query: { state: 'past' } });
    expect(result.items[0]).toMatchObject({ state: 'failed', label: ada.person.name });
  });

  it('whoever becomes an operator while somebody acts as them is rid of that on the next call', async () => {
    const { token } = await enter();
    await ada.call(usersUpdate, { params: { id: bob.id }, body: { isAdmin: true } });
    expect(await introspect(token)).toEqual({ active: false });
    const eve = await house.person();
    const second = await enter(eve);
    await house.query(
      `INSERT INTO operator_grants (user_id, service_id, role, created_at, updated_at) VALUES ($1, $2, 'support', now(), now())`,
      [eve.id, serviceId],
    );
    expect(await introspect(second.token)).toEqual({ active: false });
  });

  it('needs the role admin at this service: support, and an admin of another service, are refused before anybody is asked', async () => {
    for (const caller of [
      await operator('support'),
      await operator('admin', await house.serviceId('billing')),
    ]) {
      const answer = await start(caller, bob);
      expect([answer.status, answer.code]).toEqual([403, 'operator_role_missing']);
    }
    expect(product.seen).toEqual([]);
    expect((await start(await operator('admin'), bob)).status).toBe(201);
  });

  it('needs a fresh proof: ten minutes after the sign-in the password is asked for, and a wrong one helps nobody', async () => {
    house.clock.pass(601);
    try {
      expect((await start(ada, bob)).code).toBe('step_up_required');
      expect(product.seen).toEqual([]);
      expect((await ada.call(stepUpRead)).result).toEqual({
        freshUntil: null,
        methods: ['password'],
        factorsUrl: `${house.issuer}/account/security`,
      });
      const prove = (password: string) => ada.call(stepUpProve, { body: { method: 'password', password } });
      expect((await prove('not the password')).code).toBe('invalid_credentials');
      expect((await start(ada, bob)).code).toBe('step_up_required');
      expect((await prove(ada.person.password)).status).toBe(200);
      expect((await start(ada, bob)).status).toBe(201);
    } finally {
      house.clock.pass(-601);
    }
  });

  it('whoever has a second factor gives that, and not the password', async () => {
    await house.query(`UPDATE users SET second_factors = '{totp}' WHERE id = $1`, [ada.person.id]);
    house.clock.pass(601);
    try {
      expect((await ada.call(stepUpRead)).result.methods).toEqual(['totp']);
      const answer = await ada.call(stepUpProve, {
        body: { method: 'password', password: ada.person.password },
      });
      expect([answer.status, answer.code]).toEqual([401, 'mfa_required']);
      const wrong = await ada.call(stepUpProve, { body: { method: 'totp', code: '000000' } });
      expect(wrong.code).toBe('mfa_code_wrong');
      expect((await start(ada, bob)).code).toBe('step_up_required');
    } finally {
      house.clock.pass(-601);
    }
  });

  it('a sign-in that only a provider vouches for is no fresh proof', async () => {
    await house.query(`UPDATE grants SET amr = '{fed}' WHERE user_id = $1`, [ada.person.id]);
    expect((await start(ada, bob)).code).toBe('step_up_required');
  });

  it('whoever signs in at a provider alone is told to add a factor, and where; with one they go on', async () => {
    await house.query(`UPDATE grants SET amr = '{fed}' WHERE user_id = $1`, [ada.person.id]);
    await house.query('UPDATE users SET password_hash = NULL WHERE id = $1', [ada.person.id]);
    const refused = await start(ada, bob);
    expect([refused.status, refused.code]).toEqual([403, 'step_up_required']);
    expect(JSON.parse(refused.text).detail).toContain('Add a passkey or an authenticator app');
    expect(product.seen).toEqual([]);
    const proof = (await ada.call(stepUpRead)).result;
    expect(proof).toEqual({ freshUntil: null, methods: [], factorsUrl: `${house.issuer}/account/security` });
    // That page is there, and it is where factors are added.
    const { cookie } = await browserOf(house, ada.person, ['fed']);
    const page = await house.platform.publicListener.inject({
      method: 'GET',
      url: new URL(proof.factorsUrl).pathname,
      headers: { cookie },
    });
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('/account/security/passkeys/new');
    const { code } = await enrolTotp(house, ada.person);
    expect((await ada.call(stepUpRead)).result.methods).toContain('totp');
    const proved = await ada.call(stepUpProve, { body: { method: 'totp', code: code() } });
    expect(proved.status).toBe(200);
    expect((await start(ada, bob)).status).toBe(201);
  });

  it('from a person’s own page: nobody asks the product about an operator, nor gets another account than that one', async () => {
    const begin = (userId: string, rowId = userId) =>
      ada.call(impersonationsStart, { body: { serviceId, rowId, userId, reason: 'A ticket of theirs' } });
    const helper = (await operator('support')).person;
    for (const id of [ada.person.id, helper.id])
      expect((await begin(id)).code).toBe('impersonation_of_operator');
    const gone = await house.person();
    await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [gone.id]);
    expect((await begin(gone.id)).code).toBe('impersonation_subject_unknown');
    expect(product.seen).toEqual([]);
    const eve = await house.person({ name: 'Eve' });
    const other = await begin(bob.id, eve.id);
    expect([other.status, other.code]).toEqual([409, 'impersonation_subject_unknown']);
    expect(JSON.parse(other.text).detail).toContain('another account');
    const { session } = (await begin(bob.id)).result;
    expect(session).toMatchObject({ userId: bob.id, state: 'live' });
    await house.platform.settled();
    const told = await house.query(
      `SELECT FROM activity_events WHERE action = 'impersonation_started' AND target_id = $1`,
      [bob.id],
    );
    expect(told).toHaveLength(2);
  });

  it('has one door: neither as any other action, nor for many rows, nor with an approval is the product asked to mint', async () => {
    const { approvalsRequest, productsIntent } = await import('@castellan/contract');
    const intents = [
      { model: 'User', action: 'custom', command: 'createActorToken', id: '1', payload: {} },
      { model: 'User', action: 'custom', command: 'CREATEACTORTOKEN', id: '1', payload: {} },
      {
        model: 'User',
        action: 'custom',
        command: 'bulk_run',
        payload: { action: 'createActorToken', rows: [{ id: '1' }] },
      },
    ];
    for (const intent of intents) {
      expect((await ada.call(productsIntent, { params: { id: serviceId }, body: intent })).code).toBe(
        'validation_failed',
      );
      const body = { intent, reason: 'To see what they see' };
      expect((await ada.call(approvalsRequest, { params: { id: serviceId }, body })).code).toBe(
        'validation_failed',
      );
    }
    expect(product.seen).toEqual([]);
  });

  it('a reason is asked for', async () => {
    const answer = await ada.call(impersonationsStart, {
      body: { serviceId, rowId: bob.id, reason: ' x ' } as never,
    });
    expect([answer.code, answer.fields]).toEqual(['validation_failed', ['reason']]);
  });
});

describe('the list', () => {
  it('shows one’s own, and all of the services that one owns; others’ are missing to them, also to end', async () => {
    const olga = await operator('admin');
    const owner = await operator('owner');
    const stranger = await operator('admin');
    const { session } = await enter(bob, false, olga);
    const seenBy = async (caller: TestCaller) =>
      (await caller.call(impersonationsList, { query: { state: 'live', pageSize: 200 } })).result.items.some(
        ({ id }) => id === session.id,
      );
    expect(await Promise.all([olga, owner, ada, stranger].map(seenBy))).toEqual([true, true, true, false]);
    expect((await stranger.call(impersonationsEnd, { params: { id: session.id } })).code).toBe('not_found');
    const ended = (await owner.call(impersonationsEnd, { params: { id: session.id } })).result;
    expect(ended.session.endedBy?.name).toBe('Olga');
    expect(await seenBy(olga)).toBe(false);
  });

  it('goes on behind a cursor, newest first', async () => {
    const olga = await operator('admin');
    const ids = [];
    for (let at = 0; at < 3; at++) ids.unshift((await start(olga, bob)).result.session.id);
    const first = (await olga.call(impersonationsList, { query: { pageSize: 2 } })).result;
    const second = (
      await olga.call(impersonationsList, { query: { pageSize: 2, cursor: first.nextCursor! } })
    ).result;
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
    expect(second.nextCursor).toBeUndefined();
  });
});

describe('the ticket', () => {
  it('works once; one that comes back was copied, and ends what it gave', async () => {
    const { session, url } = (await start(ada, bob)).result;
    const first = await redeem(ticketOf(url));
    expect(await introspect(first.body.access_token as string)).toMatchObject({ active: true });
    expect((await redeem(ticketOf(url))).body.error).toBe('invalid_request');
    expect(await introspect(first.body.access_token as string)).toEqual({ active: false });
    expect(await stands(session.id)).toEqual({ active: false });
  });

  it('of twenty that come at once, none or one lives', async () => {
    const { url } = (await start(ada, bob)).result;
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(ticketOf(url))));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  it('is another service’s, expired, ended, mistyped, or asks for more: refused in one text', async () => {
    const { session, url } = (await start(ada, bob)).result;
    const ticket = ticketOf(url);
    expect((await redeem(ticket, otherKey)).body.error).toBe('invalid_request');
    expect((await redeem(ticket, { authorization: 'Bearer sk_nonsense' })).status).toBe(401);
    for (const form of [
      { scope: 'write' },
      { audience: 'billing' },
      { actor_token: 'x', actor_token_type: 'y' },
    ])
      expect((await redeem(ticket, key, form as never)).body.error_description).toContain('has no place');
    expect((await redeem(touched(ticket))).status).toBe(400);
    house.clock.pass(61);
    expect((await redeem(ticket)).status).toBe(400);
    house.clock.pass(-61);
    await ada.call(impersonationsEnd, { params: { id: session.id } });
    expect((await redeem(ticket)).status).toBe(400);
  });
});

describe('while acting as somebody', () => {
  it('no token is exchanged for another service, nor used as an actor', async () => {
    await house.letCall('orders', 'billing');
    const { token } = await enter(bob, true);
    const exchange = (form: Record<string, string>) =>
      house.post(
        '/oauth/token',
        {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          audience: 'billing',
          ...form,
        },
        key,
      );
    expect((await exchange({ subject_token: token })).body.error_description).toContain(
      'acts as this person',
    );
    const own = await house.signIn(bob, 'orders');
    const asActor = await exchange({
      subject_token: own.accessToken,
      actor_token: token,
      actor_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
    expect(asActor.body.error).toBe('invalid_request');
  });

  it('the account pages, consent and factors know the browser’s own person and nobody else', async () => {
    const { token } = await enter(bob, true);
    const pages = ['/account', '/account/security', '/account/password', '/account/apps', '/device'];
    for (const url of pages)
      for (const headers of [
        { authorization: `Bearer ${token}` },
        { cookie: `castellan_session=${token}` },
        { cookie: `admin_token=${token}` },
      ]) {
        const answer = await house.platform.publicListener.inject({ method: 'GET', url, headers });
        expect([302, 303, 401], `${url} ${JSON.stringify(headers).slice(0, 30)}`).toContain(
          answer.statusCode,
        );
        expect(answer.body).not.toContain(bob.email);
      }
    const change = await house.platform.publicListener.inject({
      method: 'POST',
      url: '/account/password',
      headers: {
        cookie: `castellan_session=${token}`,
        origin: house.issuer,
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: 'current=x&password=another+long+passphrase',
    });
    expect(change.statusCode).not.toBe(200);
    const userinfo = await house.platform.publicListener.inject({
      method: 'GET',
      url: '/oauth/userinfo',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(userinfo.statusCode).toBe(401);
    const admin = await house.platform.adminListener.inject({
      method: 'GET',
      url: '/admin/impersonations',
      headers: { cookie: `admin_token=${token}`, authorization: `Bearer ${token}` },
    });
    expect(admin.statusCode).toBe(401);
  });

  it('nothing is shared in the person’s name, also where writes are allowed; what they may see is seen', async () => {
    const workspace = await house.workspace({ members: [[bob, 'editor']] });
    const service = house.caller(key);
    await service.call(resourcesRegister, {
      body: { resources: [{ type: 'order', id: 'o-1', workspaceId: workspace.id, ownerId: bob.id }] },
    });
    const eve = await house.person();
    await house.query(
      `INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ($1, $2, 'viewer', now())`,
      [workspace.id, eve.id],
    );
    for (const allowWrites of [false, true]) {
      const { token } = await enter(bob, allowWrites);
      const answer = await service.call(resourcesShare, {
        params: { type: 'order', rid: 'o-1' },
        body: { userId: eve.id, permission: 'edit', token } as never,
      });
      expect([answer.status, answer.code]).toEqual([403, 'impersonation_refused']);
    }
    const { token } = await enter();
    const { resourcesCheck } = await import('@castellan/contract');
    const seen = await service.call(resourcesCheck, {
      body: {
        token,
        workspaceId: workspace.id,
        checks: [{ type: 'order', id: 'o-1', permission: 'edit' }],
      } as never,
    });
    expect(seen.result.results[0]).toMatchObject({ allowed: true });
  });

  it('a token without the claim, on the grant of a session that acts, is none; nor one with it on another grant', async () => {
    const { token } = await enter(bob, false);
    const { act, ...claims } = decodeJwt(token);
    const forged = house.platform.jwts.sign('at+jwt', claims as never);
    expect(await introspect(forged)).toEqual({ active: false });
    const own = decodeJwt((await house.signIn(bob, 'orders')).accessToken);
    expect(await introspect(house.platform.jwts.sign('at+jwt', { ...own, act } as never))).toEqual({
      active: false,
    });
  });

  it('another service learns nothing of the token or of the session', async () => {
    const { session, token } = await enter();
    expect(await introspect(token, otherKey)).toEqual({ active: false });
    expect(await stands(session.id, otherKey)).toEqual({ active: false });
  });

  it('the product ends the token when the operator signs out of it, and with it the session in the list', async () => {
    const { session, token } = await enter();
    const listed = async () =>
      (await ada.call(impersonationsList, { query: { pageSize: 1 } })).result.items.map(({ id, state }) => [
        id,
        state,
      ]);
    await house.post('/oauth/revoke', { token }, otherKey);
    expect(await introspect(token)).toMatchObject({ active: true });
    expect(await listed()).toEqual([[session.id, 'live']]);
    await house.post('/oauth/revoke', { token }, key);
    expect(await introspect(token)).toEqual({ active: false });
    expect(await stands(session.id)).toEqual({ active: false });
    expect(await listed()).toEqual([[session.id, 'ended']]);
  });
});

describe('products that mint themselves', () => {
  beforeEach(() => {
    product.answer = ({ command }) =>
      command === 'createActorToken'
        ? { data: { url: 'https://clerk.example.com/ticket', ends_by: 'product', external_id: 'act_1' } }
        : { data: { ended: true } };
  });

  it('are told of the end, and the platform answers whether a session stands', async () => {
    const { session, url } = (await start(ada, { id: '42', name: 'Bob' })).result;
    expect(url).toBe('https://clerk.example.com/ticket');
    expect(await stands(session.id)).toMatchObject({ active: true });
    const ended = (await ada.call(impersonationsEnd, { params: { id: session.id } })).result;
    expect(ended.effect).toBe('asked');
    expect(product.seen.at(-1)).toMatchObject({
      command: 'revokeActorToken',
      id: '42',
      payload: { session_id: session.id, external_id: 'act_1' },
    });
    expect(await stands(session.id)).toEqual({ active: false });
  });

  it('end with the console session they were begun in, and with their operator’s account', async () => {
    const { adminLogout } = await import('@castellan/contract');
    const first = (await start(ada, { id: '42' })).result.session;
    await ada.call(adminLogout);
    expect(await stands(first.id)).toEqual({ active: false });
    const eve = await house.administrator();
    const second = (await start(eve, { id: '42' })).result.session;
    await house.query('DELETE FROM users WHERE id = $1', [eve.person.id]);
    expect(await stands(second.id)).toEqual({ active: false });
    const seen = (await (await house.administrator()).call(impersonationsList, { query: { pageSize: 2 } }))
      .result;
    expect(seen.items.map(({ state, operator }) => [state, operator.name])).toEqual([
      ['ended', eve.person.name],
      ['ended', ada.person.name],
    ]);
  });

  it('that can not be asked leave the effect unknown; asked again, they are asked again', async () => {
    const { session } = (await start(ada, { id: '42' })).result;
    product.answer = () => ({ status: 500, error: { code: 'INTERNAL', message: '' } });
    const first = (await ada.call(impersonationsEnd, { params: { id: session.id } })).result;
    expect(first).toMatchObject({ effect: 'unknown', session: { state: 'ended' } });
    product.answer = () => ({ data: { ended: true } });
    expect((await ada.call(impersonationsEnd, { params: { id: session.id } })).result.effect).toBe('asked');
  });

  it.each([
    ['a script for an address', { url: 'javascript:alert(1)', ends_by: 'product' }],
    ['an address in the clear', { url: 'http://orders.example.com/', ends_by: 'product' }],
    ['a promise that only Castellan can keep', { url: 'https://x.example.com', ends_by: 'platform' }],
    [
      'a subject for what it mints itself',
      { url: 'https://x.example.com', ends_by: 'product', subject: 'x' },
    ],
    ['nothing', null],
    ['more than is known', { url: 'https://x.example.com', ends_by: 'product', token: 'secret' }],
  ])('that answer with %s are not followed, and the session has failed', async (_, data) => {
    product.answer = () => ({ data });
    const answer = await start(ada, { id: '42' });
    expect([answer.status, answer.code]).toEqual([502, 'product_nonsense']);
    const { items } = (await ada.call(impersonationsList, { query: { pageSize: 1 } })).result;
    expect(items[0]!.state).toBe('failed');
    expect(await stands(items[0]!.id)).toEqual({ active: false });
  });

  it('that offer no impersonation, or refuse it, say so', async () => {
    product.answer = () => ({
      status: 404,
      error: { code: 'UNKNOWN_ACTION', message: 'User has no such action.' },
    });
    const answer = await start(ada, { id: '42' });
    expect([answer.status, answer.code]).toEqual([404, 'product_refused']);
    expect(JSON.parse(answer.text).product_code).toBe('UNKNOWN_ACTION');
  });

  it('that name nobody, or somebody deactivated, to Castellan get no token', async () => {
    await house.query(`UPDATE users SET state = 'deactivated' WHERE id = $1`, [bob.id]);
    for (const subject of ['nobody', '01930000-0000-7000-8000-000000000001', bob.id]) {
      product.answer = () => ({ data: { url: `${product.url}/act-as`, ends_by: 'platform', subject } });
      expect((await start(ada, bob)).code).toBe('impersonation_subject_unknown');
    }
  });

  it('that answer after the session was ended get nothing', async () => {
    product.answer = async ({ id, payload }) => {
      await ada.call(impersonationsEnd, { params: { id: String(payload.session_id) } });
      return { data: { url: `${product.url}/act-as`, ends_by: 'platform', subject: String(id) } };
    };
    expect((await start(ada, bob)).code).toBe('not_found');
    const grants = await house.query(
      `SELECT FROM grants WHERE kind = 'impersonation' AND user_id = $1 AND ended_at IS NULL`,
      [bob.id],
    );
    expect(grants).toEqual([]);
  });
});
