import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { standingIn } from '../factors/workspace-policy.ts';

const memberQuery = {
  name: 'is member',
  text: 'SELECT 1 AS one FROM members WHERE user_id = $1 AND workspace_id = $2 FOR KEY SHARE',
};

/**
 * Sees that a person is in a workspace, and stays in it until the transaction ends, and that their sign-in is what the
 * workspace asks for.
 * @throws Refusal `not_member`; `recent_sign_in_required`, `mfa_required`, `mfa_enrolment_required`, `sign_in_method_refused`
 */
export async function requireWorkspace(
  tx: Transaction,
  session: { readonly grantId: string; readonly userId: string },
  workspaceId: string,
): Promise<void> {
  if ((await tx.query(memberQuery, [session.userId, workspaceId])).length === 0)
    throw new Refusal('not_member');
  if ((await standingIn(tx.db, session, workspaceId, tx.now)) === 'second_factor')
    throw new Refusal('mfa_required');
}
