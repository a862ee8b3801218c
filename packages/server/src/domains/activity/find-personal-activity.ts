import type { ActivityEvent } from '@castellan/contract';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import { readActivity } from './read-activity.ts';

/** Events of one person, newest first, and where to go on. */
export interface PersonalActivity {
  readonly events: readonly ActivityEvent[];
  /** Go on below this place; absent when nothing is left. */
  readonly nextBelow?: number;
}

/**
 * What a person did and what happened to their account: two walks of an index, each no longer than the page.
 * @param page.below go on below this place of the log
 */
export async function findPersonalActivity(
  db: Queryable,
  userId: string,
  { below, limit }: { readonly below: number | undefined; readonly limit: number },
): Promise<PersonalActivity> {
  const behind = below === undefined ? sql`true` : sql`sequence < ${below}`;
  const walk = (column: 'actor_id' | 'target_id') =>
    sql`(SELECT sequence FROM activity_events WHERE ${sql.raw(column)} = ${userId} AND ${behind}
         ORDER BY sequence DESC LIMIT ${limit + 1})`;
  const found = await rowsOf<{ sequence: string }>(
    db,
    sql`SELECT sequence FROM (${walk('actor_id')} UNION ${walk('target_id')}) AS own
        ORDER BY sequence DESC LIMIT ${limit + 1}`,
  );
  const sequences = found.slice(0, limit).map((row) => Number(row.sequence));
  const events = await readActivity(db, sequences);
  return found.length > limit ? { events, nextBelow: sequences.at(-1)! } : { events };
}
