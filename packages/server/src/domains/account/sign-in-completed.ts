import type { Origin } from '../../platform/activity/event.ts';
import type { Database, Transaction } from '../../platform/database/transaction.ts';
import { hostCookieName, readCookie, writeCookie } from '../../platform/http/cookies.ts';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { BrowserSession, BrowserSessions } from '../browser-sessions/browser-session.ts';
import type { FactorDeps } from '../factors/factor-deps.ts';
import { beginPending, completePending } from '../factors/pending-sign-in.ts';
import { secondFactorDue } from '../factors/second-factor.ts';
import type { Proof } from '../factors/verify-proof.ts';
import { grantAdministrationByEmail } from '../sign-in/administration-by-email.ts';
import { redirectTo } from './account-frame.ts';
import { languageCookie, languageOf } from './messages/language.ts';
import { languageAtSignIn } from './own-language.ts';
import { checkReturnTo } from './return-to.ts';
import { lockPerson, type Person } from './sign-in-repository.ts';

/** The cookie that a sign-in waiting for its second factor travels in; the token lives five minutes. */
export const pendingCookieName = 'castellan_pending';
const pendingSeconds = 5 * 60;

/** The way in of somebody who is signed in and only adds a factor. */
export const stepUpMethod = 'step_up';

/** Where a second factor is asked for. */
export const secondFactorPath = '/sign-in/second-factor';

/** Somebody whose first factor was right. */
export interface WayIn {
  readonly userId: string;
  /** What was proved (RFC 8176): `['pwd']`, `['swk', 'user', 'mfa']`, `['fed']`, `['mca']`. */
  readonly amr: readonly string[];
  /** How they came in, for the timeline and the policies of workspaces: `password`, `passkey`, `email_link`, `provider:NAME`. */
  readonly method: string;
  /** When they proved it, where that is not now: at a provider. `null` where it does not say. */
  readonly authTime?: Date | null;
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
  readonly acceptLanguage: string | undefined;
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
   * Proves the second factor of the sign-in that waits in this browser and begins, or raises, its session.
   *
   * @param token of the sign-in, where this very request began it; otherwise the browser's cookie has it
   * @returns where the browser is to go
   * @throws Refusal as `completePending` does; `token_invalid` when none waits
   */
  completeSecondFactor(
    call: SignInCall,
    proof: Proof,
    token?: string,
  ): Promise<{ readonly location: string }>;
}

/** The token of the sign-in that waits in this browser. */
export function pendingTokenOf(cookies: string | undefined, secure: boolean): string | undefined {
  return readCookie(cookies, hostCookieName(pendingCookieName, secure));
}

/** The `Set-Cookie` value that keeps a waiting sign-in in the browser; without a token it clears it. */
export function pendingCookie(secure: boolean, token?: string): string {
  const maxAgeSeconds = token === undefined ? 0 : pendingSeconds;
  return writeCookie(pendingCookieName, token ?? '', { secure, maxAgeSeconds });
}

/** The page that asks somebody who is signed in for a second factor, or has them set one up. */
export const stepUpAddress = (returnTo: string): string =>
  `${secondFactorPath}?${new URLSearchParams({ return_to: returnTo })}`;

/** @param deps.secure whether cookies need HTTPS */
export function createSignInCompletion(deps: {
  readonly database: Database;
  readonly browserSessions: BrowserSessions;
  readonly factors: FactorDeps;
  readonly adminEmails: readonly string[];
  readonly secure: boolean;
}): SignInCompletion {
  const { database, browserSessions, factors, adminEmails, secure } = deps;

  /** From a sign-in on, this browser speaks the language of the account. */
  const speak = async (tx: Transaction, call: SignInCall, userId: string): Promise<void> => {
    const spoken = languageOf(call, secure);
    const language = await languageAtSignIn(tx, userId, spoken);
    if (language !== spoken)
      tx.afterCommit(() => call.setHeader('set-cookie', languageCookie(language, secure)));
  };

  /** Begins a session or raises the one that is there; the person is locked, all that was asked is proved. */
  const enter = async (
    tx: Transaction,
    call: SignInCall,
    entry: Pick<WayIn, 'amr' | 'method' | 'authTime'> & {
      readonly person: Pick<Person, 'id' | 'name'>;
      /** Read before the transaction: one that waits for a second connection could wait for itself. */
      readonly current: BrowserSession | undefined;
    },
  ): Promise<string | undefined> => {
    const { person, amr, method, authTime = tx.now, current } = entry;
    const proof = { amr, ...(method === stepUpMethod ? {} : { method, authTime }) };
    if (method !== stepUpMethod) await speak(tx, call, person.id);
    if (current?.userId === person.id && (await browserSessions.raise(tx, current.grantId, proof))) {
      const self = { kind: 'user', id: person.id, label: person.name } as const;
      const detail = { method, session_id: current.grantId, again: true };
      tx.record({ action: 'user_login', actors: [self], target: self, detail });
      return undefined;
    }
    // A step-up adds to a sign-in; where that has ended meanwhile, it begins none.
    if (method === stepUpMethod) throw new Refusal('token_invalid');
    if (current && current.userId !== person.id) await browserSessions.end(tx, current);
    const { address, userAgent } = call;
    const { id: userId, name } = person;
    return (await browserSessions.begin(tx, { userId, name, amr, method, authTime, address, userAgent }))
      .cookie;
  };

  const completeSignIn: SignInCompletion['completeSignIn'] = async (call, wayIn) => {
    const { userId, amr, method, authTime, stillHolds = () => true } = wayIn;
    const returnTo = checkReturnTo(wayIn.returnTo);
    const current = await browserSessions.read(call.cookies);
    const outcome = await database.write(call.origin, async (tx) => {
      const person = await lockPerson(tx, { id: userId });
      // The account may have changed while the first factor was checked.
      if (!person || !stillHolds(person)) throw new Refusal('invalid_credentials');
      if (person.state !== 'active') throw new Refusal('account_deactivated');
      await grantAdministrationByEmail(tx, person, adminEmails);
      const { due } = await secondFactorDue(tx.db, { userId, amr });
      const proved = { amr, method, ...(authTime === undefined ? {} : { authTime }) };
      if (due) return { pending: await beginPending(tx, { door: 'browser', userId, ...proved, returnTo }) };
      return { cookie: await enter(tx, call, { person, ...proved, current }) };
    });
    if ('pending' in outcome) {
      call.setHeader('set-cookie', pendingCookie(secure, outcome.pending));
      return { location: secondFactorPath };
    }
    if (outcome.cookie !== undefined) call.setHeader('set-cookie', outcome.cookie);
    return { location: wayIn.secondFactor && !amr.includes('mfa') ? stepUpAddress(returnTo) : returnTo };
  };

  return {
    completeSignIn,
    signInCompleted: async (call, wayIn) => redirectTo((await completeSignIn(call, wayIn)).location),
    async completeSecondFactor(call, proof, token = pendingTokenOf(call.cookies, secure)) {
      if (token === undefined) throw new Refusal('token_invalid');
      const current = await browserSessions.read(call.cookies);
      const { cookie, returnTo } = await completePending(
        factors,
        call.origin,
        { door: 'browser', token, proof },
        async (tx, { amr, method, authTime, returnTo: kept }, person) => ({
          cookie: await enter(tx, call, { person, amr, method, authTime, current }),
          returnTo: checkReturnTo(kept),
        }),
      );
      call.setHeader('set-cookie', pendingCookie(secure));
      if (cookie !== undefined) call.setHeader('set-cookie', cookie);
      return { location: returnTo };
    },
  };
}
