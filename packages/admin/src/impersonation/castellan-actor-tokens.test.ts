import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  impersonationsEnd,
  impersonationsList,
  impersonationsStart,
  productsIntent,
  productsSchema,
} from '@castellan/contract';
import {
  buildRuntime,
  type IntentContext,
  IntentRouter,
  IntentService,
  type MountedSurface,
} from '@castellan/intents';
import {
  createTestPlatform,
  freePort,
  type TestCaller,
  type TestPerson,
  type TestPlatform,
} from '@castellan/testkit';
import { createTestDatabase, type TestDatabase } from '@castellan/testkit/database';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { schema, shopSql } from '../../test/shop/postgresql.ts';
import { adminMachineAuth, autoAdmin, configureAdminAuth, resetAdminForTests } from '../index.ts';
import { drizzleAdmin } from '../orm/drizzle/index.ts';
import { actorWrites } from './actor-writes.ts';
import {
  type CastellanActorTokens,
  castellanActorTokens,
  TicketRefusedError,
} from './castellan-actor-tokens.ts';

/** The adapter at the platform itself, in a product that has adopted the library: from the console's click to a refused write, and to the end. */

let house: TestPlatform;
let database: TestDatabase;
let server: Server;
let actors: CastellanActorTokens;
let issuer: string;
let serviceId: string;
let surfaces: { readonly admin: MountedSurface; readonly standard: MountedSurface };
let ada: TestCaller & { readonly person: TestPerson };
let bob: TestPerson;
let held: IntentContext['sessionClaims'];
const accounts = new Map<string, string>();
const row = '2';

class Orders extends IntentService {
  list = () => ['o-1'];
  update = () => 'changed';
}

beforeAll(async () => {
  const port = await freePort();
  issuer = `http://localhost:${port}`;
  house = await createTestPlatform({ settings: { PUBLIC_URL: issuer, OUTBOUND_ALLOW: '127.0.0.0/8' } });
  await house.platform.publicListener.listen({ port, host: 'localhost' });
  const serviceKey = await house.service('orders');
  database = await createTestDatabase({ content: 'empty' });
  await database.pool.query(shopSql);
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { admin } = surfaces;
    const answer = await admin.fetch(
      new Request(`http://product${request.url}`, {
        method: request.method ?? 'GET',
        headers: Object.entries(request.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]),
        ...(request.method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
      }),
    );
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await house.query('UPDATE services SET admin_url = $1', [own]);
  [{ id: serviceId }] = (await house.query<{ id: string }>('SELECT id FROM services')) as [{ id: string }];
  actors = castellanActorTokens({
    issuer,
    serviceKey,
    startUrl: `${own}/act-as`,
    subjectOf: ({ id }) => accounts.get(String(id)) ?? null,
  });
  surfaces = adopt();
});
afterAll(async () => {
  resetAdminForTests();
  server.close();
  await house.close();
  await database.drop();
});
beforeEach(async () => {
  ada = await house.administrator();
  bob = await house.person({ name: 'Bob' });
  accounts.set(row, bob.id);
  held = undefined;
});

/** The product: the library over its tables, the action that mints, and what its own people call. */
function adopt() {
  class Users extends IntentService {
    createActorToken = actors.createActorToken;
  }
  resetAdminForTests();
  configureAdminAuth({ issuer, audience: 'orders', schema: drizzleAdmin(schema) });
  const db = drizzle(database.pool, { schema });
  const runtime = buildRuntime({
    middlewares: [actorWrites({ isLive: (id) => actors.isLive(id) })],
    onCall: () => {},
  });
  const router = new IntentRouter({ runtime }).register('User', new Users()).register('Order', new Orders());
  autoAdmin(router, { expose: ['User'], redactFields: { User: ['pinColor'] } });
  return {
    admin: router.buildAdminMachine({ getUser: adminMachineAuth(), getDb: () => db }),
    standard: router.build({
      getUser: ({ context }) => {
        context.sessionClaims = held ?? {};
        return 'bob';
      },
      getDb: () => null,
    }),
  };
}

const start = (allowWrites = false) =>
  ada.call(impersonationsStart, {
    body: { serviceId, rowId: row, label: 'Bob', reason: 'A ticket', allowWrites },
  });
