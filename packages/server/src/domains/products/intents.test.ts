// Long because it is one idea: each way in which a call to a product is made, is attacked, or fails.
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  castellanProductId,
  metrics,
  productsIntent,
  productsList,
  productsSchema,
  usersUpdate,
} from '@castellan/contract';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openProductsHouse, type ProductsHouse, type TestOperator } from '../../../test/products-house.ts';
import type { Manner } from '../../../test/small-product.ts';
import { systemOrigin } from '../../platform/activity/event.ts';
import { rotateSigningKey } from '../../platform/keys/signing-keys.ts';

let world: ProductsHouse;
let owner: TestOperator;
let admin: TestOperator;
let support: TestOperator;
beforeAll(async () => {
  world = await openProductsHouse();
  owner = await world.operator('owner');
  admin = await world.operator('admin');
  support = await world.operator('support');
});
afterAll(() => world.close());
beforeEach(() => {
  world.product.manner = 'good';
});

const told = ['admin_intent_sent', 'admin_intent_done', 'admin_intent_refused', 'admin_intent_failed'];
const ask = (who: TestOperator, body: object, id = world.serviceId, headers = {}) =>
  who.call(productsIntent, { params: { id }, body: body as never, headers });
const read = async (who: TestOperator, id: string) =>
  (await ask(who, { model: 'Order', action: 'read', id })).result.data as { version: string };
const rename = async (who: TestOperator, id: string, name: string, headers = {}) => {
  const { version } = await read(who, id);
  const body = { model: 'Order', action: 'update', id, payload: { values: { name }, version } };
  return ask(who, body, world.serviceId, headers);
};

/** A server between platform and product that passes on what `meddle` makes of each call. */
async function between(
  meddle: (body: string) => readonly string[],
  mayChangeToken?: (token: string) => string,
) {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    let last: { status: number; body: string } = { status: 500, body: '' };
    for (const body of meddle(Buffer.concat(parts).toString()))
      last = await new Promise((done, fail) => {
        const { authorization = '' } = request.headers;
        const outgoing = send(
          world.product.url + request.url,
          {
            method: request.method ?? 'GET',
            headers: {
              ...request.headers,
              authorization: mayChangeToken?.(authorization) ?? authorization,
              'content-length': String(Buffer.byteLength(body)),
            },
          },
          async (incoming) => {
            const chunks: Buffer[] = [];
            for await (const chunk of incoming) chunks.push(chunk as Buffer);
            done({ status: incoming.statusCode!, body: Buffer.concat(chunks).toString() });
          },
        );
        outgoing.on('error', fail);
        outgoing.end(body);
      });
    response.writeHead(last.status, { 'content-type': 'application/json' }).end(last.body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((done) => server.close(done)),
  };
}

