// Long because it is one idea: what each kind of change does to the relations that rights follow from.
import type { PlannedChange, WorkspaceRole } from '@castellan/contract';
import type { SQL } from 'drizzle-orm';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';

/** What a change does to actions that people hold by roles. Fragments speak of `rm`, `gm`, `rg` and `ra`, the tables' usual aliases. */
export interface ActionEffects {
  /** The actions that somebody may gain or lose: `SELECT action_id`. */
  readonly actions: SQL;
  /** Whether a role that somebody holds themselves (`rm`) is theirs afterwards. */
  readonly heldStays: SQL;
  /** Whether a role of a group (`rg`) that somebody is in (`gm`) is theirs afterwards. */
  readonly heldByGroupStays: SQL;
  /** Who holds which role by the change: `SELECT workspace_id, user_id, role_id`. */
  readonly newlyHeld?: SQL;
  /** Whether an action of a role (`ra`) is in it afterwards. */
  readonly roleActionStays: SQL;
  /** Which role has which action by the change: `SELECT role_id, action_id`. */
  readonly newRoleActions?: SQL;
  /** Everybody that `people` of the plan names loses something; nobody keeps it by another way. */
  readonly everybodyLoses?: boolean;
}

/** What a change does to resources of one workspace. */
export interface ResourceEffects {
  readonly workspaceId: string;
  /** The group whose shares come or go; `null` where the person's standing in the workspace changes, and with it everything. */
  readonly groupId: string | null;
  /** Whether the shares of that group reach the people before, and afterwards. */
  readonly groupReaches: { readonly before: boolean; readonly after: boolean };
  /** Their role in the workspace afterwards (`m` is the membership): an SQL text, NULL for none. */
  readonly roleAfter: SQL;
}

/** A planned change as queries can work with it. */
export interface ChangePlan {
  /** `null` where every workspace may be touched. */
  readonly workspaceId: string | null;
  /** Everybody whom the change may touch: `SELECT user_id`, active or not. */
  readonly people: SQL;
  /** The one person whom it touches, where it is one. */
  readonly onePerson: string | null;
  readonly actions: ActionEffects | null;
  readonly resources: ResourceEffects | null;
  /** The change itself would be refused. */
  readonly refusal?: 'last_owner';
}

const asItIs = {
  heldStays: sql`true`,
  heldByGroupStays: sql`true`,
  roleActionStays: sql`true`,
} as const;

/**
 * Reads what a change would be done to.
 * @throws Refusal `not_found`, `validation_failed`: where its own route would
 */
export async function planChange(db: Queryable, change: PlannedChange): Promise<ChangePlan> {
  switch (change.kind) {
    case 'role_actions':
    case 'role_deleted':
    case 'role_member_added':
    case 'role_member_removed':
    case 'role_group_added':
    case 'role_group_removed':
      return planRoleChange(db, change, await requireRole(db, change.role_id));
    case 'group_deleted':
      return planGroupDeleted(change.group_id, await requireGroup(db, change.group_id));
    case 'group_member_added':
    case 'group_member_removed':
      return planGroupMember(db, change, await requireGroup(db, change.group_id));
    case 'member_removed':
    case 'member_role_changed':
      return planMember(db, change);
    case 'actions_withdrawn':
      return planActionsWithdrawn(db, change);
  }
}

type RoleChange = Extract<PlannedChange, { role_id: string }>;

async function planRoleChange(db: Queryable, change: RoleChange, workspaceId: string): Promise<ChangePlan> {
  const roleId = change.role_id;
  const ofRole = sql`SELECT action_id FROM role_actions WHERE role_id = ${roleId}`;
  const holders = sql`SELECT user_id FROM role_members WHERE role_id = ${roleId}
    UNION ALL SELECT gm.user_id FROM role_groups rg JOIN group_members gm ON gm.group_id = rg.group_id
    WHERE rg.role_id = ${roleId}`;
  const plan = (people: SQL, onePerson: string | null, effects: Partial<ActionEffects>): ChangePlan => ({
    workspaceId,
    people,
    onePerson,
    actions: { ...asItIs, actions: ofRole, ...effects },
    resources: null,
  });
  switch (change.kind) {
    case 'role_deleted':
      return plan(holders, null, { roleActionStays: sql`ra.role_id <> ${roleId}` });
    case 'role_actions': {
      await requireRoleActions(db, change);
      const [added, removed] = [ids(change.add), ids(change.remove)];
      return plan(holders, null, {
        actions: sql`SELECT unnest(${added} || ${removed}) AS action_id`,
        roleActionStays: sql`NOT (ra.role_id = ${roleId} AND ra.action_id = ANY (${removed}))`,
        newRoleActions: sql`SELECT ${roleId}::uuid AS role_id, unnest(${added}) AS action_id`,
      });
    }
    case 'role_member_added':
      await requireMember(db, workspaceId, change.user_id);
      return plan(one(change.user_id), change.user_id, {
        newlyHeld: sql`SELECT ${workspaceId}::uuid AS workspace_id, ${change.user_id}::uuid AS user_id, ${roleId}::uuid AS role_id`,
      });
    case 'role_member_removed':
      await require(db, sql`SELECT FROM role_members WHERE role_id = ${roleId} AND user_id = ${change.user_id}`);
      return plan(one(change.user_id), change.user_id, {
        heldStays: sql`NOT (rm.role_id = ${roleId} AND rm.user_id = ${change.user_id})`,
      });
    case 'role_group_added':
      await require(db, sql`SELECT FROM groups WHERE workspace_id = ${workspaceId} AND id = ${change.group_id}`);
      return plan(inGroup(change.group_id), null, {
        newlyHeld: sql`SELECT workspace_id, user_id, ${roleId}::uuid AS role_id FROM group_members WHERE group_id = ${change.group_id}`,
      });
    case 'role_group_removed':
      await require(db, sql`SELECT FROM role_groups WHERE role_id = ${roleId} AND group_id = ${change.group_id}`);
      return plan(inGroup(change.group_id), null, {
        heldByGroupStays: sql`NOT (rg.role_id = ${roleId} AND rg.group_id = ${change.group_id})`,
      });
  }
}

