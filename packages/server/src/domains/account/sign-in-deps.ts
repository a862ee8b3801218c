import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import type { BrowserSessions } from '../browser-sessions/browser-session.ts';
import type { IsEasyToGuess } from '../factors/easy-to-guess.ts';
import type { FactorDeps } from '../factors/factor-deps.ts';
import type { PasswordCheck } from '../sign-in/check-password.ts';
import type { AccountFrame } from './account-frame.ts';
import type { LinkRequests } from './link-requests.ts';
import type { SignInCompletion } from './sign-in-completed.ts';

/** What the pages of sign-in stand on. */
export interface SignInPageDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly frame: AccountFrame;
  readonly browserSessions: BrowserSessions;
  readonly completion: SignInCompletion;
  readonly factors: FactorDeps;
  readonly links: LinkRequests;
  /** The same as at `/auth/login`: limits, times and events are counted together. */
  readonly passwords: PasswordCheck;
  readonly isEasyToGuess: IsEasyToGuess;
  /** Whether everybody may make an account (`REGISTRATION`). */
  readonly registrationOpen: boolean;
  /** Addresses of the scripts that add passkeys to a page. */
  readonly passkeyScripts: readonly string[];
  /** Whether cookies need HTTPS. */
  readonly secure: boolean;
}
