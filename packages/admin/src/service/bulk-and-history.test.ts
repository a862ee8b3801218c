import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { custom, openShop, type Shop, tokenFor } from '../../test/shop/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

interface Previewed {
  readonly id: string;
  readonly version: string;
  readonly label: string;
}
const preview = async (payload: object): Promise<{ rows: Previewed[]; count: number }> =>
  (await shop.call(custom('Order', 'bulk_preview', payload))).data;
const bound = (rows: readonly Previewed[]) => rows.map(({ id, version }) => ({ id, version }));
const numbers = (...values: string[]) => ({ field: 'number', op: 'in', value: values });
const history = async (model: string, id: string) =>
  (await shop.call(custom(model, 'history', { id }))).data.items;
const notes = async (...values: string[]) =>
  (
    await shop.database.pool.query('SELECT number, note FROM orders WHERE number = ANY($1) ORDER BY 1', [
      values,
    ])
  ).rows;

describe('many rows at once, bound to their ids and versions', () => {
  it('a preview names the rows of a filter or of ids, with their labels and how many there are', async () => {
    const byFilter = await preview({ action: 'update', filter: numbers('A-1', 'A-2') });
    expect(byFilter.count).toBe(2);
    expect(byFilter.rows.map(({ label }) => label).sort()).toEqual(['A-1', 'A-2']);
    const ids = byFilter.rows.map(({ id }) => id);
    const byIds = await preview({ action: 'update', ids: [...ids, '00000000-0000-4000-8000-000000000000'] });
    expect(byIds.rows).toEqual(byFilter.rows);
    const { version } = (await shop.call({ model: 'Order', action: 'read', id: ids[0]! })).data;
    expect(byFilter.rows[0]!.version).toBe(version);
  });

  it('a preview names the rows that a search finds, alone or within a filter, and refuses one that finds nothing in particular', async () => {
    const found = await preview({ action: 'update', search: 'A-2' });
    const labels = found.rows.map(({ label }) => label);
    expect(labels.length).toBeGreaterThan(2);
    expect(labels.every((label) => label.startsWith('A-2'))).toBe(true);
    expect(found.count).toBe(labels.length);
    const filter = numbers('A-2', 'A-3');
    const both = await preview({ action: 'update', filter, search: 'A-2' });
    expect(both.rows.map(({ label }) => label)).toEqual(['A-2']);
    const refusal = async (model: string, payload: object) =>
      (await shop.call(custom(model, 'bulk_preview', { action: 'update', ...payload }))).code;
    const [row] = both.rows;
    for (const payload of [
      { search: '' },
      { search: null },
      { search: 7 },
      { search: 'A', ids: [row!.id] },
      {},
    ])
      expect(await refusal('Order', payload), JSON.stringify(payload)).toBe('VALIDATION_FAILED');
  });

  it('changes exactly these; one that was changed since is left alone and named', async () => {
    const { rows } = await preview({ action: 'update', filter: numbers('A-4', 'A-5', 'A-6') });
    await shop.database.pool.query("UPDATE orders SET total = 7 WHERE number = 'A-5'");
    const missing = { id: '00000000-0000-4000-8000-000000000000', version: 'x' };
    const payload = { action: 'update', rows: [...bound(rows), missing], values: { note: 'in bulk' } };
    const { data } = await shop.call(custom('Order', 'bulk_run', payload));
    expect(data.done).toHaveLength(2);
    expect(data.failed.map(({ code }: { code: string }) => code)).toEqual(['CONFLICT', 'NOT_FOUND']);
    expect(await notes('A-4', 'A-5', 'A-6')).toEqual([
      { number: 'A-4', note: 'in bulk' },
      { number: 'A-5', note: 'Note of 5' },
      { number: 'A-6', note: 'in bulk' },
    ]);
    expect(await history('Order', data.done[0].id)).toMatchObject([{ action: 'update' }]);
  });

  it('runs a custom action of the product on each, with its payload checked', async () => {
    const { rows } = await preview({ action: 'refund', filter: numbers('A-7', 'A-8') });
    const run = (values: object) =>
      shop.call(custom('Order', 'bulk_run', { action: 'refund', rows: bound(rows), values }));
    const wrong = (await run({ reason: 'x' })).data;
    expect(wrong.failed.map(({ code }: { code: string }) => code)).toEqual([
      'VALIDATION_FAILED',
      'VALIDATION_FAILED',
    ]);
    expect((await run({ reason: 'late' })).data).toMatchObject({ failed: [] });
    const [change] = await history('Order', rows[0]!.id);
    expect(change.action).toBe('refund');
    expect(change.changes).toContainEqual({
      field: 'status',
      before: 'open',
      after: 'refunded',
      is_redacted: false,
    });
  });

  it('deletes each; what others refer to stays, and says why', async () => {
    const { rows } = await preview({ action: 'delete', filter: numbers('A-1', 'A-30') });
    const payload = { action: 'delete', rows: bound(rows) };
    const { data } = await shop.call(custom('Order', 'bulk_run', payload));
    expect(data.done).toHaveLength(1);
    expect(data.failed).toMatchObject([{ code: 'CONSTRAINT_FAILED' }]);
  });

  it('its token works once', async () => {
    const { rows } = await preview({ action: 'update', filter: numbers('A-9') });
    const intent = custom('Order', 'bulk_run', {
      action: 'update',
      rows: bound(rows),
      values: { note: 'Note of 9' },
    });
    const token = tokenFor(shop.issuer, JSON.stringify(intent));
    expect((await shop.call(intent, { token })).data.done).toHaveLength(1);
    expect((await shop.call(intent, { token })).code).toBe('TOKEN_REPLAYED');
  });

  it.each([
    [
      '501 rows',
      { action: 'update', rows: Array(501).fill({ id: 'x', version: 'x' }), values: {} },
      'VALIDATION_FAILED',
    ],
    ['no rows', { action: 'update', values: {} }, 'VALIDATION_FAILED'],
    ['a row without its version', { action: 'update', rows: [{ id: 'x' }], values: {} }, 'VALIDATION_FAILED'],
    ['a redacted field', { action: 'update', rows: [], values: { passwordHash: 'x' } }, 'UNKNOWN_FIELD'],
    ['an unknown action', { action: 'explode', rows: [] }, 'UNKNOWN_ACTION'],
    ['itself', { action: 'bulk_run', rows: [] }, 'UNKNOWN_ACTION'],
    ['an action for people', { action: 'constructor', rows: [] }, 'UNKNOWN_ACTION'],
  ])('%s is refused', async (_, payload, code) => {
    expect((await shop.call(custom('Order', 'bulk_run', payload))).code).toBe(code);
  });
});

