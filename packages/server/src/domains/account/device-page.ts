import type { RawAnswer } from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { field } from '../../platform/pages/form.ts';
import { html } from '../../platform/pages/html.ts';
import type { DeviceRequest } from '../oauth/interactions.ts';
import type { View } from './account-frame.ts';
import { timeAgo, timeElement } from './account-times.ts';
import { type AskFacts, askFields, clientCard, decisionButtons, nameOf } from './consent-page.ts';
import { accountTexts } from './messages/account.ts';
import { consentTexts } from './messages/consent.ts';
import { deviceInWords, placeInWords } from './sessions-device.ts';

/** What the page for a device's code shows. */
export interface DeviceEntryFacts {
  /** The code as it was typed, or as the device's own link brought it. */
  readonly code: string;
  readonly problem?: string | undefined;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
}

/** Asks for the code that a device shows. */
export function deviceEntryPage(view: View, facts: DeviceEntryFacts): RawAnswer {
  const texts = consentTexts(view.language);
  const { code, problem, retryAfterSeconds } = facts;
  return view.page({
    title: texts.deviceTitle,
    lead: texts.deviceLead,
    status: facts.status ?? (problem === undefined ? 200 : 422),
    headers: retryAfterSeconds ? { 'retry-after': String(Math.ceil(retryAfterSeconds)) } : {},
    body: html`<form class="card" method="post" action="/device" novalidate>
${field({ name: 'user_code', label: texts.deviceCode, type: 'text', autocomplete: 'off', value: code, help: texts.deviceCodeHelp, error: problem, focused: true })}
<button type="submit">${texts.deviceContinue}</button>
</form>
<p class="warning">${texts.deviceNeverAsked}</p>`,
  });
}

/** What the page that confirms a device shows. */
export interface DeviceConfirmFacts extends AskFacts {
  readonly session: BrowserSession;
  readonly request: DeviceRequest;
  readonly userCode: string;
  /** Binds the answer to the session that was shown this page. */
  readonly confirmation: string;
  /** Where this browser is. */
  readonly ownAddress: string;
  readonly now: Date;
}

/** A user code as devices show it: in two halves. */
export const writtenCode = (code: string): string => code.replace(/^(\w{4})(\w{4})$/, '$1-$2');

/** Shows what a code is for, before anything is allowed (RFC 8628 §3.3, §5.4). */
export function deviceConfirmPage(view: View, facts: DeviceConfirmFacts): RawAnswer {
  const texts = consentTexts(view.language);
  const words = accountTexts(view.language);
  const { session, request, userCode, confirmation, ownAddress, now, client } = facts;
  return view.page({
    title: texts.deviceConfirmTitle(nameOf(texts, client).shown),
    lead: texts.deviceConfirmLead,
    status: facts.problem === undefined ? 200 : 422,
    body: html`<p class="muted">${texts.signedInAs} <strong><bdi>${session.email}</bdi></strong></p>
${clientCard(
  texts,
  facts,
  html`<dl class="facts"><dt>${texts.deviceCode}</dt><dd class="user-code">${writtenCode(userCode)}</dd>
<dt>${texts.deviceAskedFrom}</dt><dd>${deviceInWords(words, request.userAgent)}, ${placeInWords(words, request.address)}</dd>
<dt>${texts.deviceAskedAt}</dt><dd>${timeElement(view.language, request.requestedAt, timeAgo(view.language, request.requestedAt, now))}</dd></dl>
${request.address !== ownAddress && html`<p class="warning">${texts.deviceFromElsewhere}</p>`}`,
)}
<form class="card" method="post" action="/device">
<input type="hidden" name="user_code" value="${userCode}"><input type="hidden" name="confirmation" value="${confirmation}">
${askFields(texts, view.language, facts)}
${decisionButtons(texts.deviceCancel, texts.deviceConfirm)}
</form>`,
  });
}

/** What became of the device. */
export function deviceDonePage(view: View, outcome: 'connected' | 'refused', app: string): RawAnswer {
  const texts = consentTexts(view.language);
  return outcome === 'connected'
    ? view.page({
        title: texts.deviceDoneTitle,
        lead: texts.deviceDoneLead(app),
        body: html`<p class="card">${texts.deviceDoneHelp}</p>`,
      })
    : view.page({
        title: texts.deviceRefusedTitle,
        lead: texts.deviceRefusedLead(app),
        body: html`<p class="card">${texts.deviceDoneHelp}</p>`,
      });
}

/** A code that was answered meanwhile, has run out, or was shown to somebody else. */
export function deviceForeignPage(view: View): RawAnswer {
  const texts = consentTexts(view.language);
  return view.page({
    title: texts.deviceForeignTitle,
    lead: texts.deviceForeignLead,
    status: 410,
    body: html`<p class="card"><a href="/device">${texts.deviceTitle}</a></p>`,
  });
}
