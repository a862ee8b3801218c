import { type OperatorRole, operatorsAdd, servicesUpdate } from '@castellan/contract';
import { longName, openConsole } from './access-world.ts';
import type { TestModel } from './product-model.ts';
import { startTestProduct } from './product-server.ts';

const statuses = ['open', 'paid', 'shipped', 'refunded', 'closed'];

/** The models of a shop: every type of field, a composite key, a hidden field, relations both ways. */
const models: readonly TestModel[] = [
  {
    name: 'customer',
    labelPlural: 'Customers',
    key: ['id'],
    labelField: 'name',
    listFields: ['name', 'email', 'plan', 'isActive', 'createdAt'],
    searchFields: ['name', 'email'],
    sort: '-createdAt',
    referencedBy: [{ model: 'order', field: 'customerId' }],
    fields: [
      { name: 'id', type: 'uuid', readOnly: 'key', isOptional: true },
      { name: 'name', type: 'string', maxLength: 120 },
      { name: 'email', type: 'string', maxLength: 200 },
      { name: 'plan', type: 'enum', values: ['free', 'team', 'enterprise'] },
      { name: 'isActive', type: 'boolean', isOptional: true },
      { name: 'note', type: 'text', isNullable: true, isIndexed: false },
      { name: 'birthday', type: 'date', isNullable: true, isIndexed: false },
      { name: 'settings', type: 'json', isNullable: true },
      { name: 'tags', type: 'array', itemType: 'string', isNullable: true },
      { name: 'passwordHash', type: 'string', isRedacted: true, isNullable: true },
      { name: 'createdAt', type: 'timestamp', readOnly: 'generated', isOptional: true },
    ],
  },
  {
    name: 'order',
    labelPlural: 'Orders',
    key: ['id'],
    labelField: 'number',
    listFields: ['number', 'customerId', 'status', 'total', 'placedAt'],
    searchFields: ['number'],
    sort: '-placedAt',
    referencedBy: [{ model: 'line', field: 'orderId' }],
    fields: [
      { name: 'id', type: 'bigint', readOnly: 'generated', isOptional: true },
      { name: 'number', type: 'string', maxLength: 40 },
      { name: 'customerId', label: 'Customer', type: 'uuid', references: { model: 'customer', field: 'id' } },
      { name: 'status', type: 'enum', values: statuses },
      { name: 'total', type: 'decimal', isIndexed: false },
      { name: 'placedAt', type: 'timestamp' },
      { name: 'note', type: 'text', isNullable: true, isIndexed: false },
      { name: 'ledger', type: 'bigint', isNullable: true, readOnly: 'denied' },
    ],
    customActions: [
      {
        name: 'refund',
        minRole: 'admin',
        description: 'Pays the customer back.',
        form: {
          type: 'object',
          required: ['amount', 'reason'],
          properties: {
            amount: { type: 'number', exclusiveMinimum: 0, maximum: 10_000, description: 'In euros' },
            reason: { type: 'string', minLength: 3, maxLength: 100 },
            notify: { type: 'boolean', default: true, title: 'Tell the customer' },
          },
        },
      },
      {
        name: 'close',
        minRole: 'admin',
        needsApproval: true,
        description: 'Nothing can be done to it afterwards.',
      },
      { name: 'viewAudit', label: 'View audit', minRole: 'support', isReadOnly: true },
      { name: 'importOrders', label: 'Import orders', minRole: 'owner', takesRow: false },
    ],
  },
  {
    name: 'line',
    labelPlural: 'Order lines',
    key: ['orderId', 'position'],
    labelField: 'product',
    listFields: ['orderId', 'position', 'product', 'quantity'],
    sort: 'orderId',
    actions: { delete: null },
    bulkNeedsApproval: true,
    fields: [
      {
        name: 'orderId',
        label: 'Order',
        type: 'bigint',
        readOnly: 'key',
        references: { model: 'order', field: 'id' },
      },
      { name: 'position', type: 'integer', readOnly: 'key' },
      { name: 'product', type: 'string' },
      { name: 'quantity', type: 'integer' },
    ],
  },
  {
    name: 'voucher',
    labelPlural: 'Vouchers',
    key: ['code'],
    labelField: 'code',
    listFields: ['code'],
    sort: 'code',
    fields: [{ name: 'code', type: 'string', readOnly: 'key' }],
  },
  { ...secretLedger() },
];

function secretLedger(): TestModel {
  return {
    name: 'payout',
    labelPlural: 'Payouts',
    key: ['id'],
    labelField: 'id',
    listFields: ['id'],
    sort: 'id',
    actions: { list: 'owner', read: 'owner', create: null, update: null, delete: null },
    fields: [{ name: 'id', type: 'integer', readOnly: 'key' }],
  };
}

const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
/** The id of one of the shop's customers. */
export const customerId = uuid;

