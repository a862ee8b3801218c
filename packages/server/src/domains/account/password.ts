import { newPassword } from '@castellan/contract';
import { eq } from 'drizzle-orm';
import { users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { endGrants } from '../grants/grant-store.ts';
import type { AccountTexts } from './messages/account.ts';
import { lockPerson } from './sign-in-repository.ts';

/** The fields of the password page. */
export type PasswordProblems = Partial<Record<'current_password' | 'password' | 'password_again', string>>;

/** What was typed on the password page, and what is wrong with it, in words that say how to mend it. */
export interface ReadPasswords {
  readonly current: string;
  readonly password: string;
  readonly problems: PasswordProblems;
}

/**
 * Reads the form of the password page.
 * @param needsCurrent whether the current password is asked for
 */
export function readPasswords(
  texts: AccountTexts,
  body: Readonly<Record<string, string>>,
  needsCurrent: boolean,
): ReadPasswords {
  const current = body.current_password ?? '';
  const password = body.password ?? '';
  const problems: PasswordProblems = {};
  // Longer than any password is: not looked at, and never hashed.
  if (needsCurrent && current === '') problems.current_password = texts.passwordCurrentMissing;
  else if (needsCurrent && current.length > 256) problems.current_password = texts.passwordCurrentWrong;
  if (!newPassword.safeParse(password).success)
    problems.password =
      password.length === 0
        ? texts.passwordMissing
        : password.length < 12
          ? texts.passwordTooShort(password.length)
          : texts.passwordTooLong;
  else if (body.password_again !== password) problems.password_again = texts.passwordDiffers;
  return { current, password, problems };
}

/** Why a password that is long enough is still tried first, in words; `undefined` for a good one. */
export function passwordWeakness(
  texts: AccountTexts,
  password: string,
  person: { readonly email: string; readonly name: string },
): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const own = [person.email, person.email.split('@')[0]!, person.name].map(plain);
  return own.includes(plain(password)) ? texts.passwordPersonal : undefined;
}

/**
 * Sets a person's own password and ends every other sign-in, of every kind, and what apps hold.
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
  const ended = await endGrants(tx, { userIds: [person.id], except: session.grantId }, 'password_changed');
  tx.record({
    action: 'password_set',
    target: { kind: 'user', id: person.id, label: person.name },
    detail: { ended_sessions: ended },
  });
  return ended;
}
