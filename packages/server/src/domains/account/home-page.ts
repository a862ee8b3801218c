import { accountApps, accountPassword, accountSecurity, accountSessions } from '@castellan/contract';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { html } from '../../platform/pages/html.ts';
import type { View } from './account-frame.ts';
import { accountPage } from './account-navigation.ts';
import { dateText, timeAgo, timeElement } from './account-times.ts';
import type { OwnAccount } from './home.ts';
import { type AccountTexts, accountTexts } from './messages/account.ts';
import { securityTexts } from './messages/security.ts';
import type { OwnWorkspace } from './sign-in-repository.ts';

/** What the first page of an account shows. */
export interface HomeFacts {
  readonly session: BrowserSession;
  readonly account: OwnAccount;
  readonly workspaces: readonly OwnWorkspace[];
  readonly sessionTotal: number;
  readonly appTotal: number;
  readonly passkeyTotal: number;
  readonly hasAuthenticator: boolean;
  readonly now: Date;
}

const roleTexts = {
  viewer: 'roleViewer',
  editor: 'roleEditor',
  admin: 'roleAdmin',
  owner: 'roleOwner',
} as const satisfies Record<string, keyof AccountTexts>;

function roleInWords(texts: AccountTexts, role: string): string {
  return Object.hasOwn(roleTexts, role) ? texts[roleTexts[role as keyof typeof roleTexts]] : role;
}

/** Who the person is, where they belong, how they get in. */
export function homePage(view: View, facts: HomeFacts): RawAnswer {
  const { session, account, workspaces, now } = facts;
  const texts = accountTexts(view.language);
  const security = securityTexts(view.language);
  const password =
    account.passwordHash === null
      ? texts.passwordNone
      : account.passwordSetAt
        ? texts.passwordSetOn(dateText(view.language, account.passwordSetAt))
        : texts.passwordSet;
  const line = (path: string, label: string, value: string) =>
    html`<li><a href="${path}"><span>${label}</span> <span class="muted">${value}</span></a></li>\n`;
  return accountPage(view, session, 'home', {
    title: texts.homeTitle,
    lead: texts.homeLead,
    body: html`<dl class="card facts">
<dt>${texts.name}</dt><dd><bdi>${account.name}</bdi></dd>
<dt>${texts.email}</dt><dd>${account.email}${account.emailVerifiedAt && html` <span class="badge">${texts.emailVerified}</span>`}</dd>
<dt>${texts.lastSignIn}</dt><dd>${timeElement(view.language, session.signedInAt, timeAgo(view.language, session.signedInAt, now))}</dd>
</dl>
<ul class="card ways">
${line(accountPassword.path, texts.homePassword, password)}${line(accountSecurity.path, security.passkeys, security.passkeyCount(facts.passkeyTotal))}${line(accountSecurity.path, security.authenticator, facts.hasAuthenticator ? security.on : security.off)}${line(accountSessions.path, texts.homeSessions, texts.sessionCount(facts.sessionTotal))}${line(accountApps.path, texts.homeApps, texts.appCount(facts.appTotal))}</ul>
<section class="stack"><h2>${texts.workspaces}</h2>
${
  workspaces.length === 0
    ? html`<p class="card muted">${texts.noWorkspaces}</p>`
    : html`<ul class="card entries">${workspaces.map(({ name, role }) => html`<li class="entry"><div class="entry-text"><bdi>${name}</bdi></div><span class="badge">${roleInWords(texts, role)}</span></li>\n`)}</ul>`
}</section>`,
  });
}
