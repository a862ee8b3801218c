import type { ResourcePermission, Visibility } from '@castellan/contract';
import { and, count, eq } from 'drizzle-orm';
import { newId } from '../../platform/database/identifiers.ts';
import {
  resourceShares,
  resources,
  resourceTypes,
  services,
  workspaces,
} from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { findGrantee, type Grantee, type NamedGrantee } from './grantee.ts';

/** A resource whose row is locked: who may do what to it changes by nobody else until the transaction ends. */
export interface LockedResource {
  readonly id: string;
  readonly service: string;
  readonly serviceId: string;
  readonly type: string;
  readonly typeId: string;
  /** The service's own id for it. */
  readonly key: string;
  readonly workspace: { readonly id: string; readonly name: string };
  readonly ownerId: string | null;
  readonly visibility: Visibility;
}

/** A resource by its id here, or by what its service calls it. */
export type ResourceReference =
  | { readonly id: string }
  | { readonly serviceId: string; readonly type: string; readonly key: string };

/** @throws Refusal `not_found` */
export async function lockResource(tx: Transaction, reference: ResourceReference): Promise<LockedResource> {
  const [resource] = await tx.db
    .select({
      id: resources.id,
      service: services.name,
      serviceId: services.id,
      type: resourceTypes.name,
      typeId: resourceTypes.id,
      key: resources.key,
      workspace: { id: workspaces.id, name: workspaces.name },
      ownerId: resources.ownerId,
      visibility: resources.visibility,
    })
    .from(resources)
    .innerJoin(resourceTypes, eq(resourceTypes.id, resources.typeId))
    .innerJoin(services, eq(services.id, resourceTypes.serviceId))
    .innerJoin(workspaces, eq(workspaces.id, resources.workspaceId))
    .where(
      'id' in reference
        ? eq(resources.id, reference.id)
        : and(
            eq(resourceTypes.serviceId, reference.serviceId),
            eq(resourceTypes.name, reference.type),
            eq(resources.key, reference.key),
          ),
    )
    .for('update', { of: resources });
  if (!resource) throw new Refusal('not_found');
  return resource;
}

function about(resource: LockedResource) {
  return {
    target: { kind: 'resource', id: resource.id, label: `${resource.type} ${resource.key}` },
    workspace: resource.workspace,
    service: resource.service,
  } as const;
}

/** Shows a resource to every member of its workspace, or to nobody beyond its shares (P10). */
export async function setVisibility(
  tx: Transaction,
  resource: LockedResource,
  visibility: Visibility,
): Promise<void> {
  if (resource.visibility === visibility) return;
  await tx.db.update(resources).set({ visibility, updatedAt: tx.now }).where(eq(resources.id, resource.id));
  tx.record({
    action: 'permission_visibility_changed',
    ...about(resource),
    detail: { visibility: { before: resource.visibility, after: visibility } },
  });
}

/**
 * Shares a resource with a member or a group of its workspace; sharing again changes the permission, and nothing happens
 * where it is the same (P10).
 * @throws Refusal `not_found` when the grantee is not of the resource's workspace
 */
export async function share(
  tx: Transaction,
  resource: LockedResource,
  to: Grantee,
  permission: ResourcePermission,
): Promise<void> {
  const grantee = await findGrantee(tx, resource.workspace.id, to);
  if (!grantee) throw new Refusal('not_found', { detail: notOfTheWorkspace[to.kind] });
  const [held] = await tx.db
    .select({ id: resourceShares.id, permission: resourceShares.permission })
    .from(resourceShares)
    .where(sharedWith(resource, grantee));
  if (held?.permission === permission) return;
  if (held) await tx.db.update(resourceShares).set({ permission }).where(eq(resourceShares.id, held.id));
  else
    await tx.db.insert(resourceShares).values({
      id: newId(),
      workspaceId: resource.workspace.id,
      typeId: resource.typeId,
      resourceId: resource.id,
      userId: grantee.kind === 'user' ? grantee.id : null,
      groupId: grantee.kind === 'group' ? grantee.id : null,
      permission,
      createdAt: tx.now,
    });
  tx.record({
    action: 'permission_shared',
    ...about(resource),
    detail: {
      ...named(grantee),
      permission: held ? { before: held.permission, after: permission } : permission,
    },
  });
}

/** Takes back what was shared with a member or a group. @returns whether there was anything to take back */
export async function unshare(tx: Transaction, resource: LockedResource, from: Grantee): Promise<boolean> {
  const grantee = await findGrantee(tx, resource.workspace.id, from);
  if (!grantee) return false; // What was shared with them ended when they left.
  const [taken] = await tx.db
    .delete(resourceShares)
    .where(sharedWith(resource, grantee))
    .returning({ permission: resourceShares.permission });
  if (!taken) return false;
  tx.record({
    action: 'permission_unshared',
    ...about(resource),
    detail: { ...named(grantee), permission: taken.permission },
  });
  return true;
}

/** Removes a resource with its shares: from then on every check of it is a no. */
export async function removeResource(tx: Transaction, resource: LockedResource): Promise<void> {
  const [shares] = await tx.db
    .select({ total: count() })
    .from(resourceShares)
    .where(eq(resourceShares.resourceId, resource.id));
  await tx.db.delete(resources).where(eq(resources.id, resource.id));
  tx.record({
    action: 'resource_removed',
    ...about(resource),
    detail: { owner_id: resource.ownerId, visibility: resource.visibility, shares: shares?.total ?? 0 },
  });
}

function sharedWith(resource: LockedResource, grantee: Grantee) {
  const column = grantee.kind === 'user' ? resourceShares.userId : resourceShares.groupId;
  return and(eq(resourceShares.resourceId, resource.id), eq(column, grantee.id));
}

const notOfTheWorkspace = {
  user: 'There is no such member in the workspace.',
  group: 'There is no such group in the workspace.',
} as const;

function named({ kind, id, name }: NamedGrantee): Record<string, string> {
  return { [`${kind}_id`]: id, [kind]: name };
}
