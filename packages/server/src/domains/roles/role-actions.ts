import { and, asc, eq, inArray } from 'drizzle-orm';
import { roleActions, serviceActions, services } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { lockRole, type RoleRecord, roleTarget } from './role-record.ts';

interface ActionName {
  readonly id: string;
  readonly name: string;
  readonly service: string;
}

const named = { id: serviceActions.id, name: serviceActions.name, service: services.name };

/**
 * The actions of these ids, which stay until this transaction ends.
 * @throws Refusal `validation_failed`, which names each id that is no action
 */
async function requireActions(tx: Transaction, actionIds: readonly string[]): Promise<ActionName[]> {
  const found = await tx.db
    .select(named)
    .from(serviceActions)
    .innerJoin(services, eq(services.id, serviceActions.serviceId))
    .where(inArray(serviceActions.id, [...actionIds]))
    .orderBy(asc(services.name), asc(serviceActions.name))
    .for('key share', { of: serviceActions });
  const known = new Set(found.map((action) => action.id));
  const unknown = actionIds.flatMap((id, index) =>
    known.has(id.toLowerCase())
      ? []
      : [{ field: `action_ids.${index}`, message: 'is not the id of a registered action' }],
  );
  if (unknown.length > 0) throw new Refusal('validation_failed', { fields: unknown.slice(0, 50) });
  return found;
}

/** Puts actions into a role whose row is locked, and tells those that it had not. */
export async function putActions(
  tx: Transaction,
  role: RoleRecord,
  actionIds: readonly string[],
): Promise<void> {
  if (actionIds.length === 0) return;
  const actions = await requireActions(tx, actionIds);
  const added = await tx.db
    .insert(roleActions)
    .values(actions.map((action) => ({ roleId: role.id, actionId: action.id, createdAt: tx.now })))
    .onConflictDoNothing()
    .returning({ actionId: roleActions.actionId });
  const isNew = new Set(added.map((row) => row.actionId));
  for (const action of actions) if (isNew.has(action.id)) tell(tx, 'role_action_added', role, action);
}

/** Adds actions to a role; those it has stay (P8). @throws Refusal `not_found`, `validation_failed` */
export async function addActions(
  tx: Transaction,
  roleId: string,
  actionIds: readonly string[],
): Promise<void> {
  await putActions(tx, await lockRole(tx, roleId), actionIds);
}

/** Takes an action out of a role (P8). @throws Refusal `not_found` when the role is missing, or has it not */
export async function removeAction(tx: Transaction, roleId: string, actionId: string): Promise<void> {
  const role = await lockRole(tx, roleId);
  const [action] = await tx.db
    .select(named)
    .from(roleActions)
    .innerJoin(serviceActions, eq(serviceActions.id, roleActions.actionId))
    .innerJoin(services, eq(services.id, serviceActions.serviceId))
    .where(inRole(roleId, actionId));
  if (!action) throw new Refusal('not_found');
  await tx.db.delete(roleActions).where(inRole(roleId, actionId));
  tell(tx, 'role_action_removed', role, action);
}

/** The first actions of a role by name, as the event of its end tells them. */
export async function firstActionNames(db: Queryable, roleId: string, atMost: number): Promise<string[]> {
  const rows = await db
    .select(named)
    .from(roleActions)
    .innerJoin(serviceActions, eq(serviceActions.id, roleActions.actionId))
    .innerJoin(services, eq(services.id, serviceActions.serviceId))
    .where(eq(roleActions.roleId, roleId))
    .orderBy(asc(services.name), asc(serviceActions.name))
    .limit(atMost);
  return rows.map(({ service, name }) => `${service} ${name}`);
}

function inRole(roleId: string, actionId: string) {
  return and(eq(roleActions.roleId, roleId), eq(roleActions.actionId, actionId));
}

function tell(
  tx: Transaction,
  action: 'role_action_added' | 'role_action_removed',
  role: RoleRecord,
  of: ActionName,
): void {
  tx.record({
    action,
    ...roleTarget(role),
    service: of.service,
    detail: { action_id: of.id, action: of.name },
  });
}
