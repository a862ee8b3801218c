import type { WorkspaceRole } from '@castellan/contract';
import { newId } from '../../platform/database/identifiers.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { refuseField } from '../../platform/refusal.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { openInvitation } from '../invitations/invite.ts';
import { addMember, requireWorkspace } from '../workspaces/membership.ts';
import { personTarget } from './change-user.ts';
import { findUserByEmail, insertUser, insertUserUnlessTaken } from './repository.ts';

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
  const created = await createAccount(tx, vault, user);
  if (user.workspaceId !== undefined) {
    const workspace = await requireWorkspace(tx, user.workspaceId);
    await addMember(tx, workspace, created, user.role ?? 'viewer');
  }
  return created.id;
}

interface Account {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/** Makes the account and the link by which its owner sets a password. */
async function createAccount(
  tx: Transaction,
  vault: Vault,
  { email, name }: Omit<Account, 'id'>,
): Promise<Account> {
  const created = { id: newId(), email, name };
  await insertUser(tx, created);
  await recordCreation(tx, vault, created);
  return created;
}

async function recordCreation(tx: Transaction, vault: Vault, account: Account): Promise<void> {
  const invitationId = await openInvitation(tx, vault, account.id);
  tx.record({
    action: 'user_created',
    target: personTarget(account),
    detail: { email: account.email, state: 'invited', invitation_id: invitationId },
  });
}

/**
 * Makes the account of somebody who proved their e-mail themselves: it is active at once, and nobody invites them.
 * @param person.emailVerifiedBy the provider on whose word the e-mail counts; none where the mailbox itself showed it
 * @param person.detail how they came, for the timeline
 * @returns `undefined` when the e-mail has an account
 */
export async function createActiveUser(
  tx: Transaction,
  person: {
    readonly email: string;
    readonly name: string;
    readonly emailVerifiedBy: string | null;
    readonly detail: Readonly<Record<string, unknown>>;
  },
): Promise<Account | undefined> {
  const created = { id: newId(), email: person.email, name: person.name };
  const made = await insertUserUnlessTaken(tx, {
    ...created,
    state: 'active',
    emailVerifiedAt: tx.now,
    emailVerifiedBy: person.emailVerifiedBy,
  });
  if (!made) return undefined;
  const target = personTarget(created);
  tx.record({
    action: 'user_created',
    actors: [target],
    target,
    detail: { email: created.email, state: 'active', ...person.detail },
  });
  return created;
}

/** The account with this e-mail, made and invited now if there is none, named by its address if no name is known. */
export async function accountFor(
  tx: Transaction,
  vault: Vault,
  { email, name }: { readonly email: string; readonly name?: string | undefined },
): Promise<Account> {
  const found = await findUserByEmail(tx, email);
  if (found) return found;
  const created = { id: newId(), email, name: name ?? email.slice(0, email.indexOf('@')).slice(0, 120) };
  if (await insertUserUnlessTaken(tx, created)) {
    await recordCreation(tx, vault, created);
    return created;
  }
  // Somebody made it between the two statements; it is committed by now.
  return (await findUserByEmail(tx, email))!;
}
