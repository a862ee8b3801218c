import { eq } from 'drizzle-orm';
import { users } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import {
  type AccountLink,
  type LinkClosed,
  lockAccountLink,
  markLinkUsed,
  revokeLinks,
} from './link-store.ts';
import { findPersonByEmail, lockPerson, type Person } from './sign-in-repository.ts';

/**
 * What an e-mailed link proves (RFC 8176 §2): the person acted over a second channel, their mailbox. It is one factor; `otp`
 * would say that a generator of codes was at hand.
 */
export const linkAmr = ['mca'] as const;

/** Whose account a link opens: whoever has the mailbox now. */
export async function personOfLink(
  db: Queryable,
  link: Pick<AccountLink, 'email'>,
): Promise<{ readonly person: Person } | { readonly closed: LinkClosed }> {
  const person = await findPersonByEmail(db, link.email);
  if (!person) return { closed: 'unknown' };
  return person.state === 'active' ? { person } : { closed: 'deactivated' };
}

/** Whoever used a link read the mailbox, unless an operator was shown it. */
export async function noteMailboxProof(
  tx: Transaction,
  person: Pick<Person, 'id' | 'emailVerifiedAt'>,
  link: Pick<AccountLink, 'shownAt'>,
): Promise<void> {
  if (link.shownAt) return;
  await tx.db
    .update(users)
    .set({ emailVerifiedAt: person.emailVerifiedAt ?? tx.now, emailVerifiedBy: null, updatedAt: tx.now })
    .where(eq(users.id, person.id));
}

/**
 * Uses a sign-in link: of many that come at once, one does. The others of the mailbox end with it.
 * @returns whose sign-in it is, or why there is none
 */
export async function takeSignInLink(
  tx: Transaction,
  link: Pick<AccountLink, 'id' | 'email'>,
): Promise<{ readonly userId: string } | { readonly closed: LinkClosed }> {
  const person = await lockPerson(tx, { email: link.email });
  const state = await lockAccountLink(tx, link.id);
  if (!state.open) return { closed: state.reason };
  if (!person) return { closed: 'unknown' };
  if (person.state !== 'active') return { closed: 'deactivated' };
  await markLinkUsed(tx, link.id);
  await revokeLinks(tx, link.email, { kinds: ['sign_in'] });
  await noteMailboxProof(tx, person, state.link);
  return { userId: person.id };
}
