import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  castellanProductId,
  productsExport,
  productViewsCreate,
  productViewsDelete,
  productViewsList,
  productViewsUpdate,
} from '@castellan/contract';
import Papa from 'papaparse';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openProductsHouse, type ProductsHouse, type TestOperator } from '../../../test/products-house.ts';

let world: ProductsHouse;
let admin: TestOperator;
let support: TestOperator;
beforeAll(async () => {
  world = await openProductsHouse({ rowCount: 1000 });
  admin = await world.operator('admin');
  support = await world.operator('support');
});
afterAll(() => world.close());
beforeEach(() => {
  world.product.manner = 'good';
});

const exported = (body: object, who: Pick<TestOperator, 'call'> = support, id = world.serviceId) =>
  who.call(productsExport, { params: { id }, body: body as never });
const rowsOf = (text: string): string[][] => Papa.parse<string[]>(text, { skipEmptyLines: true }).data;

describe('a filtered list as CSV', () => {
  it('has every row once, in order, with the number of rows in a header; the timeline tells of it once', async () => {
    const answer = await exported({ model: 'Order' });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-total-count']).toBe('1000');
    expect(answer.headers['content-disposition']).toBe('attachment; filename="orders-Order.csv"');
    const [header, ...rows] = rowsOf(answer.text);
    expect(header).toEqual(['id', 'name', 'state']);
    expect(rows.map(([id]) => id)).toEqual(Array.from({ length: 1000 }, (_, n) => `o-${n + 1}`));
    expect((await world.events('product_rows_exported')).map(({ detail }) => detail)).toEqual([
      { model: 'Order', fields: ['id', 'name', 'state'], filtered: false, rows: 1000 },
    ]);
  });

  it('passes filter and columns on', async () => {
    const payload = { filter: { field: 'name', op: 'eq', value: 'Order 7' }, fields: ['name', 'id'] };
    expect(rowsOf((await exported({ model: 'Order', payload })).text)).toEqual([
      ['name', 'id'],
      ['Order 7', 'o-7'],
    ]);
  });

  it('what a spreadsheet would run gets an apostrophe', async () => {
    const evil = ['=1+1', '+A1', '-2', '@SUM(A1)', '\t=1', '\r=1', '"=1"', 'a,b\nc'];
    for (const [n, name] of evil.entries())
      world.product.rows.set(`o-${n + 1}`, { id: `o-${n + 1}`, name, state: 'evil' });
    const payload = { filter: { field: 'state', op: 'eq', value: 'evil' }, fields: ['name'] };
    const [, ...rows] = rowsOf((await exported({ model: 'Order', payload })).text);
    expect(rows.map(([cell]) => cell)).toEqual([
      "'=1+1",
      "'+A1",
      "'-2",
      "'@SUM(A1)",
      "'\t=1",
      "'\r=1",
      '"=1"',
      'a,b\nc',
    ]);
  });

  it('tells what is wrong before the first byte', async () => {
    expect((await exported({ model: 'Nothing' })).fields).toEqual(['model']);
    expect((await exported({ model: 'Order', payload: { cursor: 'x' } })).fields).toEqual(['payload.cursor']);
    expect((await exported({ model: 'Order', payload: { fields: [] } })).fields).toEqual(['payload.fields']);
    const hidden = { fields: ['id', 'password'] };
    expect((await exported({ model: 'Order', payload: hidden })).fields).toEqual(['payload.fields']);
    world.product.manner = 'page';
    expect((await exported({ model: 'Order' })).code).toBe('product_nonsense');
    const elsewhere = await world.operator('owner', await world.register('elsewhere', null));
    expect((await exported({ model: 'Order' }, elsewhere)).code).toBe('operator_role_missing');
  });

  it('of Castellan’s own people, for administrators', async () => {
    const ada = await world.house.administrator();
    const answer = await exported({ model: 'User', payload: { fields: ['email'] } }, ada, castellanProductId);
    expect(rowsOf(answer.text).flat()).toContain(ada.person.email);
    expect((await exported({ model: 'User' }, support, castellanProductId)).code).toBe(
      'operator_role_missing',
    );
  });

  /** Reads the beginning over a real socket, then does as told. */
  async function overSocket(then: (received: string) => Promise<'go' | 'stay'>) {
    const { adminListener } = world.house.platform;
    if (!adminListener.server.listening) await adminListener.listen({ port: 0, host: '127.0.0.1' });
    const { port } = adminListener.server.address() as AddressInfo;
    const { cookie } = await signedIn();
    return new Promise<{ readonly complete: boolean }>((done, fail) => {
      const outgoing = request(
        {
          port,
          host: '127.0.0.1',
          method: 'POST',
          path: `/admin/products/${world.serviceId}/export`,
          headers: {
            cookie,
            origin: world.house.settings.ADMIN_URL,
            'x-requested-with': 'test',
            'content-type': 'application/json',
          },
        },
        (incoming) => {
          let isFirst = true;
          incoming.on('data', (part: Buffer) => {
            if (!isFirst) return;
            isFirst = false;
            incoming.pause();
            then(part.toString()).then((what) => {
              if (what === 'stay') return incoming.resume();
              outgoing.destroy();
              done({ complete: false });
            }, fail);
          });
          incoming.on('end', () => done({ complete: incoming.complete }));
          incoming.on('error', () => done({ complete: false }));
        },
      );
      outgoing.on('error', () => {});
      outgoing.end(JSON.stringify({ model: 'Order' }));
    });
  }

  async function signedIn(): Promise<{ readonly cookie: string }> {
    const { cookie } = await world.house.administrator();
    return { cookie };
  }

  it('a product that fails on the way ends the connection: half a file is never taken for all', async () => {
    for (let n = 1001; n <= 6000; n++)
      world.product.rows.set(`o-${n}`, { id: `o-${n}`, name: 'x'.repeat(400), state: 'open' });
    const { complete } = await overSocket(async () => {
      world.product.manner = 'broken_json';
      return 'stay';
    });
    expect(complete).toBe(false);
  });

  it('a browser that goes ends it: the product is asked no further, and a call under way is given up', async () => {
    const calls = world.product.heard.length;
    const { complete } = await overSocket(async () => {
      world.product.manner = 'slow';
      await new Promise((done) => setTimeout(done, 150));
      return 'go';
    });
    expect(complete).toBe(false);
    await new Promise((done) => setTimeout(done, 400));
    const after = world.product.heard.length;
    expect(after - calls).toBeLessThan(32); // Of 31 pages and the document.
    await new Promise((done) => setTimeout(done, 300));
    expect(world.product.heard.length).toBe(after);
  });

  it('ends for who loses the role on the way', async () => {
    const ada = await world.house.administrator();
    const { complete } = await overSocket(async () => {
      await world.house.query('UPDATE users SET is_admin = false WHERE id <> $1', [ada.person.id]);
      return 'stay';
    });
    expect(complete).toBe(false);
  });
});

