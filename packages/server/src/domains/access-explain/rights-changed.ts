import { type AccessRight, type ResourceRight, resourceRights } from '@castellan/contract';
import type { SQL } from 'drizzle-orm';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import type { ActionEffects, ChangePlan, ResourceEffects } from './planned-change.ts';
import { changedActions, holdings, roleActions, sharedWith, shareLevel } from './who-is-affected.ts';

/** What one person gains and loses. */
export interface RightsChanged {
  readonly gains: AccessRight[];
  readonly loses: AccessRight[];
}

const idsShown = 20;

/** What each of these people, who are active, gains and loses; who gains and loses nothing is left out. */
export async function readRightsChanged(
  db: Queryable,
  plan: ChangePlan,
  people: readonly string[],
): Promise<ReadonlyMap<string, RightsChanged>> {
  const changed = new Map<string, RightsChanged>();
  const of = (userId: string): RightsChanged => {
    const rights = changed.get(userId) ?? { gains: [], loses: [] };
    changed.set(userId, rights);
    return rights;
  };
  const sideOf = (userId: string, gains: boolean): AccessRight[] => of(userId)[gains ? 'gains' : 'loses'];
  if (plan.actions)
    for (const { user_id, service, action, gains } of await readActions(db, plan, plan.actions, people))
      sideOf(user_id, gains).push({ service, action });
  if (plan.resources)
    for (const { userId, gains, right } of await readResources(db, plan.resources, people))
      sideOf(userId, gains).push(right);
  return changed;
}

interface ActionRow {
  readonly user_id: string;
  readonly service: string;
  readonly action: string;
  readonly gains: boolean;
}

function readActions(
  db: Queryable,
  { workspaceId }: ChangePlan,
  effects: ActionEffects,
  people: readonly string[],
): Promise<ActionRow[]> {
  const asked = sql`SELECT unnest(${sql.param([...people])}::uuid[])`;
  return rowsOf<ActionRow>(
    db,
    sql`WITH changed AS MATERIALIZED (${changedActions(effects)}),
      holding AS MATERIALIZED (${holdings(effects, asked, workspaceId)}),
      effect AS (
        SELECT h.workspace_id, h.user_id, r.action_id,
               bool_or(h.before AND r.before) AS before, bool_or(h.after AND r.after) AS after
        FROM holding h JOIN (${roleActions(effects, sql`SELECT DISTINCT role_id FROM holding`)}) r
          ON r.role_id = h.role_id
        GROUP BY h.workspace_id, h.user_id, r.action_id
      )
      SELECT DISTINCT e.user_id, s.name AS service, a.name AS action, e.after AS gains
      FROM effect e JOIN service_actions a ON a.id = e.action_id JOIN services s ON s.id = a.service_id
      WHERE e.before <> e.after AND a.id = ANY (ARRAY(SELECT action_id FROM changed))
      ORDER BY 1, 2, 3`,
  );
}

interface LevelRow {
  readonly user_id: string;
  readonly service: string;
  readonly type: string;
  readonly before: number;
  readonly after: number;
  readonly resources: number;
  readonly keys: readonly string[];
}

/**
 * By classes, as in {@link findAffected}: who has the same role and is in the same groups is judged together; owners and shares
 * of one's own come on top. `given` is what the group that comes or goes has.
 */
