import { userStates, type WorkspaceRole, workspaceRoles } from '@castellan/contract';
import { eq, inArray, type SQL } from 'drizzle-orm';
import { userLogins, users } from '../../platform/database/schema.ts';
import { sql } from '../../platform/database/transaction.ts';
import type { Browsable } from '../../platform/http/browse.ts';
import {
  booleanColumn,
  countColumn,
  enumColumn,
  enumOfConditions,
  idColumn,
  instantColumn,
  textColumn,
} from '../../platform/http/filter-columns.ts';
import { userOrders } from './list-users.ts';

const memberships = sql`SELECT FROM members m WHERE m.user_id = t.id`;

/** Whether it is the highest role that somebody holds in any workspace. */
function isHighestRole(role: string): SQL {
  const higher = workspaceRoles.slice(workspaceRoles.indexOf(role as WorkspaceRole) + 1);
  const holds = sql`EXISTS (${memberships} AND m.role = ${role})`;
  if (higher.length === 0) return holds;
  const above = sql.join(
    higher.map((one) => sql`${one}`),
    sql`, `,
  );
  return sql`(${holds} AND NOT EXISTS (${memberships} AND m.role IN (${above})))`;
}

const ofRow = sql.raw('users.id');
/** From the lowest role to the highest, so that the highest of somebody's is the greatest of their places. */
const rolesInOrder = sql.raw(`'{${workspaceRoles.join(',')}}'::text[]`);

/** What of a person may be seen, by the names that the fields of {@link userColumns} have; never a password's hash. */
const shown = {
  id: users.id,
  name: users.name,
  email: users.email,
  state: users.state,
  isAdmin: users.isAdmin,
  createdAt: users.createdAt,
  lastLoginAt: userLogins.lastLoginAt,
  emailVerifiedAt: users.emailVerifiedAt,
  workspaceRole: sql<WorkspaceRole | null>`(SELECT (${rolesInOrder})[max(array_position(${rolesInOrder}, m.role::text))] FROM members m WHERE m.user_id = ${ofRow})`,
  workspaceCount: sql<number>`(SELECT count(*)::int FROM members m WHERE m.user_id = ${ofRow})`,
};

/** People, browsed as the models of a product are. */
export const browsableUsers: Browsable = {
  table: 'users',
  columns: {
    id: idColumn(sql`t.id`, { served: 'equality' }),
    name: textColumn('string', sql`t.name`, { served: 'order', key: sql`t.name_key` }),
    email: textColumn('string', sql`t.email`, { served: 'order' }),
    state: enumColumn(userStates, sql`t.state`, { served: 'equality' }),
    isAdmin: booleanColumn(sql`t.is_admin`, { served: 'equality' }),
    createdAt: instantColumn(sql`t.created_at`, { served: 'order' }),
    lastLoginAt: instantColumn(sql`l.last_login_at`, {
      served: 'order',
      isNull: sql`NOT t.has_signed_in`,
      within: (condition) => sql`t.id IN (SELECT l.user_id FROM user_logins l WHERE ${condition})`,
    }),
    emailVerifiedAt: instantColumn(sql`t.email_verified_at`, {
      served: 'none',
      isNull: sql`t.email_verified_at IS NULL`,
    }),
    workspaceRole: enumOfConditions(workspaceRoles, isHighestRole, {
      served: 'none',
      isNull: sql`NOT EXISTS (${memberships})`,
    }),
    workspaceCount: countColumn(memberships, { served: 'none' }),
  },
  orders: {
    name: userOrders.name,
    '-name': userOrders['-name'],
    email: userOrders.email,
    '-email': userOrders['-email'],
    createdAt: userOrders.created_at,
    '-createdAt': userOrders['-created_at'],
    lastLoginAt: userOrders.last_login_at,
    '-lastLoginAt': userOrders['-last_login_at'],
  },
  defaultOrder: 'name',
  words: sql`t.search_words`,
  read: (db, ids) =>
    db
      .select(shown)
      .from(users)
      .leftJoin(userLogins, eq(userLogins.userId, users.id))
      .where(inArray(users.id, [...ids])),
};