describe('what was done can be taken back while the row is as it was left (A20)', () => {
  const update = async (id: string, values: object) => {
    const { version } = (await shop.call({ model: 'Order', action: 'read', id })).data;
    await shop.call({ model: 'Order', action: 'update', id, payload: { values, version } });
    return (await history('Order', id))[0];
  };
  const undo = (change: { id: string }, role = 'owner') =>
    shop.call(custom('Order', 'undo', { change_id: change.id }), { role });
  const idOf = async (number: string) =>
    (await preview({ action: 'update', filter: numbers(number) })).rows[0]!.id;

  it('an update', async () => {
    const id = await idOf('A-10');
    const change = await update(id, { note: 'wrong', total: '1.00' });
    expect(change.can_undo).toBe(true);
    // Who names the row as well names the change's.
    const named = (rowId: unknown) =>
      shop.call({ ...custom('Order', 'undo', { change_id: change.id }), id: rowId }, { role: 'owner' });
    expect((await named(await idOf('A-11'))).code).toBe('NOT_FOUND');
    expect((await named(id)).data.row).toMatchObject({ note: 'Note of 10', total: '15.00' });
    const [last, before] = await history('Order', id);
    expect([last.action, before.can_undo]).toEqual(['undo', false]);
    expect((await undo(change)).code).toBe('CONFLICT');
  });

  it('not when it was changed since, by whomever', async () => {
    const id = await idOf('A-11');
    const change = await update(id, { note: 'wrong' });
    await shop.database.pool.query("UPDATE orders SET note = 'by the product' WHERE number = 'A-11'");
    expect((await history('Order', id))[0].can_undo).toBe(false);
    const refused = await undo(change);
    expect([refused.code, refused.error?.details]).toEqual(['CONFLICT', { changed_fields: ['note'] }]);
  });

  it('by today’s gates: support changes nothing', async () => {
    const change = await update(await idOf('A-12'), { note: 'wrong' });
    expect((await undo(change, 'support')).code).toBe('INSUFFICIENT_ROLE');
    const { data } = await shop.call(custom('Order', 'history', { id: await idOf('A-12') }), {
      role: 'support',
    });
    expect(data.items[0].can_undo).toBe(false);
  });

  it('a creation, and a deletion with every value that it had', async () => {
    const values = { userId: '3', number: 'B-1', total: '3.25', note: 'kept' };
    const made = (await shop.call({ model: 'Order', action: 'create', payload: { values } })).data;
    await shop.call({ model: 'Order', action: 'delete', id: made.id });
    const [deletion, creation] = await history('Order', made.id);
    expect([deletion.can_undo, creation.can_undo]).toEqual([true, false]);
    const back = await undo(deletion);
    expect(back.data).toEqual({ id: made.id, row: made.row, version: made.version });
    expect((await undo(deletion)).code).toBe('CONFLICT');
    expect((await undo(creation)).data).toEqual({ deleted: true });
  });

  it('a change of another model is not there', async () => {
    const change = await update(await idOf('A-13'), { note: 'x' });
    const asked = custom('User', 'undo', { change_id: change.id });
    expect((await shop.call(asked)).code).toBe('NOT_FOUND');
  });
});

