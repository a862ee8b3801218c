import type { Page, permissionsList, ResourcePermissions, RouteQuery } from '@castellan/contract';
import { and, eq, inArray } from 'drizzle-orm';
import { resources, resourceTypes, services, users, workspaces } from '../../platform/database/schema.ts';
import { type Queryable, sql } from '../../platform/database/transaction.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { readKeyPage, toPage } from '../../platform/http/paged-list.ts';
import { conditionsOf, keyBegins, type ResourceFilter, readResourceKeys } from './resource-keys.ts';

/** What a resource shows, in a list and by itself. */
export const shownOfResource = {
  id: resources.id,
  service: services.name,
  type: resourceTypes.name,
  resourceId: resources.key,
  workspaceId: resources.workspaceId,
  workspaceName: workspaces.name,
  ownerId: resources.ownerId,
  ownerName: users.name,
  visibility: resources.visibility,
  createdAt: resources.createdAt,
  shareCount: sql<number>`(SELECT count(*)::int FROM resource_shares s WHERE s.resource_id = ${sql.raw('resources.id')})`,
};

/** The types that are asked for by service, type or both. */
async function findTypes(
  db: Queryable,
  service: string | undefined,
  type: string | undefined,
): Promise<string[]> {
  const found = await db
    .select({ id: resourceTypes.id })
    .from(resourceTypes)
    .innerJoin(services, eq(services.id, resourceTypes.serviceId))
    .where(
      and(
        service === undefined ? undefined : eq(services.name, service),
        type === undefined ? undefined : eq(resourceTypes.name, type),
      ),
    );
  return found.map(({ id }) => id);
}

/** Registered resources, the newest first (P10). */
export async function listResources(
  db: Queryable,
  cursors: Cursors,
  query: RouteQuery<typeof permissionsList>,
): Promise<Page<ResourcePermissions>> {
  const { workspaceId, service, type, ownerId, visibility, search: keyPrefix, ...request } = query;
  const filter: ResourceFilter = {
    workspaceId,
    typeIds: service === undefined && type === undefined ? undefined : await findTypes(db, service, type),
    ownerId,
    visibility,
    keyPrefix: keyPrefix || undefined,
  };
  const keys = await readKeyPage(
    db,
    cursors,
    {
      name: JSON.stringify(['resources', workspaceId, service, type, ownerId, visibility, keyPrefix]),
      table: 'resources',
      order: { column: sql`t.id`, type: 'uuid', id: sql`t.id`, descending: true },
      conditions: conditionsOf(filter),
      search: filter.keyPrefix === undefined ? undefined : keyBegins(filter),
      read: (window) => readResourceKeys(db, filter, window),
    },
    request,
  );
  if (keys.ids.length === 0) return toPage(keys, [], () => '');
  const rows = await db
    .select(shownOfResource)
    .from(resources)
    .innerJoin(resourceTypes, eq(resourceTypes.id, resources.typeId))
    .innerJoin(services, eq(services.id, resourceTypes.serviceId))
    .innerJoin(workspaces, eq(workspaces.id, resources.workspaceId))
    .leftJoin(users, eq(users.id, resources.ownerId))
    .where(inArray(resources.id, [...keys.ids]));
  return toPage(keys, rows, (row) => row.id);
}
