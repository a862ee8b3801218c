import type { Page, RouteQuery, ServiceAction, serviceActionsList } from '@castellan/contract';
import { eq, inArray, type SQL } from 'drizzle-orm';
import { serviceActions, services } from '../../platform/database/schema.ts';
import { type Queryable, sql } from '../../platform/database/transaction.ts';
import { type Cursors, wordsBegin } from '../../platform/http/keyset.ts';
import { type PageRequest, readKeyPage, toPage } from '../../platform/http/paged-list.ts';

/** Service and name in one: a blank comes before every character of a service's name, so that services stay apart. */
const serviceAndName = sql`((SELECT s.name FROM services s WHERE s.id = t.service_id) || ' ' || t.name) COLLATE "C"`;
const words = sql`to_tsvector('simple', translate(t.name, ':._-', '    ') || ' ' || t.description)`;

async function listActions(
  db: Queryable,
  cursors: Cursors,
  name: readonly unknown[],
  conditions: readonly (SQL | undefined)[],
  { search, ...request }: PageRequest & { readonly search?: string | undefined },
): Promise<Page<ServiceAction>> {
  const keys = await readKeyPage(
    db,
    cursors,
    {
      name: JSON.stringify([...name, search]),
      table: 'service_actions',
      order: { column: serviceAndName, type: 'text', id: sql`t.id`, descending: false },
      conditions,
      search: wordsBegin(words, search),
      few: true, // A house has tens of services, and each tens of actions.
    },
    request,
  );
  if (keys.ids.length === 0) return toPage(keys, [], () => '');
  const rows = await db
    .select({
      id: serviceActions.id,
      name: serviceActions.name,
      description: serviceActions.description,
      createdAt: serviceActions.createdAt,
      absentSince: serviceActions.absentSince,
      serviceId: serviceActions.serviceId,
      service: services.name,
      roleCount: sql<number>`(SELECT count(*)::int FROM role_actions r WHERE r.action_id = ${sql.raw('service_actions.id')})`,
    })
    .from(serviceActions)
    .innerJoin(services, eq(services.id, serviceActions.serviceId))
    .where(inArray(serviceActions.id, [...keys.ids]));
  return toPage(keys, rows, (row) => row.id);
}

/** Actions of all services, or of one, by service and name (P9). */
export async function listServiceActions(
  db: Queryable,
  cursors: Cursors,
  { service, absent, ...request }: RouteQuery<typeof serviceActionsList>,
): Promise<Page<ServiceAction>> {
  const conditions = [
    service === undefined
      ? undefined
      : sql`t.service_id = (SELECT s.id FROM services s WHERE s.name = ${service})`,
    absent === undefined ? undefined : absent ? sql`t.absent_since IS NOT NULL` : sql`t.absent_since IS NULL`,
  ];
  return listActions(db, cursors, ['service actions', service, absent], conditions, request);
}

/** Actions of one role, by service and name (P8). */
export async function listRoleActions(
  db: Queryable,
  cursors: Cursors,
  roleId: string,
  request: PageRequest & { readonly search?: string | undefined },
): Promise<Page<ServiceAction>> {
  const inRole = sql`t.id = ANY (ARRAY(SELECT r.action_id FROM role_actions r WHERE r.role_id = ${roleId}))`;
  return listActions(db, cursors, ['role actions', roleId], [inRole], request);
}
