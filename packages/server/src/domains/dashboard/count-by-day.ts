import { after } from '../../platform/clock.ts';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import { boundsOf } from '../activity/find-activity.ts';

export interface DayCount {
  /** Calendar day in UTC, `2026-11-21`. */
  readonly day: string;
  readonly count: number;
}

export const daysShown = 30;
const daySeconds = 24 * 3600;

/** The first instant of the first day shown. */
function firstDay(now: Date): Date {
  const today = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
  return after(today, -(daysShown - 1) * daySeconds);
}

/** Puts zero where nothing happened. */
function fillDays(now: Date, counted: readonly DayCount[]): DayCount[] {
  const counts = new Map(counted.map(({ day, count }) => [day, count]));
  return Array.from({ length: daysShown }, (_, index) => {
    const day = after(firstDay(now), index * daySeconds)
      .toISOString()
      .slice(0, 10);
    return { day, count: counts.get(day) ?? 0 };
  });
}

/** Sign-ins to services and to the console, by day of the last 30; read from the index of actions alone. */
export async function countSignInsByDay(db: Queryable, now: Date): Promise<DayCount[]> {
  const since = firstDay(now);
  const { above = 0 } = await boundsOf(db, { since });
  const counted = await rowsOf<DayCount>(
    db,
    sql`SELECT to_char(day, 'YYYY-MM-DD') AS day, count FROM (
          SELECT date_trunc('day', at AT TIME ZONE 'UTC') AS day, count(*)::int AS count FROM activity_events
          WHERE action IN ('user_login', 'admin_login') AND sequence > ${above} AND at >= ${since.toISOString()}::timestamptz
          GROUP BY 1) days`,
  );
  return fillDays(now, counted);
}

/** Accounts made, by day of the last 30. */
export async function countNewUsersByDay(db: Queryable, now: Date): Promise<DayCount[]> {
  const counted = await rowsOf<DayCount>(
    db,
    sql`SELECT to_char(day, 'YYYY-MM-DD') AS day, count FROM (
          SELECT date_trunc('day', created_at AT TIME ZONE 'UTC') AS day, count(*)::int AS count FROM users
          WHERE created_at >= ${firstDay(now).toISOString()}::timestamptz
          GROUP BY 1) days`,
  );
  return fillDays(now, counted);
}
