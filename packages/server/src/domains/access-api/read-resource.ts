import type { ResourceDetail, ResourcePermission, Visibility } from '@castellan/contract';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { ResourceName } from './resource-workspaces.ts';

const sharesShown = 200;

interface Row {
  readonly id: string;
  readonly workspace_id: string;
  readonly workspace_name: string;
  readonly owner_id: string | null;
  readonly owner_name: string | null;
  readonly visibility: Visibility;
  readonly created_at: string;
  readonly updated_at: string;
  readonly share_count: number;
  readonly shares: readonly [string | null, string | null, string, ResourcePermission, string][] | null;
}

/** One resource with the names of all that it refers to. @throws Refusal `not_found` */
export async function readResource(
  db: Queryable,
  { serviceId, type, key }: ResourceName,
): Promise<ResourceDetail> {
  const [row] = await rowsOf<Row>(
    db,
    sql`SELECT r.id, w.id AS workspace_id, w.name AS workspace_name, r.owner_id, o.name AS owner_name, r.visibility,
               r.created_at, r.updated_at,
               (SELECT count(*)::int FROM resource_shares s WHERE s.resource_id = r.id) AS share_count,
               (SELECT json_agg(json_build_array(l.user_id, l.group_id, l.name, l.permission, l.created_at) ORDER BY l.group_id IS NOT NULL, l.name, l.id)
                FROM (
                  SELECT s.id, s.user_id, s.group_id, coalesce(u.name, g.name) AS name, s.permission, s.created_at
                  FROM resource_shares s
                  LEFT JOIN users u ON u.id = s.user_id
                  LEFT JOIN groups g ON g.id = s.group_id
                  WHERE s.resource_id = r.id
                  ORDER BY s.group_id IS NOT NULL, coalesce(u.name, g.name), s.id
                  LIMIT ${sharesShown}
                ) l) AS shares
        FROM resource_types t
        JOIN resources r ON r.type_id = t.id
        JOIN workspaces w ON w.id = r.workspace_id
        LEFT JOIN users o ON o.id = r.owner_id
        WHERE t.service_id = ${serviceId} AND t.name = ${type} AND r.key = ${key}`,
  );
  if (!row) throw new Refusal('not_found');
  return {
    permissionId: row.id,
    type,
    id: key,
    workspaceId: row.workspace_id,
    workspaceName: row.workspace_name,
    ownerId: row.owner_id,
    ownerName: row.owner_name,
    visibility: row.visibility,
    shares: (row.shares ?? []).map(([userId, groupId, name, permission, createdAt]) => ({
      ...(userId === null ? {} : { userId }),
      ...(groupId === null ? {} : { groupId }),
      name,
      permission,
      createdAt: new Date(createdAt),
    })),
    shareCount: row.share_count,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}
