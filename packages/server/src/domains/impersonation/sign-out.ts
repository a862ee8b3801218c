import { and, eq, isNull } from 'drizzle-orm';
import { impersonationSessions } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { endGrants } from '../grants/grant-store.ts';

/** Ends the session whose token a product gave back: its operator signed out there, and no list shows them as acting any more. */
export async function signOutOfSession(tx: Transaction, grantId: string): Promise<void> {
  const [ended] = await tx.db
    .update(impersonationSessions)
    .set({ endedAt: tx.now, endedReason: 'signed_out' })
    .where(and(eq(impersonationSessions.grantId, grantId), isNull(impersonationSessions.endedAt)))
    .returning({
      id: impersonationSessions.id,
      userId: impersonationSessions.userId,
      label: impersonationSessions.label,
      service: impersonationSessions.serviceName,
      operator: impersonationSessions.operatorName,
    });
  if (!ended) return;
  await endGrants(tx, { grantId }, 'signed_out');
  tx.record({
    action: 'impersonation_ended',
    target: { kind: 'user', id: ended.userId, label: ended.label },
    service: ended.service,
    detail: { impersonation_session_id: ended.id, operator: ended.operator, reason: 'signed_out' },
  });
}
