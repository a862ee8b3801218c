import { eq } from 'drizzle-orm';
import { users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { endGrants } from '../grants/grant-store.ts';
import type { AccountTexts } from './messages/account.ts';
import { closeOtherWays } from './reset.ts';
import { lockPerson } from './sign-in-repository.ts';

/** What is wrong with the fields of the password page, in words that say how to mend it. */
export type PasswordProblems = Partial<Record<'current_password' | 'password' | 'password_again', string>>;

/** What is wrong with a current password before it is looked at; longer than any password is never hashed. */
export function currentPasswordProblem(texts: AccountTexts, typed: string | undefined): string | undefined {
  if (!typed) return texts.passwordCurrentMissing;
  return typed.length > 256 ? texts.passwordCurrentWrong : undefined;
}

/**
 * Sets a person's own password and ends every other sign-in, of every kind, what apps hold, and links that are open.
 * @param change.checkedHash the hash that the current password was checked against; another one since refuses
 * @returns how many grants ended
 * @throws Refusal `session_ended`, `invalid_credentials`
 */
export async function changeOwnPassword(
  tx: Transaction,
  session: BrowserSession,
  change: { readonly passwordHash: string; readonly checkedHash: string | null },
): Promise<number> {
  const person = await lockPerson(tx, { id: session.userId });
  if (!person) throw new Refusal('session_ended');
  if (person.passwordHash !== change.checkedHash) throw new Refusal('invalid_credentials');
  await tx.db
    .update(users)
    .set({ passwordHash: change.passwordHash, passwordSetAt: tx.now, updatedAt: tx.now })
    .where(eq(users.id, person.id));
  await closeOtherWays(tx, person);
  const ended = await endGrants(tx, { userIds: [person.id], except: session.grantId }, 'password_changed');
  tx.record({
    action: 'password_set',
    target: { kind: 'user', id: person.id, label: person.name },
    detail: { ended_sessions: ended },
  });
  return ended;
}
