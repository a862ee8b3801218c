import { type Stats, stats } from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import { readLatestActivity } from '../activity/read-activity.ts';
import { countNewUsersByDay, countSignInsByDay } from './count-by-day.ts';
import { countTotals } from './count-totals.ts';

const recentEvents = 10;

/** The figures of the dashboard (P13). */
export function dashboardRoutes(options: {
  readonly database: Database;
  readonly clock: Clock;
}): Implementation[] {
  const { database, clock } = options;
  return [
    implement(stats, async (): Promise<Stats> => {
      const now = clock.now();
      const { db } = database;
      const [totals, signInsByDay, newUsersByDay, recentActivity] = await Promise.all([
        countTotals(db, now),
        countSignInsByDay(db, now),
        countNewUsersByDay(db, now),
        readLatestActivity(db, recentEvents),
      ]);
      return { ...totals, signInsByDay, newUsersByDay, recentActivity };
    }),
  ];
}