const ticketOf = (url: string) => new URL(url).searchParams.get('impersonation_ticket');
async function call(action: string) {
  const response = await surfaces.standard.fetch(
    new Request('http://product/api/intent', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'Order', action }),
    }),
  );
  const body = (await response.json()) as { data?: unknown; error?: { code: string } };
  return body.error?.code ?? body.data;
}

describe('actor tokens of Castellan, at the platform itself', () => {
  it('are offered by the schema document, and minted with an admin token by no other door', async () => {
    const { document } = (await ada.call(productsSchema, { params: { id: serviceId } })).result;
    expect(document.canImpersonate).toBe(true);
    const action = document.models[0]!.customActions.find(({ name }) => name === 'createActorToken');
    expect(action).toMatchObject({ minRole: 'admin', takesRow: true, isReadOnly: false });
    const direct = await ada.call(productsIntent, {
      params: { id: serviceId },
      body: { model: 'User', action: 'custom', command: 'createActorToken', id: row, payload: {} },
    });
    expect(direct.code).toBe('validation_failed');
    await start();
    const told = await database.pool.query('SELECT action, row_id, operator_id FROM castellan_admin_audit');
    expect(told.rows).toEqual([{ action: 'createActorToken', row_id: row, operator_id: ada.person.id }]);
  });

  it('a read-only session looks and is refused a write; ended from the list, it reaches nothing on the next call', async () => {
    const { session, url } = (await start()).result;
    const begun = await actors.redeem(ticketOf(url));
    expect(begun.claims).toMatchObject({ sub: bob.id, act: { sub: ada.person.id, allow_writes: false } });
    expect(begun.expiresAt.getTime()).toBeLessThanOrEqual(session.expiresAt.getTime());
    held = begun.claims;
    expect(await call('list')).toEqual(['o-1']);
    expect(await call('update')).toBe('IMPERSONATION_WRITE_DENIED');
    await ada.call(impersonationsEnd, { params: { id: session.id } });
    expect(await actors.isLive(session.id)).toBe(false);
    expect(await call('list')).toBe('IMPERSONATION_ENDED');
  });

  it('one that the operator leaves is over on the next call, and in the list', async () => {
    const { session, url } = (await start()).result;
    const begun = await actors.redeem(ticketOf(url));
    held = begun.claims;
    expect(await call('list')).toEqual(['o-1']);
    await actors.end(begun.accessToken);
    expect(await call('list')).toBe('IMPERSONATION_ENDED');
    const { items } = (await ada.call(impersonationsList, { query: { pageSize: 1 } })).result;
    expect(items.map(({ id, state }) => [id, state])).toEqual([[session.id, 'ended']]);
  });

  it('one that allows writes writes', async () => {
    held = (await actors.redeem(ticketOf((await start(true)).result.url))).claims;
    expect(await call('update')).toBe('changed');
  });

  it('a ticket that was used, is of nobody, or is none at all is refused', async () => {
    const ticket = ticketOf((await start()).result.url);
    await actors.redeem(ticket);
    for (const given of [ticket, 'imt_nonsense', '', undefined, ['x'], 'imt_a&scope=admin'])
      await expect(actors.redeem(given)).rejects.toBeInstanceOf(TicketRefusedError);
  });

  it('a row without an account begins nothing', async () => {
    accounts.delete(row);
    const answer = await start();
    expect([answer.status, answer.code, JSON.parse(answer.text).product_code]).toEqual([
      404,
      'product_refused',
      'NOT_FOUND',
    ]);
    const { items } = (await ada.call(impersonationsList, { query: { pageSize: 1 } })).result;
    expect(items[0]?.state).toBe('failed');
  });

  it('a platform that can’t be asked is no yes', async () => {
    const away = castellanActorTokens({
      issuer: 'http://127.0.0.1:9',
      serviceKey: 'sk_x',
      startUrl: 'http://localhost/',
      subjectOf: () => null,
      timeoutMs: 500,
    });
    await expect(away.isLive('c0ffee00-0000-4000-8000-000000000001')).rejects.toThrow();
    await expect(away.redeem('imt_x')).rejects.not.toBeInstanceOf(TicketRefusedError);
    const unknown = castellanActorTokens({
      issuer,
      serviceKey: 'sk_unknown',
      startUrl: 'http://localhost/',
      subjectOf: () => null,
    });
    await expect(unknown.isLive('c0ffee00-0000-4000-8000-000000000001')).rejects.toThrow('401');
  });
});
