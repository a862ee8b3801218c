import { type SQL, sql } from 'drizzle-orm';
import { after } from '../../platform/clock.ts';
import { rowsOf, type Transaction } from '../../platform/database/transaction.ts';
import { invitationLifeSeconds } from '../invitations/invite.ts';
import type { LinkKeys } from './link-keys.ts';

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

const inRange = ({ jobId, first, end }: RowRange): SQL =>
  sql`r.job_id = ${jobId} AND r.position >= ${first}::int AND r.position < ${end}::int`;

/** The `size` bytes that belong to a row, of a buffer that holds as many for each row of the range. */
const packed = (bytes: Buffer, size: number, first: number): SQL =>
  sql`substring(${bytes}::bytea FROM (r.position - ${first}::int) * ${sql.raw(String(size))} + 1 FOR ${sql.raw(String(size))})`;

const asUuid = (bytes: SQL): SQL => sql`encode(${bytes}, 'hex')::uuid`;

/**
 * First half of a run of rows: the accounts. A person whom someone else made since the preview is taken as they are; a
 * row whose workspace is gone by now is skipped as a whole. It is a statement of its own, so that the second half sees
 * people whom another transaction made at the same moment.
 */
export async function createUsers(tx: Transaction, range: RowRange, keys: LinkKeys): Promise<void> {
  // Every join of a run looks up a unique key; whatever else the planner may prefer reads a whole table each time.
  await tx.db.execute(
    sql`SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`,
  );
  // Until the end of the transaction nobody deletes or renames the workspaces that these rows name.
  await tx.db.execute(sql`
    SELECT 1 FROM workspaces WHERE slug IN (
      SELECT r.workspace_slug FROM import_rows r WHERE ${inRange(range)} AND r.problem IS NULL
    ) FOR KEY SHARE`);
  await tx.db.execute(sql`
    INSERT INTO users (id, email, name, state, created_at, updated_at)
    SELECT DISTINCT ON (r.email COLLATE "C")
      ${asUuid(packed(keys.userIds, 16, range.first))}, r.email, r.name, 'invited', ${tx.now}::timestamptz, ${tx.now}::timestamptz
    FROM import_rows r
    WHERE ${inRange(range)} AND r.problem IS NULL
      AND (r.workspace_slug = '' OR EXISTS (SELECT FROM workspaces w WHERE w.slug = r.workspace_slug))
    ORDER BY r.email COLLATE "C", r.position
    ON CONFLICT (email) DO NOTHING`);
}

/**
 * Second half: memberships, invitations, the same events as when people are created one by one, and what became of
 * each row that did not simply create somebody.
 */
export async function createMemberships(
  tx: Transaction,
  range: RowRange,
  keys: LinkKeys,
): Promise<CreatedPeople> {
  tx.touchedEvents();
  const actorId = tx.origin.actors[0]?.id ?? null;
  // Person, membership: the order of their events within a row.
  const event = (place: number, action: string, workspace: boolean, detail: SQL): SQL => sql`
    SELECT (${keys.eventPrefix} || lpad(to_hex((position - ${range.first}::int) * 4 + ${sql.raw(String(place))}), 8, '0'))::uuid,
      ${sql.raw(`'${action}'`)}, ${JSON.stringify(tx.origin.actors)}::jsonb, ${actorId}::uuid, 'user', user_id, name,
      ${workspace ? sql`workspace_id, workspace_name` : sql`NULL::uuid, NULL::text`},
      ${detail}, ${tx.origin.address}::text, ${tx.origin.correlationId}::text, ${tx.now}::timestamptz`;
  const [counts] = await rowsOf<{ created_users: number; added_members: number }>(
    tx.db,
    sql`
    WITH people AS MATERIALIZED (
      SELECT r.position, r.role, u.id AS user_id, u.name, u.email, w.id AS workspace_id, w.name AS workspace_name,
        coalesce(u.id = ${asUuid(packed(keys.userIds, 16, range.first))}, false) AS created,
        ${asUuid(packed(keys.invitationIds, 16, range.first))} AS invitation_id,
        ${packed(keys.digests, 32, range.first)} AS digest
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
      -- As a value and not as a join, the test is a look-up in a hash table whatever the planner expects.
      SELECT people.*, CASE WHEN user_id IS NULL OR workspace_id IS NULL THEN false
        ELSE (workspace_id, user_id) IN (SELECT workspace_id, user_id FROM added) END AS joined
      FROM people
    ), invited AS (
      INSERT INTO invitations (id, kind, user_id, digest, created_by, created_at, expires_at)
      SELECT invitation_id, 'set_password', user_id, digest, ${actorId}::uuid, ${tx.now}::timestamptz,
        ${after(tx.now, invitationLifeSeconds)}::timestamptz
      FROM outcomes WHERE created
    ), told AS (
      INSERT INTO activity_outbox (id, action, actors, actor_id, target_kind, target_id, target_label,
        workspace_id, workspace_name, detail, address, correlation_id, at)
      ${event(0, 'user_created', false, sql`jsonb_build_object('email', email, 'state', 'invited', 'invitation_id', invitation_id)`)} FROM outcomes WHERE created
      UNION ALL
      ${event(1, 'member_invited', true, sql`jsonb_build_object('role', role)`)} FROM outcomes WHERE joined
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
