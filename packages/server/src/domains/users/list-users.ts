import type { Page, RouteQuery, User, usersList } from '@castellan/contract';
import { eq, inArray } from 'drizzle-orm';
import { userLogins, users } from '../../platform/database/schema.ts';
import { type Queryable, sql } from '../../platform/database/transaction.ts';
import { type Cursors, type KeysetOrder, wordsBegin } from '../../platform/http/keyset.ts';
import { readKeyPage, toPage } from '../../platform/http/paged-list.ts';
import { confineTo } from '../workspaces/workspace-size.ts';

type UserSort = NonNullable<RouteQuery<typeof usersList>['sort']>;

const id = sql`t.id`;

function byLastLogin(standIn: 'infinity' | '-infinity', descending: boolean): KeysetOrder {
  return {
    column: sql`coalesce((SELECT l.last_login_at FROM user_logins l WHERE l.user_id = t.id), ${sql.raw(`'${standIn}'`)})`,
    type: 'timestamptz',
    id,
    descending,
    parts: {
      valued: {
        from: sql`user_logins l`,
        on: sql`l.user_id = t.id`,
        column: sql`l.last_login_at`,
        id: sql`l.user_id`,
      },
      valueless: sql`NOT t.has_signed_in`,
      standIn,
    },
  };
}

/** Each order by what an index has; people who never signed in come last either way. */
export const userOrders = {
  name: { column: sql`t.name_key`, type: 'text', id, descending: false },
  '-name': { column: sql`t.name_key`, type: 'text', id, descending: true },
  email: { column: sql`t.email`, type: 'text', id, descending: false },
  '-email': { column: sql`t.email`, type: 'text', id, descending: true },
  created_at: { column: sql`t.created_at`, type: 'timestamptz', id, descending: false },
  '-created_at': { column: sql`t.created_at`, type: 'timestamptz', id, descending: true },
  last_login_at: byLastLogin('infinity', false),
  '-last_login_at': byLastLogin('-infinity', true),
} as const satisfies Record<UserSort, KeysetOrder>;

/** What a row of the list shows; never a password's hash. */
const shown = {
  id: users.id,
  email: users.email,
  name: users.name,
  state: users.state,
  isAdmin: users.isAdmin,
  createdAt: users.createdAt,
  lastLoginAt: userLogins.lastLoginAt,
  workspaceCount: sql<number>`(SELECT count(*)::int FROM members m WHERE m.user_id = ${sql.raw('users.id')})`,
};

/** People, page by page (P4). */
export async function listUsers(
  db: Queryable,
  cursors: Cursors,
  query: RouteQuery<typeof usersList>,
): Promise<Page<User>> {
  const { search, state, isAdmin, workspaceId, sort = 'name', page, pageSize, cursor } = query;
  const within = workspaceId === undefined ? undefined : await confineTo(db, { workspaceId });
  const keys = await readKeyPage(
    db,
    cursors,
    {
      name: JSON.stringify(['users', sort, search, state, isAdmin, workspaceId]),
      table: 'users',
      order: userOrders[sort],
      conditions: [
        state ? sql`t.state = ${state}` : undefined,
        isAdmin === undefined ? undefined : isAdmin ? sql`t.is_admin` : sql`NOT t.is_admin`,
        within?.condition,
      ],
      search: wordsBegin(sql`t.search_words`, search),
      few: within?.few ?? false,
      countedAs: search || state || isAdmin !== undefined ? undefined : within?.people,
    },
    { page, pageSize, cursor },
  );
  if (keys.ids.length === 0) return toPage(keys, [], () => '');
  const rows = await db
    .select(shown)
    .from(users)
    .leftJoin(userLogins, eq(userLogins.userId, users.id))
    .where(inArray(users.id, [...keys.ids]));
  return toPage(keys, rows, (row) => row.id);
}
