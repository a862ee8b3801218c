import { operatorRoleSatisfies } from '@castellan/contract';
import { eq } from 'drizzle-orm';
import { approvals, services } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { Administrator, Operator } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { confirmOperatorRole, operatorRoleFor, roleOfSomebody } from '../operators/role.ts';

/**
 * Says yes or no to a call that somebody asked approval of. A yes is another operator's, with at least the role of whoever asked,
 * read in this transaction, to somebody who still has that role. A no may also come from whoever asked, and takes back a yes that was
 * not used.
 *
 * @throws Refusal `not_found`, `own_approval`, `operator_role_missing`, `approval_decided`, `approval_requester_gone`
 */
export async function decideApproval(
  tx: Transaction,
  principal: Administrator | Operator,
  approvalId: string,
  decision: { readonly isApproved: boolean; readonly note: string },
): Promise<void> {
  const [asked] = await tx.db
    .select({ requestedBy: approvals.requestedBy, serviceId: approvals.serviceId })
    .from(approvals)
    .where(eq(approvals.id, approvalId));
  // People before their approvals, as where a role is taken and what its holder asked for is closed.
  const theirRole = asked && (await roleOfSomebody(tx, asked.requestedBy, asked.serviceId));
  const [approval] = await tx.db.select().from(approvals).where(eq(approvals.id, approvalId)).for('update');
  if (!approval || operatorRoleFor(principal, approval.serviceId) === null) throw new Refusal('not_found');
  const { isApproved, note } = decision;
  const isOwn = approval.requestedBy === principal.userId;
  if (isOwn && isApproved) throw new Refusal('own_approval');
  if (!isOwn) await confirmOperatorRole(tx, principal, approval.serviceId, approval.requestedRole);
  const isUndecided = approval.state === 'open' || (!isApproved && approval.state === 'approved');
  if (!isUndecided || approval.expiresAt <= tx.now) throw new Refusal('approval_decided');
  if (isApproved && !(theirRole && operatorRoleSatisfies(theirRole, approval.requestedRole)))
    throw new Refusal('approval_requester_gone');
  await tx.db
    .update(approvals)
    .set({
      state: isApproved ? 'approved' : 'refused',
      decidedBy: principal.userId,
      decidedAt: tx.now,
      note,
    })
    .where(eq(approvals.id, approvalId));
  const [service] = approval.serviceId
    ? await tx.db.select({ name: services.name }).from(services).where(eq(services.id, approval.serviceId))
    : [];
  tx.record({
    action: isApproved ? 'approval_approved' : 'approval_refused',
    target: { kind: 'approval', id: approvalId, label: approval.summary },
    service: service?.name,
    detail: { note, requested_by: approval.requestedBy },
  });
}
