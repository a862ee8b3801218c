import { accountSessionEnd, accountSessionsEndOthers, pathOf } from '@castellan/contract';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import type { View } from './account-frame.ts';
import { accountPage } from './account-navigation.ts';
import { dateText, timeAgo, timeElement } from './account-times.ts';
import { type AccountTexts, accountTexts } from './messages/account.ts';
import type { PersonalSession } from './sessions.ts';
import { deviceInWords, placeInWords } from './sessions-device.ts';

/** What the page of sessions shows. */
export interface SessionsFacts {
  readonly session: BrowserSession;
  readonly sessions: readonly PersonalSession[];
  readonly total: number;
  readonly now: Date;
  readonly notice: Html | false;
}

function purposeOf(texts: AccountTexts, { kind, service }: PersonalSession): string {
  if (kind === 'admin_session') return texts.sessionConsole;
  return service === null ? texts.sessionBrowser : texts.sessionOf(service);
}

/** Everywhere the person is signed in, each with a way to end it. */
export function sessionsPage(view: View, facts: SessionsFacts): RawAnswer {
  const { session, sessions, total, now, notice } = facts;
  const texts = accountTexts(view.language);
  const row = (one: PersonalSession): Html => {
    const device = deviceInWords(texts, one.userAgent);
    const isCurrent = one.id === session.grantId;
    const used = timeElement(view.language, one.lastUsedAt, timeAgo(view.language, one.lastUsedAt, now));
    const [before, after] = texts.sessionLastUsed('\0').split('\0');
    return html`<li class="entry">
<div class="entry-text"><strong>${device}</strong>${isCurrent && html` <span class="badge">${texts.sessionCurrent}</span>`}
<p>${purposeOf(texts, one)} · ${placeInWords(texts, one.address)}</p>
<p class="muted">${before}${used}${after} · ${texts.sessionSince(dateText(view.language, one.createdAt))}</p></div>
${!isCurrent && html`<form method="post" action="${pathOf(accountSessionEnd, { id: one.id })}"><button type="submit" class="quiet" aria-label="${texts.sessionEndLabel(`${device}, ${purposeOf(texts, one)}`)}">${texts.sessionEnd}</button></form>`}
</li>`;
  };
  // The one that is looked from comes first.
  const ordered = [...sessions].sort(
    (left, right) => Number(right.id === session.grantId) - Number(left.id === session.grantId),
  );
  const others = total - 1;
  return accountPage(view, session, 'sessions', {
    title: texts.sessionsTitle,
    lead: texts.sessionsLead,
    body: html`${notice}<ul class="card entries">${ordered.map(row)}</ul>
${total > sessions.length && html`<p class="muted">${texts.sessionsMore(sessions.length)}</p>`}
${
  others > 0
    ? html`<form class="line" method="post" action="${accountSessionsEndOthers.path}"><p class="muted">${texts.sessionsEndOthersHelp(others)}</p><button type="submit" class="danger">${texts.sessionsEndOthers}</button></form>`
    : html`<p class="muted">${texts.sessionsOnlyThis}</p>`
}`,
  });
}
