import type { Visibility } from '@castellan/contract';
import { newId } from '../../platform/database/identifiers.ts';
import type { PreparedQuery, Transaction } from '../../platform/database/transaction.ts';
import type { ServicePrincipal } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';

/** A resource as its service registers it. */
export interface NewResource {
  readonly type: string;
  readonly id: string;
  readonly workspaceId: string;
  readonly ownerId?: string | undefined;
  readonly visibility?: Visibility | undefined;
}

/** One registered resource; `created` says whether it was not before. */
export interface ResourceRegistered {
  readonly type: string;
  readonly id: string;
  readonly permissionId: string;
  readonly created: boolean;
}

interface Stored {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly workspace_id: string;
}

const readStored: PreparedQuery = {
  name: 'registered resources',
  text: `
SELECT r.id, t.name AS type, r.key, r.workspace_id
FROM unnest((SELECT $2::text[]), (SELECT $3::text[])) AS q (type, key)
JOIN resource_types t ON t.service_id = $1 AND t.name = q.type
JOIN resources r ON r.type_id = t.id AND r.key = q.key`,
};

const lockWorkspaces: PreparedQuery = {
  name: 'workspaces of new resources',
  text: 'SELECT id FROM workspaces WHERE id = ANY ($1::uuid[]) ORDER BY id FOR KEY SHARE',
};

const lockOwners: PreparedQuery = {
  name: 'owners of new resources',
  text: `
SELECT m.workspace_id, m.user_id FROM members m
WHERE (m.workspace_id, m.user_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
ORDER BY m.workspace_id, m.user_id FOR KEY SHARE`,
};

const insertTypes: PreparedQuery = {
  name: 'new resource types',
  text: `
INSERT INTO resource_types (id, service_id, name, created_at)
SELECT q.id, $1, q.name, $4 FROM unnest($2::uuid[], $3::text[]) AS q (id, name)
WHERE NOT EXISTS (SELECT FROM resource_types t WHERE t.service_id = $1 AND t.name = q.name)
ORDER BY q.name
ON CONFLICT DO NOTHING`,
};

// In one order, so that two registrations that overlap wait for each other rather than end each other.
const insertResources: PreparedQuery = {
  name: 'new resources',
  text: `
INSERT INTO resources (id, type_id, key, workspace_id, owner_id, visibility, created_at, updated_at)
SELECT q.id, t.id, q.key, q.workspace_id, q.owner_id, q.visibility, $8, $8
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[])
  AS q (id, type, key, workspace_id, owner_id, visibility)
JOIN resource_types t ON t.service_id = $1 AND t.name = q.type
ORDER BY t.name, q.key
ON CONFLICT DO NOTHING
RETURNING id`,
};

const nameOf = ({ type, id }: { readonly type: string; readonly id: string }): string => `${type}\0${id}`;

/**
 * Registers resources of a service, with their types where they are the first. One that is registered already is left as
 * it is; the same one registered by two at a time becomes one. No event is told: it is the product's data, not a decision
 * of anybody's (docs/decisions).
 *
 * @throws Refusal `not_found` for a workspace, `not_member` for an owner, `resource_elsewhere` where it is registered in
 * another workspace; each names its field
 */
export async function registerResources(
  tx: Transaction,
  { serviceId }: Pick<ServicePrincipal, 'serviceId'>,
  named: readonly NewResource[],
): Promise<ResourceRegistered[]> {
  const read = async (resources: readonly NewResource[]): Promise<Map<string, Stored>> => {
    const rows = await tx.query<Stored>(readStored, [
      serviceId,
      resources.map(({ type }) => type),
      resources.map(({ id }) => id),
    ]);
    return new Map(rows.map((row) => [nameOf({ type: row.type, id: row.key }), row]));
  };
  const before = await read(named);
  const fresh = firstOfEach(named.filter((resource) => !before.has(nameOf(resource))));
  const created =
    fresh.size === 0 ? new Set<string>() : await insert(tx, serviceId, named, [...fresh.values()]);
  // What somebody else registered at the same moment is read with what was made here.
  const stored = fresh.size === 0 ? before : new Map([...before, ...(await read([...fresh.values()]))]);
  return named.map((resource, index) => {
    const { id, workspace_id } = stored.get(nameOf(resource))!;
    if (workspace_id !== resource.workspaceId.toLowerCase())
      throw new Refusal('resource_elsewhere', {
        detail: `${resource.type} ${resource.id} is registered in another workspace.`,
        fields: [
          {
            field: `resources.${index}.workspace_id`,
            message: 'is not the workspace that it is registered in',
          },
        ],
      });
    return {
      type: resource.type,
      id: resource.id,
      permissionId: id,
      // Of one that is named twice, the first is the one that was made.
      created: created.delete(id),
    };
  });
}

function firstOfEach(resources: readonly NewResource[]): Map<string, NewResource> {
  const first = new Map<string, NewResource>();
  for (const resource of resources) if (!first.has(nameOf(resource))) first.set(nameOf(resource), resource);
  return first;
}

/** @returns the ids of those that were not there */
async function insert(
  tx: Transaction,
  serviceId: string,
  named: readonly NewResource[],
  fresh: readonly NewResource[],
): Promise<Set<string>> {
  await requirePlaces(tx, named, fresh);
  const types = [...new Set(fresh.map(({ type }) => type))];
  await tx.query(insertTypes, [serviceId, types.map(() => newId()), types, tx.now]);
  const rows = await tx.query<{ id: string }>(insertResources, [
    serviceId,
    fresh.map(() => newId()),
    fresh.map(({ type }) => type),
    fresh.map(({ id }) => id),
    fresh.map(({ workspaceId }) => workspaceId),
    fresh.map(({ ownerId }) => ownerId ?? null),
    fresh.map(({ visibility }) => visibility ?? 'private'),
    tx.now,
  ]);
  return new Set(rows.map(({ id }) => id));
}

/** That each workspace is there, and each owner in it, until the transaction ends. */
async function requirePlaces(
  tx: Transaction,
  named: readonly NewResource[],
  fresh: readonly NewResource[],
): Promise<void> {
  const workspaces = await tx.query<{ id: string }>(lockWorkspaces, [
    [...new Set(fresh.map(({ workspaceId }) => workspaceId))],
  ]);
  const known = new Set(workspaces.map(({ id }) => id));
  const lost = fresh.find(({ workspaceId }) => !known.has(workspaceId.toLowerCase()));
  if (lost)
    throw new Refusal('not_found', {
      fields: [{ field: `resources.${named.indexOf(lost)}.workspace_id`, message: 'is no workspace' }],
    });
  const owned = fresh.filter(({ ownerId }) => ownerId !== undefined);
  if (owned.length === 0) return;
  const owners = await tx.query<{ workspace_id: string; user_id: string }>(lockOwners, [
    owned.map(({ workspaceId }) => workspaceId),
    owned.map(({ ownerId }) => ownerId),
  ]);
  const members = new Set(owners.map(({ workspace_id, user_id }) => `${workspace_id} ${user_id}`));
  const stranger = owned.find(
    ({ workspaceId, ownerId }) => !members.has(`${workspaceId} ${ownerId}`.toLowerCase()),
  );
  if (stranger)
    throw new Refusal('not_member', {
      detail: 'The owner of a resource is a member of its workspace.',
      fields: [
        { field: `resources.${named.indexOf(stranger)}.owner_id`, message: 'is no member of the workspace' },
      ],
    });
}
