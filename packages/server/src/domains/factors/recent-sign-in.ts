import { after } from '../../platform/clock.ts';
import { Refusal } from '../../platform/refusal.ts';

/** For how long after a sign-in a person may change how they sign in, in seconds. */
export const recentSignInSeconds = 10 * 60;

/** Whether a person signed in lately enough to change how they sign in: who merely found an open browser may not. */
export function isRecentSignIn(session: { readonly authTime: Date }, now: Date): boolean {
  return session.authTime > after(now, -recentSignInSeconds);
}

/** @throws Refusal `recent_sign_in_required` */
export function requireRecentSignIn(session: { readonly authTime: Date }, now: Date): void {
  if (!isRecentSignIn(session, now)) throw new Refusal('recent_sign_in_required');
}
