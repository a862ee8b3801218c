import type { OperatorRole } from '@castellan/contract';
import { after } from '../../platform/clock.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { type ApprovalKind, type ApprovedRow, approvals } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { subjectDigest } from './subject-digest.ts';

/** How long an approval can be given and used, from when it was asked for. */
const lifeSeconds = 24 * 3600;

/** What is asked for. */
export interface NewApproval {
  readonly kind: ApprovalKind;
  readonly service: { readonly id: string; readonly name: string };
  /** Every parameter of the call; nothing that is not in it is approved. */
  readonly subject: Readonly<Record<string, unknown>>;
  /** What the timeline says of the call beside its summary: nothing that may be secret. */
  readonly about: Readonly<Record<string, unknown>>;
  /** In one line, for people. */
  readonly summary: string;
  readonly rows: readonly ApprovedRow[];
  readonly reason: string;
  readonly requestedBy: string;
  /** Whoever decides needs at least this one. */
  readonly requestedRole: OperatorRole;
}

/** Asks for an approval of one exact call (A20). @returns its id */
export async function requestApproval(tx: Transaction, asked: NewApproval): Promise<string> {
  const { kind, service, subject, about, summary, rows, reason, requestedBy, requestedRole } = asked;
  const id = newId();
  const expiresAt = after(tx.now, lifeSeconds);
  await tx.db.insert(approvals).values({
    id,
    kind,
    serviceId: service.id,
    subject,
    subjectDigest: subjectDigest(kind, service.id, subject),
    summary,
    rows,
    reason,
    requestedBy,
    requestedRole,
    requestedAt: tx.now,
    expiresAt,
    state: 'open',
  });
  tx.record({
    action: 'approval_requested',
    target: { kind: 'approval', id, label: summary },
    service: service.name,
    detail: {
      ...about,
      service_id: service.id,
      reason,
      rows: rows.length,
      ...(rows.length === 1 && rows[0]!.label ? { row_label: rows[0]!.label } : {}),
      expires_at: expiresAt.toISOString(),
    },
  });
  return id;
}
