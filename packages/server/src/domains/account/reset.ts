import { and, eq, isNull } from 'drizzle-orm';
import { invitations, type StoredActor, users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { endGrants } from '../grants/grant-store.ts';
import {
  type AccountLink,
  type LinkClosed,
  lockAccountLink,
  markLinkUsed,
  revokeLinks,
} from './link-store.ts';
import { lockPerson } from './sign-in-repository.ts';

/** Ends every link by which somebody could get in: whoever has one may be why the password is a new one. */
export async function closeOtherWays(
  tx: Transaction,
  person: { readonly id: string; readonly email: string },
): Promise<void> {
  await revokeLinks(tx, person.email);
  await tx.db
    .update(invitations)
    .set({ revokedAt: tx.now })
    .where(and(eq(invitations.userId, person.id), isNull(invitations.usedAt), isNull(invitations.revokedAt)));
}

/**
 * Sets a new password by a link, once. Every session and OAuth grant of the person ends, and every other link by which
 * somebody could get in: whoever knew the old password, or read the mailbox before, is out.
 * @returns why not, or that it is set
 */
export async function completeReset(
  tx: Transaction,
  link: Pick<AccountLink, 'id' | 'email'>,
  passwordHash: string,
): Promise<LinkClosed | 'set'> {
  const person = await lockPerson(tx, { email: link.email });
  const state = await lockAccountLink(tx, link.id);
  if (!state.open) return state.reason;
  if (!person) return 'unknown';
  if (person.state !== 'active') return 'deactivated';
  const proved = state.link.shownAt === null;
  await tx.db
    .update(users)
    .set({
      passwordHash,
      passwordSetAt: tx.now,
      updatedAt: tx.now,
      ...(proved ? { emailVerifiedAt: person.emailVerifiedAt ?? tx.now, emailVerifiedBy: null } : {}),
    })
    .where(eq(users.id, person.id));
  await markLinkUsed(tx, link.id);
  await closeOtherWays(tx, { id: person.id, email: link.email });
  const ended = await endGrants(tx, { userIds: [person.id] }, 'password_changed');
  const self: StoredActor = { kind: 'user', id: person.id, label: person.name };
  tx.record({
    action: 'password_set',
    actors: [self],
    target: { kind: 'user', id: person.id, label: person.name },
    detail: { by: 'reset', ended_sessions: ended },
  });
  return 'set';
}
