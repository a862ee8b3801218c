import { eq } from 'drizzle-orm';
import type { StoredActor } from '../../platform/database/schema.ts';
import { users } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import { looksLikeToken, tokenDigest } from '../../platform/secrets/opaque-token.ts';
import { closeOtherWays } from '../account/reset.ts';
import { endGrants } from '../grants/grant-store.ts';
import {
  type InvitedPerson,
  lockInvitation,
  markUsed,
  reachedMailboxOnly,
  selectInvitedPerson,
} from './repository.ts';

/** Why a link can't be followed. */
export type ClosedReason = 'unknown' | 'used' | 'replaced' | 'expired' | 'deactivated';

/** What a link leads to. */
export type LinkState =
  | { readonly open: true; readonly person: InvitedPerson }
  | { readonly open: false; readonly reason: ClosedReason };

interface Facts {
  readonly usedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly expiresAt: Date;
}

function closedReason(facts: Facts, state: string, now: Date): ClosedReason | undefined {
  if (facts.usedAt) return 'used';
  if (state === 'deactivated') return 'deactivated';
  if (facts.revokedAt) return 'replaced';
  if (facts.expiresAt <= now) return 'expired';
  return undefined;
}

/** Reads what a link leads to, without using it. */
export async function readLink(db: Queryable, token: string, now: Date): Promise<LinkState> {
  const person = looksLikeToken('inv_', token)
    ? await selectInvitedPerson(db, tokenDigest(token))
    : undefined;
  if (!person) return { open: false, reason: 'unknown' };
  const reason = closedReason(person, person.state, now);
  return reason ? { open: false, reason } : { open: true, person };
}

/**
 * Uses an invitation: sets the password, activates the account, and ends every sign-in that was there before. Of two
 * that come at once, the second waits for the first one's commit and finds the link used.
 */
export async function acceptInvitation(
  tx: Transaction,
  person: InvitedPerson,
  given: { readonly name: string; readonly passwordHash: string },
): Promise<ClosedReason | 'accepted'> {
  const locked = await lockInvitation(tx, person.userId, person.invitationId);
  if (!locked) return 'unknown';
  const { user, invitation } = locked;
  const reason = closedReason(invitation, user.state, tx.now);
  if (reason) return reason;
  const verified = !user.emailVerifiedAt && (await reachedMailboxOnly(tx, invitation.id));
  await tx.db
    .update(users)
    .set({
      name: given.name,
      state: 'active',
      passwordHash: given.passwordHash,
      passwordSetAt: tx.now,
      updatedAt: tx.now,
      ...(verified ? { emailVerifiedAt: tx.now } : {}),
    })
    .where(eq(users.id, user.id));
  await markUsed(tx, invitation.id);
  // Whoever reads the mailbox, or did, holds nothing that opens the account beside the new password.
  await closeOtherWays(tx, { id: user.id, email: user.email });
  const ended = await endGrants(tx, { userIds: [user.id] }, 'password_changed');
  const target = { kind: 'user', id: user.id, label: given.name } as const;
  const actors: StoredActor[] = [{ kind: 'user', id: user.id, label: given.name }];
  tx.record({ action: 'password_set', target, actors, detail: { ended_sessions: ended } });
  tx.record({
    action: 'invitation_accepted',
    target,
    actors,
    detail: {
      invitation_id: invitation.id,
      email_verified: verified || user.emailVerifiedAt !== null,
      ...(given.name === user.name ? {} : { name: { before: user.name, after: given.name } }),
    },
  });
  return 'accepted';
}
