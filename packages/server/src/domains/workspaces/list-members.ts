import type { Member, membersList, Page, RouteQuery } from '@castellan/contract';
import { and, eq, inArray } from 'drizzle-orm';
import { members, users } from '../../platform/database/schema.ts';
import { type Queryable, sql } from '../../platform/database/transaction.ts';
import { type Cursors, wordsBegin } from '../../platform/http/keyset.ts';
import { type PageRequest, readKeyPage, toPage } from '../../platform/http/paged-list.ts';
import { Refusal } from '../../platform/refusal.ts';
import { type Circle, confineTo } from './workspace-size.ts';

async function listCircle(
  db: Queryable,
  cursors: Cursors,
  workspaceId: string,
  circle: Circle,
  { search, ...request }: PageRequest & { readonly search?: string | undefined },
): Promise<Page<Member>> {
  const { condition, few, people } = await confineTo(db, circle);
  const keys = await readKeyPage(
    db,
    cursors,
    {
      name: JSON.stringify(['members', circle, search]),
      table: 'users',
      order: { column: sql`t.name_key`, type: 'text', id: sql`t.id`, descending: false },
      conditions: [condition],
      search: wordsBegin(sql`t.search_words`, search),
      few,
      countedAs: search ? undefined : people,
    },
    request,
  );
  const rows = await readMembers(db, workspaceId, keys.ids);
  return toPage(keys, rows, (row) => row.userId);
}

/** Memberships of one workspace by person. */
async function readMembers(
  db: Queryable,
  workspaceId: string,
  userIds: readonly string[],
): Promise<Member[]> {
  if (userIds.length === 0) return [];
  return db
    .select({
      userId: members.userId,
      email: users.email,
      name: users.name,
      state: users.state,
      role: members.role,
      joinedAt: members.createdAt,
    })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.workspaceId, workspaceId), inArray(members.userId, [...userIds])));
}

/** @throws Refusal `not_found` */
export async function readMember(db: Queryable, workspaceId: string, userId: string): Promise<Member> {
  const [member] = await readMembers(db, workspaceId, [userId]);
  if (!member) throw new Refusal('not_found');
  return member;
}

/** Members of a workspace, by name (P6). The caller knows that the workspace is there. */
export async function listMembers(
  db: Queryable,
  cursors: Cursors,
  workspaceId: string,
  { role, ...request }: RouteQuery<typeof membersList>,
): Promise<Page<Member>> {
  return listCircle(db, cursors, workspaceId, { workspaceId, role }, request);
}

/** Members of a group, by name (P7). */
export async function listGroupMembers(
  db: Queryable,
  cursors: Cursors,
  group: { readonly id: string; readonly workspaceId: string },
  request: PageRequest & { readonly search?: string | undefined },
): Promise<Page<Member>> {
  return listCircle(db, cursors, group.workspaceId, { groupId: group.id }, request);
}

/** Members who hold a custom role themselves, by name (P8). */
export async function listRoleMembers(
  db: Queryable,
  cursors: Cursors,
  role: { readonly id: string; readonly workspaceId: string },
  request: PageRequest & { readonly search?: string | undefined },
): Promise<Page<Member>> {
  return listCircle(db, cursors, role.workspaceId, { roleId: role.id }, request);
}
