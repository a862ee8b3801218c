import { everyService, type OperatorRole } from '@castellan/contract';
import { and, eq, isNull } from 'drizzle-orm';
import { operatorGrants, services } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { Administrator, Operator } from '../../platform/http/principal.ts';
import { Refusal, refuseField } from '../../platform/refusal.ts';
import { closeApprovalsOf } from '../approvals/close-approvals.ts';
import { endGrants } from '../grants/grant-store.ts';
import { changeUser, lockUser, personTarget } from '../users/change-user.ts';
import { isGrantedAnything } from './grants-of-operator.ts';
import { confirmOperatorRole } from './role.ts';

/** Which grant: whose, and for which service or every one. */
interface GrantKey {
  readonly userId: string;
  /** A service's id, or `*`. */
  readonly scope: string;
}

/** A grant as this transaction holds it: its person locked, so that nobody else changes what they may. */
interface HeldGrant {
  readonly person: Awaited<ReturnType<typeof lockUser>>;
  readonly service: { readonly id: string; readonly name: string } | null;
  /** What they are there now, `null` for nothing. */
  readonly role: OperatorRole | null;
}

/**
 * Locks the person of a grant and reads what they have, for somebody who owns that service.
 * @throws Refusal `operator_role_missing`, `not_found`
 */
async function holdGrant(
  tx: Transaction,
  principal: Administrator | Operator,
  { userId, scope }: GrantKey,
): Promise<HeldGrant> {
  const serviceId = scope === everyService ? null : scope.toLowerCase();
  // Before anything else is said: who does not own the service learns neither whether it exists nor who works there.
  await confirmOperatorRole(tx, principal, serviceId, 'owner');
  const person = await lockUser(tx, userId);
  const service = serviceId === null ? null : await requireService(tx, serviceId);
  if (service === null && person.isAdmin) return { person, service, role: 'owner' };
  const [row] = await tx.db
    .select({ role: operatorGrants.role })
    .from(operatorGrants)
    .where(keyOf(person.id, service));
  return { person, service, role: row?.role ?? null };
}

async function requireService(tx: Transaction, id: string) {
  const [service] = await tx.db
    .select({ id: services.id, name: services.name })
    .from(services)
    .where(eq(services.id, id))
    .for('share');
  if (!service) throw new Refusal('not_found');
  return service;
}

function keyOf(userId: string, service: HeldGrant['service']) {
  const { serviceId } = operatorGrants;
  return and(
    eq(operatorGrants.userId, userId),
    service === null ? isNull(serviceId) : eq(serviceId, service.id),
  );
}

/**
 * Makes somebody an operator (A21).
 * @throws Refusal `operator_role_missing`, `not_found`, `operator_exists`; a field error for who is deactivated
 */
export async function addOperator(
  tx: Transaction,
  principal: Administrator | Operator,
  { role, ...key }: GrantKey & { readonly role: OperatorRole },
): Promise<void> {
  const held = await holdGrant(tx, principal, key);
  if (held.role !== null) throw new Refusal('operator_exists');
  if (held.person.state === 'deactivated')
    throw refuseField('user_id', 'is deactivated; activate the person first');
  await setRole(tx, principal, held, role);
}

/**
 * Changes what an operator is.
 * @throws Refusal `operator_role_missing`, `not_found`, `last_administrator`
 */
export async function changeOperator(
  tx: Transaction,
  principal: Administrator | Operator,
  { role, ...key }: GrantKey & { readonly role: OperatorRole },
): Promise<void> {
  const held = await holdGrant(tx, principal, key);
  if (held.role === null) throw new Refusal('not_found');
  if (held.role !== role) await setRole(tx, principal, held, role);
}

/**
 * Takes a grant away; whoever holds none then is out of the console with their next call.
 * @throws Refusal `operator_role_missing`, `not_found`, `last_administrator`
 */
export async function removeOperator(
  tx: Transaction,
  principal: Administrator | Operator,
  key: GrantKey,
): Promise<void> {
  const held = await holdGrant(tx, principal, key);
  if (held.role === null) throw new Refusal('not_found');
  await setRole(tx, principal, held, null);
}

/** Writes a role, `null` for none, and tells it. Owners of every service are administrators: that is kept with the person. */
async function setRole(
  tx: Transaction,
  principal: Administrator | Operator,
  { person, service, role: before }: HeldGrant,
  after: OperatorRole | null,
): Promise<void> {
  const wasAdmin = service === null && before === 'owner';
  const isAdmin = service === null && after === 'owner';
  const hadRow = before !== null && !wasAdmin;
  if (wasAdmin && !isAdmin) await changeUser(tx, person.id, { isAdmin: false });
  if (after === null || isAdmin) {
    if (hadRow) await tx.db.delete(operatorGrants).where(keyOf(person.id, service));
  } else if (hadRow)
    await tx.db
      .update(operatorGrants)
      .set({ role: after, grantedBy: principal.userId, updatedAt: tx.now })
      .where(keyOf(person.id, service));
  else
    await tx.db.insert(operatorGrants).values({
      userId: person.id,
      serviceId: service?.id ?? null,
      role: after,
      grantedBy: principal.userId,
      createdAt: tx.now,
      updatedAt: tx.now,
    });
  if (isAdmin && !wasAdmin) await changeUser(tx, person.id, { isAdmin: true });
  // Administrators whose administration was taken are signed out by that.
  if (after === null && !wasAdmin && !person.isAdmin && !(await isGrantedAnything(tx.db, person.id)))
    await endGrants(tx, { userIds: [person.id], kind: 'admin_session' }, 'demoted');
  if (before !== null) await closeApprovalsOf(tx, [person.id]);
  tx.record({
    action:
      before === null ? 'operator_added' : after === null ? 'operator_removed' : 'operator_role_changed',
    target: personTarget(person),
    ...(service ? { service: service.name } : {}),
    detail: { service: service?.name ?? everyService, role: { before, after } },
  });
}
