import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, custom, openShop, type Shop } from '../../test/shop/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const orderNamed = async (number: string) => {
  const filter = { field: 'number', op: 'eq', value: number };
  const { data } = await shop.call({ model: 'Order', action: 'list', payload: { filter } });
  return data.items[0].id as string;
};
const read = async (model: string, id: string) => (await shop.call({ model, action: 'read', id })).data;
const history = async (model: string, id: string) =>
  (await shop.call(custom(model, 'history', { id }))).data.items;

describe('operators list, read and change every exposed model (A6)', () => {
  it('lists with filter, search, sort and pages, and says what relations point at', async () => {
    const first = await shop.call({
      model: 'Order',
      action: 'list',
      limit: 10,
      payload: { sort: [{ field: 'number', direction: 'asc' }], count: true },
    });
    expect(first.data).toMatchObject({ total: { count: 30, is_estimate: false } });
    expect(first.data.items).toHaveLength(10);
    expect(Object.values(first.data.labels.userId)).toContain('Person 2');
    const sort = [{ field: 'number', direction: 'asc' }];
    const next = await shop.call({
      model: 'Order',
      action: 'list',
      limit: 10,
      payload: { sort, cursor: first.data.next_cursor },
    });
    expect(next.data.items[0].number > first.data.items[9].number).toBe(true);
    const found = await shop.call({ model: 'User', action: 'list', payload: { search: 'person3' } });
    expect(found.data.items.map(({ email }: { email: string }) => email)).toEqual(['person3@example.com']);
  });

  it('creates, reads, changes and deletes, with the old and the new values in the history (A20)', async () => {
    const values = { userId: '2', number: 'N-1', total: '12.50' };
    const made = await shop.call({ model: 'Order', action: 'create', payload: { values } });
    expect(made.data.row).toMatchObject({ ...values, status: 'open', note: null });
    const { id } = made.data;
    expect((await read('Order', id)).version).toBe(made.data.version);
    const changed = await shop.call({
      model: 'Order',
      action: 'update',
      id,
      payload: { values: { status: 'closed' }, version: made.data.version },
    });
    expect(changed.data.row).toMatchObject({ ...values, status: 'closed' });
    const deleted = await shop.call({
      model: 'Order',
      action: 'delete',
      id,
      payload: { version: changed.data.version },
    });
    expect(deleted.data).toEqual({ deleted: true });
    expect((await shop.call({ model: 'Order', action: 'read', id })).code).toBe('NOT_FOUND');
    const [last, middle, first] = await history('Order', id);
    expect([last.action, middle.action, first.action]).toEqual(['delete', 'update', 'create']);
    expect(middle).toMatchObject({
      operator: { id: 'operator-1', email: 'op@example.com' },
      correlation_id: 'click-12345678',
      changes: [{ field: 'status', before: 'open', after: 'closed', is_redacted: false }],
    });
  });

  it('names rows of a composite key by the JSON of its values', async () => {
    const id = '["A-1","1"]';
    const { row, version } = await read('OrderLine', id);
    expect(row).toEqual({ orderNumber: 'A-1', line: 1, text: 'Line 1' });
    const payload = { values: { text: 'Other' }, version };
    expect((await shop.call({ model: 'OrderLine', action: 'update', id, payload })).data.row.text).toBe(
      'Other',
    );
    expect(await history('OrderLine', id)).toHaveLength(1);
  });

  it('a model that is not exposed is not there', async () => {
    expect((await shop.call({ model: 'AccessGrant', action: 'list' })).code).toBe('UNKNOWN_MODEL');
  });

  it('a service by hand keeps its handlers on its own surfaces, and nothing of the library is there', async () => {
    const body = (intent: object) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(intent),
    });
    for (const surface of [shop.standard, shop.machine, shop.legacyAdmin]) {
      const at = async (intent: object) =>
        (await surface.fetch(new Request(`http://shop${surface.path}`, body(intent)))).json();
      expect(await at({ model: 'User', action: 'list' })).toEqual({ data: ['by hand'] });
      for (const command of ['history', 'undo', 'bulk_run', 'bulk_preview', 'ban'])
        expect(await at(custom('User', command, {}))).toMatchObject({ error: { code: 'UNKNOWN_ACTION' } });
      expect(await at({ model: 'Order', action: 'list' })).toMatchObject({
        error: { code: 'UNKNOWN_MODEL' },
      });
    }
  });
});

