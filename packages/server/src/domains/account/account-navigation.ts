import {
  accountActivity,
  accountApps,
  accountHome,
  accountPassword,
  accountProfile,
  accountSecurity,
  accountSessions,
} from '@castellan/contract';
import { after } from '../../platform/clock.ts';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import { castellanMark } from '../../platform/pages/page.ts';
import { isRecentSignIn, recentSignInSeconds } from '../factors/recent-sign-in.ts';
import type { PageCall, View, ViewContent } from './account-frame.ts';
import { type AccountTexts, accountTexts } from './messages/account.ts';
import { needsOtherProof, signInAddress } from './return-to.ts';

/** A person's own pages, as the navigation names them. */
export type AccountPlace = 'home' | 'profile' | 'password' | 'security' | 'sessions' | 'apps' | 'activity';

const places = {
  home: { path: accountHome.path, label: 'navHome' },
  profile: { path: accountProfile.path, label: 'navProfile' },
  password: { path: accountPassword.path, label: 'navPassword' },
  security: { path: accountSecurity.path, label: 'navSecurity' },
  sessions: { path: accountSessions.path, label: 'navSessions' },
  apps: { path: accountApps.path, label: 'navApps' },
  activity: { path: accountActivity.path, label: 'navActivity' },
} as const satisfies Record<AccountPlace, { path: string; label: keyof AccountTexts }>;

function navigation(texts: AccountTexts, at: AccountPlace, session: BrowserSession): Html {
  return html`<a class="skip" href="#content">${texts.skip}</a>
<div class="account-bar">
<a class="account-mark" href="${accountHome.path}" aria-label="${texts.homeTitle}">${castellanMark}</a>
<p><span class="muted">${texts.signedInAs}</span> <strong><bdi>${session.email}</bdi></strong></p>
<a class="button quiet" href="/sign-out">${texts.signOut}</a>
</div>
<nav class="account-navigation" aria-label="${texts.navLabel}"><ul>
${Object.entries(places).map(
  ([place, { path, label }]) =>
    html`<li><a href="${path}"${place === at && html` aria-current="page"`}>${texts[label]}</a></li>\n`,
)}</ul></nav>
`;
}

/** Writes one of a person's own pages, with the way to the others. */
export function accountPage(
  view: View,
  session: BrowserSession,
  at: AccountPlace,
  content: ViewContent,
): RawAnswer {
  return view.page({ ...content, navigation: navigation(accountTexts(view.language), at, session) });
}

/** What a page says of what was just done, named by `?done=`; only names that the page knows say anything. */
export function doneNotice(
  call: Pick<PageCall, 'url'>,
  words: Readonly<Record<string, string>>,
): Html | false {
  const done = parametersOf(call).get('done') ?? '';
  return Object.hasOwn(words, done) && html`<p class="success" role="status">${words[done]}</p>`;
}

/** The query of a page's address. */
export function parametersOf(call: Pick<PageCall, 'url'>): URLSearchParams {
  return new URLSearchParams(call.url.split('?')[1]);
}

/** Sends a person whose sign-in is not recent to sign in again, and back to `returnTo`; nothing for one whose is. */
export function askAgain(
  view: View,
  session: BrowserSession,
  now: Date,
  returnTo: string,
): RawAnswer | undefined {
  return isRecentSignIn(session, now)
    ? undefined
    : view.redirect(
        signInAddress({
          returnTo,
          again: true,
          loginHint: session.email,
          notice: needsOtherProof(session, after(now, -recentSignInSeconds)),
        }),
      );
}
