import { type FastifyGuards, principalOf } from '@castellan/sdk/fastify';
import type { FastifyInstance } from 'fastify';
import type { Database } from '../database/connect.ts';
import { OrdersError, parse } from '../problems.ts';
import { workspaceOf } from '../workspace.ts';
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

/** The order book: every member reads, editors write, administrators refund. */
export function orderRoutes(app: FastifyInstance, guards: FastifyGuards, database: Database): void {
  const toRead = { onRequest: guards.requireWorkspaceRole('viewer') };
  const toWrite = { onRequest: guards.requireWorkspaceRole('editor') };
  const toRefund = { onRequest: guards.requireWorkspaceRole('admin') };

  app.get('/api/orders', toRead, async (request) => {
    const workspaceId = workspaceOf(principalOf(request));
    const { cursor: before, limit, ...filter } = parse(ListQuery, request.query);
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
    return detail(workspaceOf(principalOf(request)), number);
  });

  app.post('/api/orders', toWrite, async (request, reply) => {
    const principal = principalOf(request);
    const key = parse(IdempotencyKey.optional(), request.headers['idempotency-key']);
    const done = await createOrder(database, principal, parse(CreateOrder, request.body), key);
    reply.code(done.repeated ? 200 : 201).header('location', `/api/orders/${done.number}`);
    return detail(workspaceOf(principal), done.number);
  });

  app.post('/api/orders/:number/refunds', toRefund, async (request, reply) => {
    const principal = principalOf(request);
    const { number } = parse(OrderParams, request.params);
    const key = parse(IdempotencyKey, request.headers['idempotency-key']);
    const done = await refundOrder(database, principal, number, parse(CreateRefund, request.body), key);
    reply.code(done.repeated ? 200 : 201);
    return detail(workspaceOf(principal), number);
  });

  async function detail(workspaceId: string, number: number) {
    const order = await readOrder(database, workspaceId, number);
    // Another workspace's order answers exactly like one that does not exist.
    if (!order) throw new OrdersError('not_found');
    const [lines, refunds] = await Promise.all([
      readLines(database, workspaceId, order.id),
      readRefunds(database, workspaceId, order.id),
    ]);
    return orderDetailToWire(order, lines, refunds);
  }
}
