import type { Pool } from 'pg';
import type { AccessPage } from '../access/access.ts';
import { pageOf, readableId } from '../access/facts.ts';

const text = `
SELECT workspace_id AS id, workspace_id::text AS shown FROM members
WHERE user_id = $1 AND workspace_id > $2 ORDER BY workspace_id LIMIT $3`;

/** The workspaces that somebody is a member of, a page at a time. */
export async function readWorkspacesOf(
  pool: Pool,
  userId: string,
  after: string | undefined,
  limit: number,
): Promise<AccessPage> {
  const values = [readableId(userId), readableId(after ?? ''), limit + 1];
  const { rows } = await pool.query<{ id: string; shown: string }>({
    name: 'workspaces of a person',
    text,
    values,
  });
  return pageOf(rows, limit);
}
