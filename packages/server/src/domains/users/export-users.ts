import type { UserState } from '@castellan/contract';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import { allOf } from '../../platform/http/keyset.ts';

const batchSize = 1000;

export const userExportHeader = [
  'id',
  'email',
  'name',
  'state',
  'is_admin',
  'created_at',
  'last_login_at',
  'workspaces',
] as const;

interface ExportedUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly state: UserState;
  readonly is_admin: boolean;
  readonly position: string;
  readonly created_at: string;
  readonly last_login_at: string | null;
  readonly workspaces: string;
}

/** People in the order of their creation, in batches; no transaction stays open while the reader takes its time. */
export async function* exportUsers(db: Queryable, state: UserState | undefined) {
  let last: ExportedUser | undefined;
  for (;;) {
    const rows: ExportedUser[] = await rowsOf<ExportedUser>(
      db,
      sql`SELECT t.id, t.email, t.name, t.state, t.is_admin, t.created_at::text AS position,
                 ${isoInstant(sql`t.created_at`)} AS created_at, ${isoInstant(sql`l.last_login_at`)} AS last_login_at,
                 coalesce((SELECT string_agg(w.slug || ':' || m.role, ' ' ORDER BY w.slug)
                           FROM members m JOIN workspaces w ON w.id = m.workspace_id WHERE m.user_id = t.id), '') AS workspaces
          FROM users t LEFT JOIN user_logins l ON l.user_id = t.id
          WHERE ${allOf([
            state ? sql`t.state = ${state}` : undefined,
            last ? sql`(t.created_at, t.id) > (${last.position}::timestamptz, ${last.id}::uuid)` : undefined,
          ])}
          ORDER BY t.created_at, t.id LIMIT ${batchSize}`,
    );
    yield rows.map((row) => [
      row.id,
      row.email,
      row.name,
      row.state,
      row.is_admin,
      row.created_at,
      row.last_login_at,
      row.workspaces,
    ]);
    if (rows.length < batchSize) return;
    last = rows.at(-1);
  }
}

/** An instant as RFC 3339 in UTC, as everywhere on the wire. */
function isoInstant(column: ReturnType<typeof sql>) {
  return sql`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
