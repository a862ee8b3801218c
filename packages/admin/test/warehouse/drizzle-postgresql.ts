import { eq, relations, sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  customType,
  date,
  doublePrecision,
  index,
  integer,
  jsonb,
  numeric,
  pgEnum,
  pgSchema,
  pgTable,
  pgView,
  point,
  primaryKey,
  text,
  time,
  timestamp,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';

/** As many products declare it: what the driver gives is what they use. */
const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
/** A column that the product turns around on its way in and out. */
const sealed = customType<{ data: string; driverData: Buffer }>({
  dataType: () => 'bytea',
  toDriver: (text) => Buffer.from([...Buffer.from(text)].reverse()),
  fromDriver: (bytes) => Buffer.from([...bytes].reverse()).toString(),
});

const stores = pgSchema('stores');
export const itemKind = pgEnum('item_kind', ['tool', 'food', "it's odd"]);

export const Warehouse = pgTable('warehouse', {
  code: varchar({ length: 10 }).primaryKey(),
  name: text().notNull(),
  openedOn: date('opened_on'),
});

export const Item = pgTable(
  'item',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().generatedByDefaultAsIdentity(),
    sku: varchar({ length: 40 }).notNull().unique('item__sku'),
    title: text().notNull(),
    kind: itemKind().notNull().default('tool'),
    tags: text().array(),
    sizes: integer().array(),
    attributes: jsonb(),
    photo: bytea(),
    weight: numeric({ precision: 20, scale: 6 }),
    factor: doublePrecision(),
    isFragile: boolean('is_fragile').notNull().default(false),
    madeOn: date('made_on', { mode: 'date' }),
    opensAt: time('opens_at', { precision: 6 }),
    packedAt: timestamp('packed_at', { precision: 6 }),
    seenAt: timestamp('seen_at', { precision: 6, withTimezone: true }).notNull().defaultNow(),
    externalId: uuid('external_id').notNull().defaultRandom(),
    serialNumber: bigint('serial_number', { mode: 'number' }),
    halfWeight: numeric('half_weight', { precision: 20, scale: 6 }).generatedAlwaysAs(sql`weight / 2`),
    place: point(),
    sealedNote: sealed('sealed_note'),
    updatedAt: timestamp('updated_at', { precision: 6, withTimezone: true }).$onUpdate(() => new Date()),
    deletedAt: timestamp('deleted_at', { precision: 6, withTimezone: true }),
  },
  (table) => [
    index('item__kind_title').on(table.kind, table.title),
    index('item__title_prefix').on(table.title.op('text_pattern_ops')),
    index('item__fragile').on(table.madeOn).where(sql`is_fragile`),
    index('item__lower_title').on(sql`lower(${table.title})`),
    index('item__tags').using('gin', table.tags),
  ],
);

export const StockLevel = stores.table(
  'stock_level',
  {
    warehouseCode: varchar('warehouse_code', { length: 10 }).references(() => Warehouse.code),
    itemId: bigint('item_id', { mode: 'bigint' }),
    quantity: integer().notNull(),
    countedAt: timestamp('counted_at', { precision: 6, withTimezone: true }),
  },
  (table) => [
    primaryKey({ columns: [table.warehouseCode, table.itemId] }),
    check('stock_level__quantity', sql`quantity >= 0`),
  ],
);

/** Says what no foreign key of the schema says. */
export const stockLevelRelations = relations(StockLevel, ({ one }) => ({
  item: one(Item, { fields: [StockLevel.itemId], references: [Item.id] }),
}));
export const itemRelations = relations(Item, ({ many }) => ({ levels: many(StockLevel) }));

/** Every name of it is a word that SQL has for itself. */
export const Order = pgTable(
  'order',
  {
    select: uuid().primaryKey().defaultRandom(),
    from: varchar({ length: 10 })
      .notNull()
      .references(() => Warehouse.code),
    group: integer(),
    desc: text(),
    quoted: text('a "quoted" name'),
  },
  (table) => [uniqueIndex('order__group_desc').on(table.group, table.desc)],
);

/** No key: it can't be administered. */
export const Note = pgTable('note', { text: text() });

export const fragile = pgView('fragile').as((query) =>
  query.select().from(Item).where(eq(Item.isFragile, true)),
);
/** Something that is no table at all. */
export const kinds = itemKind.enumValues;
