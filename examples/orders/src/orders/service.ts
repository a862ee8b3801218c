import { createHash } from 'node:crypto';
import type { LivePrincipal } from '@castellan/sdk';
import { customerExists, findOrCreateCustomer } from '../customers/repository.ts';
import type { Database, Queries, Transaction } from '../database/connect.ts';
import { rememberPerson } from '../people/repository.ts';
import { OrdersError } from '../problems.ts';
import { placeOf } from '../workspace.ts';
import {
  findOrderByKey,
  findRefundByKey,
  insertOrder,
  insertRefund,
  lockOrder,
  takeOrderNumber,
} from './repository.ts';
import type { CreateOrder, CreateRefund } from './wire.ts';

/** Whether something was done now, or had been done under the same idempotency key before. */
export interface Done {
  readonly number: number;
  readonly repeated: boolean;
}

/** An order that was made, now or before. */
export interface Made extends Done {
  /** Who made it first. */
  readonly createdBy: string;
}

/** Makes an order. The same key and content again gives the same order. */
export function createOrder(
  database: Database,
  principal: LivePrincipal,
  input: CreateOrder,
  idempotencyKey: string | undefined,
): Promise<Made> {
  const place = placeOf(principal);
  const { workspaceId } = place;
  const { userId, name, email } = principal;
  const requestDigest = createHash('sha256').update(JSON.stringify(input)).digest('base64url');
  return database
    .transaction(async (transaction) => {
      // The counter's row is held from here on, so two requests with one key are judged one after the other.
      const number = await takeOrderNumber(transaction, place);
      if (idempotencyKey !== undefined) {
        const before = await findOrderByKey(transaction, workspaceId, idempotencyKey);
        if (before && before.requestDigest !== requestDigest) throw new OrdersError('idempotency_key_reused');
        if (before) throw new AlreadyDone(before.number, before.createdBy);
      }
      await rememberPerson(transaction, { userId, name, email });
      const customerId = await chooseCustomer(transaction, workspaceId, principal.userId, input);
      const lines = input.lines.map(({ description, quantity, unit_price_minor }) => ({
        description,
        quantity,
        unitPriceMinor: unit_price_minor,
      }));
      const totalMinor = lines.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0);
      await insertOrder(
        transaction,
        {
          workspaceId,
          number,
          customerId,
          status: 'paid',
          currency: input.currency,
          totalMinor,
          idempotencyKey: idempotencyKey ?? null,
          requestDigest,
          createdBy: principal.userId,
        },
        lines,
      );
      return { number, createdBy: userId, repeated: false };
    })
    .catch(asRepeated);
}

/** Leaves the transaction so that the number it took is given back. */
class AlreadyDone extends Error {
  readonly number: number;
  readonly createdBy: string;
  constructor(number: number, createdBy: string) {
    super('This was done before');
    this.number = number;
    this.createdBy = createdBy;
  }
}

function asRepeated(error: unknown): Made {
  if (error instanceof AlreadyDone)
    return { number: error.number, createdBy: error.createdBy, repeated: true };
  throw error;
}

async function chooseCustomer(
  transaction: Transaction,
  workspaceId: string,
  createdBy: string,
  input: CreateOrder,
): Promise<string> {
  if (input.customer) return findOrCreateCustomer(transaction, { workspaceId, createdBy, ...input.customer });
  const id = input.customer_id!;
  if (await customerExists(transaction, workspaceId, id)) return id;
  throw new OrdersError('validation_failed', undefined, [
    { field: 'customer_id', message: 'this workspace has no such customer' },
  ]);
}

/** Who gives money back: a person of the workspace, or an operator of the console. */
export interface Refunder {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
}

/** Gives money back, never more than is left. The same key and content again changes nothing. */
export function refundOrder(
  database: Queries,
  workspaceId: string,
  { userId, name, email }: Refunder,
  number: number,
  input: CreateRefund,
  idempotencyKey: string,
): Promise<Done> {
  const { amount_minor: amountMinor, reason } = input;
  return database.transaction(async (transaction) => {
    const order = await lockOrder(transaction, workspaceId, number);
    if (!order) throw new OrdersError('not_found');
    const before = await findRefundByKey(transaction, workspaceId, idempotencyKey);
    if (before) {
      if (before.orderId !== order.id || before.amountMinor !== amountMinor || before.reason !== reason)
        throw new OrdersError('idempotency_key_reused');
      return { number, repeated: true };
    }
    const left = order.totalMinor - order.refundedMinor;
    if (amountMinor > left)
      throw new OrdersError('refund_too_large', undefined, [
        {
          field: 'amount_minor',
          message: left === 0 ? 'nothing is left to refund' : `at most ${left} is left`,
        },
      ]);
    await rememberPerson(transaction, { userId, name, email });
    await insertRefund(
      transaction,
      { workspaceId, orderId: order.id, amountMinor, reason, idempotencyKey, createdBy: userId },
      {
        refundedMinor: order.refundedMinor + amountMinor,
        ...(amountMinor === left ? { status: 'refunded' as const } : {}),
      },
    );
    return { number, repeated: false };
  });
}
