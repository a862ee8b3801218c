import type { Group, Page } from '@castellan/contract';
import { eq, inArray, type SQL } from 'drizzle-orm';
import { groups } from '../../platform/database/schema.ts';
import { type Queryable, sql } from '../../platform/database/transaction.ts';
import { type Cursors, wordsBegin } from '../../platform/http/keyset.ts';
import { type PageRequest, readKeyPage, toPage } from '../../platform/http/paged-list.ts';
import { Refusal } from '../../platform/refusal.ts';

/** A page of groups is read at once, and hundreds of thousands of things may be shared with each. */
const sharesCountedUpTo = 1000;

const shown = {
  id: groups.id,
  workspaceId: groups.workspaceId,
  name: groups.name,
  description: groups.description,
  memberCount: sql<number>`(SELECT count(*)::int FROM group_members m WHERE m.group_id = ${sql.raw('groups.id')})`,
  roleCount: sql<number>`(SELECT count(*)::int FROM role_groups r WHERE r.group_id = ${sql.raw('groups.id')})`,
  shareCount: sql<number>`(SELECT count(*)::int FROM
    (SELECT FROM resource_shares s WHERE s.group_id = ${sql.raw('groups.id')} LIMIT ${sharesCountedUpTo}) counted)`,
  createdAt: groups.createdAt,
};

/** @throws Refusal `not_found` */
export async function readGroup(db: Queryable, groupId: string): Promise<Group> {
  const [group] = await db.select(shown).from(groups).where(eq(groups.id, groupId));
  if (!group) throw new Refusal('not_found');
  return group;
}

async function listAmong(
  db: Queryable,
  cursors: Cursors,
  name: readonly string[],
  condition: SQL,
  { search, ...request }: PageRequest & { readonly search?: string | undefined },
): Promise<Page<Group>> {
  const keys = await readKeyPage(
    db,
    cursors,
    {
      name: JSON.stringify([...name, search]),
      table: 'groups',
      order: { column: sql`t.name_key`, type: 'text', id: sql`t.id`, descending: false },
      conditions: [condition],
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

/** Groups of a workspace, by name (P7). The caller knows that the workspace is there. */
export async function listGroups(
  db: Queryable,
  cursors: Cursors,
  workspaceId: string,
  request: PageRequest & { readonly search?: string | undefined },
): Promise<Page<Group>> {
  const ofWorkspace = sql`t.workspace_id = ${workspaceId}`;
  return listAmong(db, cursors, ['groups', workspaceId], ofWorkspace, request);
}

/** Groups that hold a custom role, by name (P8). */
export async function listGroupsOfRole(
  db: Queryable,
  cursors: Cursors,
  role: { readonly id: string },
  request: PageRequest & { readonly search?: string | undefined },
): Promise<Page<Group>> {
  const holding = sql`t.id = ANY (ARRAY(SELECT h.group_id FROM role_groups h WHERE h.role_id = ${role.id}))`;
  return listAmong(db, cursors, ['groups of role', role.id], holding, request);
}
