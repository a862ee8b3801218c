import type { WorkspaceRole } from '@castellan/contract';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { accountFor } from '../users/create-user.ts';
import { addMember, requireWorkspace } from './membership.ts';

/**
 * Adds somebody by e-mail. Who has no account gets one, and a link to set a password.
 * @returns the person's id
 * @throws Refusal `not_found` (the workspace), `already_member`
 */
export async function inviteMember(
  tx: Transaction,
  vault: Vault,
  workspaceId: string,
  invitee: { readonly email: string; readonly role: WorkspaceRole; readonly name?: string | undefined },
): Promise<string> {
  const workspace = await requireWorkspace(tx, workspaceId);
  const account = await accountFor(tx, vault, invitee);
  await addMember(tx, workspace, account, invitee.role);
  return account.id;
}
