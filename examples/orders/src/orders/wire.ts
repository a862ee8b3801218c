import { z } from 'zod';
import { orderStatuses } from '../database/schema.ts';
import type { OrderRow, readLines, readRefunds } from './repository.ts';

/** Currencies that the shop sells in. */
export const currencies = ['EUR', 'USD', 'GBP', 'CHF', 'JPY'] as const;

/** What people look for. PostgreSQL knows no NUL. */
export const searchText = z
  .string()
  .trim()
  .max(200)
  .refine((sought) => !sought.includes('\0'), 'must not contain NUL');

export const ListQuery = z.strictObject({
  search: searchText.optional(),
  status: z.enum(orderStatuses).optional(),
  cursor: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export const OrderParams = z.strictObject({ number: z.coerce.number().int().min(1).max(2_147_483_647) });

const text = (longest: number) =>
  z
    .string()
    .trim()
    .min(1, 'say something here')
    .max(longest)
    .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters');

const Line = z.strictObject({
  description: text(200),
  quantity: z.int().min(1).max(10_000),
  unit_price_minor: z.int().min(0).max(100_000_000),
});

/** A new order: for a known customer, or for one named by e-mail. */
export const CreateOrder = z
  .strictObject({
    customer_id: z.guid().optional(),
    customer: z
      .strictObject({ name: text(120), email: z.string().trim().toLowerCase().max(254).pipe(z.email()) })
      .optional(),
    currency: z.enum(currencies),
    lines: z.array(Line).min(1, 'add at least one line').max(50),
  })
  .refine(({ customer_id, customer }) => (customer_id === undefined) !== (customer === undefined), {
    path: ['customer'],
    message: 'choose a customer, or give name and e-mail of a new one',
  })
  .refine(({ lines }) => lines.some(({ unit_price_minor }) => unit_price_minor > 0), {
    path: ['lines'],
    message: 'an order costs something',
  });
export type CreateOrder = z.output<typeof CreateOrder>;

export const CreateRefund = z.strictObject({ amount_minor: z.int().min(1), reason: text(500) });
export type CreateRefund = z.output<typeof CreateRefund>;

/** What a caller chooses to name one attempt, so that it can be repeated safely. */
export const IdempotencyKey = z
  .string('send Idempotency-Key')
  .regex(/^[\x21-\x7e]{8,200}$/, 'use 8 to 200 visible characters');

/** An order, as it travels in lists. */
export function orderToWire(order: OrderRow) {
  return {
    id: order.id,
    number: order.number,
    status: order.status,
    currency: order.currency,
    total_minor: order.totalMinor,
    refunded_minor: order.refundedMinor,
    customer: order.customer,
    created_at: order.createdAt,
    created_by: order.createdBy,
    created_by_name: order.createdByName,
  };
}

/** An order, as it travels alone. */
export function orderDetailToWire(
  order: OrderRow,
  lines: Awaited<ReturnType<typeof readLines>>,
  refunds: Awaited<ReturnType<typeof readRefunds>>,
) {
  return {
    ...orderToWire(order),
    lines: lines.map(({ description, quantity, unitPriceMinor }) => ({
      description,
      quantity,
      unit_price_minor: unitPriceMinor,
      total_minor: quantity * unitPriceMinor,
    })),
    refunds: refunds.map((refund) => ({
      id: refund.id,
      amount_minor: refund.amountMinor,
      reason: refund.reason,
      created_at: refund.createdAt,
      created_by: refund.createdBy,
      created_by_name: refund.createdByName,
    })),
  };
}
