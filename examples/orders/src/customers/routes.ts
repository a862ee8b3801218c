import { type FastifyGuards, principalOf } from '@castellan/sdk/fastify';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Database } from '../database/connect.ts';
import { searchText } from '../orders/wire.ts';
import { OrdersError, parse } from '../problems.ts';
import { workspaceOf } from '../workspace.ts';
import { listCustomers } from './repository.ts';

const ListQuery = z.strictObject({
  search: searchText.optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
const Cursor = z.tuple([z.string().refine((name) => !name.includes('\0')), z.guid()]);

/** `GET /api/customers`: for every member. */
export function customerRoutes(app: FastifyInstance, guards: FastifyGuards, database: Database): void {
  app.get('/api/customers', { onRequest: guards.requireWorkspaceRole('viewer') }, async (request) => {
    const { search, cursor, limit } = parse(ListQuery, request.query);
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const found = await listCustomers(database, workspaceOf(principalOf(request)), {
      search,
      after,
      limit: limit + 1,
    });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map(({ id, name, email, createdAt }) => ({ id, name, email, created_at: createdAt })),
      ...(found.length > limit && last ? { next_cursor: writeCursor(last) } : {}),
    };
  });
}

function writeCursor({ name, id }: { name: string; id: string }): string {
  return Buffer.from(JSON.stringify([name, id])).toString('base64url');
}

function readCursor(cursor: string): { name: string; id: string } {
  try {
    const [name, id] = Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { name, id };
  } catch {
    throw new OrdersError('validation_failed', undefined, [
      { field: 'cursor', message: 'use the next_cursor of the page before' },
    ]);
  }
}
