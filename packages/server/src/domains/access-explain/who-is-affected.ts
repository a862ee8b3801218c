import type { SQL } from 'drizzle-orm';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import type { ActionEffects, ChangePlan, ResourceEffects } from './planned-change.ts';

/** Somebody who gains or loses something. */
export interface AffectedPerson {
  readonly id: string;
  readonly name: string;
}

/**
 * The first people, by name, who gain or lose anything by a change, and how many they are in all.
 *
 * A change may touch thousands of people, thousands of resources and hundreds of actions. So people of whom the rules see the
 * same (the same roles; or the same role in the workspace and the same other groups) are judged together, as one class; what
 * only one person has, as an owner or by a share of their own, is looked at afterwards.
 *
 * Here and in `readRightsChanged`, rows of tables are found by `= ANY (ARRAY (…))`, which always means their index, and all
 * that is found is joined by hashing: planners know too little of such queries to choose well, least of all on data that was
 * only just imported.
 */
export async function findAffected(
  db: Queryable,
  plan: ChangePlan,
  atMost: number,
): Promise<{ readonly people: readonly AffectedPerson[]; readonly count: number }> {
  const affected = [
    ...(plan.actions ? [affectedByActions(plan, plan.actions)] : []),
    ...(plan.resources ? [affectedByResources(plan, plan.resources)] : []),
  ];
  const rows = await rowsOf<AffectedPerson & { total: number }>(
    db,
    sql`WITH touched AS MATERIALIZED (
          SELECT u.id AS user_id FROM users u WHERE u.id = ANY (ARRAY(${plan.people})) AND u.state = 'active'
        ), affected AS MATERIALIZED (${sql.join(affected, sql` UNION ALL `)})
        SELECT u.id, u.name, count(*) OVER ()::int AS total
        FROM users u WHERE u.id = ANY (ARRAY(SELECT user_id FROM affected))
        ORDER BY u.name_key, u.id LIMIT ${atMost}`,
  );
  return { people: rows.map(({ id, name }) => ({ id, name })), count: rows[0]?.total ?? 0 };
}

/** Which of the people in `touched` gain or lose an action. */
function affectedByActions({ workspaceId }: ChangePlan, effects: ActionEffects): SQL {
  if (effects.everybodyLoses) return sql`SELECT user_id FROM touched`;
  return sql`(
    WITH changed AS MATERIALIZED (${changedActions(effects)}),
    role_action AS MATERIALIZED (
      SELECT ra.role_id, ra.action_id, bool_or(ra.before) AS before, bool_or(ra.after) AS after
      FROM (${roleActions(effects, sql`SELECT id FROM roles WHERE workspace_id = ${workspaceId}`)}) ra
      GROUP BY ra.role_id, ra.action_id
    ), holding AS (
      SELECT h.* FROM (${holdings(effects, sql`SELECT user_id FROM touched`, workspaceId)}) h
      WHERE h.role_id IN (SELECT role_id FROM role_action)
    ), held AS (
      SELECT user_id,
             coalesce(array_agg(DISTINCT role_id ORDER BY role_id) FILTER (WHERE before), '{}') AS before,
             coalesce(array_agg(DISTINCT role_id ORDER BY role_id) FILTER (WHERE after), '{}') AS after
      FROM holding GROUP BY user_id
    ), person AS MATERIALIZED (
      SELECT user_id, before, after, dense_rank() OVER (ORDER BY before, after) AS class FROM held
    ), class AS MATERIALIZED (
      SELECT DISTINCT class, before, after FROM person
    ), different AS MATERIALIZED (
      SELECT h.class FROM (
        SELECT c.class, r.action_id, r.before, false AS after
        FROM class c CROSS JOIN LATERAL unnest(c.before) AS h (role_id) JOIN role_action r ON r.role_id = h.role_id
        UNION ALL
        SELECT c.class, r.action_id, false, r.after
        FROM class c CROSS JOIN LATERAL unnest(c.after) AS h (role_id) JOIN role_action r ON r.role_id = h.role_id
      ) h GROUP BY h.class, h.action_id HAVING bool_or(h.before) <> bool_or(h.after)
    )
    SELECT user_id FROM person WHERE class IN (SELECT class FROM different)
  )`;
}

