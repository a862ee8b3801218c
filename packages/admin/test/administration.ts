import { IntentRouter, type MountedSurface } from '@castellan/intents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Issuer, startIssuer } from '../src/contract/issuer.ts';
import { adminMachineAuth, autoAdmin, configureAdminAuth, resetAdminForTests } from '../src/index.ts';
import { call, custom, tokenFor } from './shop/shop.ts';
import type { Bench, OpenBench } from './warehouse/bench.ts';

/**
 * The whole of the admin surface over one ORM on one database: what does not depend on it is tested once, over Drizzle on
 * PostgreSQL (`src/service`); here is what reaches the database through the ORM, and the library's own tables.
 */
export function describeAdministration(bench: Bench): void {
  describe(`the warehouse is administered: ${bench.name}`, () => {
    let issuer: Issuer;
    let opened: OpenBench;
    const mount = (): MountedSurface => {
      const router = new IntentRouter();
      autoAdmin(router, { expose: ['Warehouse', 'Item', 'StockLevel', 'Order'] });
      return router.buildAdminMachine({ getUser: adminMachineAuth(), getDb: () => opened.db });
    };
    let surface: MountedSurface;
    const ask = (intent: Readonly<Record<string, unknown>>) => call(surface, issuer, intent);
    const data = async (intent: Readonly<Record<string, unknown>>) => {
      const answer = await ask(intent);
      if (answer.status !== 200) throw new Error(answer.text);
      return answer.data;
    };
    const history = async (model: string, id: string) => (await data(custom(model, 'history', { id }))).items;

    beforeAll(async () => {
      issuer = await startIssuer('http://127.0.0.1:0');
      opened = await bench.open();
      resetAdminForTests();
      configureAdminAuth({ issuer: issuer.url, audience: 'shop', schema: opened.adapter });
      surface = mount();
    });
    afterAll(async () => {
      await opened.close();
      await issuer.close();
    });

    const makeItem = async (sku: string) =>
      data({ model: 'Item', action: 'create', payload: { values: { sku, title: `Item ${sku}` } } });

    it('creates, reads, lists, changes and deletes, each recorded', async () => {
      const values = { code: 'W1', name: 'First' };
      const made = await data({ model: 'Warehouse', action: 'create', payload: { values } });
      expect(made).toMatchObject({ id: 'W1', row: values });
      const payload = { values: { name: 'Other', openedOn: '2026-01-31' }, version: made.version };
      const changed = await data({ model: 'Warehouse', action: 'update', id: 'W1', payload });
      expect(changed.row).toMatchObject({ code: 'W1', name: 'Other', openedOn: '2026-01-31' });
      expect((await ask({ model: 'Warehouse', action: 'update', id: 'W1', payload })).code).toBe('CONFLICT');
      const { items } = await data({ model: 'Warehouse', action: 'list' });
      expect(items).toMatchObject([{ code: 'W1' }]);
      const again = await ask({ model: 'Warehouse', action: 'create', payload: { values } });
      expect(again.code).toBe('CONSTRAINT_FAILED');
      await data({ model: 'Warehouse', action: 'delete', id: 'W1', payload: { version: changed.version } });
      const [deletion, update, creation] = await history('Warehouse', 'W1');
      expect([deletion.action, update.action, creation.action]).toEqual(['delete', 'update', 'create']);
      expect(update.changes).toContainEqual({
        field: 'name',
        before: 'First',
        after: 'Other',
        is_redacted: false,
      });
      const back = await data(custom('Warehouse', 'undo', { change_id: deletion.id }));
      expect(back.row).toEqual(changed.row);
    });

    it('a row with the key 0 is made, or refused where the database would make another key of it', async () => {
      const values = { id: 0, sku: 'zero', title: 'Zero' };
      const answer = await ask({ model: 'Item', action: 'create', payload: { values } });
      if (bench.dialect === 'mysql') {
        expect(answer.error).toMatchObject({
          code: 'VALIDATION_FAILED',
          fields: [{ field: 'payload.values.id' }],
        });
      } else expect(answer.data).toMatchObject({ id: '0', row: { sku: 'zero' } });
    });

    it('a row that is softly deleted is in nothing, and comes back', async () => {
      const { id, row } = await makeItem('soft');
      await data({ model: 'Item', action: 'delete', id });
      expect((await ask({ model: 'Item', action: 'read', id })).code).toBe('NOT_FOUND');
      const filter = { field: 'sku', op: 'eq', value: 'soft' };
      expect((await data({ model: 'Item', action: 'list', payload: { filter } })).items).toEqual([]);
      const [deletion] = await history('Item', id);
      expect(deletion.can_undo).toBe(true);
      const back = await data(custom('Item', 'undo', { change_id: deletion.id }));
      expect(back.row).toMatchObject({ id: row.id, sku: 'soft', title: 'Item soft' });
    });

    it('a change is taken back, and a composite key names its row', async () => {
      const item = await makeItem('stocked');
      const values = { warehouseCode: 'W1', itemId: item.row.id, quantity: 5 };
      const made = await data({ model: 'StockLevel', action: 'create', payload: { values } });
      expect(made.id).toBe(JSON.stringify(['W1', String(item.row.id)]));
      const payload = { values: { quantity: 7 }, version: made.version };
      await data({ model: 'StockLevel', action: 'update', id: made.id, payload });
      const [change] = await history('StockLevel', made.id);
      expect(change.can_undo).toBe(true);
      const undone = await data(custom('StockLevel', 'undo', { change_id: change.id }));
      expect(undone.row.quantity).toBe(5);
      const wrong = { values: { quantity: -1 }, version: undone.version };
      const refused = await ask({ model: 'StockLevel', action: 'update', id: made.id, payload: wrong });
      expect(refused.code).toBe('CONSTRAINT_FAILED');
      expect(await history('StockLevel', made.id)).toHaveLength(3);
    });

    it('of six uses of one token at once in two processes one writes', async () => {
      const item = await makeItem('replayed');
      const payload = { values: { title: 'Written once' }, version: item.version };
      const intent = { model: 'Item', action: 'update', id: item.id, payload };
      const token = tokenFor(issuer, JSON.stringify(intent));
      const doors = [surface, mount()];
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, n) => call(doors[n % 2]!, issuer, intent, { token })),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([undefined, 'TOKEN_REPLAYED']));
    });

    it('of six changes of one version at once one is written', async () => {
      const item = await makeItem('raced');
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, n) => {
          const payload = { values: { title: `By ${n}` }, version: item.version };
          return ask({ model: 'Item', action: 'update', id: item.id, payload });
        }),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([undefined, 'CONFLICT']));
    });

    it('many rows at once, and pages that go on in another process', async () => {
      for (const sku of ['m1', 'm2', 'm3']) await makeItem(sku);
      const filter = { field: 'sku', op: 'in', value: ['m1', 'm2', 'm3'] };
      const preview = await data(custom('Item', 'bulk_preview', { action: 'update', filter }));
      expect(preview.count).toBe(3);
      const rows = preview.rows.map(({ id, version }: Record<string, string>) => ({ id, version }));
      const payload = { action: 'update', rows, values: { kind: 'food' } };
      expect(await data(custom('Item', 'bulk_run', payload))).toMatchObject({ failed: [] });
      const list = { model: 'Item', action: 'list', limit: 2 };
      const page = { filter: { field: 'kind', op: 'eq', value: 'food' } };
      const first = await data({ ...list, payload: page });
      const next = { ...list, payload: { ...page, cursor: first.next_cursor } };
      expect((await call(mount(), issuer, next)).data.items).toHaveLength(1);
    });
  });
}
