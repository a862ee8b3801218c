import { type ActivityEvent, accountActivity, accountSessions, activityEvents } from '@castellan/contract';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { html } from '../../platform/pages/html.ts';
import type { View } from './account-frame.ts';
import { accountPage } from './account-navigation.ts';
import { momentText, timeAgo, timeElement } from './account-times.ts';
import { accountTexts } from './messages/account.ts';
import { activityTexts } from './messages/activity.ts';
import type { Language } from './messages/language.ts';
import { placeInWords } from './sessions-device.ts';

/** What the page of activity shows. */
export interface ActivityFacts {
  readonly session: BrowserSession;
  readonly events: readonly ActivityEvent[];
  /** Where the next page begins, sealed. */
  readonly nextCursor: string | undefined;
  /** Whether this is not the first page. */
  readonly isOlder: boolean;
  readonly now: Date;
}

/** An event as a sentence. The chain of actors is told whole: whoever acted for somebody is named with them. */
export function eventSentence(language: Language, event: ActivityEvent): string {
  const sentence = activityTexts(language)[event.action] ?? activityEvents[event.action] ?? event.action;
  const actor =
    event.actors.map(({ label }) => label).join(language === 'de' ? ' als ' : ' as ') || 'Castellan';
  const facts: Readonly<Record<string, string>> = { actor, target: event.target.label };
  return sentence.replace(/\{(actor|target)\}/g, (_, name: string) => facts[name]!);
}

/** What happened to the person's account, newest first. */
export function activityPage(view: View, facts: ActivityFacts): RawAnswer {
  const { session, events, nextCursor, isOlder, now } = facts;
  const texts = accountTexts(view.language);
  const row = (event: ActivityEvent) => {
    // Where a colleague or an operator was is theirs to know; where somebody acted or tried to act as this person is not.
    const isOwn = event.actors.length === 0 || event.actors.some(({ id }) => id === session.userId);
    return html`<li class="entry"><div class="entry-text"><p><bdi>${eventSentence(view.language, event)}</bdi></p>
<p class="muted">${timeElement(view.language, event.at, timeAgo(view.language, event.at, now))} · ${momentText(view.language, event.at)}${event.service !== null && html` · ${texts.activityVia(event.service)}`}${isOwn && event.address !== null && html` · ${placeInWords(texts, event.address)}`}</p></div></li>\n`;
  };
  return accountPage(view, session, 'activity', {
    title: texts.activityTitle,
    lead: texts.activityLead,
    body: html`<p class="note">${texts.activityStrange} <a href="${accountSessions.path}">${texts.activityEndOthers}</a></p>
${events.length === 0 ? html`<p class="card muted">${texts.activityEmpty}</p>` : html`<ol class="card entries">${events.map(row)}</ol>`}
${(nextCursor !== undefined || isOlder) && html`<p class="paging">${isOlder && html`<a class="button quiet" href="${accountActivity.path}">${texts.activityNewest}</a>`}${nextCursor !== undefined && html`<a class="button quiet" rel="next" href="${accountActivity.path}?cursor=${nextCursor}">${texts.activityOlder}</a>`}</p>`}`,
  });
}
