import { rowsOf, sql, type Transaction } from '../../platform/database/transaction.ts';

/**
 * What ends by cascade with the row that is about to go. Counted once that row is locked: whoever gives something at the
 * same moment locks it too, and comes before or after.
 */

/** What a member has in one workspace, with the rows of which they are removed from it. Things they own stay theirs. */
export async function countEndingOfMember(tx: Transaction, workspaceId: string, userId: string) {
  const own = sql`user_id = ${userId} AND workspace_id = ${workspaceId}`;
  const [row] = await rowsOf<{ groups: number; roles: number; shares: number }>(
    tx.db,
    sql`SELECT (SELECT count(*) FROM group_members WHERE ${own})::int AS groups,
               (SELECT count(*) FROM role_members WHERE ${own})::int AS roles,
               (SELECT count(*) FROM resource_shares WHERE ${own})::int AS shares`,
  );
  return row!;
}

/** What a group gave to its members. */
export async function countEndingOfGroup(tx: Transaction, groupId: string) {
  const own = sql`group_id = ${groupId}`;
  const [row] = await rowsOf<{ members: number; roles: number; shares: number }>(
    tx.db,
    sql`SELECT (SELECT count(*) FROM group_members WHERE ${own})::int AS members,
               (SELECT count(*) FROM role_groups WHERE ${own})::int AS roles,
               (SELECT count(*) FROM resource_shares WHERE ${own})::int AS shares`,
  );
  return row!;
}

/** What a person has anywhere. What they own stays, without an owner. */
export async function countEndingOfUser(tx: Transaction, userId: string) {
  const own = sql`user_id = ${userId}`;
  const [row] = await rowsOf<{
    workspaces: number;
    groups: number;
    roles: number;
    shares: number;
    owned_resources: number;
  }>(
    tx.db,
    sql`SELECT (SELECT count(*) FROM members WHERE ${own})::int AS workspaces,
               (SELECT count(*) FROM group_members WHERE ${own})::int AS groups,
               (SELECT count(*) FROM role_members WHERE ${own})::int AS roles,
               (SELECT count(*) FROM resource_shares WHERE ${own})::int AS shares,
               (SELECT count(*) FROM resources WHERE owner_id = ${userId})::int AS owned_resources`,
  );
  return row!;
}

/** What is in a workspace. */
export async function countEndingOfWorkspace(tx: Transaction, workspaceId: string) {
  const own = sql`workspace_id = ${workspaceId}`;
  const [row] = await rowsOf<{
    members: number;
    groups: number;
    roles: number;
    resources: number;
    shares: number;
  }>(
    tx.db,
    sql`SELECT (SELECT count(*) FROM members WHERE ${own})::int AS members,
               (SELECT count(*) FROM groups WHERE ${own})::int AS groups,
               (SELECT count(*) FROM roles WHERE ${own})::int AS roles,
               (SELECT count(*) FROM resources WHERE ${own})::int AS resources,
               (SELECT count(*) FROM resources r JOIN resource_shares s ON s.resource_id = r.id
                WHERE r.${own})::int AS shares`,
  );
  return row!;
}
