import type { Transaction } from '../../platform/database/transaction.ts';

const memberQuery = {
  name: 'is member',
  text: 'SELECT 1 AS one FROM members WHERE user_id = $1 AND workspace_id = $2 FOR KEY SHARE',
};

/** Whether a person is in a workspace, and stays in it until the transaction ends. */
export async function isMember(tx: Transaction, userId: string, workspaceId: string): Promise<boolean> {
  return (await tx.query(memberQuery, [userId, workspaceId])).length > 0;
}
