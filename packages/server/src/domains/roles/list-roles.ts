import type { Page, Role } from '@castellan/contract';
import { eq, inArray } from 'drizzle-orm';
import { roles } from '../../platform/database/schema.ts';
import { type Queryable, sql } from '../../platform/database/transaction.ts';
import { type Cursors, wordsBegin } from '../../platform/http/keyset.ts';
import { type PageRequest, readKeyPage, toPage } from '../../platform/http/paged-list.ts';
import { Refusal } from '../../platform/refusal.ts';

const heldIn = (table: 'role_actions' | 'role_members' | 'role_groups') =>
  sql<number>`(SELECT count(*)::int FROM ${sql.identifier(table)} h WHERE h.role_id = ${sql.raw('roles.id')})`;

const shown = {
  id: roles.id,
  workspaceId: roles.workspaceId,
  name: roles.name,
  description: roles.description,
  actionCount: heldIn('role_actions'),
  memberCount: heldIn('role_members'),
  groupCount: heldIn('role_groups'),
  createdAt: roles.createdAt,
  updatedAt: roles.updatedAt,
};

/** @throws Refusal `not_found` */
export async function readRole(db: Queryable, roleId: string): Promise<Role> {
  const [role] = await db.select(shown).from(roles).where(eq(roles.id, roleId));
  if (!role) throw new Refusal('not_found');
  return role;
}

/** Custom roles of a workspace, by name (P8). The caller knows that the workspace is there. */
export async function listRoles(
  db: Queryable,
  cursors: Cursors,
  workspaceId: string,
  { search, ...request }: PageRequest & { readonly search?: string | undefined },
): Promise<Page<Role>> {
  const keys = await readKeyPage(
    db,
    cursors,
    {
      name: JSON.stringify(['roles', workspaceId, search]),
      table: 'roles',
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
    .from(roles)
    .where(inArray(roles.id, [...keys.ids]));
  return toPage(keys, rows, (row) => row.id);
}
