import { approvalsApprove, approvalsList, approvalsRead, approvalsRefuse } from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { decideApproval } from './decide-approval.ts';
import { listApprovals, readApproval } from './read-approvals.ts';

/** Approvals, as operators see and decide them (A20); they are asked for where the call is made. */
export function approvalRoutes(deps: {
  readonly database: Database;
  readonly cursors: Cursors;
  readonly clock: Clock;
}): Implementation[] {
  const { database, cursors, clock } = deps;
  return [
    implement(approvalsList, (call) =>
      listApprovals(database.db, cursors, call.principal, call.query, clock.now()),
    ),
    implement(approvalsRead, (call) =>
      readApproval(database.db, call.principal, call.params.id, clock.now()),
    ),
    implement(approvalsApprove, (call) =>
      call.write(async (tx) => {
        const decision = { isApproved: true, note: call.body.note ?? '' };
        await decideApproval(tx, call.principal, call.params.id, decision);
        return readApproval(tx.db, call.principal, call.params.id, tx.now);
      }),
    ),
    implement(approvalsRefuse, (call) =>
      call.write(async (tx) => {
        const decision = { isApproved: false, note: call.body.note ?? '' };
        await decideApproval(tx, call.principal, call.params.id, decision);
        return readApproval(tx.db, call.principal, call.params.id, tx.now);
      }),
    ),
  ];
}