describe('custom actions of the product (A11)', () => {
  it('join the model, run in the write’s transaction, and what they changed is recorded', async () => {
    expect((await shop.call(custom('User', 'ban', undefined, '4'))).data).toEqual({ banned: true });
    expect(await history('User', '4')).toMatchObject([
      { action: 'ban', changes: [{ field: 'name', before: 'Person 4', after: 'Banned' }], can_undo: false },
    ]);
  });

  it('one that fails has changed nothing, and tells nobody but the log why', async () => {
    const failed = await shop.call(custom('User', 'fail', undefined, '5'));
    expect([failed.status, failed.code]).toEqual([500, 'INTERNAL']);
    expect(failed.text).not.toContain('canary');
    expect(shop.reports.at(-1)?.cause).toEqual(new Error('canary-of-the-handler'));
    expect((await shop.call({ model: 'User', action: 'read', id: '5' })).data.row.name).toBe('Person 5');
    expect(await history('User', '5')).toEqual([]);
    expect((await shop.call(custom('User', 'fail'))).code).toBe('VALIDATION_FAILED');
  });

  it('one that only reads knows the operator and the click, and leaves no trace', async () => {
    const { data } = await shop.call(custom('User', 'look'), {
      role: 'support',
      headers: { 'x-correlation-id': 'click-12345678' },
    });
    expect(data).toEqual({ operator: 'op@example.com', correlation: 'click-12345678' });
  });

  it.each([
    ['is no id of the model', 'no-number'],
    ['is too long for an index', '😀'.repeat(500)],
  ])('one that is called for what %s is recorded all the same', async (_, id) => {
    const claims = { correlation_id: `click-for-${id.length}` };
    expect((await shop.call(custom('User', 'note', undefined, id), { claims })).data).toEqual({
      noted: id.length,
    });
    const asked = custom('User', 'history', { correlation_id: `click-for-${id.length}` });
    expect((await shop.call(asked)).data.items).toMatchObject([
      { action: 'note', changes: [], can_undo: false },
    ]);
  });

  it('what was done by one click is found by its id, whatever became of the answer', async () => {
    const claims = { correlation_id: 'click-to-reconcile' };
    await shop.call(custom('User', 'ban', undefined, '6'), { claims });
    const asked = custom('User', 'history', { correlation_id: 'click-to-reconcile' });
    expect((await shop.call(asked)).data.items).toMatchObject([{ action: 'ban', row_id: '6' }]);
    const other = custom('User', 'history', { correlation_id: 'click-that-never-came' });
    expect((await shop.call(other)).data.items).toEqual([]);
  });

  it('texts that no database keeps name nothing, and fail nothing', async () => {
    expect((await shop.call(custom('User', 'undo', { change_id: 'a\0b' }))).code).toBe('VALIDATION_FAILED');
    const asked = custom('User', 'history', { correlation_id: 'a\0b' });
    expect((await shop.call(asked)).code).toBe('VALIDATION_FAILED');
  });
});