describe('saved views', () => {
  const create = (who: TestOperator, body: object, id = world.serviceId) =>
    who.call(productViewsCreate, {
      params: { id },
      body: { model: 'Order', state: { sort: 'name' }, ...body } as never,
    });
  const list = async (who: TestOperator, model?: string) =>
    (await who.call(productViewsList, { params: { id: world.serviceId }, query: model ? { model } : {} }))
      .result.items;

  it('are one’s own until they are shared; each change is told', async () => {
    const view = (await create(support, { name: 'Mine' })).result;
    expect(view).toMatchObject({ name: 'Mine', isOwn: true, isShared: false, state: { sort: 'name' } });
    expect((await list(support)).map(({ id }) => id)).toContain(view.id);
    expect(await list(admin)).toEqual([]);
    const params = { id: world.serviceId, vid: view.id };
    expect((await admin.call(productViewsUpdate, { params, body: { name: 'Taken' } })).code).toBe(
      'not_found',
    );
    expect((await admin.call(productViewsDelete, { params })).code).toBe('not_found');
    await support.call(productViewsUpdate, { params, body: { isShared: true } });
    expect(await list(admin)).toMatchObject([{ name: 'Mine', isOwn: false, createdBy: support.person.name }]);
    expect(await list(admin, 'Other')).toEqual([]);
    expect((await admin.call(productViewsUpdate, { params, body: { name: 'Ours' } })).result.name).toBe(
      'Ours',
    );
    expect((await support.call(productViewsDelete, { params })).status).toBe(204);
    const events = await world.events('saved_view_created', 'saved_view_updated', 'saved_view_deleted');
    expect(events).toHaveLength(4);
  });

  it('a shared one is changed by whoever made it and by admins of the product, not by support', async () => {
    const view = (await create(admin, { name: 'Shared', isShared: true })).result;
    const params = { id: world.serviceId, vid: view.id };
    expect((await support.call(productViewsUpdate, { params, body: { name: 'X' } })).code).toBe(
      'operator_role_missing',
    );
    expect((await support.call(productViewsDelete, { params })).code).toBe('operator_role_missing');
  });

  it('belong to one product: the id of one leads nowhere at another', async () => {
    const view = (await create(admin, { name: 'Here', isShared: true })).result;
    const otherId = await world.register('other-shop', null);
    const everywhere = await world.operator('admin', null);
    const params = { id: otherId, vid: view.id };
    expect((await everywhere.call(productViewsUpdate, { params, body: { name: 'There' } })).code).toBe(
      'not_found',
    );
    expect((await everywhere.call(productViewsDelete, { params })).code).toBe('not_found');
  });

  it('have bounds: size of what is kept, and how many', async () => {
    const large = { name: 'Large', model: 'Order', state: { a: 'x'.repeat(20_001) } };
    const params = { id: world.serviceId };
    expect((await admin.call(productViewsCreate, { params, rawBody: JSON.stringify(large) })).fields).toEqual(
      ['state'],
    );
    await world.house.query(
      `INSERT INTO saved_views (id, service_id, user_id, model, name, state, created_at, updated_at)
       SELECT gen_random_uuid(), $1, $2, 'Order', 'v', '{}', now(), now() FROM generate_series(1, 200)`,
      [world.serviceId, admin.person.id],
    );
    expect((await create(admin, { name: 'One more' })).code).toBe('too_many_views');
  });
});
