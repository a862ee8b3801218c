import type { Impersonation, ImpersonationState, Page } from '@castellan/contract';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { defaultPageSize } from '../../platform/http/paged-list.ts';
import type { Administrator, Operator } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { sessionStands } from './standing.ts';

/** A product that answers later than this answers nobody any more. */
const startingSeconds = 60;

interface Row {
  readonly id: string;
  readonly service_id: string | null;
  readonly service_name: string;
  readonly operator_id: string | null;
  readonly operator_name: string;
  readonly operator_email: string;
  readonly row_id: string;
  readonly label: string;
  readonly user_id: string | null;
  readonly reason: string;
  readonly allow_writes: boolean;
  readonly ends_by: Impersonation['endsBy'];
  readonly started_at: string | Date;
  readonly expires_at: string | Date;
  readonly ended_at: string | Date | null;
  readonly ended_by: string | null;
  readonly ended_by_name: string | null;
  readonly ended_by_email: string | null;
  readonly state: ImpersonationState;
  readonly can_end: boolean;
}

/** Whose sessions somebody sees: their own, and all of the services that they own. */
function visibleTo(principal: Administrator | Operator) {
  if (principal.kind === 'administrator') return sql`true`;
  const owned = principal.roles.flatMap(({ serviceId, role }) =>
    role === 'owner' && serviceId !== null ? [serviceId] : [],
  );
  const own = sql`s.operator_id = ${principal.userId}::uuid`;
  return owned.length === 0 ? own : sql`(${own} OR s.service_id = ANY (${sql.param(owned)}::uuid[]))`;
}

const stateAt = (now: Date) => sql`CASE
  WHEN s.ended_reason = 'failed' THEN 'failed'
  WHEN s.ended_at IS NOT NULL THEN 'ended'
  WHEN s.expires_at <= ${now} THEN 'expired'
  WHEN s.ends_by IS NULL THEN CASE WHEN s.started_at > ${new Date(now.getTime() - startingSeconds * 1000)} THEN 'starting' ELSE 'failed' END
  WHEN NOT ${sql.raw(sessionStands)} THEN 'ended'
  ELSE 'live' END`;

const columns = (principal: Administrator | Operator, now: Date) => sql`
  s.id, s.service_id, s.service_name, s.operator_id, s.operator_name, s.operator_email, s.row_id, s.label, s.user_id, s.reason,
  s.allow_writes, s.ends_by, s.started_at, s.expires_at, s.ended_at, s.ended_by, s.ended_by_name, s.ended_by_email,
  ${stateAt(now)} AS state, (s.ended_at IS NULL AND s.expires_at > ${now} AND ${visibleTo(principal)}) AS can_end`;

/** Sessions, newest first. */
export async function listSessions(
  db: Queryable,
  cursors: Cursors,
  principal: Administrator | Operator,
  query: {
    readonly state?: 'live' | 'past' | undefined;
    readonly cursor?: string | undefined;
    readonly pageSize?: number | undefined;
  },
  now: Date,
): Promise<Page<Impersonation>> {
  const name = `impersonations ${query.state ?? 'all'}`;
  const pageSize = query.pageSize ?? defaultPageSize;
  const after = query.cursor === undefined ? undefined : cursors.open(name, query.cursor)[0];
  const live = sql`${stateAt(now)} IN ('live', 'starting')`;
  const ofState =
    query.state === undefined
      ? sql`true`
      : query.state === 'live'
        ? sql`s.ended_at IS NULL AND s.expires_at > ${now} AND ${live}`
        : sql`NOT ${live}`;
  const rows = await rowsOf<Row>(
    db,
    sql`SELECT ${columns(principal, now)} FROM impersonation_sessions s
      WHERE ${visibleTo(principal)} AND ${ofState} AND ${after ? sql`s.id < ${after}::uuid` : sql`true`}
      ORDER BY s.id DESC LIMIT ${pageSize + 1}`,
  );
  const shown = rows.slice(0, pageSize);
  const last = rows.length > pageSize ? shown.at(-1) : undefined;
  return {
    items: shown.map(toImpersonation),
    pageSize,
    ...(last ? { nextCursor: cursors.seal(name, [last.id]) } : {}),
  };
}

/**
 * One session, for whoever may see it.
 * @throws Refusal `not_found`
 */
export async function readSession(
  db: Queryable,
  principal: Administrator | Operator,
  id: string,
  now: Date,
): Promise<Impersonation> {
  const [row] = await rowsOf<Row>(
    db,
    sql`SELECT ${columns(principal, now)} FROM impersonation_sessions s WHERE s.id = ${id}::uuid AND ${visibleTo(principal)}`,
  );
  if (!row) throw new Refusal('not_found');
  return toImpersonation(row);
}

const dateOf = (value: string | Date): Date => new Date(value);

function toImpersonation(row: Row): Impersonation {
  return {
    id: row.id,
    serviceId: row.service_id,
    serviceName: row.service_name,
    operator: { id: row.operator_id, name: row.operator_name, email: row.operator_email },
    rowId: row.row_id,
    label: row.label,
    userId: row.user_id,
    reason: row.reason,
    allowWrites: row.allow_writes,
    endsBy: row.ends_by,
    startedAt: dateOf(row.started_at),
    expiresAt: dateOf(row.expires_at),
    endedAt: row.ended_at === null ? null : dateOf(row.ended_at),
    endedBy:
      row.ended_by_name === null
        ? null
        : { id: row.ended_by, name: row.ended_by_name, email: row.ended_by_email ?? '' },
    state: row.state,
    canEnd: row.can_end,
  };
}
