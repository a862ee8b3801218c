import type { Follower } from '../../platform/activity/follower.ts';
import { after } from '../../platform/clock.ts';
import { activityDays } from '../../platform/database/schema.ts';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';

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

const signIns = ['user_login', 'admin_login'] as const;
const followerName = 'activity-days';

/** Adds sign-ins up by day, so that the chart costs the same however many there were. */
export const activityDaysFollower: Follower = {
  name: followerName,
  actions: signIns,
  restMs: 1000, // The chart adds what is behind its place by itself.
  async handle(tx, events) {
    const counts = new Map<string, { day: string; action: string; events: number }>();
    for (const { at, action } of events) {
      const day = at.toISOString().slice(0, 10);
      const counted = counts.get(`${day} ${action}`);
      if (counted) counted.events++;
      else counts.set(`${day} ${action}`, { day, action, events: 1 });
    }
    await tx.db
      .insert(activityDays)
      .values([...counts.values()])
      .onConflictDoUpdate({
        target: [activityDays.day, activityDays.action],
        set: { events: sql`${activityDays.events} + excluded.events` },
      });
  },
};

/**
 * Sign-ins to services and to the console, by day of the last 30: what the follower has added up, and the events
 * behind its place, in one statement, so that none is missed or told twice.
 */
export async function countSignInsByDay(db: Queryable, now: Date): Promise<DayCount[]> {
  const since = firstDay(now);
  const actions = sql.join(
    signIns.map((action) => sql`${action}`),
    sql`, `,
  );
  const counted = await rowsOf<DayCount>(
    db,
    sql`SELECT to_char(day, 'YYYY-MM-DD') AS day, sum(events)::int AS count FROM (
          SELECT day, events FROM activity_days WHERE action IN (${actions}) AND day >= ${since.toISOString()}::date
          UNION ALL
          SELECT (at AT TIME ZONE 'UTC')::date AS day, count(*) FROM activity_events
          WHERE action IN (${actions}) AND at >= ${since.toISOString()}::timestamptz
            AND sequence > coalesce((SELECT position FROM activity_followers WHERE name = ${followerName}), 0)
          GROUP BY 1
        ) days GROUP BY 1`,
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
