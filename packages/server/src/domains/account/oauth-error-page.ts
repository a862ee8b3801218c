import { hostCookieName, readCookie } from '../../platform/http/cookies.ts';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import { html } from '../../platform/pages/html.ts';
import { page } from '../../platform/pages/page.ts';
import { safeName } from './consent-safe-name.ts';
import { type ConsentTexts, consentTexts } from './messages/consent.ts';
import { chooseLanguage, languageCookieName } from './messages/language.ts';

/** An OAuth error that the browser can't be sent back with, and whom it is told to. */
export interface OAuthPageError {
  /** The code of the RFC: `invalid_request`, `invalid_client`, `invalid_redirect_uri` … */
  readonly error: string;
  readonly description: string | undefined;
  /** 400, or what the error itself says. */
  readonly status: number;
  /** What the app calls itself, where it is known. */
  readonly clientName?: string | undefined;
  readonly correlationId: string;
  /** The `Cookie` and `Accept-Language` headers, by which the language is chosen. */
  readonly cookies: string | undefined;
  readonly acceptLanguage: string | undefined;
  /** Whether cookies need HTTPS. */
  readonly secure: boolean;
}

/** What helps, by what went wrong. The descriptions are the provider's; these are for the person in front of it. */
function adviceFor(texts: ConsentTexts, error: string, description: string): string {
  if (error === 'invalid_redirect_uri' || /redirect_uri/.test(description)) return texts.errorAdviceRedirect;
  if (
    error === 'invalid_client' ||
    error === 'unauthorized_client' ||
    /client is (?:invalid|unknown)/.test(description)
  )
    return texts.errorAdviceClient;
  if (/cookie/.test(description)) return texts.errorAdviceCookies;
  if (/expired|not found|session/i.test(description)) return texts.errorAdviceExpired;
  return texts.errorAdvicePerson;
}

/**
 * Every OAuth error that must not be redirected (RFC 6749 §4.1.2.1: an unregistered address is never followed), in words:
 * what happened, the code and description for who builds the app, what to do, and the correlation id.
 */
export function oauthErrorPage(told: OAuthPageError): RawAnswer {
  const cookieName = hostCookieName(languageCookieName, told.secure);
  const language = chooseLanguage(readCookie(told.cookies, cookieName), told.acceptLanguage);
  const texts = consentTexts(language);
  const isOurs =
    told.status >= 500 || told.error === 'server_error' || told.error === 'temporarily_unavailable';
  const description = safeText(told.description ?? '');
  return page({
    language,
    title: isOurs ? texts.errorServerTitle : texts.errorTitle,
    lead: isOurs ? texts.errorServerLead : texts.errorLead,
    status: told.status,
    body: html`${!isOurs && html`<section class="card stack"><h2>${texts.errorAdviceTitle}</h2><p>${adviceFor(texts, told.error, description)}</p></section>`}
<dl class="card facts">${told.clientName !== undefined && html`<dt>${texts.errorApp}</dt><dd><bdi>${safeName(told.clientName).shown}</bdi></dd>`}<dt>${texts.errorCode}</dt><dd><code>${safeName(told.error).shown}</code></dd>${description !== '' && html`<dt>${texts.errorDescription}</dt><dd lang="en">${description}</dd>`}<dt>${texts.errorCorrelation}</dt><dd><code>${told.correlationId}</code></dd></dl>`,
    foot: texts.errorFoot,
    headers: { 'cache-control': 'no-store' },
  });
}

/** A description as it is told: it may repeat what a stranger put into the address. */
function safeText(text: string): string {
  return text.slice(0, 300).replace(/[\p{Cc}\p{Cf}]/gu, '');
}
