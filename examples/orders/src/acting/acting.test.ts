import { resetAdminForTests } from '@castellan/admin';
import { impersonationsEnd, impersonationsList, impersonationsStart, usersUpdate } from '@castellan/contract';
import type { TestCaller } from '@castellan/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OrdersHouse, startOrdersHouse, type TestPerson, type TestWorkspace } from '../../test/house.ts';
import { createOrdersApp } from '../app.ts';

/** An operator acts as a person of this product: through the platform, the ticket, and the product's own API. */
let house: OrdersHouse;
let operator: TestCaller;
let serviceId: string;
let acme: TestWorkspace;
let rooms: TestWorkspace;
let others: TestWorkspace;
let vera: TestPerson;

beforeAll(async () => {
  house = await startOrdersHouse();
  operator = await house.platform.administrator();
  serviceId = (await house.platform.query<{ id: string }>('SELECT id FROM services'))[0]!.id;
});
afterAll(() => house.stop());
beforeEach(async () => {
  vera = await house.platform.person({ name: 'Vera Editor' });
  acme = await house.platform.workspace({ name: 'Acme', members: [[vera, 'editor']] });
  rooms = await house.platform.workspace({ name: 'Rooms', members: [[vera, 'viewer']] });
  const otto = await house.platform.person({ name: 'Otto Other' });
  others = await house.platform.workspace({ name: 'Others', members: [[otto, 'owner']] });
  for (const [person, place] of [
    [vera, acme],
    [vera, rooms],
    [otto, others],
  ] as const)
    await call('/api/orders', { token: await house.signIn(person, place.id) });
});

interface Call {
  readonly token: string;
  readonly in?: { readonly id: string };
  readonly body?: object;
}

async function call(url: string, { token, in: place, body }: Call) {
  const answer = await house.app.inject({
    url,
    method: body ? 'POST' : 'GET',
    headers: {
      authorization: `Bearer ${token}`,
      'idempotency-key': crypto.randomUUID(),
      ...(place ? { 'orders-workspace': place.id } : {}),
    },
    ...(body ? { payload: body } : {}),
  });
  return { status: answer.statusCode, body: answer.json() };
}

async function begin(allowWrites = false, whom = vera) {
  const { result } = await operator.call(impersonationsStart, {
    body: { serviceId, rowId: whom.id, label: whom.name, reason: 'They can not see an order', allowWrites },
  });
  return result;
}

const pathOf = (url: string): string => url.slice(house.address.length);
const post = (url: string, cookie: string, origin = house.address) =>
  house.app.inject({ method: 'POST', url, headers: { cookie, origin } });

/** As the browser does: the ticket, the page of the session, its token. */
async function enter(allowWrites = false) {
  const { session, url } = await begin(allowWrites);
  const redeemed = await house.app.inject({ url: pathOf(url) });
  const cookie = String(redeemed.headers['set-cookie']);
  const address = String(redeemed.headers.location);
  const kept = cookie.split(';')[0]!;
  const told = (await post(`${address}/token`, kept)).json();
  return { session, url, cookie, kept, address, told, token: told.access_token as string };
}

const newOrder = {
  customer: { name: 'Grace Hopper', email: 'grace@customer.example' },
  currency: 'EUR',
  lines: [{ description: 'Oak workbench', quantity: 1, unit_price_minor: 64_900 }],
};
const ordersThere = async (place: TestWorkspace) =>
  (
    await house.connection.pool.query('select created_by from orders where workspace_id = $1', [place.id])
  ).rows.map((row) => row.created_by);

