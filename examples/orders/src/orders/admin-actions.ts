import type { AdminOperator } from '@castellan/admin';
import { customAction, type IntentArgs, IntentError, IntentService } from '@castellan/intents';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Transaction } from '../database/connect.ts';
import { orders } from '../database/schema.ts';
import { rememberPerson } from '../people/repository.ts';
import { OrdersError } from '../problems.ts';
import { refundOrder } from './service.ts';
import { CreateRefund } from './wire.ts';

type Args<P> = IntentArgs<P, AdminOperator, Transaction>;

/** What operators can do with an order beyond changing its fields; they run in the transaction that records them. */
export class OrderActions extends IntentService {
  refund = customAction(
    {
      adminOnly: true,
      minRole: 'admin',
      takesRow: true,
      description: 'Give money back, never more than is left',
      payload: CreateRefund,
    },
    async ({ db, id, payload, user }: Args<CreateRefund>) => {
      const order = await lockOne(db, id);
      const by = { userId: user.id, name: user.name, email: user.email };
      // One click is one refund, however often its call is repeated.
      await refundOrder(db, order.workspaceId, by, order.number, payload, user.correlationId).catch(refuse);
      return { number: order.number };
    },
  );

  close = customAction(
    {
      adminOnly: true,
      minRole: 'admin',
      takesRow: true,
      description: 'Mark as delivered: nothing is open about it any more',
      payload: z.strictObject({}).optional(),
    },
    async ({ db, id, user }: Args<undefined>) => {
      const order = await lockOne(db, id);
      if (order.status === 'refunded' || order.status === 'delivered')
        throw new IntentError('CONFLICT', `Order ${order.number} is ${order.status} already.`);
      await rememberPerson(db, { userId: user.id, name: user.name, email: user.email });
      await db.update(orders).set({ status: 'delivered' }).where(eq(orders.id, order.id));
      return { number: order.number };
    },
  );
}

async function lockOne(db: Transaction, id: string | number | undefined) {
  const known = z.guid().safeParse(id);
  const [order] = known.success
    ? await db.select().from(orders).where(eq(orders.id, known.data)).for('update')
    : [];
  if (!order) throw new IntentError('NOT_FOUND', 'There is no such order.');
  return order;
}

/** A rule of the product, in the words of the surface. */
function refuse(error: unknown): never {
  if (!(error instanceof OrdersError)) throw error;
  const fields = (error.errors ?? []).map(({ field, message }) => ({ field: `payload.${field}`, message }));
  throw new IntentError(fields.length > 0 ? 'VALIDATION_FAILED' : 'CONFLICT', error.message, { fields });
}
