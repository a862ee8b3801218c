import { and, asc, count, desc, eq, inArray, isNotNull, lt, or, sql } from 'drizzle-orm';
import { customerMatches } from '../customers/repository.ts';
import type { Queries, Transaction } from '../database/connect.ts';
import {
  customers,
  type OrderStatus,
  orderLines,
  orderNumbers,
  orders,
  people,
  refunds,
} from '../database/schema.ts';
import type { Place } from '../workspace.ts';

/** What a list of orders is narrowed by. */
export interface OrderFilter {
  readonly search?: string | undefined;
  readonly status?: OrderStatus | undefined;
  /** Only orders of these numbers; all of them where nothing is said. */
  readonly numbers?: readonly number[] | undefined;
  /** Only orders before this number. */
  readonly before?: number | undefined;
  readonly limit: number;
}

const shown = {
  id: orders.id,
  number: orders.number,
  status: orders.status,
  currency: orders.currency,
  totalMinor: orders.totalMinor,
  refundedMinor: orders.refundedMinor,
  createdAt: orders.createdAt,
  createdBy: orders.createdBy,
  createdByName: people.name,
  customer: { id: customers.id, name: customers.name, email: customers.email },
};

const ofCustomer = and(eq(customers.workspaceId, orders.workspaceId), eq(customers.id, orders.customerId));

function matching(workspaceId: string, { search, status, numbers }: Omit<OrderFilter, 'limit'>) {
  const number = search && /^#?\d{1,9}$/.test(search) ? Number(search.replace('#', '')) : undefined;
  return and(
    eq(orders.workspaceId, workspaceId),
    status ? eq(orders.status, status) : undefined,
    numbers ? sql`${orders.number} = any(${sql.param(numbers)}::integer[])` : undefined,
    search
      ? or(customerMatches(search), number === undefined ? undefined : eq(orders.number, number))
      : undefined,
  );
}

/** Orders of a workspace, the newest first. */
export function listOrders(queries: Queries, workspaceId: string, filter: OrderFilter) {
  return queries
    .select(shown)
    .from(orders)
    .innerJoin(customers, ofCustomer)
    .leftJoin(people, eq(people.userId, orders.createdBy))
    .where(
      and(
        matching(workspaceId, filter),
        filter.before === undefined ? undefined : lt(orders.number, filter.before),
      ),
    )
    .orderBy(desc(orders.number))
    .limit(filter.limit);
}

/** How many orders match. */
export async function countOrders(
  queries: Queries,
  workspaceId: string,
  filter: Omit<OrderFilter, 'limit' | 'before'>,
): Promise<number> {
  const rows = await queries
    .select({ total: count() })
    .from(orders)
    .innerJoin(customers, ofCustomer)
    .where(matching(workspaceId, filter));
  return rows[0]!.total;
}

export type OrderRow = Awaited<ReturnType<typeof listOrders>>[number];

/** One order by its number in the workspace. */
export async function readOrder(
  queries: Queries,
  workspaceId: string,
  number: number,
): Promise<OrderRow | undefined> {
  const rows = await queries
    .select(shown)
    .from(orders)
    .innerJoin(customers, ofCustomer)
    .leftJoin(people, eq(people.userId, orders.createdBy))
    .where(and(eq(orders.workspaceId, workspaceId), eq(orders.number, number)));
  return rows[0];
}

/** The lines of an order, in their order. */
export function readLines(queries: Queries, workspaceId: string, orderId: string) {
  return queries
    .select()
    .from(orderLines)
    .where(and(eq(orderLines.workspaceId, workspaceId), eq(orderLines.orderId, orderId)))
    .orderBy(asc(orderLines.position));
}

/** The refunds of an order, the oldest first, with who gave them. */
export function readRefunds(queries: Queries, workspaceId: string, orderId: string) {
  return queries
    .select({
      id: refunds.id,
      amountMinor: refunds.amountMinor,
      reason: refunds.reason,
      createdAt: refunds.createdAt,
      createdBy: refunds.createdBy,
      createdByName: people.name,
    })
    .from(refunds)
    .leftJoin(people, eq(people.userId, refunds.createdBy))
    .where(and(eq(refunds.workspaceId, workspaceId), eq(refunds.orderId, orderId)))
    .orderBy(asc(refunds.createdAt), asc(refunds.id));
}

/** The order that was made under an idempotency key. */
export async function findOrderByKey(queries: Queries, workspaceId: string, key: string) {
  const rows = await queries
    .select({ number: orders.number, requestDigest: orders.requestDigest, createdBy: orders.createdBy })
    .from(orders)
    .where(and(eq(orders.workspaceId, workspaceId), eq(orders.idempotencyKey, key)));
  return rows[0];
}