describe('an operator who acts as a person of the shop (A15)', () => {
  it('is in the workspaces that the person is in, with their role there, and in no other', async () => {
    const { token, told } = await enter();
    expect(told.user).toEqual({ id: vera.id, email: vera.email, name: 'Vera Editor' });
    const inThem = [
      { id: acme.id, slug: acme.slug, name: acme.slug, role: 'editor' },
      { id: rooms.id, slug: rooms.slug, name: rooms.slug, role: 'viewer' },
    ];
    expect(told.workspaces).toEqual(inThem.sort((one, other) => (one.slug < other.slug ? -1 : 1)));
    expect((await call('/api/orders', { token, in: acme })).status).toBe(200);
    expect((await call('/api/me', { token, in: rooms })).body).toMatchObject({
      user_id: vera.id,
      workspace_slug: rooms.slug,
      workspace_role: 'viewer',
    });
    for (const place of [others, { id: crypto.randomUUID() }, { id: 'nonsense' }, undefined])
      expect((await call('/api/orders', { token, ...(place ? { in: place } : {}) })).body.code).toBe(
        'not_member',
      );
    await house.platform.query('DELETE FROM members WHERE user_id = $1 AND workspace_id = $2', [
      vera.id,
      acme.id,
    ]);
    expect((await call('/api/orders', { token, in: acme })).body.code).toBe('not_member');
  });

  it('the page of a session is kept by no browser, nor is one that tells why there is none', async () => {
    const { address, kept } = await enter();
    for (const headers of [{ cookie: kept }, {}]) {
      const page = await house.app.inject({ url: address, headers });
      expect(page.body.includes('Vera Editor')).toBe('cookie' in headers);
      expect(page.headers['cache-control']).toBe('no-store');
    }
    expect((await house.app.inject({ url: '/' })).headers['cache-control']).toBe('no-cache');
  });

  it('a person’s own sign-in can’t choose another workspace by the same header', async () => {
    const token = await house.signIn(vera, rooms.id);
    expect((await call('/api/me', { token, in: acme })).body.workspace_slug).toBe(rooms.slug);
  });

  it('reads, and is refused each write in words, unless changes were allowed; then as the person and within their role', async () => {
    const reading = await enter();
    const refused = await call('/api/orders', { token: reading.token, in: acme, body: newOrder });
    expect([refused.status, refused.body.code]).toEqual([403, 'impersonation_read_only']);
    expect(refused.body.detail).toContain('may only look: nothing was changed');
    expect(await ordersThere(acme)).toEqual([]);
    const writing = await enter(true);
    const made = await call('/api/orders', { token: writing.token, in: acme, body: newOrder });
    expect(made.status).toBe(201);
    expect(await ordersThere(acme)).toEqual([vera.id]);
    expect((await call('/api/orders', { token: writing.token, in: rooms, body: newOrder })).body.code).toBe(
      'forbidden',
    );
    const { number } = made.body;
    const refund = { token: writing.token, in: acme, body: { amount_minor: 1, reason: 'Late' } };
    expect((await call(`/api/orders/${number}/refunds`, refund)).body.code).toBe('forbidden');
    await (await house.approver(acme.id))(vera);
    expect((await call(`/api/orders/${number}/refunds`, refund)).status).toBe(201);
    expect((await call(`/api/orders/${number}`, { token: reading.token, in: acme })).body.may_refund).toBe(
      true,
    );
    const again = { ...refund, token: reading.token };
    expect((await call(`/api/orders/${number}/refunds`, again)).body.code).toBe('impersonation_read_only');
  });

  it('is over at the very next call once the session was ended, and so is the page', async () => {
    const { session, token, address, kept } = await enter();
    await operator.call(impersonationsEnd, { params: { id: session.id } });
    const next = await call('/api/orders', { token, in: acme });
    expect([next.status, next.body.code]).toEqual([401, 'session_ended']);
    expect((await post(`${address}/token`, kept)).json()).toEqual({ code: 'session_ended' });
  });

  it('who leaves ends the session for good, in the console’s list as well', async () => {
    const { session, token, address, kept } = await enter();
    const left = await post(`${address}/end`, kept);
    expect([left.statusCode, String(left.headers['set-cookie'])]).toEqual([
      204,
      expect.stringMatching(/Max-Age=0/),
    ]);
    expect((await call('/api/orders', { token, in: acme })).body.code).toBe('session_ended');
    const { items } = (await operator.call(impersonationsList, { query: { pageSize: 1 } })).result;
    expect(items.map(({ id, state }) => [id, state])).toEqual([[session.id, 'ended']]);
  });

  it('the account that was deactivated meanwhile is the reason', async () => {
    const { address, kept } = await enter();
    await operator.call(usersUpdate, { params: { id: vera.id }, body: { isActive: false } });
    expect((await post(`${address}/token`, kept)).json()).toEqual({ code: 'account_deactivated' });
  });

  it('two sessions of one browser never become one another, and no other site can use them', async () => {
    const [one, two] = [await enter(), await enter()];
    expect(one.cookie).toContain(`Path=/act-as/${one.session.id}; `);
    expect(one.cookie).toMatch(/HttpOnly; SameSite=Lax/);
    expect(one.kept).not.toContain(one.token.slice(0, 20));
    // Whatever a browser sends along: the cookie of the one opens nothing of the other.
    expect((await post(`${two.address}/token`, one.kept)).json()).toEqual({ code: 'not_here' });
    for (const what of ['token', 'end'])
      for (const origin of ['https://evil.example', 'null', ''])
        expect((await post(`${one.address}/${what}`, one.kept, origin)).json().code).toBe('other_site');
    expect((await call('/api/orders', { token: one.token, in: acme })).status).toBe(200);
  });

  it('a ticket that was used, was invented or is missing begins nothing; used twice it ends the session', async () => {
    const { url, token } = await enter();
    for (const address of ['/act-as', '/act-as?impersonation_ticket=imt_invented', pathOf(url)]) {
      const answer = await house.app.inject({ url: address });
      expect([address, answer.headers['set-cookie']]).toEqual([address, undefined]);
    }
    expect((await call('/api/orders', { token, in: acme })).body.code).toBe('session_ended');
  });

  it('whoever looks at the shop can be found by operators, also before they do anything', async () => {
    const { rows } = await house.connection.pool.query('select name from people where user_id = $1', [
      vera.id,
    ]);
    expect(rows).toEqual([{ name: 'Vera Editor' }]);
  });

  it('each line of the log says who acts, in which session; nobody’s own lines do, and no ticket or token is in any', async () => {
    const lines: string[] = [];
    resetAdminForTests();
    const app = createOrdersApp({
      castellan: house.castellan,
      database: house.connection.database,
      acting: { ownUrl: house.address, serviceKey: house.serviceKey },
      logTo: { write: (line) => void lines.push(line) },
    });
    const { session, url } = await begin();
    const cookie = String((await app.inject({ url: pathOf(url) })).headers['set-cookie']).split(';')[0]!;
    const tokenOf = { cookie, origin: house.address };
    const told = await app.inject({
      method: 'POST',
      url: `/act-as/${session.id}/token`,
      headers: tokenOf,
    });
    const token = told.json().access_token as string;
    const own = await house.signIn(vera, acme.id);
    lines.length = 0;
    // By a real connection: its last line is written when the answer is out, long after the handler.
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const headers = { authorization: `Bearer ${token}`, 'orders-workspace': acme.id };
    await Promise.all([
      fetch(`${address}/api/orders`, { headers }),
      fetch(`${address}/api/orders`, { headers: { authorization: `Bearer ${own}` } }),
      fetch(`${address}/api/orders`, { method: 'POST', headers }),
    ]);
    await app.close();
    const completed = lines.map((line) => JSON.parse(line)).filter(({ res }) => res !== undefined);
    const operatorId = (
      await house.platform.query<{ id: string }>(
        'SELECT operator_id AS id FROM impersonation_sessions WHERE id = $1',
        [session.id],
      )
    )[0]!.id;
    const who = completed.map(({ acting_admin_id: admin, impersonation_session_id: id }) => `${admin} ${id}`);
    const acting = `${operatorId} ${session.id}`;
    expect(who.sort()).toEqual([acting, acting, 'undefined undefined'].sort());
    expect(lines.join('')).not.toMatch(/imt_|eyJ/);
  });
});
