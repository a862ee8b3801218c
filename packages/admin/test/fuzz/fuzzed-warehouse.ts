import { randomUUID } from 'node:crypto';
import { IntentRouter } from '@castellan/intents';
import { startIssuer } from '../../src/contract/issuer.ts';
import {
  type AutoAdminOptions,
  adminMachineAuth,
  autoAdmin,
  configureAdminAuth,
  resetAdminForTests,
} from '../../src/index.ts';
import { administerModels } from '../../src/models/administered.ts';
import type { WireValues } from '../../src/orm/adapter.ts';
import { quoteName, quoteTable } from '../../src/orm/quote.ts';
import { formatKey, readWrittenValues } from '../../src/query/index.ts';
import { texts } from '../query/gadgets.ts';
import { type Answered, call } from '../shop/shop.ts';
import type { Bench } from '../warehouse/bench.ts';
import type { SentIntent } from './intents.ts';
import { canaries, Known } from './warehouse-intents.ts';

const options: AutoAdminOptions = {
  expose: ['Warehouse', 'Item', 'StockLevel', 'Order'],
  redactFields: Object.fromEntries(
    Object.entries(canaries).map(([model, fields]) => [model, Object.keys(fields)]),
  ),
  overrides: { Item: { searchFields: ['sku'] }, Warehouse: { searchFields: ['code'] } },
};

/** Rows by id, as an operator reads them. */
export type Rows = ReadonlyMap<string, WireValues>;

