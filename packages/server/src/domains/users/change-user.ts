import { changesOf } from '../../platform/activity/event.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { closeApprovalsOf } from '../approvals/close-approvals.ts';
import { endGrants } from '../grants/grant-store.ts';
import { keepAnAdministrator } from './administrators.ts';
import {
  deactivateAll,
  lockUsers,
  reactivateAll,
  revokeOpenInvitations,
  type UserRecord,
  updateUser,
} from './repository.ts';

export interface UserChanges {
  readonly name?: string | undefined;
  readonly isActive?: boolean | undefined;
  readonly isAdmin?: boolean | undefined;
}

/** @throws Refusal `not_found` */
export async function lockUser(tx: Transaction, userId: string): Promise<UserRecord> {
  const [user] = await lockUsers(tx, [userId]);
  if (!user) throw new Refusal('not_found');
  return user;
}

/** The target of an event about a person. */
export function personTarget(user: { readonly id: string; readonly name: string }) {
  return { kind: 'user', id: user.id, label: user.name } as const;
}

/**
 * Edits a person: name, whether they may sign in, whether they administer.
 * @throws Refusal `not_found`, `last_administrator`
 */
export async function changeUser(tx: Transaction, userId: string, changes: UserChanges): Promise<void> {
  const user = await lockUser(tx, userId);
  if (changes.isActive === false || changes.isAdmin === false) await keepAnAdministrator(tx, [user]);
  const renamed = changesOf({ name: user.name }, { name: changes.name });
  const target = personTarget({ id: user.id, name: changes.name ?? user.name });
  if (renamed.name) {
    await updateUser(tx, user.id, { name: changes.name! });
    tx.record({ action: 'user_updated', target, detail: renamed });
  }
  if (changes.isActive !== undefined)
    await setStates(tx, [{ ...user, name: target.label }], changes.isActive);
  if (changes.isAdmin !== undefined && changes.isAdmin !== user.isAdmin) {
    const detail = { is_admin: { before: user.isAdmin, after: changes.isAdmin } };
    // A demotion is remembered: it wins over ADMIN_EMAILS (P3).
    await updateUser(tx, user.id, {
      isAdmin: changes.isAdmin,
      adminDemotedAt: changes.isAdmin ? null : tx.now,
    });
    if (!changes.isAdmin) {
      await endGrants(tx, { userIds: [user.id], kind: 'admin_session' }, 'demoted');
      await closeApprovalsOf(tx, [user.id]);
    }
    tx.record({ action: changes.isAdmin ? 'user_promoted' : 'user_demoted', target, detail });
  }
}

/** What {@link setUserStates} did. */
export interface StatesSet {
  readonly changed: number;
  readonly unchanged: number;
  readonly missing: string[];
}

/**
 * Activates or deactivates many people, all or none of them.
 * @throws Refusal `last_administrator`
 */
export async function setUserStates(
  tx: Transaction,
  ids: readonly string[],
  isActive: boolean,
): Promise<StatesSet> {
  const asked = [...new Set(ids.map((id) => id.toLowerCase()))];
  const found = await lockUsers(tx, asked);
  if (!isActive) await keepAnAdministrator(tx, found);
  const changed = await setStates(tx, found, isActive);
  const known = new Set(found.map((user) => user.id));
  return {
    changed,
    unchanged: found.length - changed,
    missing: asked.filter((id) => !known.has(id)),
  };
}

/** Changes the state of those who are not in it yet, with their sessions and links; their rows are locked. */
async function setStates(tx: Transaction, people: readonly UserRecord[], isActive: boolean): Promise<number> {
  const affected = people.filter((user) => (user.state === 'deactivated') === isActive);
  if (affected.length === 0) return 0;
  const ids = affected.map((user) => user.id);
  if (isActive) await reactivateAll(tx, ids);
  else {
    await deactivateAll(tx, ids);
    await endGrants(tx, { userIds: ids }, 'user_deactivated');
    await revokeOpenInvitations(tx, ids);
    await closeApprovalsOf(tx, ids);
  }
  for (const user of affected) {
    const after = isActive ? (user.hasPassword ? 'active' : 'invited') : 'deactivated';
    tx.record({
      action: isActive ? 'user_activated' : 'user_deactivated',
      target: personTarget(user),
      detail: { state: { before: user.state, after } },
    });
  }
  return affected.length;
}
