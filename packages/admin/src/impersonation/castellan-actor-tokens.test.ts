import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { impersonationsEnd, impersonationsList, impersonationsStart } from '@castellan/contract';
import { buildRuntime, type IntentContext, IntentRouter, IntentService } from '@castellan/intents';
import { createTestPlatform, type TestCaller, type TestPerson, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { actorWrites } from './actor-writes.ts';
import {
  type CastellanActorTokens,
  castellanActorTokens,
  TicketRefusedError,
} from './castellan-actor-tokens.ts';

/** The adapter against the platform itself, over sockets: from the console's click to a refused write, and to the end. */

let house: TestPlatform;
let server: Server;
let actors: CastellanActorTokens;
let issuer: string;
let serviceId: string;
let ada: TestCaller & { readonly person: TestPerson };
let bob: TestPerson;
let held: IntentContext['sessionClaims'];
const rows = new Map<string, string>();

class Users extends IntentService {
  createActorToken = actors.createActorToken;
}
class Orders extends IntentService {
  list = () => ['o-1'];
  update = () => 'changed';
}

beforeAll(async () => {
  house = await createTestPlatform({ settings: { OUTBOUND_ALLOW: '127.0.0.0/8' } });
  issuer = await house.platform.publicListener.listen({ port: 0, host: '127.0.0.1' });
  const serviceKey = await house.service('orders');
  const product = (request: Request) => surfaces().admin.fetch(request);
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = await product(
      new Request(`http://product${request.url}`, {
        method: 'POST',
        headers: Object.entries(request.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]),
        body: Buffer.concat(chunks),
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
    subjectOf: ({ id }) => rows.get(String(id)) ?? null,
  });
});
afterAll(async () => {
  server.close();
  await house.close();
});
beforeEach(async () => {
  ada = await house.administrator();
  bob = await house.person({ name: 'Bob' });
  rows.set('7', bob.id);
  held = undefined;
});

function surfaces() {
  const runtime = buildRuntime({
    middlewares: [actorWrites({ isLive: (id) => actors.isLive(id) })],
    onCall: () => {},
  });
  const router = new IntentRouter({ runtime }).register('User', new Users()).register('Order', new Orders());
  return {
    admin: router.buildAdminMachine({
      getUser: ({ request }) => ({
        id: JSON.parse(atob(request.headers.get('authorization')!.split('.')[1]!)).sub as string,
        role: 'owner',
      }),
      getDb: () => null,
    }),
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
    body: { serviceId, rowId: '7', label: 'Bob', reason: 'A ticket', allowWrites },
  });
const ticketOf = (url: string) => new URL(url).searchParams.get('impersonation_ticket');
async function call(action: string) {
  const response = await surfaces().standard.fetch(
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
    rows.delete('7');
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
