import { bigint, index, integer, pgTable, smallint, text, timestamp, uuid } from 'drizzle-orm/pg-core';

// The tables for queries; schema.sql is what makes them, with their constraints and indexes.

const workspaceId = () => uuid('workspace_id').notNull();
const createdBy = () => uuid('created_by').notNull();
const createdAt = () => timestamp('created_at', { withTimezone: true }).notNull().defaultNow();
/** Money in the currency's smallest unit; safe as a number up to 90 trillion. */
const money = (name: string) => bigint(name, { mode: 'number' }).notNull();

/** Names of those who did something, as they were when they last did. */
export const people = pgTable('people', {
  userId: uuid('user_id').primaryKey(),
  name: text().notNull(),
  email: text().notNull(),
});

export const customers = pgTable(
  'customers',
  {
    id: uuid().primaryKey().defaultRandom(),
    workspaceId: workspaceId(),
    name: text().notNull(),
    email: text().notNull(),
    createdBy: createdBy(),
    createdAt: createdAt(),
  },
  (table) => [index('customers__newest').on(table.createdAt, table.id)],
);

export const orderNumbers = pgTable('order_numbers', {
  workspaceId: uuid('workspace_id').primaryKey(),
  /** Stays for good; with the number it names an order in Castellan. Absent until an order is made here. */
  workspaceSlug: text('workspace_slug'),
  lastNumber: integer('last_number').notNull(),
});

/** What becomes of an order; `refunded` is one whose whole amount was given back. */
export const orderStatuses = ['paid', 'shipped', 'delivered', 'refunded'] as const;
export type OrderStatus = (typeof orderStatuses)[number];

export const orders = pgTable(
  'orders',
  {
    id: uuid().primaryKey().defaultRandom(),
    workspaceId: workspaceId(),
    number: integer().notNull(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => customers.id),
    status: text({ enum: orderStatuses }).notNull(),
    currency: text().notNull(),
    totalMinor: money('total_minor'),
    refundedMinor: money('refunded_minor').default(0),
    idempotencyKey: text('idempotency_key'),
    requestDigest: text('request_digest'),
    createdBy: createdBy(),
    createdAt: createdAt(),
  },
  (table) => [
    index('orders__newest').on(table.createdAt, table.id),
    index('orders__by_status').on(table.status, table.createdAt, table.id),
    index('orders__by_customer').on(table.customerId, table.createdAt, table.id),
  ],
);

export const orderLines = pgTable('order_lines', {
  workspaceId: workspaceId(),
  orderId: uuid('order_id').notNull(),
  position: smallint().notNull(),
  description: text().notNull(),
  quantity: integer().notNull(),
  unitPriceMinor: money('unit_price_minor'),
  createdBy: createdBy(),
});

export const refunds = pgTable(
  'refunds',
  {
    id: uuid().primaryKey().defaultRandom(),
    workspaceId: workspaceId(),
    orderId: uuid('order_id')
      .notNull()
      .references(() => orders.id),
    amountMinor: money('amount_minor'),
    reason: text().notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    createdBy: createdBy(),
    createdAt: createdAt(),
  },
  (table) => [
    index('refunds__newest').on(table.createdAt, table.id),
    index('refunds__by_order').on(table.orderId),
  ],
);