describe('two operators never overwrite each other unknowingly', () => {
  it('an update on another version than the row has is CONFLICT, and names what is otherwise', async () => {
    const id = await orderNamed('A-2');
    const { version } = await read('Order', id);
    const update = (values: object) =>
      shop.call({ model: 'Order', action: 'update', id, payload: { values, version } });
    // The product itself changes it, outside of this surface.
    await shop.database.pool.query("UPDATE orders SET total = 99 WHERE number = 'A-2'");
    const refused = await update({ note: 'mine' });
    expect([refused.status, refused.code, refused.error?.details]).toEqual([
      409,
      'CONFLICT',
      { changed_fields: ['total'] },
    ]);
    expect((await read('Order', id)).row.note).toBe('Note of 2');
  });

  it('of eight at once one is written', async () => {
    const id = await orderNamed('A-3');
    const { version } = await read('Order', id);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        shop.call({
          model: 'Order',
          action: 'update',
          id,
          payload: { values: { note: `by ${n}` }, version },
        }),
      ),
    );
    expect(answers.map(({ code }) => code).filter((code) => code === undefined)).toHaveLength(1);
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([undefined, 'CONFLICT']));
    expect(await history('Order', id)).toHaveLength(1);
  });

  it('an update and a deletion of what is not there is NOT_FOUND', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    const payload = { values: { note: 'x' }, version: 'x' };
    expect((await shop.call({ model: 'Order', action: 'update', id, payload })).code).toBe('NOT_FOUND');
    expect((await shop.call({ model: 'Order', action: 'delete', id })).code).toBe('NOT_FOUND');
  });
});

describe('what a change may hold', () => {
  const create = (values: unknown) => shop.call({ model: 'User', action: 'create', payload: { values } });
  const user = { email: 'new@example.com', name: 'New' };

  it.each([
    ['a redacted field', { ...user, passwordHash: 'canary-sent' }, 'FIELD_REDACTED', 'passwordHash'],
    [
      'one that only looks secret',
      { ...user, stripeSecretKey: 'canary-sent' },
      'FIELD_REDACTED',
      'stripeSecretKey',
    ],
    ['one that the product redacts', { ...user, lastIp: 'canary-sent' }, 'FIELD_REDACTED', 'lastIp'],
    ['a denied field', { ...user, balance: '1000' }, 'FIELD_READ_ONLY', 'balance'],
    ['a field that is not there', { ...user, isAdmin: true }, 'UNKNOWN_FIELD', 'isAdmin'],
    ['a field of every object', { ...user, constructor: 'x' }, 'UNKNOWN_FIELD', 'constructor'],
    ['a value of another type', { ...user, name: 5 }, 'VALIDATION_FAILED', 'name'],
    ['a text that is too long', { ...user, name: 'x'.repeat(101) }, 'VALIDATION_FAILED', 'name'],
    ['no value where one is needed', { name: 'New' }, 'VALIDATION_FAILED', 'email'],
    ['an e-mail that is there', { ...user, email: 'person1@example.com' }, 'CONSTRAINT_FAILED', 'email'],
  ])('%s is refused on create: %s', async (_, values, code, field) => {
    const refused = await create(values);
    expect([refused.code, refused.error?.fields]).toEqual([
      code,
      [{ field: `payload.values.${field}`, message: expect.any(String) }],
    ]);
    expect(refused.text).not.toContain('canary-sent');
  });

  it('the same on update; and the key is never changed', async () => {
    const { version } = await read('User', '1');
    const update = async (values: object) =>
      (await shop.call({ model: 'User', action: 'update', id: '1', payload: { values, version } })).code;
    expect(await update({ passwordHash: 'x' })).toBe('FIELD_REDACTED');
    expect(await update({ balance: '1' })).toBe('FIELD_READ_ONLY');
    expect(await update({ id: '99' })).toBe('FIELD_READ_ONLY');
    expect(await update({ nothing: 1 })).toBe('UNKNOWN_FIELD');
    expect(await update({ name: 'Nobody' })).toBe('CONSTRAINT_FAILED');
    const withoutVersion = { values: { name: 'x' } };
    expect(
      (await shop.call({ model: 'User', action: 'update', id: '1', payload: withoutVersion })).code,
    ).toBe('VALIDATION_FAILED');
  });

  it('a refused change leaves no trace: neither the row nor the history nor its token', async () => {
    const before = await history('User', '1');
    expect(before).toEqual([]);
    const { rows } = await shop.database.pool.query('SELECT name FROM users WHERE id = 1');
    expect(rows).toEqual([{ name: 'Person 1' }]);
  });
});

