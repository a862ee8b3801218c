import type { WorkspaceDetail, WorkspaceRole } from '@castellan/contract';
import { and, count, eq, gt, isNull } from 'drizzle-orm';
import { grants, groups, members, roles, workspaces } from '../../platform/database/schema.ts';
import type { Queryable } from '../../platform/database/transaction.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { Refusal } from '../../platform/refusal.ts';
import { listGroups } from './list-groups.ts';
import { listMembers } from './list-members.ts';

/** How many members and groups a detail shows. */
const shownAtMost = 100;

/** @throws Refusal `not_found` */
export async function requireWorkspaceExists(db: Queryable, workspaceId: string): Promise<void> {
  const [found] = await db
    .select({ id: workspaces.id })
    .from(workspaces)
    .where(eq(workspaces.id, workspaceId));
  if (!found) throw new Refusal('not_found');
}

/**
 * Everything about one workspace (P5).
 * @throws Refusal `not_found`
 */
export async function readWorkspaceDetail(
  db: Queryable,
  cursors: Cursors,
  workspaceId: string,
  now: Date,
): Promise<WorkspaceDetail> {
  const [workspace] = await db.select().from(workspaces).where(eq(workspaces.id, workspaceId));
  if (!workspace) throw new Refusal('not_found');
  const byRole = await db
    .select({ role: members.role, total: count() })
    .from(members)
    .where(eq(members.workspaceId, workspaceId))
    .groupBy(members.role);
  const groupCount = await countIn(db, groups, workspaceId);
  const roleCount = await countIn(db, roles, workspaceId);
  const [sessions] = await db
    .select({ total: count() })
    .from(grants)
    .where(
      and(
        eq(grants.workspaceId, workspaceId),
        isNull(grants.endedAt),
        gt(grants.expiresAt, now),
        gt(grants.idleExpiresAt, now),
      ),
    );
  const firstMembers = await listMembers(db, cursors, workspaceId, { pageSize: shownAtMost });
  const firstGroups = await listGroups(db, cursors, workspaceId, { pageSize: shownAtMost });
  const inRole: Record<WorkspaceRole, number> = { owner: 0, admin: 0, editor: 0, viewer: 0 };
  for (const { role, total } of byRole) inRole[role] = total;
  return {
    id: workspace.id,
    slug: workspace.slug,
    name: workspace.name,
    description: workspace.description,
    createdAt: workspace.createdAt,
    updatedAt: workspace.updatedAt,
    memberCount: inRole.owner + inRole.admin + inRole.editor + inRole.viewer,
    groupCount,
    roleCount,
    roles: inRole,
    sessionCount: sessions?.total ?? 0,
    members: firstMembers.items,
    groups: firstGroups.items,
  };
}

/** Groups or custom roles of a workspace. */
async function countIn(db: Queryable, table: typeof groups | typeof roles, workspaceId: string) {
  const [row] = await db.select({ total: count() }).from(table).where(eq(table.workspaceId, workspaceId));
  return row?.total ?? 0;
}
