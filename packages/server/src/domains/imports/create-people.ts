import { type SQL, sql } from 'drizzle-orm';
import { newId } from '../../platform/database/identifiers.ts';
import { type Database, rowsOf, type Transaction } from '../../platform/database/transaction.ts';

/** A run of rows of one job: from `first`, up to and without `end`. */
export interface RowRange {
  readonly jobId: string;
  readonly first: number;
  readonly end: number;
}

export interface CreatedPeople {
  readonly createdUsers: number;
  readonly addedMembers: number;
}

/** Enough for the words of more than 100,000 people. */
const pendingListKilobytes = '65536';

const inRange = ({ jobId, first, end }: RowRange): SQL =>
  sql`r.job_id = ${jobId} AND r.position >= ${first}::int AND r.position < ${end}::int`;

/** The id that the row's person gets if they are made: found by its place, without a join. */
const newUserId = (userIds: Buffer, { first }: RowRange): SQL =>
  sql`(${userIds}::uuid[])[r.position - ${first}::int + 1]`;

/**
 * First half of a run of rows: the accounts. A person whom someone else made since the preview is taken as they are; a
 * row whose workspace is gone by now is skipped as a whole. It is a statement of its own, so that the second half sees
 * people whom another transaction made at the same moment.
 */
export async function createUsers(tx: Transaction, range: RowRange, userIds: Buffer): Promise<void> {
  // Every join of a run looks up a unique key; whatever else the planner may prefer reads a whole table each time. Words
  // to search by wait in the index's list and are put in their places together: see tidySearch.
  await tx.db.execute(
    sql`SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
      set_config('jit', 'off', true), set_config('gin_pending_list_limit', ${pendingListKilobytes}, true)`,
  );
  // Until the end of the transaction nobody deletes or renames the workspaces that these rows name.
  await tx.db.execute(sql`
    SELECT 1 FROM workspaces WHERE slug IN (
      SELECT r.workspace_slug FROM import_rows r WHERE ${inRange(range)} AND r.problem IS NULL
    ) FOR KEY SHARE`);
  await tx.db.execute(sql`
    INSERT INTO users (id, email, name, state, created_at, updated_at)
    SELECT DISTINCT ON (r.email COLLATE "C")
      ${newUserId(userIds, range)}, r.email, r.name, 'invited', ${tx.now}::timestamptz, ${tx.now}::timestamptz
    FROM import_rows r
    WHERE ${inRange(range)} AND r.problem IS NULL
      AND (r.workspace_slug = '' OR EXISTS (SELECT FROM workspaces w WHERE w.slug = r.workspace_slug))
    ORDER BY r.email COLLATE "C", r.position
    ON CONFLICT (email) DO NOTHING`);
}

/**
 * Second half: memberships, the same events as when people are created one by one, and what became of each row that
 * did not simply create somebody. The link by which a person sets a password is made by whoever writes the mail; it has
 * the person's id.
 */
export async function createMemberships(
  tx: Transaction,
  range: RowRange,
  userIds: Buffer,
): Promise<CreatedPeople> {
  tx.touchedEvents();
  const actorId = tx.origin.actors[0]?.id ?? null;
  const [counts] = await rowsOf<{ created_users: number; added_members: number }>(
    tx.db,
    sql`
    WITH people AS MATERIALIZED (
      SELECT r.position, r.role, u.id AS user_id, u.name, u.email, w.id AS workspace_id, w.name AS workspace_name,
        coalesce(u.id = ${newUserId(userIds, range)}, false) AS created
      FROM import_rows r
      LEFT JOIN workspaces w ON w.slug = r.workspace_slug
      LEFT JOIN users u ON u.email = r.email AND r.problem IS NULL AND (r.workspace_slug = '' OR w.id IS NOT NULL)
      WHERE ${inRange(range)}
    ), added AS (
      INSERT INTO members (workspace_id, user_id, role, created_at)
      SELECT workspace_id, user_id, role, ${tx.now}::timestamptz FROM people
      WHERE user_id IS NOT NULL AND workspace_id IS NOT NULL
      ON CONFLICT DO NOTHING RETURNING workspace_id, user_id
    ), outcomes AS MATERIALIZED (
      -- Who is new is in no workspace yet. As a value and not as a join, the test for everybody else is a look-up in a
      -- hash table whatever the planner expects.
      SELECT people.*, CASE WHEN user_id IS NULL OR workspace_id IS NULL THEN false WHEN created THEN true
        ELSE (workspace_id, user_id) IN (SELECT workspace_id, user_id FROM added) END AS joined
      FROM people
    ), told AS (
      INSERT INTO activity_outbox (id, actors, actor_id, target_kind, address, correlation_id, at,
        events, actions, target_ids, target_labels, workspace_ids, workspace_names, details)
      SELECT ${newId()}, ${JSON.stringify(tx.origin.actors)}::jsonb, ${actorId}::uuid, 'user', ${tx.origin.address}::text,
        ${tx.origin.correlationId}::text, ${tx.now}::timestamptz, count(*), array_agg(event.action), array_agg(user_id), array_agg(name),
        array_agg(event.workspace_id), array_agg(event.workspace_name), array_agg(event.detail)
      FROM outcomes, LATERAL (
        SELECT 'user_created' AS action, NULL::uuid AS workspace_id, NULL::text AS workspace_name,
          jsonb_build_object('email', email, 'state', 'invited', 'invitation_id', user_id) AS detail WHERE created
        UNION ALL
        SELECT 'member_invited', outcomes.workspace_id, outcomes.workspace_name, jsonb_build_object('role', role) WHERE joined
      ) event
      HAVING count(*) > 0
    ), marked AS (
      -- That a row created somebody is not written: it is what the rows of a finished run did, unless they say otherwise.
      UPDATE import_rows r SET outcome = CASE WHEN o.joined THEN 'added' ELSE 'skipped' END
      FROM outcomes o WHERE NOT o.created AND r.job_id = ${range.jobId} AND r.position = o.position
    )
    SELECT (count(*) FILTER (WHERE created))::int AS created_users, (count(*) FILTER (WHERE joined))::int AS added_members
    FROM outcomes`,
  );
  return { createdUsers: counts!.created_users, addedMembers: counts!.added_members };
}

/**
 * Puts the words that an import left waiting into their places in the search index. Searches find them before as well,
 * one after the other; without the right to do so (another role owns the index) it is left to autovacuum.
 */
export async function tidySearch(database: Database): Promise<void> {
  await database.pool.query(`SELECT gin_clean_pending_list('users__by_search_words')`);
}
