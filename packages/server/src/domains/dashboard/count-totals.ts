import type { Stats, WorkspaceRole } from '@castellan/contract';
import { after } from '../../platform/clock.ts';
import { estimateRows, samplePercent } from '../../platform/database/row-estimate.ts';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';

type Totals = Omit<Stats, 'signInsByDay' | 'newUsersByDay' | 'recentActivity'>;

/** A table up to so many rows is counted; a larger one is sampled, and its figures are close instead of exact. */
const countedRows = { users: 250_000, members: 100_000, workspaces: 2000 } as const;
const sampledRows = { users: 50_000, members: 30_000, workspaces: 1000 } as const;
/** Sessions are counted up to here. */
const countedSessions = 100_000;

/** From where figures of a table come: all of it, or a part that stands for all of it. */
interface Portion {
  readonly clause: ReturnType<typeof sql>;
  /** What a count over the portion is multiplied by. */
  readonly factor: number;
}

async function portionOf(db: Queryable, table: keyof typeof countedRows): Promise<Portion> {
  const rows = await estimateRows(db, table);
  if (rows === undefined || rows <= countedRows[table]) return { clause: sql``, factor: 1 };
  const percent = samplePercent(sampledRows[table], rows);
  return { clause: sql`TABLESAMPLE SYSTEM (${percent}) REPEATABLE (1)`, factor: 100 / percent };
}

/** Totals of the house; exact up to some hundred thousand rows (P13). */
export async function countTotals(db: Queryable, now: Date): Promise<Totals> {
  const people = await portionOf(db, 'users');
  const [users] = await rowsOf<Record<'total' | 'invited' | 'deactivated' | 'recent', number>>(
    db,
    people.factor === 1
      ? // Each of these is answered from one index.
        sql`SELECT (SELECT count(*)::int FROM users) AS total,
                   (SELECT count(*)::int FROM users WHERE state = 'invited') AS invited,
                   (SELECT count(*)::int FROM users WHERE state = 'deactivated') AS deactivated,
                   (SELECT count(*)::int FROM user_logins
                    WHERE last_login_at >= ${monthBefore(now)}::timestamptz) AS recent`
      : sql`SELECT count(*)::int AS total,
                   count(*) FILTER (WHERE state = 'invited')::int AS invited,
                   count(*) FILTER (WHERE state = 'deactivated')::int AS deactivated,
                   count(*) FILTER (WHERE last_login_at >= ${monthBefore(now)}::timestamptz)::int AS recent
            FROM users t ${people.clause} LEFT JOIN user_logins l ON l.user_id = t.id`,
  );
  const scaled = (count: number): number => Math.round(count * people.factor);
  const [few] = await rowsOf<Record<'groups' | 'services' | 'sessions', number>>(
    db,
    sql`SELECT (SELECT count(*)::int FROM groups) AS groups, (SELECT count(*)::int FROM services) AS services,
               (SELECT count(*)::int FROM (
                  SELECT 1 FROM grants
                  WHERE ended_at IS NULL AND expires_at > ${now.toISOString()}::timestamptz
                    AND idle_expires_at > ${now.toISOString()}::timestamptz
                  LIMIT ${countedSessions}) live) AS sessions`,
  );
  const sizes = await countWorkspaceSizes(db);
  return {
    users: {
      total: scaled(users!.total),
      active: scaled(users!.total - users!.invited - users!.deactivated),
      invited: scaled(users!.invited),
      deactivated: scaled(users!.deactivated),
    },
    activeUsers30d: scaled(users!.recent),
    workspaces: sizes.reduce((sum, size) => sum + size.count, 0),
    groups: few!.groups,
    services: few!.services,
    liveSessions: few!.sessions,
    roles: await countRoles(db),
    workspaceSizes: sizes,
  };
}

function monthBefore(now: Date): string {
  return after(now, -30 * 24 * 3600).toISOString();
}

async function countRoles(db: Queryable): Promise<Record<WorkspaceRole, number>> {
  const { clause, factor } = await portionOf(db, 'members');
  const counted = await rowsOf<{ role: WorkspaceRole; count: number }>(
    db,
    sql`SELECT role, count(*)::int AS count FROM members ${clause} GROUP BY role`,
  );
  const roles: Record<WorkspaceRole, number> = { viewer: 0, editor: 0, admin: 0, owner: 0 };
  for (const { role, count } of counted) roles[role] = Math.round(count * factor);
  return roles;
}

/** Sizes of workspaces, each from the end of the one before. */
const sizeSteps = [
  { label: 'empty', upTo: 0 },
  { label: '1–10', upTo: 10 },
  { label: '11–50', upTo: 50 },
  { label: '51–200', upTo: 200 },
  { label: '201–1,000', upTo: 1000 },
  { label: 'over 1,000', upTo: Number.POSITIVE_INFINITY },
] as const;

async function countWorkspaceSizes(db: Queryable): Promise<{ label: string; count: number }[]> {
  const { clause, factor } = await portionOf(db, 'workspaces');
  // Counting ends at the last step's beginning: whether a workspace has 2,000 or 200,000 members is one answer.
  const counted = await rowsOf<{ step: number; count: number }>(
    db,
    sql`SELECT width_bucket(size, ARRAY[1, 11, 51, 201, 1001]) AS step, count(*)::int AS count
        FROM (SELECT (SELECT count(*)::int FROM (SELECT 1 FROM members m WHERE m.workspace_id = w.id LIMIT 1001) counted) AS size
              FROM workspaces w ${clause}) sizes GROUP BY 1`,
  );
  const counts = new Map(counted.map(({ step, count }) => [step, count]));
  return sizeSteps.map(({ label }, step) => ({ label, count: Math.round((counts.get(step) ?? 0) * factor) }));
}