describe('A5 the platform calls the product with a token for one call', () => {
  it('an independent verifier accepts it: claims, times, digest of the exact body, method, correlation id', async () => {
    const answer = await ask(support, { model: 'Order', action: 'list', limit: 2 }, world.serviceId, {
      'x-correlation-id': 'click-00000001',
    });
    expect(answer.status).toBe(200);
    expect((answer.result.data as { items: unknown[] }).items).toHaveLength(2);
    expect(answer.result.correlationId).toBe('click-00000001');
    const claims = world.product.accepted.at(-1)!;
    expect(claims).toMatchObject({
      iss: world.house.settings.PUBLIC_URL,
      aud: 'orders',
      sub: support.person.id,
      email: support.person.email,
      role: 'support',
      method: 'POST',
      correlation_id: 'click-00000001',
    });
    expect(claims.exp! - claims.iat!).toBe(60);
    expect(claims.jti).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  it('the browser is given neither the token nor the address', async () => {
    const answers = [
      await ask(support, { model: 'Order', action: 'list' }),
      await support.call(productsList),
      await support.call(productsSchema, { params: { id: world.serviceId } }),
      await ask(support, { model: 'Nothing', action: 'list' }),
    ];
    const token = String(world.product.heard.at(-1)!.headers.authorization).slice('Bearer '.length);
    expect(token.split('.')).toHaveLength(3);
    for (const answer of answers) {
      const all = answer.text + JSON.stringify(answer.headers);
      expect(all).not.toContain('eyJ');
      expect(all).not.toContain(world.product.url);
    }
  });

  it('each call has a token of its own', async () => {
    await Promise.all(Array.from({ length: 5 }, () => ask(support, { model: 'Order', action: 'list' })));
    const ids = world.product.accepted.map(({ jti }) => jti);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('the role is read at the mint: a lowered grant counts from the next call on', async () => {
    const falling = await world.operator('admin');
    expect((await rename(falling, 'o-1', 'First')).status).toBe(200);
    await world.house.query("UPDATE operator_grants SET role = 'support' WHERE user_id = $1", [
      falling.person.id,
    ]);
    const refused = await rename(falling, 'o-1', 'Second');
    expect([refused.status, refused.code]).toEqual([403, 'product_refused']);
    expect(JSON.parse(refused.text).product_code).toBe('INSUFFICIENT_ROLE');
    await world.house.query('DELETE FROM operator_grants WHERE user_id = $1', [falling.person.id]);
    expect((await ask(falling, { model: 'Order', action: 'list' })).status).toBe(403);
  });

  it('an administrator is owner at every product', async () => {
    const ada = await world.house.administrator();
    expect((await ada.call(productsSchema, { params: { id: world.serviceId } })).result.role).toBe('owner');
    await ada.call(productsIntent, {
      params: { id: world.serviceId },
      body: { model: 'Order', action: 'list' },
    });
    expect(world.product.accepted.at(-1)!.role).toBe('owner');
  });
});

describe('what operators see', () => {
  it('lists the products that they have a role at, and Castellan itself for administrators alone', async () => {
    const bare = await world.register('bare', null);
    const everywhere = await world.operator('support', null);
    const names = async (who: Pick<TestOperator, 'call'>) =>
      (await who.call(productsList)).result.items.map(({ name, role, state }) => `${name} ${role} ${state}`);
    expect(await names(support)).toEqual(['orders support ready']);
    expect(await names(everywhere)).toEqual(['bare support no_admin_url', 'orders support ready']);
    expect(await names(await world.house.administrator())).toEqual([
      'bare owner no_admin_url',
      'orders owner ready',
      'castellan owner ready',
    ]);
    expect((await everywhere.call(productsSchema, { params: { id: bare } })).code).toBe('product_no_address');
  });

  it('tells nobody without a role whether a product exists', async () => {
    const hidden = await world.register('hidden', world.product.url);
    for (const id of [hidden, '01930000-0000-7000-8000-00000000dead', castellanProductId]) {
      expect((await ask(support, { model: 'Order', action: 'list' }, id)).code).toBe('operator_role_missing');
      expect((await support.call(productsSchema, { params: { id } })).code).toBe('operator_role_missing');
    }
  });

  it('gives the schema document as the product wrote it', async () => {
    const { document, role } = (await support.call(productsSchema, { params: { id: world.serviceId } }))
      .result;
    expect(role).toBe('support');
    expect(document.models[0]!.listFields).toEqual(['id', 'name', 'state']);
  });
});

describe('A14 a change is in the timeline before the product is called', () => {
  it('with model, action, row, names of fields and role, never with values; its outcome after it', async () => {
    const before = (await world.events(...told)).length;
    const answer = await rename(admin, 'o-2', 'canary-value-7', { 'x-correlation-id': 'click-rename-1' });
    expect(answer.status).toBe(200);
    const events = (await world.events(...told)).slice(before);
    expect(events.map(({ action }) => action)).toEqual(['admin_intent_sent', 'admin_intent_done']);
    expect(events[0]!.detail).toEqual({
      model: 'Order',
      action: 'update',
      row: 'o-2',
      fields: ['name'],
      role: 'admin',
    });
    expect(events.map((event) => event.correlation_id)).toEqual(['click-rename-1', 'click-rename-1']);
    expect(world.product.changes.at(-1)).toMatchObject({
      correlation_id: 'click-rename-1',
      by: admin.person.id,
    });
    expect(JSON.stringify(events)).not.toContain('canary-value-7');
  });

  it('gives two changes under one correlation id each their own', async () => {
    const headers = { 'x-correlation-id': 'click-twice-01' };
    const first = await rename(admin, 'o-1', 'A', headers);
    const second = await rename(admin, 'o-1', 'B', headers);
    expect(first.result.correlationId).toBe('click-twice-01');
    expect(second.result.correlationId).not.toBe('click-twice-01');
    expect(world.product.changes.at(-1)!.correlation_id).toBe(second.result.correlationId);
    const sent = (await world.events('admin_intent_sent')).at(-1)!;
    expect([sent.correlation_id, sent.detail.sent_as]).toEqual([
      'click-twice-01',
      second.result.correlationId,
    ]);
  });

  it('does not call the product when it could not be written down', async () => {
    await world.house.query('ALTER TABLE product_intents ADD CONSTRAINT broken CHECK (false) NOT VALID');
    const heard = world.product.changes.length;
    const { version } = await read(admin, 'o-1');
    const payload = { values: { name: 'Never' }, version };
    const calls = world.product.heard.length;
    const answer = await ask(admin, { model: 'Order', action: 'update', id: 'o-1', payload });
    await world.house.query('ALTER TABLE product_intents DROP CONSTRAINT broken');
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect([world.product.heard.length, world.product.changes.length]).toEqual([calls, heard]);
  });

  it('reads are counted and not told', async () => {
    const before = (await world.events(...told)).length;
    await read(support, 'o-1');
    await ask(support, { model: 'Order', action: 'custom', command: 'history', payload: { id: 'o-1' } });
    expect((await world.events(...told)).length).toBe(before);
    const { text } = await world.house.caller().call(metrics);
    expect(text).toContain(
      'castellan_product_call_seconds_count{service="orders",action="read",outcome="answered"}',
    );
  });

  it('a refusal of the product is told with its code, and passed on with its fields and details', async () => {
    const payload = { values: { name: 'X' }, version: 'stale' };
    const answer = await ask(admin, { model: 'Order', action: 'update', id: 'o-1', payload });
    expect([answer.status, answer.code]).toEqual([409, 'product_refused']);
    expect(JSON.parse(answer.text)).toMatchObject({
      detail: 'It says CONFLICT',
      product_code: 'CONFLICT',
      product_details: { changed_fields: ['name'] },
    });
    const last = (await world.events(...told)).at(-1)!;
    expect([last.action, last.detail.code]).toEqual(['admin_intent_refused', 'CONFLICT']);
  });

  it('one that Castellan refuses is told with what was asked of which product, never with values', async () => {
    const stranger = await world.operator('support');
    const id = await world.register('told', world.product.url);
    const payload = { values: { name: 'canary-value-8' }, version: 'v' };
    const answer = await ask(stranger, { model: 'Order', action: 'update', id: 'o-1', payload }, id);
    expect(answer.code).toBe('operator_role_missing');
    const last = (await world.events('mutation_refused')).at(-1)!;
    expect(last.detail).toMatchObject({
      operation: 'products.intent',
      code: 'operator_role_missing',
      model: 'Order',
      action: 'update',
      row: 'o-1',
      fields: ['name'],
    });
    const [event] = await world.house.query(
      `SELECT target_id, target_label, service FROM activity_events WHERE action = 'mutation_refused' ORDER BY sequence DESC LIMIT 1`,
    );
    expect(event).toEqual({ target_id: id, target_label: 'told', service: 'told' });
    expect(JSON.stringify(last)).not.toContain('canary-value-8');
  });
});

describe('A5 attacks on the way to the product', () => {
  it('a body that was changed on the way is refused, and nothing is changed', async () => {
    const proxy = await between((body) => [body.replace('o-1', 'o-2')]);
    const id = await world.register('changed', proxy.url);
    const owner2 = await world.house.administrator();
    // Its audience is another one, too: the product checks the token before the body.
    const changes = world.product.changes.length;
    await world.house.query('UPDATE services SET admin_url = $2 WHERE id = $1', [world.serviceId, proxy.url]);
    const answer = await ask(owner, { model: 'Order', action: 'read', id: 'o-1' });
    await world.house.query('UPDATE services SET admin_url = $2 WHERE id = $1', [
      world.serviceId,
      world.product.url,
    ]);
    expect([answer.status, answer.code]).toEqual([502, 'product_refused']);
    expect(JSON.parse(answer.text)).toMatchObject({
      product_code: 'TOKEN_INVALID',
      product_details: { reason: 'body' },
    });
    const other = await owner2.call(productsIntent, {
      params: { id },
      body: { model: 'Order', action: 'list' },
    });
    expect(JSON.parse(other.text)).toMatchObject({
      product_code: 'TOKEN_INVALID',
      product_details: { reason: 'aud' },
    });
    expect(world.product.changes.length).toBe(changes);
    await proxy.close();
  });

  it('a write that is sent again with its token is made once', async () => {
    const proxy = await between((body) => [body, body]);
    const { version } = await read(admin, 'o-3');
    await world.house.query('UPDATE services SET admin_url = $2 WHERE id = $1', [world.serviceId, proxy.url]);
    const changes = world.product.changes.length;
    // The same body twice: of a change that its version does not stop, so that only the token can.
    const answer = await ask(admin, {
      model: 'Order',
      action: 'update',
      id: 'o-3',
      payload: { values: {}, version },
    });
    await world.house.query('UPDATE services SET admin_url = $2 WHERE id = $1', [
      world.serviceId,
      world.product.url,
    ]);
    await proxy.close();
    expect(JSON.parse(answer.text).product_code).toBe('TOKEN_REPLAYED');
    expect(world.product.changes.length).toBe(changes + 1);
  });

  it('a signature that was touched, and no token at all', async () => {
    for (const touch of [
      (token: string) => token.slice(0, -5) + (token.endsWith('AAAAA') ? 'BBBBB' : 'AAAAA'),
      () => 'Bearer ',
    ]) {
      const proxy = await between((body) => [body], touch);
      await world.house.query('UPDATE services SET admin_url = $2 WHERE id = $1', [
        world.serviceId,
        proxy.url,
      ]);
      const answer = await ask(support, { model: 'Order', action: 'list' });
      await world.house.query('UPDATE services SET admin_url = $2 WHERE id = $1', [
        world.serviceId,
        world.product.url,
      ]);
      await proxy.close();
      // 401 would send the operator to the sign-in.
      expect([answer.status, answer.code]).toEqual([502, 'product_refused']);
    }
  });

  it('a product whose clock is two minutes ahead finds it expired', async () => {
    const late = await world.startProduct(
      'late',
      () => new Date(world.house.clock.now().getTime() + 120_000),
    );
    const id = await world.register('late', late.url);
    const ada = await world.house.administrator();
    const answer = await ada.call(productsIntent, {
      params: { id },
      body: { model: 'Order', action: 'list' },
    });
    expect(JSON.parse(answer.text).product_code).toBe('TOKEN_EXPIRED');
  });

  it('keys rotate under load without a failed call', async () => {
    const { platform, clock } = world.house;
    const kids = new Set<string>();
    const failures: string[] = [];
    let rotating = true;
    let calls = 0;
    const load = Array.from({ length: 4 }, async () => {
      while (rotating) {
        const answer = await ask(support, { model: 'Order', action: 'read', id: 'o-1' });
        calls++;
        if (answer.status !== 200) failures.push(answer.text);
      }
    });
    /** Until so many more calls were answered. */
    const answered = async (more: number): Promise<void> => {
      for (const until = calls + more; calls < until; ) await new Promise((done) => setTimeout(done, 5));
    };
    for (let turn = 0; turn < 4; turn++) {
      await rotateSigningKey(platform.database, platform.vault, systemOrigin, 30);
      await platform.keys.reload();
      await answered(8);
      clock.pass(31);
      await answered(8);
      kids.add(platform.keys.current().kid);
    }
    rotating = false;
    await Promise.all(load);
    expect(failures).toEqual([]);
    expect(kids.size).toBe(4);
  });
});

describe('products that misbehave', () => {
  const manners: readonly (readonly [Manner, number, string])[] = [
    ['redirect', 502, 'product_nonsense'],
    ['huge', 502, 'product_nonsense'],
    ['slow', 504, 'product_timeout'],
    ['page', 502, 'product_nonsense'],
    ['broken_json', 502, 'product_nonsense'],
    ['wrong_shape', 502, 'product_nonsense'],
    ['gateway', 502, 'product_unreachable'],
    ['odd_refusal', 502, 'product_nonsense'],
  ];
  it.each(manners)('%s: %i %s, for a read and for a change', async (manner, status, code) => {
    const { version } = await read(admin, 'o-1');
    const elsewhere = world.product.heard.length;
    world.product.manner = manner;
    const reading = await ask(admin, { model: 'Order', action: 'read', id: 'o-1' });
    expect([reading.status, reading.code]).toEqual([status, code]);
    const payload = { values: { name: 'X' }, version };
    const changing = await ask(admin, { model: 'Order', action: 'update', id: 'o-1', payload });
    expect([changing.status, changing.code]).toEqual([status, code]);
    // One call each: no redirect was followed and nothing was tried twice.
    expect(world.product.heard.length).toBe(elsewhere + 2);
    const last = (await world.events(...told)).at(-1)!;
    expect(last.action).toBe('admin_intent_failed');
  });

  it('a schema document of another version names both', async () => {
    world.product.manner = 'newer_schema';
    const answer = await support.call(productsSchema, { params: { id: world.serviceId } });
    expect([answer.status, answer.code]).toEqual([502, 'product_schema_version']);
    expect(JSON.parse(answer.text).detail).toMatch(/version 99.*version 1/);
    world.product.manner = 'wrong_shape';
    expect((await support.call(productsSchema, { params: { id: world.serviceId } })).code).toBe(
      'product_nonsense',
    );
  });

  it('a product that is down: at once, and it is known that nothing was made', async () => {
    const down = await world.startProduct('down');
    const id = await world.register('down', down.url);
    await down.close();
    const ada = await world.house.administrator();
    const body = { model: 'Order', action: 'update', id: 'o-1', payload: { values: {}, version: 'x' } };
    const answer = await ada.call(productsIntent, { params: { id }, body });
    expect([answer.status, answer.code]).toEqual([502, 'product_unreachable']);
    expect(JSON.parse(answer.text).detail).toMatch(/127\.0\.0\.1.*ECONNREFUSED/);
    const helper = await world.operator('support', id);
    const told = await helper.call(productsIntent, {
      params: { id },
      body: { model: 'Order', action: 'list' },
    });
    expect([told.code, told.text.includes('127.0.0.1')]).toEqual(['product_unreachable', false]);
    expect((await world.events('admin_intent_failed')).at(-1)!.detail).toMatchObject({
      outcome: 'unreachable',
      never_sent: true,
    });
  });

  it('private addresses that no setting names are not called, nor plain http elsewhere', async () => {
    const strict = await openProductsHouse({ settings: { OUTBOUND_ALLOW: '' } });
    const who = await strict.operator('admin');
    for (const adminUrl of [
      strict.product.url,
      'https://127.0.0.1:1/',
      'https://[::1]/',
      'https://10.0.0.1/',
      'https://169.254.169.254/latest/meta-data',
      'http://example.com/',
    ]) {
      await strict.house.query('UPDATE services SET admin_url = $2 WHERE id = $1', [
        strict.serviceId,
        adminUrl,
      ]);
      const params = { id: strict.serviceId };
      const body = { model: 'Order', action: 'list' };
      expect((await who.call(productsIntent, { params, body })).code, adminUrl).toBe('product_unreachable');
      expect((await who.call(productsSchema, { params })).code, adminUrl).toBe('product_unreachable');
    }
    expect(strict.product.heard).toEqual([]);
    await strict.close();
  });
});

describe('what this way does not lead to', () => {
  it('actor tokens, unknown actions, commands without custom', async () => {
    for (const [body, field] of [
      [{ model: 'User', action: 'custom', command: 'createActorToken', id: 'u-1' }, 'command'],
      [{ model: 'User', action: 'custom', command: 'CREATEACTORTOKEN', id: 'u-1' }, 'command'],
      [{ model: 'Order', action: 'drop' }, 'action'],
      [{ model: 'Order', action: 'list', command: 'close' }, 'command'],
      [{ model: 'Order', action: 'custom' }, 'command'],
    ] as const) {
      const answer = await ask(owner, body);
      expect([answer.status, answer.fields]).toEqual([422, [field]]);
    }
  });

  it('Castellan’s own data through anybody but an administrator, and changes of it', async () => {
    const ada = await world.house.administrator();
    const params = { id: castellanProductId };
    const people = await ada.call(productsIntent, {
      params,
      body: {
        model: 'User',
        action: 'list',
        payload: { search: 'otto', filter: { field: 'state', op: 'eq', value: 'active' }, count: true },
        limit: 2,
      },
    });
    const data = people.result.data as { items: { name: string }[]; next_cursor: string };
    expect(data.items).toHaveLength(2);
    expect(JSON.stringify(data)).not.toContain('argon2');
    const more = await ada.call(productsIntent, {
      params,
      body: {
        model: 'User',
        action: 'list',
        payload: {
          search: 'otto',
          filter: { field: 'state', op: 'eq', value: 'active' },
          cursor: data.next_cursor,
        },
        limit: 2,
      },
    });
    expect((more.result.data as typeof data).items.map(({ name }) => name)).not.toEqual([]);
    for (const model of ['Workspace', 'Service'])
      expect((await ada.call(productsIntent, { params, body: { model, action: 'list' } })).status).toBe(200);
    const one = await ada.call(productsIntent, {
      params,
      body: { model: 'User', action: 'read', id: ada.person.id },
    });
    expect(one.result.data).toMatchObject({ row: { email: ada.person.email, isAdmin: true } });
    for (const [body, code] of [
      [{ model: 'User', action: 'update', id: ada.person.id, payload: { values: {} } }, 'UNKNOWN_ACTION'],
      [{ model: 'Secret', action: 'list' }, 'UNKNOWN_MODEL'],
      [{ model: 'User', action: 'read', id: 'x' }, 'NOT_FOUND'],
      [
        { model: 'User', action: 'list', payload: { filter: { field: 'passwordHash', op: 'eq', value: 1 } } },
        'UNKNOWN_FIELD',
      ],
      [
        {
          model: 'User',
          action: 'list',
          payload: { filter: { field: 'state', op: 'contains', value: 'a' } },
        },
        'UNSUPPORTED_FILTER_OP',
      ],
    ] as const) {
      const answer = await ada.call(productsIntent, { params, body });
      expect(JSON.parse(answer.text).product_code, JSON.stringify(body)).toBe(code);
    }
    const schema = await ada.call(productsSchema, { params });
    expect(schema.result.document.models.map(({ name }) => name)).toEqual(['User', 'Workspace', 'Service']);
  });

  it('a deactivated operator, from the next call on', async () => {
    const gone = await world.operator('admin');
    const ada = await world.house.administrator();
    expect((await ask(gone, { model: 'Order', action: 'list' })).status).toBe(200);
    await ada.call(usersUpdate, { params: { id: gone.person.id }, body: { isActive: false } as never });
    const calls = world.product.heard.length;
    expect([401, 403]).toContain((await ask(gone, { model: 'Order', action: 'list' })).status);
    expect(world.product.heard.length).toBe(calls);
  });
});
