import type { ResourcePermissionsDetail, ResourceShare } from '@castellan/contract';
import { asc, eq, sql } from 'drizzle-orm';
import {
  groups,
  resourceShares,
  resources,
  resourceTypes,
  services,
  users,
  workspaces,
} from '../../platform/database/schema.ts';
import type { Queryable } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { shownOfResource } from './list-resources.ts';

/** How many shares a detail shows. */
const shownAtMost = 200;

/** One resource with its first shares, people before groups, by name (P10). @throws Refusal `not_found` */
export async function readResource(db: Queryable, id: string): Promise<ResourcePermissionsDetail> {
  const [resource] = await db
    .select({ ...shownOfResource, updatedAt: resources.updatedAt })
    .from(resources)
    .innerJoin(resourceTypes, eq(resourceTypes.id, resources.typeId))
    .innerJoin(services, eq(services.id, resourceTypes.serviceId))
    .innerJoin(workspaces, eq(workspaces.id, resources.workspaceId))
    .leftJoin(users, eq(users.id, resources.ownerId))
    .where(eq(resources.id, id));
  if (!resource) throw new Refusal('not_found');
  return { ...resource, shares: await readShares(db, resource.id) };
}

async function readShares(db: Queryable, resourceId: string): Promise<ResourceShare[]> {
  const rows = await db
    .select({
      userId: resourceShares.userId,
      groupId: resourceShares.groupId,
      name: sql<string>`coalesce(${users.name}, ${groups.name})`,
      permission: resourceShares.permission,
      createdAt: resourceShares.createdAt,
    })
    .from(resourceShares)
    .leftJoin(users, eq(users.id, resourceShares.userId))
    .leftJoin(groups, eq(groups.id, resourceShares.groupId))
    .where(eq(resourceShares.resourceId, resourceId))
    .orderBy(
      sql`${resourceShares.groupId} IS NOT NULL`,
      sql`coalesce(${users.nameKey}, ${groups.nameKey})`,
      asc(resourceShares.id),
    )
    .limit(shownAtMost);
  return rows.map(({ userId, groupId, ...share }) => ({
    ...(userId === null ? {} : { userId }),
    ...(groupId === null ? {} : { groupId }),
    ...share,
  }));
}
