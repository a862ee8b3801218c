import { sql } from 'drizzle-orm';
import type { Database } from '../../platform/database/transaction.ts';

/** Far longer than a server remembers what it read. */
const keptSeconds = 3600;

/**
 * Removes changes that every server has long learnt of. A row says when its transaction began, which may have been hours before it
 * was committed: so it also has to have been over at the sweep before.
 *
 * @param over what this returned the last time, some minutes ago; nothing is removed without it
 * @returns the first transaction that may not be over yet
 */
export async function sweepChanges(database: Database, over: string | undefined): Promise<string> {
  if (over !== undefined)
    await database.db.execute(
      sql`DELETE FROM authority_changes WHERE xid < ${over}::xid8 AND changed_at < now() - make_interval(secs => ${keptSeconds})`,
    );
  const { rows } = await database.db.execute<{ over: string }>(
    sql`SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS over`,
  );
  return rows[0]!.over;
}
