import { eq } from 'drizzle-orm';
import { users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { createActiveUser } from '../users/create-user.ts';
import {
  type AccountLink,
  type LinkClosed,
  lockAccountLink,
  markLinkUsed,
  revokeLinks,
} from './link-store.ts';

/** What became of a registration. */
export type Registered =
  | { readonly userId: string }
  | { readonly closed: LinkClosed }
  /** Somebody has an account with this e-mail by now. */
  | { readonly taken: true };

/**
 * Makes the account of somebody who followed the link in their mailbox: there was none before, not even an unfinished one,
 * so that nobody can claim an address that is not theirs.
 */
export async function completeRegistration(
  tx: Transaction,
  link: Pick<AccountLink, 'id' | 'email'>,
  given: { readonly name: string; readonly passwordHash: string },
): Promise<Registered> {
  const state = await lockAccountLink(tx, link.id);
  if (!state.open) return { closed: state.reason };
  const person = await createActiveUser(tx, {
    email: link.email,
    name: given.name,
    emailVerifiedBy: null,
    detail: { by: 'registration' },
  });
  if (!person) return { taken: true };
  await tx.db
    .update(users)
    .set({
      passwordHash: given.passwordHash,
      passwordSetAt: tx.now,
      // An operator who was shown the link may have used it: it proves nothing about the mailbox then.
      ...(state.link.shownAt ? { emailVerifiedAt: null } : {}),
    })
    .where(eq(users.id, person.id));
  await markLinkUsed(tx, link.id);
  await revokeLinks(tx, link.email, { kinds: ['register'] });
  const self = { kind: 'user', id: person.id, label: person.name } as const;
  tx.record({ action: 'password_set', actors: [self], target: self, detail: { by: 'registration' } });
  return { userId: person.id };
}