async function readResources(
  db: Queryable,
  { workspaceId, groupId, groupReaches, roleAfter }: ResourceEffects,
  people: readonly string[],
): Promise<{ readonly userId: string; readonly gains: boolean; readonly right: AccessRight }[]> {
  const asked = sql`${sql.param([...people])}::uuid[]`;
  const given = (reaches: boolean): SQL => (reaches ? sql`c.given` : sql`0`);
  const rows = await rowsOf<LevelRow>(
    db,
    sql`WITH candidate AS MATERIALIZED (${groupId ? sharedWith(groupId) : allOf(workspaceId)}),
      share AS MATERIALIZED (
        SELECT s.user_id, s.group_id, s.resource_id, ${shareLevel} AS level FROM resource_shares s
        WHERE s.user_id = ANY (${asked}) AND s.workspace_id = ${workspaceId} AND s.resource_id IN (SELECT id FROM candidate)
        UNION ALL
        SELECT s.user_id, s.group_id, s.resource_id, ${shareLevel} FROM resource_shares s
        WHERE s.group_id IS DISTINCT FROM ${groupId}::uuid AND s.resource_id IN (SELECT id FROM candidate)
          AND s.group_id = ANY (ARRAY(SELECT DISTINCT gm.group_id FROM group_members gm
            WHERE gm.user_id = ANY (${asked}) AND gm.workspace_id = ${workspaceId}))
      ), standing AS (
        SELECT m.user_id, m.role AS before, coalesce(${roleAfter}, 'none') AS after, ARRAY(
            SELECT gm.group_id FROM group_members gm WHERE gm.user_id = m.user_id AND gm.workspace_id = m.workspace_id
              AND gm.group_id = ANY (ARRAY(SELECT DISTINCT group_id FROM share)) ORDER BY gm.group_id) AS groups
        FROM members m WHERE m.workspace_id = ${workspaceId} AND m.user_id = ANY (${asked})
      ), person AS MATERIALIZED (
        SELECT *, dense_rank() OVER (ORDER BY before, after, groups) AS class FROM standing
      ), class AS MATERIALIZED (
        SELECT DISTINCT class, before, after, groups FROM person
      ), reached AS MATERIALIZED (
        SELECT k.class, s.resource_id, max(s.level) AS level
        FROM class k CROSS JOIN LATERAL unnest(k.groups) AS h (group_id) JOIN share s ON s.group_id = h.group_id
        GROUP BY k.class, s.resource_id
      ), of_class AS MATERIALIZED (
        SELECT * FROM (
          SELECT k.class, c.id, c.type_id, c.key, c.owner_id,
                 ${levelOf(sql`k.before`, given(groupReaches.before))} AS before,
                 ${levelOf(sql`k.after`, given(groupReaches.after))} AS after
          FROM class k CROSS JOIN candidate c LEFT JOIN reached ON reached.class = k.class AND reached.resource_id = c.id
          -- Who leaves loses what is theirs alone, too.
        ) judged WHERE before <> after OR ${groupId === null}
      ), level AS (
        SELECT p.user_id, l.type_id, l.key,
               ${withOwn(sql`p.before`, sql`l.before`)} AS before, ${withOwn(sql`p.after`, sql`l.after`)} AS after
        FROM person p JOIN of_class l ON l.class = p.class
        LEFT JOIN share own ON own.user_id = p.user_id AND own.resource_id = l.id
      )
      SELECT l.user_id, v.name AS service, t.name AS type, l.before, l.after, l.resources, l.keys
      FROM (
        SELECT user_id, type_id, before, after, count(*)::int AS resources,
               (array_agg(key ORDER BY key))[1:${sql.raw(String(idsShown))}] AS keys
        FROM level WHERE before <> after GROUP BY user_id, type_id, before, after
      ) l JOIN resource_types t ON t.id = l.type_id JOIN services v ON v.id = t.service_id
      ORDER BY 1, 2, 3`,
  );
  return sumRights(rows);
}

/** The right, as a number, that `decide` would find by a role in the workspace, visibility and shares with groups. */
function levelOf(role: SQL, given: SQL): SQL {
  return sql`CASE ${role} WHEN 'none' THEN 0 WHEN 'admin' THEN 3 WHEN 'owner' THEN 3
    ELSE greatest(
      CASE WHEN c.visibility <> 'workspace' THEN 0 WHEN ${role} = 'editor' THEN 2 ELSE 1 END,
      reached.level, ${given}) END`;
}

/** The same with what is one person's alone: what they own, and what is shared with them. */
function withOwn(role: SQL, level: SQL): SQL {
  return sql`CASE WHEN ${role} = 'none' THEN 0 WHEN l.owner_id = p.user_id THEN 3 ELSE greatest(${level}, own.level) END`;
}

const allOf = (workspaceId: string): SQL =>
  sql`SELECT r.id, r.type_id, r.key, r.owner_id, r.visibility, 0 AS given FROM resources r WHERE r.workspace_id = ${workspaceId}`;

/** One line for each right: who rises from nothing to editing gains view and edit. */
function sumRights(
  rows: readonly LevelRow[],
): { readonly userId: string; readonly gains: boolean; readonly right: AccessRight }[] {
  const lines = new Map<string, { userId: string; gains: boolean; right: Sum }>();
  for (const { user_id: userId, service, type, before, after, resources, keys } of rows)
    for (const permission of resourceRights.slice(Math.min(before, after), Math.max(before, after))) {
      const gains = after > before;
      const name = JSON.stringify([userId, service, type, permission, gains]);
      const line = lines.get(name) ?? {
        userId,
        gains,
        right: { service, type, permission, resources: 0, resourceIds: [] },
      };
      lines.set(name, line);
      line.right.resources += resources;
      line.right.resourceIds.push(...keys);
    }
  for (const { right } of lines.values())
    right.resourceIds = right.resourceIds.sort(inByteOrder).slice(0, idsShown);
  return [...lines.values()];
}

interface Sum extends AccessRight {
  readonly permission: ResourceRight;
  resources: number;
  resourceIds: string[];
}

/** As the database orders ids of resources. */
function inByteOrder(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