/** The actions that may change hands, without those that are refused to everybody anyway. */
export function changedActions({ actions }: ActionEffects): SQL {
  return sql`SELECT a.id AS action_id FROM service_actions a
    WHERE a.id = ANY (ARRAY(SELECT c.action_id FROM (${actions}) c)) AND a.absent_since IS NULL`;
}

/** Which of these roles have which of the `changed` actions, before and afterwards. */
export function roleActions({ roleActionStays, newRoleActions }: ActionEffects, roles: SQL): SQL {
  return sql`SELECT ra.role_id, ra.action_id, true AS before, ${roleActionStays} AS after
    FROM role_actions ra WHERE ra.role_id = ANY (ARRAY(${roles})) AND ra.action_id IN (SELECT action_id FROM changed)
    ${newRoleActions ? sql`UNION ALL SELECT n.role_id, n.action_id, false, true FROM (${newRoleActions}) n WHERE n.action_id IN (SELECT action_id FROM changed)` : sql``}`;
}

/** Which roles people hold, before and afterwards, themselves or by a group. */
export function holdings(
  { heldStays, heldByGroupStays, newlyHeld }: ActionEffects,
  people: SQL,
  workspaceId: string | null,
): SQL {
  const those = sql`ANY (ARRAY(${people}))`;
  const inside = (alias: SQL): SQL =>
    workspaceId === null ? sql`true` : sql`${alias}.workspace_id = ${workspaceId}`;
  return sql`SELECT rm.workspace_id, rm.user_id, rm.role_id, true AS before, ${heldStays} AS after
    FROM role_members rm WHERE rm.user_id = ${those} AND ${inside(sql`rm`)}
    UNION ALL
    SELECT gm.workspace_id, gm.user_id, rg.role_id, true, ${heldByGroupStays}
    FROM group_members gm JOIN role_groups rg ON rg.group_id = gm.group_id
    WHERE gm.user_id = ${those} AND ${inside(sql`gm`)} AND rg.group_id = ANY (ARRAY(
      SELECT DISTINCT gm.group_id FROM group_members gm WHERE gm.user_id = ${those} AND ${inside(sql`gm`)}))
    ${newlyHeld ? sql`UNION ALL SELECT n.workspace_id, n.user_id, n.role_id, false, true FROM (${newlyHeld}) n WHERE n.user_id = ${those}` : sql``}`;
}

/** Rights as numbers, each with all below it: 0 none, 1 view, 2 edit, 3 manage. */
export const shareLevel = sql`CASE s.permission WHEN 'edit' THEN 2 ELSE 1 END`;

/** The resources shared with a group, with what is `given` to it. */
export function sharedWith(groupId: string): SQL {
  const shares = sql`SELECT s.resource_id, ${shareLevel} AS given FROM resource_shares s WHERE s.group_id = ${groupId}`;
  return sql`SELECT r.id, r.type_id, r.key, r.owner_id, r.visibility, s.given
    FROM (${shares}) s JOIN resources r ON r.id = s.resource_id
    WHERE r.id = ANY (ARRAY(SELECT n.resource_id FROM (${shares}) n))`;
}

/**
 * Which of the people in `touched` lose something when a group's shares reach nobody any more. Who is an admin or owner of the
 * workspace loses nothing by a share.
 *
 * `lost` is what a role would lose, `keeps` what of it each other group keeps. Whoever has too few of those to keep all of it,
 * counted one by one, loses something; who is in a group that keeps all of it loses nothing. Only of the others, who are
 * few, is worked out what their groups keep together.
 */
