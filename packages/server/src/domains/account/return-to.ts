import type { BrowserSession } from '../../platform/http/principal.ts';

/** Where a sign-in leads when nobody said where: the person's own pages. */
export const ownPages = '/account';

const longest = 2000;

/**
 * Where to go after a sign-in, as somebody asked for it in an address. Only a path of our own is followed (open redirect,
 * RFC 9700 §4.11.2): no scheme, no host, nothing that a browser would read as one, no control characters.
 *
 * @returns the path with its query, or {@link ownPages}
 */
export function checkReturnTo(wanted: string | undefined | null): string {
  if (!wanted || wanted.length > longest || !wanted.startsWith('/')) return ownPages;
  // Browsers read a backslash as a slash and drop tabs and line ends: `/\host` and `/<tab>/host` lead to another host.
  if (/^\/[/\\]/.test(wanted) || /[\\\p{Cc}]/u.test(wanted)) return ownPages;
  const base = 'https://own.invalid';
  let resolved: URL;
  try {
    resolved = new URL(wanted, base);
  } catch {
    return ownPages;
  }
  // Dots are resolved before the check: `/..//host` would become `//host`.
  if (resolved.origin !== base || resolved.pathname.startsWith('//')) return ownPages;
  return resolved.pathname + resolved.search + resolved.hash;
}

/** What somebody who sends a person to the sign-in page may ask of it. */
export interface SignInWish {
  /** Where to go on: a path of our own. */
  readonly returnTo: string;
  /** Ask again although the browser is signed in (`prompt=login`, `max_age`). */
  readonly again?: boolean;
  /** Also ask for a second factor (`acr_values`). */
  readonly secondFactor?: boolean;
  /** The e-mail to begin with (`login_hint`). */
  readonly loginHint?: string | undefined;
  /** What the page is to say first. */
  readonly notice?: typeof otherProofNotice | undefined;
}

/** Says that the provider of a sign-in does not tell when the person proved who they are, so that another way has to. */
export const otherProofNotice = 'other_proof';

/**
 * Whether somebody who has just signed in is to hear why that was not enough: their provider did not tell when they
 * proved who they are, or named a moment before.
 * @param since from when a sign-in would have been enough
 */
export function needsOtherProof(
  session: Pick<BrowserSession, 'authTime' | 'signedInAt'>,
  since: Date,
): typeof otherProofNotice | undefined {
  const { authTime, signedInAt } = session;
  return signedInAt >= since && (authTime === null || authTime < since) ? otherProofNotice : undefined;
}

/** The address of the sign-in page with a wish: a path of the public listener. */
export function signInAddress(wish: SignInWish): string {
  const query = new URLSearchParams({ return_to: checkReturnTo(wish.returnTo) });
  if (wish.again) query.set('again', '1');
  if (wish.secondFactor) query.set('second_factor', '1');
  if (wish.loginHint !== undefined) query.set('login_hint', wish.loginHint.slice(0, 254));
  if (wish.notice !== undefined) query.set('notice', wish.notice);
  return `/sign-in?${query}`;
}
