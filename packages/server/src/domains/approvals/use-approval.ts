import { type OperatorRole, operatorRoleSatisfies } from '@castellan/contract';
import { and, eq } from 'drizzle-orm';
import { type ApprovalKind, type ApprovedRow, approvals, users } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { roleOfSomebody } from '../operators/role.ts';
import { subjectDigest } from './subject-digest.ts';

/** The call that an approval is to allow. */
export interface ApprovedCall {
  readonly kind: ApprovalKind;
  readonly service: { readonly id: string; readonly name: string };
  readonly subject: Readonly<Record<string, unknown>>;
  /** Who makes the call. */
  readonly userId: string;
}

/**
 * The rows that an approval is about, where it waits to be used for exactly this call; `undefined` otherwise. Nothing is used up.
 */
export async function rowsApprovedFor(
  db: Queryable,
  approvalId: string,
  call: ApprovedCall,
): Promise<readonly ApprovedRow[] | undefined> {
  const [approval] = await db.select().from(approvals).where(eq(approvals.id, approvalId));
  if (approval?.requestedBy !== call.userId || approval.state !== 'approved') return undefined;
  return isFor(approval, call) ? approval.rows : undefined;
}

function isFor(approval: typeof approvals.$inferSelect, { kind, service, subject }: ApprovedCall): boolean {
  return (
    approval.kind === kind &&
    approval.serviceId === service.id &&
    approval.subjectDigest.equals(subjectDigest(kind, service.id, subject))
  );
}

/** Who said yes to what, as it travels in a token. */
export interface UsedApproval {
  readonly id: string;
  readonly by: { readonly sub: string; readonly email: string };
}

/**
 * Uses an approval up, in the transaction that the call begins with: it allows this call and no other, once. Whoever asked and whoever
 * said yes must still have the role for it. What the call came to may give it back ({@link giveBackApproval}).
 *
 * @throws Refusal `approval_not_usable`, with why for whoever asked for it
 */
export async function useApproval(
  tx: Transaction,
  approvalId: string,
  call: ApprovedCall & { /** What they are there now. */ readonly role: OperatorRole },
): Promise<UsedApproval> {
  const refuse = (detail: string): Refusal => new Refusal('approval_not_usable', { detail });
  const [approval] = await tx.db.select().from(approvals).where(eq(approvals.id, approvalId)).for('update');
  // One that somebody else asked for is as one that is not there.
  if (!approval || approval.requestedBy !== call.userId) throw refuse('You asked for no such approval.');
  if (approval.state === 'used') throw refuse('It was used before.');
  if (approval.state !== 'approved') throw refuse('Nobody has said yes to it.');
  if (approval.expiresAt <= tx.now) throw refuse('It ran out.');
  if (!isFor(approval, call)) throw refuse('The call is not the one that was approved.');
  if (!operatorRoleSatisfies(call.role, approval.requestedRole))
    throw refuse('You no longer have the role that you asked with.');
  // Whoever said yes may be gone, or have lost what their yes was worth.
  const role = approval.decidedBy && (await roleOfSomebody(tx, approval.decidedBy, approval.serviceId));
  if (!role || !operatorRoleSatisfies(role, approval.requestedRole))
    throw refuse('Whoever said yes to it may not do so any more.');
  const [decider] = await tx.db
    .select({ sub: users.id, email: users.email })
    .from(users)
    .where(eq(users.id, approval.decidedBy!));
  await tx.db.update(approvals).set({ state: 'used', usedAt: tx.now }).where(eq(approvals.id, approvalId));
  tx.record({
    action: 'approval_used',
    target: { kind: 'approval', id: approvalId, label: approval.summary },
    service: call.service.name,
    detail: { approved_by: approval.decidedBy },
  });
  return { id: approvalId, by: decider! };
}

/**
 * Makes an approval usable again, until it runs out, after the call that used it has certainly changed nothing; in the transaction
 * that writes that down. Whoever lost the role meanwhile gets nothing back.
 */
export async function giveBackApproval(
  tx: Transaction,
  approvalId: string,
  { service, userId }: Pick<ApprovedCall, 'service' | 'userId'>,
): Promise<void> {
  // People before their approvals, as where a role is taken and what its holder asked for is closed.
  const role = await roleOfSomebody(tx, userId, service.id);
  const [approval] = await tx.db
    .select({ summary: approvals.summary, requestedRole: approvals.requestedRole })
    .from(approvals)
    .where(and(eq(approvals.id, approvalId), eq(approvals.requestedBy, userId), eq(approvals.state, 'used')))
    .for('update');
  if (!approval || !role || !operatorRoleSatisfies(role, approval.requestedRole)) return;
  await tx.db.update(approvals).set({ state: 'approved', usedAt: null }).where(eq(approvals.id, approvalId));
  tx.record({
    action: 'approval_given_back',
    target: { kind: 'approval', id: approvalId, label: approval.summary },
    service: service.name,
  });
}