function affectedByResources({ workspaceId }: ChangePlan, { groupId }: ResourceEffects): SQL {
  return sql`(
    WITH candidate AS MATERIALIZED (${sharedWith(groupId!)}),
    lost AS MATERIALIZED (
      SELECT k.role, c.id, c.given FROM (VALUES ('viewer', 1), ('editor', 2)) k (role, sees) CROSS JOIN candidate c
      WHERE c.given > CASE c.visibility WHEN 'workspace' THEN k.sees ELSE 0 END
    ), total AS (
      SELECT role, count(*) AS resources FROM lost GROUP BY role
    ), share AS MATERIALIZED (
      SELECT s.user_id, s.group_id, s.resource_id, ${shareLevel} AS level FROM resource_shares s
      WHERE s.resource_id = ANY (ARRAY(SELECT id FROM candidate)) AND s.group_id IS DISTINCT FROM ${groupId}
    ), kept_by_group AS MATERIALIZED (
      SELECT l.role, s.group_id, l.id FROM share s JOIN lost l ON l.id = s.resource_id
      WHERE s.group_id IS NOT NULL AND s.level >= l.given
    ), keeps AS MATERIALIZED (
      SELECT role, group_id, count(*) AS resources FROM kept_by_group GROUP BY role, group_id
    ), person AS MATERIALIZED (
      SELECT m.user_id, m.role, t.resources AS total FROM members m JOIN total t ON t.role = m.role
      WHERE m.workspace_id = ${workspaceId} AND m.user_id = ANY (ARRAY(SELECT user_id FROM touched))
    ), own AS MATERIALIZED (
      SELECT o.user_id, o.role, o.resource_id FROM (
        SELECT p.user_id, p.role, s.resource_id, s.level FROM share s JOIN person p ON p.user_id = s.user_id
        UNION ALL
        SELECT p.user_id, p.role, c.id, 3 FROM candidate c JOIN person p ON p.user_id = c.owner_id
      ) o JOIN lost l ON l.role = o.role AND l.id = o.resource_id
      WHERE o.level >= l.given GROUP BY o.user_id, o.role, o.resource_id
    ), in_group AS MATERIALIZED (
      SELECT p.user_id, p.role, gm.group_id FROM group_members gm JOIN person p ON p.user_id = gm.user_id
      WHERE gm.group_id = ANY (ARRAY(SELECT DISTINCT group_id FROM keeps))
    ), at_most AS (
      SELECT kept.user_id, sum(kept.resources) AS resources, max(kept.resources) FILTER (WHERE kept.by_group) AS by_one_group
      FROM (
        SELECT g.user_id, k.resources, true AS by_group FROM in_group g
        JOIN keeps k ON k.role = g.role AND k.group_id = g.group_id
        UNION ALL
        SELECT user_id, count(*), false FROM own GROUP BY user_id
      ) kept GROUP BY kept.user_id
    ), judged AS MATERIALIZED (
      SELECT p.user_id, p.role, p.total,
             coalesce(a.resources, 0) < p.total AS loses, coalesce(a.by_one_group, 0) = p.total AS keeps_all
      FROM person p LEFT JOIN at_most a ON a.user_id = p.user_id
    ), doubtful AS MATERIALIZED (
      SELECT j.user_id, j.role, j.total, array_agg(g.group_id ORDER BY g.group_id) AS groups
      FROM judged j LEFT JOIN in_group g ON g.user_id = j.user_id
      WHERE NOT j.loses AND NOT j.keeps_all GROUP BY j.user_id, j.role, j.total
    ), class AS MATERIALIZED (
      SELECT role, groups, row_number() OVER () AS class FROM doubtful GROUP BY role, groups
    ), kept_by_class AS MATERIALIZED (
      SELECT DISTINCT k.class, b.id
      FROM class k CROSS JOIN LATERAL unnest(k.groups) AS h (group_id)
      JOIN kept_by_group b ON b.group_id = h.group_id AND b.role = k.role
    ), kept_together AS (
      SELECT class, count(*) AS resources FROM kept_by_class GROUP BY class
    ), doubt AS MATERIALIZED (
      SELECT d.user_id, d.total, k.class FROM doubtful d JOIN class k ON k.role = d.role AND k.groups = d.groups
    ), own_besides AS (
      SELECT o.user_id, count(*) AS resources
      FROM (SELECT d.user_id, d.class, o.resource_id FROM own o JOIN doubt d ON d.user_id = o.user_id) o
      LEFT JOIN kept_by_class k ON k.class = o.class AND k.id = o.resource_id
      WHERE k.id IS NULL GROUP BY o.user_id
    )
    SELECT user_id FROM judged WHERE loses
    UNION ALL
    SELECT d.user_id FROM doubt d
    LEFT JOIN kept_together k ON k.class = d.class LEFT JOIN own_besides o ON o.user_id = d.user_id
    WHERE coalesce(k.resources, 0) + coalesce(o.resources, 0) < d.total
  )`;
}
