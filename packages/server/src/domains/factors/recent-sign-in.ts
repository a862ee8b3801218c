import { after } from '../../platform/clock.ts';
import { Refusal } from '../../platform/refusal.ts';

/** For how long after a sign-in a person may change how they sign in, in seconds. */
export const recentSignInSeconds = 10 * 60;

/**
 * Whether a person proved lately enough who they are to change how they sign in: who merely found an open browser may not.
 * A sign-in of an unknown moment, at a provider that does not tell it, is never recent.
 */
export function isRecentSignIn(session: { readonly authTime: Date | null }, now: Date): boolean {
  return session.authTime !== null && session.authTime > after(now, -recentSignInSeconds);
}

/** @throws Refusal `recent_sign_in_required` */
export function requireRecentSignIn(session: { readonly authTime: Date | null }, now: Date): void {
  if (!isRecentSignIn(session, now)) throw new Refusal('recent_sign_in_required');
}
