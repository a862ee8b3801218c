import type { WorkspaceRole } from '@castellan/contract';
import { newId } from '../../platform/database/identifiers.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { refuseField } from '../../platform/refusal.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { inviteUsers } from '../invitations/invite.ts';
import { addMember, requireWorkspace } from '../workspaces/membership.ts';
import { personTarget } from './change-user.ts';
import { insertUser } from './repository.ts';

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly workspaceId?: string | undefined;
  readonly role?: WorkspaceRole | undefined;
}

/**
 * Creates an account, in a workspace if one is named, and invites its owner to set a password.
 * @throws Refusal `email_taken`, `not_found` (the workspace)
 */
export async function createUser(tx: Transaction, vault: Vault, user: NewUser): Promise<string> {
  if (user.role !== undefined && user.workspaceId === undefined)
    throw refuseField('workspace_id', 'is required with a role');
  const created = await createAccount(tx, user);
  if (user.workspaceId !== undefined) {
    const workspace = await requireWorkspace(tx, user.workspaceId);
    await addMember(tx, workspace, created, user.role ?? 'viewer');
  }
  await inviteUsers(tx, vault, [created]);
  return created.id;
}

/** Makes the account alone; whoever calls it invites its owner. */
export async function createAccount(
  tx: Transaction,
  { email, name }: { readonly email: string; readonly name: string },
): Promise<{ readonly id: string; readonly email: string; readonly name: string }> {
  const created = { id: newId(), email, name };
  await insertUser(tx, created);
  tx.record({ action: 'user_created', target: personTarget(created), detail: { email, state: 'invited' } });
  return created;
}
