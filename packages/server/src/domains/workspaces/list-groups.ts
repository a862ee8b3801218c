import type { Group, Page } from '@castellan/contract';
import { eq, inArray } from 'drizzle-orm';
import { groups } from '../../platform/database/schema.ts';
import { type Queryable, sql } from '../../platform/database/transaction.ts';
import { type Cursors, wordsBegin } from '../../platform/http/keyset.ts';
import { type PageRequest, readKeyPage, toPage } from '../../platform/http/paged-list.ts';
import { Refusal } from '../../platform/refusal.ts';

const shown = {
  id: groups.id,
  workspaceId: groups.workspaceId,
  name: groups.name,
  description: groups.description,
  memberCount: sql<number>`(SELECT count(*)::int FROM group_members m WHERE m.group_id = ${sql.raw('groups.id')})`,
  createdAt: groups.createdAt,
};

/** @throws Refusal `not_found` */
export async function readGroup(db: Queryable, groupId: string): Promise<Group> {
  const [group] = await db.select(shown).from(groups).where(eq(groups.id, groupId));
  if (!group) throw new Refusal('not_found');
  return group;
}

/** Groups of a workspace, by name (P7). The caller knows that the workspace is there. */
export async function listGroups(
  db: Queryable,
  cursors: Cursors,
  workspaceId: string,
  { search, ...request }: PageRequest & { readonly search?: string | undefined },
): Promise<Page<Group>> {
  const keys = await readKeyPage(
    db,
    cursors,
    {
      name: JSON.stringify(['groups', workspaceId, search]),
      table: 'groups',
      order: { column: sql`t.name_key`, type: 'text', id: sql`t.id`, descending: false },
      conditions: [sql`t.workspace_id = ${workspaceId}`],
      search: wordsBegin(sql`to_tsvector('simple', t.name)`, search),
      few: true,
    },
    request,
  );
  if (keys.ids.length === 0) return toPage(keys, [], () => '');
  const rows = await db
    .select(shown)
    .from(groups)
    .where(inArray(groups.id, [...keys.ids]));
  return toPage(keys, rows, (row) => row.id);
}
