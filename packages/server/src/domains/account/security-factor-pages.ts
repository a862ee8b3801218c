import {
  accountAuthenticator,
  accountAuthenticatorRemove,
  accountPasskey,
  accountPasskeyAdd,
  accountRecoveryCodesMake,
  accountSecurity,
  type Passkey,
  pathOf,
} from '@castellan/contract';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { field } from '../../platform/pages/form.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import type { TotpEnrolment } from '../factors/account-factors.ts';
import type { View } from './account-frame.ts';
import { accountPage } from './account-navigation.ts';
import { momentText } from './account-times.ts';
import { accountTexts } from './messages/account.ts';
import { securityTexts } from './messages/security.ts';
import { passkeyMaker } from './passkey-maker.ts';
import { signInAddress } from './return-to.ts';

const toSecurity = (label: string): Html => html`<p><a href="${accountSecurity.path}">${label}</a></p>`;

/** Where an authenticator app is set up, or removed when it is on. */
export function authenticatorPage(
  view: View,
  session: BrowserSession,
  facts: { readonly isOn: boolean; readonly problem?: string },
): RawAnswer {
  const texts = securityTexts(view.language);
  const words = accountTexts(view.language);
  return accountPage(view, session, 'security', {
    title: texts.authenticatorTitle,
    lead: facts.isOn ? texts.authenticatorIsOn : texts.authenticatorLead,
    status: facts.problem === undefined ? 200 : 409,
    body: html`${facts.problem !== undefined && html`<p class="notice" role="alert">${facts.problem}</p>`}${
      facts.isOn
        ? html`<form class="card" method="post" action="${accountAuthenticatorRemove.path}"><p>${texts.authenticatorRemoveHelp}</p><button type="submit" class="danger">${texts.authenticatorRemove}</button></form>`
        : html`<form class="card" method="post" action="${accountAuthenticator.path}"><p>${texts.authenticatorBeginHelp}</p><button type="submit">${texts.authenticatorBegin}</button></form>`
    }${toSecurity(words.back)}`,
  });
}

/** Shows the key of an authenticator app and asks for a code of it. */
export function authenticatorKeyPage(
  view: View,
  session: BrowserSession,
  facts: { readonly enrolment: TotpEnrolment; readonly problem?: string; readonly status?: number },
): RawAnswer {
  const texts = securityTexts(view.language);
  const { enrolment, problem } = facts;
  const picture = `data:image/svg+xml;base64,${Buffer.from(enrolment.qrSvg).toString('base64')}`;
  return accountPage(view, session, 'security', {
    title: texts.authenticatorTitle,
    lead: texts.authenticatorScan,
    status: facts.status ?? (problem === undefined ? 200 : 422),
    body: html`<form class="card" method="post" action="${accountAuthenticator.path}" novalidate>
<img class="qr" src="${picture}" alt="${texts.authenticatorPicture}" width="200" height="200">
<dl class="facts"><dt>${texts.authenticatorKey}</dt><dd><code>${enrolment.secret}</code></dd></dl>
${field({ name: 'code', label: texts.authenticatorCode, type: 'text', autocomplete: 'one-time-code', help: texts.authenticatorCodeHelp, error: problem, focused: true })}
<button type="submit">${texts.authenticatorConfirm}</button>
</form>`,
  });
}

/** Shows recovery codes, this once. The file is in the page itself, so that nothing keeps them to give them again. */
export function recoveryCodesShownPage(
  view: View,
  session: BrowserSession,
  facts: { readonly codes: readonly string[]; readonly notice: string | undefined; readonly now: Date },
): RawAnswer {
  const texts = securityTexts(view.language);
  const { codes, notice, now } = facts;
  const head = texts.recoveryFileHead(session.email, momentText(view.language, now));
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${head}\r\n\r\n${codes.join('\r\n')}\r\n`)}`;
  return accountPage(view, session, 'security', {
    title: texts.recoveryShownTitle,
    lead: texts.recoveryShownLead,
    body: html`${notice !== undefined && html`<p class="success" role="status">${notice}</p>`}
<div class="card"><ul class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
<div class="decision"><a class="button secondary" href="${file}" download="${texts.recoveryFileName}">${texts.recoveryDownload}</a><a class="button" href="${accountSecurity.path}">${texts.recoveryKept}</a></div></div>`,
  });
}

/** Where new recovery codes are made. */
export function recoveryCodesPage(
  view: View,
  session: BrowserSession,
  facts: { readonly hasFactor: boolean; readonly left: number },
): RawAnswer {
  const texts = securityTexts(view.language);
  return accountPage(view, session, 'security', {
    title: texts.recoveryTitle,
    lead: facts.hasFactor ? texts.recoveryLead : undefined,
    body: html`${
      facts.hasFactor
        ? html`<form class="card" method="post" action="${accountRecoveryCodesMake.path}"><p>${texts.recoveryLeft(facts.left)}</p><button type="submit">${texts.recoveryMake}</button></form>`
        : html`<p class="card">${texts.recoveryNeedsFactor}</p>`
    }${toSecurity(accountTexts(view.language).back)}`,
  });
}

/** Where one passkey is renamed or removed. */
export function passkeyPage(
  view: View,
  session: BrowserSession,
  facts: {
    readonly passkey: Passkey;
    readonly name: string;
    readonly nameProblem?: string;
    readonly problem?: string;
  },
): RawAnswer {
  const texts = securityTexts(view.language);
  const { passkey, name, nameProblem, problem } = facts;
  return accountPage(view, session, 'security', {
    title: texts.passkeyTitle,
    status: nameProblem !== undefined ? 422 : problem === undefined ? 200 : 409,
    body: html`${problem !== undefined && html`<p class="notice" role="alert">${problem}</p>`}<form class="card" method="post" action="${pathOf(accountPasskey, { id: passkey.id })}" novalidate>
${field({ name: 'name', label: texts.passkeyName, type: 'text', autocomplete: 'off', value: name, help: texts.passkeyNameHelp, error: nameProblem, focused: nameProblem !== undefined })}
<button type="submit">${texts.passkeyRename}</button></form>
<form class="card" method="post" action="${pathOf(accountPasskey, { id: passkey.id })}"><p>${texts.passkeyRemoveHelp}</p><button type="submit" class="danger" name="action" value="remove">${texts.passkeyRemove}</button></form>
${toSecurity(accountTexts(view.language).back)}`,
  });
}

/**
 * Where a passkey is added. Browsers make them only for a script, which fills this page: it asks for options, has the
 * browser make the key, sends it, and shows the recovery codes that come with the first one.
 */
export function passkeyAddPage(view: View, session: BrowserSession, scripts: readonly string[]): RawAnswer {
  const texts = securityTexts(view.language);
  const words = accountTexts(view.language);
  return accountPage(view, session, 'security', {
    title: texts.passkeyAddTitle,
    lead: texts.passkeyAddLead,
    scripts,
    body: html`<p class="warning" data-passkey-without>${texts.passkeyNeedsScript}</p>
<div class="card" data-passkey-only hidden>${passkeyMaker(view, {
      email: session.email,
      done: `${accountSecurity.path}?done=passkey_made`,
      signInAgain: signInAddress({
        returnTo: accountPasskeyAdd.path,
        again: true,
        loginHint: session.email,
      }),
      isFocused: true,
    })}</div>
${toSecurity(words.back)}`,
  });
}
