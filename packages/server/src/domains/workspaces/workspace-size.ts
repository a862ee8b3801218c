import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';

/** Up to here the members of a workspace are read and sorted, beyond they are met in list order. */
const fewMembers = 5000;

/** Whether a workspace is small enough that its members are best found first, then ordered. */
export async function hasFewMembers(db: Queryable, workspaceId: string): Promise<boolean> {
  const [row] = await rowsOf<{ many: boolean }>(
    db,
    sql`SELECT EXISTS (SELECT FROM members WHERE workspace_id = ${workspaceId} OFFSET ${fewMembers}) AS many`,
  );
  return !row!.many;
}
