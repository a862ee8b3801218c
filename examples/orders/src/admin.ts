import { adminMachineAuth, autoAdmin, configureAdminAuth } from '@castellan/admin';
import { IntentRouter } from '@castellan/intents';
import { toFastify } from '@castellan/intents/fastify';
import type { Castellan } from '@castellan/sdk';
import type { FastifyInstance } from 'fastify';
import { type Actors, PersonActions } from './acting/actors.ts';
import type { Database } from './database/connect.ts';
import * as schema from './database/schema.ts';
import { OrderActions } from './orders/admin-actions.ts';

/** Gives operators this product's data in Castellan's console: three statements, and what else this product has to say of it. */
export function administer(
  app: FastifyInstance,
  { issuer, service }: Castellan,
  database: Database,
  actors?: Actors,
): void {
  const router = new IntentRouter().register('Order', new OrderActions());
  if (actors) router.register('User', new PersonActions(actors));
  configureAdminAuth({ issuer, audience: service, schema });
  autoAdmin(router, {
    expose: { Order: 'orders', Customer: 'customers', Refund: 'refunds', User: 'people' },
    redactFields: { Order: ['idempotencyKey'], Refund: ['idempotencyKey'] },
    // Money moves by refunds alone, and nothing moves between workspaces.
    denyEditFields: {
      Order: ['workspaceId', 'number', 'customerId', 'currency', 'totalMinor', 'refundedMinor', ...stamps],
      Customer: ['workspaceId', ...stamps],
      Refund: ['workspaceId', 'orderId', 'amountMinor', ...stamps],
    },
    denyDelete: ['Order', 'Refund'],
    overrides: {
      Order: {
        labelPlural: 'Orders',
        labelField: 'number',
        listFields: ['number', 'status', 'customerId', 'totalMinor', 'currency', 'createdAt'],
        defaultSort: 'createdAt desc',
        actions: { bulk_run: { needsApproval: true } },
      },
      Customer: {
        labelPlural: 'Customers',
        listFields: ['name', 'email', 'createdAt'],
        searchFields: ['name', 'email'],
      },
      Refund: { labelPlural: 'Refunds' },
      User: { label: 'Person', labelPlural: 'People', searchFields: ['name', 'email'] },
    },
  });
  app.register(toFastify(router.buildAdminMachine({ getUser: adminMachineAuth(), getDb: () => database })));
}

/** Who made a row, and when. */
const stamps = ['createdBy', 'createdAt'];