const actionsOfGroup = (groupId: string): SQL =>
  sql`SELECT ra.action_id FROM role_groups rg JOIN role_actions ra ON ra.role_id = rg.role_id WHERE rg.group_id = ${groupId}`;

function planGroupDeleted(groupId: string, workspaceId: string): ChangePlan {
  return {
    workspaceId,
    people: inGroup(groupId),
    onePerson: null,
    actions: {
      ...asItIs,
      actions: actionsOfGroup(groupId),
      heldByGroupStays: sql`gm.group_id <> ${groupId}`,
    },
    resources: {
      workspaceId,
      groupId,
      groupReaches: { before: true, after: false },
      roleAfter: sql`m.role`,
    },
  };
}

async function planGroupMember(
  db: Queryable,
  change: Extract<PlannedChange, { kind: 'group_member_added' | 'group_member_removed' }>,
  workspaceId: string,
): Promise<ChangePlan> {
  const { group_id: groupId, user_id: userId } = change;
  const isIn = sql`SELECT FROM group_members WHERE group_id = ${groupId} AND user_id = ${userId}`;
  const [member] = await rowsOf(db, isIn);
  const adds = change.kind === 'group_member_added';
  if (adds) await requireMember(db, workspaceId, userId);
  else if (!member) throw new Refusal('not_found');
  return {
    workspaceId,
    people: one(userId),
    onePerson: userId,
    actions: {
      ...asItIs,
      actions: actionsOfGroup(groupId),
      ...(adds
        ? {
            newlyHeld: sql`SELECT workspace_id, ${userId}::uuid AS user_id, role_id FROM role_groups WHERE group_id = ${groupId}`,
          }
        : { heldByGroupStays: sql`NOT (gm.group_id = ${groupId} AND gm.user_id = ${userId})` }),
    },
    resources: {
      workspaceId,
      groupId,
      groupReaches: { before: member !== undefined, after: adds },
      roleAfter: sql`m.role`,
    },
  };
}

async function planMember(
  db: Queryable,
  change: Extract<PlannedChange, { kind: 'member_removed' | 'member_role_changed' }>,
): Promise<ChangePlan> {
  const { workspace_id: workspaceId, user_id: userId } = change;
  const member = await requireMember(db, workspaceId, userId);
  const removed = change.kind === 'member_removed';
  const staysOwner = !removed && change.role === 'owner';
  const actions: ActionEffects = {
    ...asItIs,
    actions: sql`SELECT ra.action_id FROM role_members rm JOIN role_actions ra ON ra.role_id = rm.role_id
        WHERE rm.user_id = ${userId} AND rm.workspace_id = ${workspaceId}
      UNION ALL
      SELECT ra.action_id FROM group_members gm JOIN role_groups rg ON rg.group_id = gm.group_id
        JOIN role_actions ra ON ra.role_id = rg.role_id
        WHERE gm.user_id = ${userId} AND gm.workspace_id = ${workspaceId}`,
    heldStays: sql`false`,
    heldByGroupStays: sql`false`,
  };
  return {
    workspaceId,
    people: one(userId),
    onePerson: userId,
    // Custom roles are held apart from the role in the workspace: they stay with whoever stays.
    actions: removed ? actions : null,
    resources: {
      workspaceId,
      groupId: null,
      groupReaches: { before: true, after: true },
      roleAfter: removed ? sql`NULL::text` : sql`${change.role}::text`,
    },
    ...(member.isLastOwner && !staysOwner ? { refusal: 'last_owner' } : {}),
  };
}

