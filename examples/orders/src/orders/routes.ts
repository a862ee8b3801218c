import type { Castellan, RequestLike } from '@castellan/sdk';
import { type FastifyGuards, principalOf } from '@castellan/sdk/fastify';
import type { FastifyInstance } from 'fastify';
import { mayRefund } from '../access.ts';
import type { Database } from '../database/connect.ts';
import { OrdersError, parse } from '../problems.ts';
import { type Place, placeOf } from '../workspace.ts';
import { maySee, registerOrder, seenBy } from './permissions.ts';
import { countOrders, listOrders, readLines, readOrder, readRefunds } from './repository.ts';
import { createOrder, refundOrder } from './service.ts';
import {
  CreateOrder,
  CreateRefund,
  IdempotencyKey,
  ListQuery,
  OrderParams,
  orderDetailToWire,
  orderToWire,
} from './wire.ts';

/** The order book: every member reads what they may see, editors write, and whoever has a role with `orders:refund` refunds. */
export function orderRoutes(
  app: FastifyInstance,
  {
    guards,
    database,
    castellan,
  }: { readonly guards: FastifyGuards; readonly database: Database; readonly castellan: Castellan },
): void {
  const toRead = { onRequest: guards.requireWorkspaceRole('viewer') };
  const toWrite = { onRequest: guards.requireWorkspaceRole('editor') };
  const toRefund = { onRequest: guards.requireAction('orders:refund') };

  app.get('/api/orders', toRead, async (request) => {
    const place = placeOf(principalOf(request));
    const { workspaceId } = place;
    const { cursor: before, limit, ...wanted } = parse(ListQuery, request.query);
    const filter = { ...wanted, numbers: await seenBy(castellan, request, place) };
    const [found, total] = await Promise.all([
      listOrders(database, workspaceId, { ...filter, before, limit: limit + 1 }),
      before === undefined ? countOrders(database, workspaceId, filter) : undefined,
    ]);
    const items = found.slice(0, limit);
    return {
      items: items.map(orderToWire),
      total,
      ...(found.length > limit ? { next_cursor: String(items.at(-1)!.number) } : {}),
    };
  });

  app.get('/api/orders/:number', toRead, (request) => {
    const { number } = parse(OrderParams, request.params);
    return detail(request, placeOf(principalOf(request)), number);
  });

  app.post('/api/orders', toWrite, async (request, reply) => {
    const principal = principalOf(request);
    const key = parse(IdempotencyKey.optional(), request.headers['idempotency-key']);
    const done = await createOrder(database, principal, parse(CreateOrder, request.body), key);
    // Again for one that was made before: it may be the telling that failed.
    await registerOrder(castellan, placeOf(principal), done.number, done.createdBy);
    reply.code(done.repeated ? 200 : 201).header('location', `/api/orders/${done.number}`);
    return detail(request, placeOf(principal), done.number);
  });

  app.post('/api/orders/:number/refunds', toRefund, async (request, reply) => {
    const principal = principalOf(request);
    const { number } = parse(OrderParams, request.params);
    const key = parse(IdempotencyKey, request.headers['idempotency-key']);
    const input = parse(CreateRefund, request.body);
    const place = placeOf(principal);
    // The action says that they refund in this workspace; whether they see this order is another question.
    if (!(await maySee(castellan, request, place, number))) throw new OrdersError('not_found');
    const done = await refundOrder(database, place.workspaceId, principal, number, input, key);
    reply.code(done.repeated ? 200 : 201);
    return detail(request, place, number);
  });

  async function detail(request: RequestLike, place: Place, number: number) {
    const { workspaceId } = place;
    const [order, isSeen] = await Promise.all([
      readOrder(database, workspaceId, number),
      maySee(castellan, request, place, number),
    ]);
    // What the caller may not see, like another workspace's order, answers exactly like one that does not exist.
    if (!order || !isSeen) throw new OrdersError('not_found');
    const [lines, refunds, may] = await Promise.all([
      readLines(database, workspaceId, order.id),
      readRefunds(database, workspaceId, order.id),
      mayRefund(castellan, request, workspaceId),
    ]);
    return { ...orderDetailToWire(order, lines, refunds), may_refund: may };
  }
}
