import { inArray } from 'drizzle-orm';
import { workspaces } from '../../platform/database/schema.ts';
import { sql } from '../../platform/database/transaction.ts';
import type { Browsable } from '../../platform/http/browse.ts';
import { countColumn, idColumn, instantColumn, textColumn } from '../../platform/http/filter-columns.ts';
import type { KeysetOrder } from '../../platform/http/keyset.ts';
import { workspaceOrders } from './list-workspaces.ts';

const bySlug: KeysetOrder = { column: sql`t.slug`, type: 'text', id: sql`t.id`, descending: false };
const ofRow = sql.raw('workspaces.id');

/** Workspaces, browsed as the models of a product are. */
export const browsableWorkspaces: Browsable = {
  table: 'workspaces',
  columns: {
    id: idColumn(sql`t.id`, { served: 'equality' }),
    name: textColumn('string', sql`t.name`, { served: 'order', key: sql`t.name_key` }),
    slug: textColumn('string', sql`t.slug`, { served: 'order' }),
    description: textColumn('text', sql`t.description`, { served: 'none' }),
    memberCount: countColumn(sql`SELECT FROM members m WHERE m.workspace_id = t.id`, { served: 'none' }),
    groupCount: countColumn(sql`SELECT FROM groups g WHERE g.workspace_id = t.id`, { served: 'none' }),
    createdAt: instantColumn(sql`t.created_at`, { served: 'order' }),
    updatedAt: instantColumn(sql`t.updated_at`, { served: 'none' }),
  },
  orders: {
    name: workspaceOrders.name,
    '-name': workspaceOrders['-name'],
    slug: bySlug,
    '-slug': { ...bySlug, descending: true },
    createdAt: workspaceOrders.created_at,
    '-createdAt': workspaceOrders['-created_at'],
  },
  defaultOrder: 'name',
  words: sql`t.search_words`,
  read: (db, ids) =>
    db
      .select({
        id: workspaces.id,
        name: workspaces.name,
        slug: workspaces.slug,
        description: workspaces.description,
        createdAt: workspaces.createdAt,
        updatedAt: workspaces.updatedAt,
        memberCount: sql<number>`(SELECT count(*)::int FROM members m WHERE m.workspace_id = ${ofRow})`,
        groupCount: sql<number>`(SELECT count(*)::int FROM groups g WHERE g.workspace_id = ${ofRow})`,
      })
      .from(workspaces)
      .where(inArray(workspaces.id, [...ids])),
};
