import type { accountPassword, accountPasswordChange } from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import type { Call, RawAnswer } from '../../platform/http/implementation.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { IsEasyToGuess } from '../factors/easy-to-guess.ts';
import { isRecentSignIn } from '../factors/recent-sign-in.ts';
import { checkPassword, type PasswordCheck } from '../sign-in/check-password.ts';
import type { PasswordHasher } from '../sign-in/password-hasher.ts';
import type { AccountFrame, View } from './account-frame.ts';
import { askAgain } from './account-navigation.ts';
import { readNewPassword } from './credential-form.ts';
import { readOwnAccount } from './home.ts';
import { accountTexts } from './messages/account.ts';
import { credentialMessages } from './messages/credential-messages.ts';
import { changeOwnPassword, currentPasswordProblem } from './password.ts';
import { type PasswordFacts, passwordChangedPage, passwordPage } from './password-page.ts';

/** What the password page stands on. */
export interface PasswordDeps {
  readonly database: Database;
  readonly frame: AccountFrame;
  readonly clock: Clock;
  readonly hasher: PasswordHasher;
  /** Checks a current password, within the limits on wrong ones. */
  readonly passwordCheck: PasswordCheck;
  readonly isEasyToGuess: IsEasyToGuess;
}

/** The form of the password page. Somebody without a password proves who they are by a recent sign-in. */
export function passwordFormRoute(
  deps: PasswordDeps,
  call: Call<typeof accountPassword>,
): Promise<RawAnswer> {
  return deps.frame.serve(call, undefined, async (view) => {
    const { session } = call.principal;
    const { passwordHash } = await readOwnAccount(deps.database.db, session.userId);
    const now = deps.clock.now();
    const hasPassword = passwordHash !== null;
    return (
      (!hasPassword && askAgain(view, session, now, call.url)) ||
      passwordPage(view, { session, hasPassword, needsCurrent: !isRecentSignIn(session, now) })
    );
  });
}

/** Changes the password: by the current one, or by a recent sign-in. Every other sign-in ends. */
export function changePasswordRoute(
  deps: PasswordDeps,
  call: Call<typeof accountPasswordChange>,
): Promise<RawAnswer> {
  const { database, frame, clock, hasher, passwordCheck, isEasyToGuess } = deps;
  return frame.serve(call, undefined, async (view) => {
    const { session } = call.principal;
    const texts = accountTexts(view.language);
    const account = await readOwnAccount(database.db, session.userId);
    const hasPassword = account.passwordHash !== null;
    const isRecent = isRecentSignIn(session, clock.now());
    if (!hasPassword && !isRecent) return askAgain(view, session, clock.now(), '/account/password')!;
    const needsCurrent = !isRecent;
    const refuse = (more: Partial<PasswordFacts>) =>
      passwordPage(view, { session, hasPassword, needsCurrent, ...more });
    const chosen = readNewPassword(credentialMessages(view.language), call.body, isEasyToGuess, [
      account.email,
      account.name,
    ]);
    const wrong = needsCurrent ? currentPasswordProblem(texts, call.body.current_password) : undefined;
    if (chosen.problems || wrong !== undefined)
      return refuse({
        problems: { ...chosen.problems, ...(wrong === undefined ? {} : { current_password: wrong }) },
      });
    try {
      if (needsCurrent)
        await checkPassword(passwordCheck, call.origin, {
          email: account.email,
          password: call.body.current_password ?? '',
          user: { id: session.userId, state: 'active', ...account },
          address: call.address,
        });
      const passwordHash = await hasher.hash(chosen.password);
      const ended = await call.write((tx) =>
        changeOwnPassword(tx, session, { passwordHash, checkedHash: account.passwordHash }),
      );
      return passwordChangedPage(view, session, ended);
    } catch (error) {
      return refuse(explain(view, error));
    }
  });
}

/** What the page says of a refusal; what it has no words for goes on as it is. */
function explain(view: View, error: unknown): Partial<PasswordFacts> {
  const texts = accountTexts(view.language);
  if (!(error instanceof Refusal)) throw error;
  const { code, retryAfterSeconds = 5 } = error;
  if (code === 'invalid_credentials') return { problems: { current_password: texts.passwordCurrentWrong } };
  if (code === 'rate_limited')
    return { status: 429, notice: texts.tooManyTries(Math.ceil(retryAfterSeconds / 60)), retryAfterSeconds };
  if (code === 'overloaded') return { status: 503, notice: texts.tooMuch, retryAfterSeconds };
  throw error;
}
