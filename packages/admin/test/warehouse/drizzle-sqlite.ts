import { randomUUID } from 'node:crypto';
import { relations, sql } from 'drizzle-orm';
import {
  blob,
  customType,
  index,
  integer,
  numeric,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';

const date = customType<{ data: string }>({ dataType: () => 'date' });
const bigint = customType<{ data: bigint }>({ dataType: () => 'bigint' });
const sealed = customType<{ data: string; driverData: Uint8Array }>({
  dataType: () => 'blob',
  toDriver: (plain) => Buffer.from([...Buffer.from(plain)].reverse()),
  fromDriver: (bytes) => Buffer.from([...bytes].reverse()).toString(),
});

export const Warehouse = sqliteTable('warehouse', {
  code: text({ length: 10 }).primaryKey(),
  name: text().notNull(),
  openedOn: date('opened_on'),
});

export const Item = sqliteTable(
  'item',
  {
    id: integer().primaryKey(),
    sku: text({ length: 40 }).notNull().unique(),
    title: text().notNull(),
    kind: text({ enum: ['tool', 'food', "it's odd"] })
      .notNull()
      .default('tool'),
    attributes: text({ mode: 'json' }),
    photo: blob({ mode: 'buffer' }),
    weight: numeric(),
    factor: real(),
    isFragile: integer('is_fragile', { mode: 'boolean' }).notNull().default(false),
    madeOn: date('made_on'),
    opensAt: text('opens_at'),
    packedAt: integer('packed_at', { mode: 'timestamp' }),
    seenAt: integer('seen_at', { mode: 'timestamp_ms' })
      .notNull()
      .$defaultFn(() => new Date()),
    serialNumber: bigint('serial_number'),
    halfWeight: numeric('half_weight').generatedAlwaysAs(sql`weight / 2`),
    place: blob({ mode: 'json' }),
    sealedNote: sealed('sealed_note'),
    updatedAt: integer('updated_at', { mode: 'timestamp_ms' }).$onUpdate(() => new Date()),
    deletedAt: integer('deleted_at', { mode: 'timestamp_ms' }),
  },
  (table) => [index('item__kind_title').on(table.kind, table.title)],
);

export const StockLevel = sqliteTable(
  'stock_level',
  {
    warehouseCode: text('warehouse_code', { length: 10 })
      .notNull()
      .references(() => Warehouse.code),
    itemId: integer('item_id').notNull(),
    quantity: integer().notNull(),
    countedAt: integer('counted_at', { mode: 'timestamp_ms' }),
  },
  (table) => [primaryKey({ columns: [table.warehouseCode, table.itemId] })],
);

export const stockLevelRelations = relations(StockLevel, ({ one }) => ({
  item: one(Item, { fields: [StockLevel.itemId], references: [Item.id] }),
}));

export const Order = sqliteTable(
  'order',
  {
    select: text().primaryKey().$defaultFn(randomUUID),
    from: text({ length: 10 })
      .notNull()
      .references(() => Warehouse.code),
    group: integer(),
    desc: text(),
    quoted: text('a "quoted" name'),
  },
  (table) => [uniqueIndex('order__group_desc').on(table.group, table.desc)],
);