/** A console, a shop with its product running, and operators with roles there. */
export async function openShop(options: { readonly orders?: number } = {}) {
  const here = await openConsole({ OUTBOUND_ALLOW: '127.0.0.1' });
  const { house, admin } = here;
  const product = await startTestProduct({
    issuer: house.settings.PUBLIC_URL,
    audience: 'shop',
    keys: async () =>
      JSON.parse((await house.platform.publicListener.inject('/.well-known/jwks.json')).body) as never,
    models,
    custom: {
      'order.refund': ({ id }, db) => {
        db.prepare(`UPDATE "order" SET status = 'refunded' WHERE id = ?`).run(BigInt(id));
        return { refund_id: `re_${id}`, amount: '12.50' };
      },
      'order.close': ({ id }, db) => {
        db.prepare(`UPDATE "order" SET status = 'closed' WHERE id = ?`).run(BigInt(id));
        return { ok: true };
      },
      'order.viewAudit': () => ({ entries: [{ what: 'placed' }, { what: 'paid' }] }),
    },
  });
  fill(product.db, options.orders ?? 130);
  await house.service('shop');
  const [service] = await house.query<{ id: string }>(`SELECT id FROM services WHERE name = 'shop'`);
  const id = service!.id;
  await admin.call(servicesUpdate, {
    params: { id },
    body: { adminUrl: product.url, description: 'Everything that is sold' },
  });
  return {
    ...here,
    product,
    id,
    /** An operator with a role at the shop. */
    async operator(role: OperatorRole, name: string) {
      const person = await house.person({ name });
      await admin.call(operatorsAdd, { body: { userId: person.id, service: id, role } });
      return person;
    },
    async close() {
      await here.close();
      await product.stop();
    },
  };
}

function fill(db: Awaited<ReturnType<typeof startTestProduct>>['db'], orders: number): void {
  db.exec(`
    PRAGMA foreign_keys = ON;
    CREATE TABLE customer (id TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))), name TEXT NOT NULL, email TEXT NOT NULL UNIQUE,
      plan TEXT NOT NULL, isActive INTEGER NOT NULL DEFAULT 1, note TEXT, birthday TEXT, settings TEXT, tags TEXT,
      passwordHash TEXT, createdAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z')));
    CREATE TABLE "order" (id INTEGER PRIMARY KEY, number TEXT NOT NULL, customerId TEXT NOT NULL REFERENCES customer,
      status TEXT NOT NULL, total TEXT NOT NULL, placedAt TEXT NOT NULL, note TEXT, ledger INTEGER);
    CREATE TABLE line (orderId INTEGER NOT NULL REFERENCES "order", position INTEGER NOT NULL, product TEXT NOT NULL,
      quantity INTEGER NOT NULL, PRIMARY KEY (orderId, position));
    CREATE TABLE voucher (code TEXT PRIMARY KEY);
    CREATE TABLE payout (id INTEGER PRIMARY KEY);`);
  const people = [longName, 'Grace Hopper', 'Alan Turing'];
  const customer = db.prepare(
    'INSERT INTO customer (id, name, email, plan, note, birthday, settings, tags, passwordHash, createdAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  for (const [index, name] of people.entries())
    customer.run(
      uuid(index + 1),
      name,
      `${name.split(' ')[0]!.toLowerCase()}@example.com`,
      ['enterprise', 'team', 'free'][index]!,
      index === 0 ? 'Prefers to be called in the morning.\nPays by invoice, thirty days.' : null,
      index === 1 ? '1906-12-09' : null,
      JSON.stringify({ theme: 'dark', limits: { seats: 12 } }),
      JSON.stringify(['vip', 'beta']),
      'argon2id$do-not-show',
      `2026-11-0${index + 1}T08:30:15.12345${index}Z`,
    );
  const order = db.prepare(
    'INSERT INTO "order" (id, number, customerId, status, total, placedAt, note, ledger) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const line = db.prepare('INSERT INTO line VALUES (?, ?, ?, ?)');
  for (let index = 1; index <= orders; index++) {
    const id = 9_007_199_254_740_000n + BigInt(index);
    const day = String((index % 28) + 1).padStart(2, '0');
    order.run(
      id,
      `A-${String(index).padStart(4, '0')}`,
      uuid((index % 3) + 1),
      statuses[index % 3]!,
      `${(index * 17) % 900}.${String(index % 100).padStart(2, '0')}`,
      `2026-10-${day}T10:${String(index % 60).padStart(2, '0')}:00.000001Z`,
      index % 4 ? null : 'Leave it at the door.',
      index % 5 ? null : 9_223_372_036_854_775_807n,
    );
    for (let position = 1; position <= (index % 3) + 1; position++)
      line.run(id, position, ['Lamp', 'Chair', 'Desk'][position - 1]!, position);
  }
}
