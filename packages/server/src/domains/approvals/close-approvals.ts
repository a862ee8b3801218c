import { rowsOf, sql, type Transaction } from '../../platform/database/transaction.ts';

/** What stands as the note of an approval that nobody refused, but whose requester is gone. */
const closedNote = 'Closed: whoever asked for it no longer has the role that they asked with.';

/**
 * Closes what these people asked approval of and may no longer do, in the transaction that takes their account or role: a yes to it
 * would be one to nobody. Their rows are locked, and changed already.
 */
export async function closeApprovalsOf(tx: Transaction, userIds: readonly string[]): Promise<void> {
  const closed = await rowsOf<{ id: string; summary: string; requested_by: string; service: string | null }>(
    tx.db,
    sql`UPDATE approvals a SET state = 'refused', decided_by = NULL, decided_at = ${tx.now}, note = ${closedNote}
        FROM users u
        WHERE u.id = a.requested_by AND u.id = ANY (${sql.param(userIds)}::uuid[])
          AND a.state IN ('open', 'approved') AND a.expires_at > ${tx.now}
          AND NOT (u.state = 'active' AND (u.is_admin OR EXISTS (
            SELECT FROM operator_grants g
            WHERE g.user_id = u.id AND (g.service_id IS NULL OR g.service_id = a.service_id)
              AND array_position(ARRAY['support', 'admin', 'owner'], g.role COLLATE "C")
                >= array_position(ARRAY['support', 'admin', 'owner'], a.requested_role COLLATE "C"))))
        RETURNING a.id, a.summary, a.requested_by, (SELECT s.name FROM services s WHERE s.id = a.service_id) AS service`,
  );
  for (const { id, summary, requested_by, service } of closed)
    tx.record({
      action: 'approval_refused',
      target: { kind: 'approval', id, label: summary },
      ...(service === null ? {} : { service }),
      detail: { reason: 'requester_lost_role', requested_by },
    });
}