async function planActionsWithdrawn(
  db: Queryable,
  change: Extract<PlannedChange, { kind: 'actions_withdrawn' }>,
): Promise<ChangePlan> {
  const actionIds = change.action_ids.map((id) => id.toLowerCase());
  const known = await rowsOf<{ id: string }>(
    db,
    sql`SELECT id FROM service_actions WHERE service_id = ${change.service_id} AND id = ANY (${ids(actionIds)})`,
  );
  await require(db, sql`SELECT FROM services WHERE id = ${change.service_id}`);
  refuseUnknown('action_ids', actionIds, known, 'is not the id of an action of this service');
  const withdrawn = sql`SELECT id FROM service_actions WHERE id = ANY (${ids(actionIds)}) AND absent_since IS NULL`;
  const holding = sql`SELECT role_id FROM role_actions WHERE action_id IN (${withdrawn})`;
  return {
    workspaceId: null,
    people: sql`SELECT user_id FROM role_members WHERE role_id IN (${holding})
      UNION ALL SELECT gm.user_id FROM role_groups rg JOIN group_members gm ON gm.group_id = rg.group_id
      WHERE rg.role_id IN (${holding})`,
    onePerson: null,
    actions: {
      ...asItIs,
      actions: sql`SELECT id AS action_id FROM (${withdrawn}) w`,
      roleActionStays: sql`false`,
      everybodyLoses: true,
    },
    resources: null,
  };
}

const ids = (list: readonly string[]): SQL => sql`${sql.param([...list])}::uuid[]`;
const one = (userId: string): SQL => sql`SELECT ${userId}::uuid AS user_id`;
const inGroup = (groupId: string): SQL => sql`SELECT user_id FROM group_members WHERE group_id = ${groupId}`;

async function require(db: Queryable, query: SQL): Promise<void> {
  const rows = await rowsOf(db, query);
  if (rows.length === 0) throw new Refusal('not_found');
}

async function requireRole(db: Queryable, roleId: string): Promise<string> {
  const [role] = await rowsOf<{ workspace_id: string }>(
    db,
    sql`SELECT workspace_id FROM roles WHERE id = ${roleId}`,
  );
  if (!role) throw new Refusal('not_found');
  return role.workspace_id;
}

async function requireGroup(db: Queryable, groupId: string): Promise<string> {
  const [group] = await rowsOf<{ workspace_id: string }>(
    db,
    sql`SELECT workspace_id FROM groups WHERE id = ${groupId}`,
  );
  if (!group) throw new Refusal('not_found');
  return group.workspace_id;
}

async function requireMember(
  db: Queryable,
  workspaceId: string,
  userId: string,
): Promise<{ readonly isLastOwner: boolean }> {
  const [member] = await rowsOf<{ role: WorkspaceRole; other_owner: boolean }>(
    db,
    sql`SELECT m.role, EXISTS (SELECT FROM members o WHERE o.workspace_id = m.workspace_id AND o.role = 'owner'
               AND o.user_id <> m.user_id) AS other_owner
        FROM members m WHERE m.workspace_id = ${workspaceId} AND m.user_id = ${userId}`,
  );
  if (!member) throw new Refusal('not_found');
  return { isLastOwner: member.role === 'owner' && !member.other_owner };
}

async function requireRoleActions(
  db: Queryable,
  { role_id, add, remove }: Extract<PlannedChange, { kind: 'role_actions' }>,
): Promise<void> {
  const [added, removed] = [add, remove].map((list) => list.map((id) => id.toLowerCase()));
  const twice = removed!.findIndex((id) => added!.includes(id));
  if (twice >= 0)
    throw new Refusal('validation_failed', {
      fields: [{ field: `change.remove.${twice}`, message: 'is in add too; name an action once' }],
    });
  const known = await rowsOf<{ id: string; held: boolean }>(
    db,
    sql`SELECT a.id, EXISTS (SELECT FROM role_actions ra WHERE ra.role_id = ${role_id} AND ra.action_id = a.id) AS held
        FROM service_actions a WHERE a.id = ANY (${ids([...added!, ...removed!])})`,
  );
  refuseUnknown('add', added!, known, 'is not the id of a registered action');
  refuseUnknown(
    'remove',
    removed!,
    known.filter(({ held }) => held),
    'is not the id of an action of this role',
  );
}

function refuseUnknown(
  field: string,
  asked: readonly string[],
  known: readonly { readonly id: string }[],
  message: string,
): void {
  const found = new Set(known.map(({ id }) => id));
  const fields = asked.flatMap((id, index) =>
    found.has(id) ? [] : [{ field: `change.${field}.${index}`, message }],
  );
  if (fields.length > 0) throw new Refusal('validation_failed', { fields: fields.slice(0, 50) });
}