/** The next order number of a workspace. Holds the counter's row, so that numbers have no gaps and no doubles. */
export async function takeOrderNumber(
  transaction: Transaction,
  { workspaceId, slug: workspaceSlug }: Place,
): Promise<number> {
  const rows = await transaction
    .insert(orderNumbers)
    .values({ workspaceId, workspaceSlug, lastNumber: 1001 })
    .onConflictDoUpdate({
      target: orderNumbers.workspaceId,
      set: { lastNumber: sql`${orderNumbers.lastNumber} + 1`, workspaceSlug },
    })
    .returning({ number: orderNumbers.lastNumber });
  return rows[0]!.number;
}

/** Keeps what a workspace is called, also before its first order. */
export async function rememberPlace(
  queries: Queries,
  { workspaceId, slug: workspaceSlug }: Place,
): Promise<void> {
  await queries
    .insert(orderNumbers)
    .values({ workspaceId, workspaceSlug, lastNumber: 1000 })
    .onConflictDoUpdate({ target: orderNumbers.workspaceId, set: { workspaceSlug } });
}

/** The workspaces that are known here, of these or of all. */
export async function listPlaces(queries: Queries, workspaceIds?: readonly string[]): Promise<Place[]> {
  return queries
    .select({ workspaceId: orderNumbers.workspaceId, slug: sql<string>`${orderNumbers.workspaceSlug}` })
    .from(orderNumbers)
    .where(
      and(
        isNotNull(orderNumbers.workspaceSlug),
        workspaceIds && inArray(orderNumbers.workspaceId, [...workspaceIds]),
      ),
    )
    .orderBy(asc(orderNumbers.workspaceSlug));
}

/** Writes an order with its lines. */
export async function insertOrder(
  transaction: Transaction,
  order: typeof orders.$inferInsert,
  lines: readonly { description: string; quantity: number; unitPriceMinor: number }[],
): Promise<void> {
  const rows = await transaction.insert(orders).values(order).returning({ id: orders.id });
  const { workspaceId, createdBy } = order;
  const orderId = rows[0]!.id;
  await transaction
    .insert(orderLines)
    .values(lines.map((line, position) => ({ ...line, position, orderId, workspaceId, createdBy })));
}

/** An order with its row held until the transaction ends, so that two refunds can't both take what is left. */
export async function lockOrder(transaction: Transaction, workspaceId: string, number: number) {
  const rows = await transaction
    .select({
      id: orders.id,
      currency: orders.currency,
      totalMinor: orders.totalMinor,
      refundedMinor: orders.refundedMinor,
    })
    .from(orders)
    .where(and(eq(orders.workspaceId, workspaceId), eq(orders.number, number)))
    .for('update');
  return rows[0];
}

/** The refund that was given under an idempotency key. */
export async function findRefundByKey(queries: Queries, workspaceId: string, key: string) {
  const rows = await queries
    .select({ orderId: refunds.orderId, amountMinor: refunds.amountMinor, reason: refunds.reason })
    .from(refunds)
    .where(and(eq(refunds.workspaceId, workspaceId), eq(refunds.idempotencyKey, key)));
  return rows[0];
}

/** Writes a refund, and what it makes of its order. */
export async function insertRefund(
  transaction: Transaction,
  refund: typeof refunds.$inferInsert,
  order: { refundedMinor: number; status?: OrderStatus },
): Promise<void> {
  await transaction.insert(refunds).values(refund);
  await transaction
    .update(orders)
    .set(order)
    .where(and(eq(orders.workspaceId, refund.workspaceId), eq(orders.id, refund.orderId)));
}

/** Where a walk through all orders stands. */
export interface OrderPosition {
  readonly workspaceId: string;
  readonly number: number;
}

/** Orders of all workspaces that have made one here, in one order, with what Castellan is told of them. */
export function listForRegistration(queries: Queries, after: OrderPosition | undefined, limit: number) {
  return queries
    .select({
      workspaceId: orders.workspaceId,
      slug: sql<string>`${orderNumbers.workspaceSlug}`,
      number: orders.number,
      createdBy: orders.createdBy,
    })
    .from(orders)
    .innerJoin(orderNumbers, eq(orderNumbers.workspaceId, orders.workspaceId))
    .where(
      and(
        isNotNull(orderNumbers.workspaceSlug),
        after && sql`(${orders.workspaceId}, ${orders.number}) > (${after.workspaceId}, ${after.number})`,
      ),
    )
    .orderBy(asc(orders.workspaceId), asc(orders.number))
    .limit(limit);
}