/** A warehouse with rows in it and something hidden in each, administered through its whole surface. */
export async function openFuzzedWarehouse(bench: Bench) {
  const issuer = await startIssuer('http://127.0.0.1:0');
  const opened = await bench.open({ isBytewise: true });
  const { adapter, db } = opened;
  const models = administerModels(adapter.models(), options);
  resetAdminForTests();
  configureAdminAuth({ issuer: issuer.url, audience: 'shop', schema: adapter });
  const router = new IntentRouter();
  autoAdmin(router, options);
  const surface = router.buildAdminMachine({ getUser: adminMachineAuth(), getDb: () => db });

  const insert = (name: string, sent: Readonly<Record<string, unknown>>): Promise<WireValues> => {
    const model = models.get(name)!;
    const { values, problems } = readWrittenValues(bench.dialect, model.columns, {
      ...sent,
      ...(canaries as Readonly<Record<string, object>>)[name],
    });
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    return adapter.transaction(db, (tx) => tx.insert(model.source, values));
  };
  const codes = ['n', 'south', 'E"', "w'"];
  for (const code of codes) await insert('Warehouse', { code, name: `Warehouse ${code}` });
  for (const [at, title] of [...texts, ...texts].entries()) {
    const { id } = await insert('Item', { sku: `first-${at}`, title, factor: at % 5, weight: `${at % 7}.5` });
    if (at % 2 === 0)
      await insert('StockLevel', { warehouseCode: codes[at % 4], itemId: id, quantity: at % 6 });
    await insert('Order', { from: codes[at % 4], group: at % 3, desc: `${title} ${at}` });
  }

  const statement = (text: string, columns: readonly string[] = []) =>
    adapter.transaction(db, (tx) => tx.query({ text, values: [], columns }));
  const known = {
    rows: new Map<string, Rows>(),
    cursors: [] as string[],
    changes: new Map<string, string[]>(),
    previews: new Map<string, readonly unknown[]>(),
  };
  const pickOf = <T>(all: readonly T[], pick: number): T | undefined =>
    all.length === 0 ? undefined : all[pick % all.length];

  const world = {
    bench,
    models,
    known,
    ask: (intent: SentIntent, role = 'owner'): Promise<Answered> => call(surface, issuer, intent, { role }),
    /** The call with everything that the run knows in its place. */
    async filledIn(sent: unknown): Promise<unknown> {
      if (sent instanceof Known) return world.find(sent);
      if (Array.isArray(sent)) return Promise.all(sent.map((one) => world.filledIn(one)));
      if (typeof sent !== 'object' || sent === null) return sent;
      const filled: [string, unknown][] = [];
      for (const [name, value] of Object.entries(sent)) filled.push([name, await world.filledIn(value)]);
      return Object.fromEntries(filled);
    },
    async find({ kind, model, pick, field: of }: Known): Promise<unknown> {
      const id = pickOf([...(known.rows.get(model)?.keys() ?? [])], pick) ?? '1';
      switch (kind) {
        case 'id': {
          const [field, ...others] = models.get(model)!.key;
          return others.length > 0 ? id : (known.rows.get(model)?.get(id)?.[field!] ?? id);
        }
        case 'version':
          return (await world.ask({ model, action: 'read', id })).data?.version ?? 'gone';
        case 'cursor':
          return pickOf(known.cursors, pick) ?? 'none';
        case 'change':
          return pickOf(known.changes.get(model) ?? [], pick) ?? randomUUID();
        case 'value': {
          const held = [...(known.rows.get(model)?.values() ?? [])].map((row) => row[of!]);
          return (
            pickOf(
              held.filter((value) => value !== null),
              pick,
            ) ?? 0
          );
        }
        case 'rows':
          return known.previews.get(model) ?? [];
      }
    },
    /** Every row of a model, read page by page; and how many the database itself says that there are. */
    async readAll(name: string): Promise<{ readonly rows: Rows; readonly count: number }> {
      const model = models.get(name)!;
      // Whole seconds have two forms in texts of SQLite, and stand in the order of these: the rules know instants alone.
      for (const { column, storage } of model.columns)
        if (storage === 'utc_text')
          await statement(
            `UPDATE ${quoteTable(bench.dialect, model)} SET ${column} = ${column} || '.000' WHERE length(${column}) = 19`,
          );
      const fields = model.columns.map((one) => one.name).filter((one) => !model.redacted.has(one));
      const rows = new Map<string, WireValues>();
      let cursor: string | null = null;
      do {
        const payload: object = { fields, cursor };
        const answer: Answered = await world.ask({ model: name, action: 'list', payload, limit: 40 });
        if (answer.status !== 200) throw new Error(`${name} can't be listed: ${answer.text}`);
        for (const row of answer.data.items) {
          const id = String(formatKey(model, row));
          if (rows.has(id)) throw new Error(`${name} ${id} is listed twice`);
          rows.set(id, row);
        }
        cursor = answer.data.next_cursor;
      } while (cursor !== null);
      const deleted = model.softDelete && model.column(model.softDelete.field);
      const alive = deleted ? ` WHERE ${quoteName(bench.dialect, deleted.column)} IS NULL` : '';
      const [counted] = await statement(
        `SELECT COUNT(*) AS n FROM ${quoteTable(bench.dialect, model)}${alive}`,
        ['n'],
      );
      known.rows.set(name, rows);
      return { rows, count: Number(counted?.n) };
    },
    /** Hides something in the rows that were made since; and gives how many hold anything else where it is hidden. */
    async plant(): Promise<number> {
      let strange = 0;
      for (const [name, fields] of Object.entries(canaries))
        for (const [field, canary] of Object.entries(fields)) {
          const model = models.get(name)!;
          const table = quoteTable(bench.dialect, model);
          const column = quoteName(bench.dialect, model.column(field)!.column);
          const [found] = await statement(
            `SELECT COUNT(*) AS n FROM ${table} WHERE ${column} <> '${canary}'`,
            ['n'],
          );
          strange += Number(found?.n);
          await statement(`UPDATE ${table} SET ${column} = '${canary}' WHERE ${column} IS NULL`);
        }
      return strange;
    },
    async close(): Promise<void> {
      await opened.close();
      await issuer.close();
    },
  };
  return world;
}

/** An open one. */
export type FuzzedWarehouse = Awaited<ReturnType<typeof openFuzzedWarehouse>>;

/** What is hidden, in the forms that it could leave in. */
export const needles: readonly string[] = Object.values(canaries).flatMap((fields) =>
  Object.values(fields as Readonly<Record<string, string>>).flatMap((canary) => [
    canary,
    Buffer.from(canary).toString('base64').replace(/=*$/, ''),
    Buffer.from(canary).toString('hex'),
  ]),
);
