import { randomUUID } from 'node:crypto';
import { relations, sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  customType,
  date,
  datetime,
  decimal,
  double,
  index,
  int,
  json,
  mysqlEnum,
  mysqlTable,
  primaryKey,
  text,
  time,
  timestamp,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core';

const blob = customType<{ data: Buffer }>({ dataType: () => 'blob' });
const point = customType<{ data: unknown }>({ dataType: () => 'point' });
const sealed = customType<{ data: string; driverData: Buffer }>({
  dataType: () => 'blob',
  toDriver: (plain) => Buffer.from([...Buffer.from(plain)].reverse()),
  fromDriver: (bytes) => Buffer.from([...bytes].reverse()).toString(),
});

export const Warehouse = mysqlTable('warehouse', {
  code: varchar({ length: 10 }).primaryKey(),
  name: text().notNull(),
  openedOn: date('opened_on'),
});

export const Item = mysqlTable(
  'item',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().autoincrement(),
    sku: varchar({ length: 40 }).notNull().unique('item__sku'),
    title: varchar({ length: 500 }).notNull(),
    kind: mysqlEnum(['tool', 'food', "it's odd"]).notNull().default('tool'),
    attributes: json(),
    photo: blob(),
    weight: decimal({ precision: 20, scale: 6 }),
    factor: double(),
    isFragile: boolean('is_fragile').notNull().default(false),
    madeOn: date('made_on'),
    opensAt: time('opens_at', { fsp: 6 }),
    packedAt: datetime('packed_at', { fsp: 6 }),
    seenAt: timestamp('seen_at', { fsp: 6 }).notNull().defaultNow(),
    serialNumber: bigint('serial_number', { mode: 'number' }),
    halfWeight: decimal('half_weight', { precision: 20, scale: 6 }).generatedAlwaysAs(sql`weight / 2`),
    place: point(),
    sealedNote: sealed('sealed_note'),
    updatedAt: timestamp('updated_at', { fsp: 6 }).$onUpdate(() => new Date()),
    deletedAt: timestamp('deleted_at', { fsp: 6 }),
  },
  (table) => [index('item__kind_title').on(table.kind, table.title)],
);

export const StockLevel = mysqlTable(
  'stock_level',
  {
    warehouseCode: varchar('warehouse_code', { length: 10 })
      .notNull()
      .references(() => Warehouse.code),
    itemId: bigint('item_id', { mode: 'bigint' }).notNull(),
    quantity: int().notNull(),
    countedAt: timestamp('counted_at', { fsp: 6 }),
  },
  (table) => [primaryKey({ columns: [table.warehouseCode, table.itemId] })],
);

export const stockLevelRelations = relations(StockLevel, ({ one }) => ({
  item: one(Item, { fields: [StockLevel.itemId], references: [Item.id] }),
}));

export const Order = mysqlTable(
  'order',
  {
    select: varchar({ length: 36 }).primaryKey().$defaultFn(randomUUID),
    from: varchar({ length: 10 })
      .notNull()
      .references(() => Warehouse.code),
    group: int(),
    desc: varchar({ length: 200 }),
    quoted: text('a "quoted" name'),
  },
  (table) => [uniqueIndex('order__group_desc').on(table.group, table.desc)],
);
