import type { Database } from '../src/database/connect.ts';
import { customers, orderStatuses, orders, people, refunds } from '../src/database/schema.ts';

/** An order book of a small shop, in one workspace: enough for pages, ties and empty fields. */
export async function fillOrderBook(database: Database): Promise<void> {
  const workspaceId = crypto.randomUUID();
  const staff = Array.from({ length: 6 }, (_, n) => ({
    userId: crypto.randomUUID(),
    name: `Clerk number ${n + 1}`,
    email: `clerk${n + 1}@shop.example`,
  }));
  await database.insert(people).values(staff);
  const createdBy = staff[0]!.userId;
  const buyers = await database
    .insert(customers)
    .values(
      Array.from({ length: 12 }, (_, n) => ({
        workspaceId,
        createdBy,
        name: `Customer number ${n + 1}`,
        email: `customer${n + 1}@buyer.example`,
        createdAt: new Date(Date.UTC(2026, 0, 1 + n, 9, n, 7, 123)),
      })),
    )
    .returning({ id: customers.id });
  const placed = await database
    .insert(orders)
    .values(
      Array.from({ length: 20 }, (_, n) => ({
        workspaceId,
        createdBy,
        number: 1001 + n,
        customerId: buyers[n % buyers.length]!.id,
        status: orderStatuses[n % 3]!,
        currency: n % 2 === 0 ? 'EUR' : 'CHF',
        totalMinor: 1000 + n * 250,
        refundedMinor: n % 5 === 0 ? 100 : 0,
        idempotencyKey: n % 2 === 0 ? `order-key-${n}` : null,
        requestDigest: `digest-${n}`,
        createdAt: new Date(Date.UTC(2026, 1, 1 + n, 10, n)),
      })),
    )
    .returning({ id: orders.id });
  await database.insert(refunds).values(
    placed
      .filter((_, n) => n % 5 === 0)
      .map(({ id }, n) => ({
        workspaceId,
        createdBy,
        orderId: id,
        amountMinor: 100,
        reason: `Damaged in transit ${n}`,
        idempotencyKey: `refund-key-${n}`,
      })),
  );
}
