import type { Origin } from '../../platform/activity/event.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { writeCookie } from '../../platform/http/cookies.ts';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { BrowserSessions } from '../browser-sessions/browser-session.ts';
import { beginPending } from '../factors/pending-sign-in.ts';
import { secondFactorDue } from '../factors/second-factor.ts';
import { grantAdministrationByEmail } from '../sign-in/administration-by-email.ts';
import { redirectTo } from './account-frame.ts';
import { checkReturnTo } from './return-to.ts';
import { lockPerson, type Person } from './sign-in-repository.ts';

/** The cookie that a sign-in waiting for its second factor travels in; the token lives five minutes. */
export const pendingCookieName = 'castellan_pending';
const pendingSeconds = 5 * 60;

/** Where a second factor is asked for. */
export const secondFactorPath = '/sign-in/second-factor';

/** Somebody whose first factor was right. */
export interface WayIn {
  readonly userId: string;
  /** What was proved (RFC 8176): `['pwd']`, `['swk', 'user', 'mfa']`, `['fed']`, `['mail']`. */
  readonly amr: readonly string[];
  /** How they came in, for the timeline and the policies of workspaces: `password`, `passkey`, `email_link`, `provider:NAME`. */
  readonly method: string;
  /** Where they want to go on; anything but a path of our own leads to their own pages. */
  readonly returnTo?: string | null | undefined;
  /** A second factor is asked for whether or not the account has one (`acr_values`). */
  readonly secondFactor?: boolean;
  /** What must still be true of the account once it is locked, such as that the password is the one that was checked. */
  readonly stillHolds?: (person: Person) => boolean;
}

/** What is needed of the request; every `Call` has it. */
export interface SignInCall {
  readonly origin: Origin;
  readonly address: string;
  readonly userAgent: string | null;
  readonly cookies: string | undefined;
  setHeader(name: string, value: string): void;
}

/** The one end of every way in by browser: password, e-mailed link, passkey, provider. */
export interface SignInCompletion {
  /**
   * Begins the browser session, or the wait for a second factor, and sets the cookie of it. Who was signed in already as
   * the same person keeps that session, raised; as another, that session ends.
   *
   * @returns where the browser is to go: for scripts, which move on by themselves
   * @throws Refusal `invalid_credentials` when `stillHolds` does not, `account_deactivated`
   */
  completeSignIn(call: SignInCall, wayIn: WayIn): Promise<{ readonly location: string }>;
  /** The same for pages: answers with the redirect (303). */
  signInCompleted(call: SignInCall, wayIn: WayIn): Promise<RawAnswer>;
  /**
   * Begins or raises the session of somebody who has proved all that was asked. For {@link completeSignIn} and the
   * second-factor page: both hold the person locked.
   */
  enter(
    tx: Parameters<Parameters<Database['write']>[1]>[0],
    call: SignInCall,
    entry: Pick<WayIn, 'amr' | 'method'> & { readonly person: Pick<Person, 'id' | 'name'> },
  ): Promise<string | undefined>;
}

/** @param deps.secure whether cookies need HTTPS */
export function createSignInCompletion(deps: {
  readonly database: Database;
  readonly browserSessions: BrowserSessions;
  readonly adminEmails: readonly string[];
  readonly secure: boolean;
}): SignInCompletion {
  const { database, browserSessions, adminEmails, secure } = deps;

  const enter: SignInCompletion['enter'] = async (tx, call, { person, amr, method }) => {
    const current = await browserSessions.read(call.cookies);
    if (current?.userId === person.id && (await browserSessions.raise(tx, current.grantId, { amr }))) {
      const self = { kind: 'user', id: person.id, label: person.name } as const;
      tx.record({
        action: 'user_login',
        actors: [self],
        target: self,
        detail: { method, session_id: current.grantId, again: true },
      });
      return undefined;
    }
    if (current && current.userId !== person.id) await browserSessions.end(tx, current);
    const begun = await browserSessions.begin(tx, {
      userId: person.id,
      name: person.name,
      amr,
      method,
      address: call.address,
      userAgent: call.userAgent,
    });
    return begun.cookie;
  };

  const completeSignIn: SignInCompletion['completeSignIn'] = async (call, wayIn) => {
    const { userId, amr, method, stillHolds = () => true } = wayIn;
    const returnTo = checkReturnTo(wayIn.returnTo);
    const outcome = await database.write(call.origin, async (tx) => {
      const person = await lockPerson(tx, { id: userId });
      // The account may have changed while the first factor was checked.
      if (!person || !stillHolds(person)) throw new Refusal('invalid_credentials');
      if (person.state !== 'active') throw new Refusal('account_deactivated');
      await grantAdministrationByEmail(tx, person, adminEmails);
      const { due } = await secondFactorDue(tx.db, { userId, amr });
      if (due || (wayIn.secondFactor && !amr.includes('mfa'))) {
        const token = await beginPending(tx, { door: 'browser', userId, amr, method, returnTo });
        return { pending: token };
      }
      return { cookie: await enter(tx, call, { person, amr, method }) };
    });
    if ('pending' in outcome) {
      const { pending } = outcome;
      call.setHeader(
        'set-cookie',
        writeCookie(pendingCookieName, pending, { secure, maxAgeSeconds: pendingSeconds }),
      );
      return { location: secondFactorPath };
    }
    if (outcome.cookie !== undefined) call.setHeader('set-cookie', outcome.cookie);
    return { location: returnTo };
  };

  return {
    completeSignIn,
    signInCompleted: async (call, wayIn) => redirectTo((await completeSignIn(call, wayIn)).location),
    enter,
  };
}
