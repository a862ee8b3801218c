import { everyService, type OperatorRecord, type OperatorRole, type Page } from '@castellan/contract';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import { type Cursors, wordsBegin } from '../../platform/http/keyset.ts';
import { type PageRequest, readKeyPage, toPage } from '../../platform/http/paged-list.ts';
import type { Administrator, Operator } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';

/** What somebody may see of operators: all of them, or whoever reaches the services that they own. */
export interface Sight {
  /** `null` sees every service. */
  readonly serviceIds: readonly string[] | null;
}

/**
 * What an operator sees of others.
 * @throws Refusal `operator_role_missing` when they own nothing
 */
export function sightOf(principal: Administrator | Operator): Sight {
  if (principal.kind === 'administrator') return { serviceIds: null };
  const owned = principal.roles.filter(({ role }) => role === 'owner').map(({ serviceId }) => serviceId!);
  if (owned.length === 0) throw new Refusal('operator_role_missing');
  return { serviceIds: owned };
}

const array = (ids: readonly string[]) => sql`${sql.param(ids)}::uuid[]`;
const seenOf = ({ serviceIds }: Sight) =>
  serviceIds === null ? sql`true` : sql`(g.service_id IS NULL OR g.service_id = ANY (${array(serviceIds)}))`;

/** Every grant as a row, those of administrators too. */
const allGrants = sql`(
  SELECT user_id, service_id, role, created_at, granted_by FROM operator_grants
  UNION ALL SELECT id, NULL, 'owner', NULL, NULL FROM users WHERE is_admin
)`;

/** Operators by name, each with the grants that the caller may see. */
export async function listOperators(
  db: Queryable,
  cursors: Cursors,
  sight: Sight,
  {
    search,
    service,
    role,
    ...request
  }: PageRequest & {
    readonly search?: string | undefined;
    readonly service?: string | undefined;
    readonly role?: OperatorRole | undefined;
  },
): Promise<Page<OperatorRecord>> {
  const asked =
    service === undefined
      ? undefined
      : service === everyService
        ? sql`g.service_id IS NULL`
        : sql`g.service_id = ${service}::uuid`;
  const wanted = sql.join(
    [seenOf(sight), asked, role && sql`g.role = ${role}`].filter((part) => part !== undefined),
    sql` AND `,
  );
  const keys = await readKeyPage(
    db,
    cursors,
    {
      name: JSON.stringify(['operators', search, service, role, sight.serviceIds]),
      table: 'users',
      order: { column: sql`t.name_key`, type: 'text', id: sql`t.id`, descending: false },
      conditions: [sql`t.id IN (SELECT g.user_id FROM ${allGrants} g WHERE ${wanted})`],
      search: wordsBegin(sql`t.search_words`, search),
      few: true,
    },
    request,
  );
  if (keys.ids.length === 0) return toPage(keys, [], () => '');
  return toPage(keys, await readOperators(db, sight, keys.ids), (row) => row.id);
}

/** One person with the grants that the caller may see; without any, they are no operator to them. @throws Refusal `not_found` */
export async function readOperator(db: Queryable, sight: Sight, userId: string): Promise<OperatorRecord> {
  const [operator] = await readOperators(db, sight, [userId]);
  if (!operator) throw new Refusal('not_found');
  return operator;
}

interface Row extends Pick<OperatorRecord, 'id' | 'name' | 'email' | 'state'> {
  readonly console_sessions: number;
  readonly grants: readonly {
    readonly service_id: string | null;
    readonly service: string | null;
    readonly role: OperatorRole;
    readonly granted_at: string | null;
    readonly granter_id: string | null;
    readonly granter: string | null;
    readonly seen: boolean;
  }[];
}

async function readOperators(db: Queryable, sight: Sight, ids: readonly string[]): Promise<OperatorRecord[]> {
  const rows = await rowsOf<Row>(
    db,
    sql`SELECT u.id, u.name, u.email, u.state,
          (SELECT count(*)::int FROM grants s
           WHERE s.user_id = u.id AND s.kind = 'admin_session' AND s.ended_at IS NULL AND s.expires_at > now()) AS console_sessions,
          (SELECT json_agg(json_build_object(
              'service_id', g.service_id, 'service', v.name, 'role', g.role,
              'granted_at', to_char(g.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
              'granter_id', b.id, 'granter', b.name, 'seen', ${seenOf(sight)}
            ) ORDER BY v.name NULLS FIRST, g.role)
           FROM ${allGrants} g LEFT JOIN services v ON v.id = g.service_id LEFT JOIN users b ON b.id = g.granted_by
           WHERE g.user_id = u.id) AS grants
        FROM users u WHERE u.id = ANY (${array(ids)})`,
  );
  return rows.map(({ console_sessions, grants, ...person }) => {
    const seen = (grants ?? []).filter((grant) => grant.seen);
    return {
      ...person,
      consoleSessions: console_sessions,
      hiddenGrants: (grants ?? []).length - seen.length,
      grants: seen.map((grant) => ({
        service: grant.service_id === null ? null : { id: grant.service_id, name: grant.service! },
        role: grant.role,
        grantedAt: grant.granted_at === null ? null : new Date(grant.granted_at),
        grantedBy: grant.granter_id === null ? null : { id: grant.granter_id, name: grant.granter! },
        // Whoever sees everything administers; the others own each service that they see.
        canChange: sight.serviceIds === null || grant.service_id !== null,
      })),
    };
  });
}