describe('a redacted field leaves through nothing (A8)', () => {
  it('neither list, read, filter, sort, search, fields, history, errors nor the document', async () => {
    const list = (payload: object) => shop.call({ model: 'User', action: 'list', payload });
    const seen = [
      await list({}),
      await shop.call({ model: 'User', action: 'read', id: '1' }),
      await shop.document(),
      await list({ search: 'sk-canary' }),
      await shop.call(custom('User', 'bulk_preview', { action: 'ban', ids: ['1', '2'] })),
      await shop.call(custom('User', 'history', { id: '1' })),
    ];
    for (const { text, status } of seen) {
      expect(status).toBe(200);
      expect(text).not.toMatch(/canary/);
    }
    for (const field of ['passwordHash', 'stripeSecretKey', 'lastIp'])
      for (const payload of [
        { filter: { field, op: 'eq', value: 'x' } },
        { filter: { and: [{ field, op: 'is_null', value: true }] } },
        { sort: [{ field, direction: 'asc' }] },
        { fields: [field] },
      ]) {
        expect((await list(payload)).code).toBe('FIELD_REDACTED');
        const preview = custom('User', 'bulk_preview', { action: 'ban', filter: payload.filter });
        if (payload.filter) expect((await shop.call(preview)).code).toBe('FIELD_REDACTED');
      }
    // By the column's name there is no such field at all.
    expect((await list({ filter: { field: 'password_hash', op: 'eq', value: 'x' } })).code).toBe(
      'UNKNOWN_FIELD',
    );
  });

  it('what was acknowledged is shown', async () => {
    expect((await read('User', '1')).row).toMatchObject({ pinColor: 'red' });
  });

  it('a field that is redacted later is masked in what was recorded before', async () => {
    const { version } = await read('User', '2');
    const payload = { values: { pinColor: 'canary-old-pin' }, version };
    await shop.call({ model: 'User', action: 'update', id: '2', payload });
    const stricter = shop.anotherProcess({ acknowledgeNotSecret: {} });
    const asked = await call(stricter, shop.issuer, custom('User', 'history', { id: '2' }));
    expect(asked.text).not.toContain('canary-old-pin');
    expect(asked.data.items[0].changes).toEqual([
      { field: 'pinColor', before: null, after: null, is_redacted: true },
    ]);
    expect(asked.data.items[0].can_undo).toBe(false);
    const undone = custom('User', 'undo', { change_id: asked.data.items[0].id });
    expect((await call(stricter, shop.issuer, undone)).status).toBe(409);
    const [change] = await history('User', '2');
    expect(change.changes[0]).toMatchObject({ field: 'pinColor', after: 'canary-old-pin' });
  });
});
