import type { SecondFactorMethod } from '@castellan/contract';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import { Html, html } from '../../platform/pages/html.ts';
import type { Refusal } from '../../platform/refusal.ts';
import type { TotpEnrolment } from '../factors/account-factors.ts';
import type { View } from './account-frame.ts';
import { type CredentialTexts, credentialMessages } from './messages/credential-messages.ts';
import { passkeyMaker } from './passkey-maker.ts';
import { signInAddress } from './return-to.ts';
import { problemNotice, retryHeaders, signInForm, withReturnTo } from './sign-in-form.ts';

/** What a form of these pages came to. */
export interface FactorOutcome {
  readonly status: number;
  /** What is wrong with the code as it was typed. */
  readonly problem?: string;
  readonly refusal?: Refusal;
}

const path = '/sign-in/second-factor';

function refusalText(texts: CredentialTexts, method: SecondFactorMethod, refusal: Refusal): string {
  if (refusal.code === 'rate_limited') return texts.factorLimited;
  if (refusal.code === 'passkey_refused') return texts.factorPasskeyRefused;
  return method === 'recovery_code' ? texts.factorRecoveryRefused : texts.factorWrong;
}

/** The other ways to prove it, each by a link that changes nothing. */
function otherMethods(
  texts: CredentialTexts,
  methods: readonly SecondFactorMethod[],
  chosen: SecondFactorMethod,
  returnTo: string | undefined,
): Html {
  const words = {
    totp: texts.factorUseTotp,
    passkey: texts.factorUsePasskey,
    recovery_code: texts.factorUseRecovery,
  } as const satisfies Record<SecondFactorMethod, string>;
  const others = methods.filter((method) => method !== chosen);
  return html`${others.map(
    (method) =>
      html`<a class="button secondary" href="${withReturnTo(path, returnTo, { method })}">${words[method]}</a>\n`,
  )}`;
}

/** Where the second factor of a sign-in that waits is proved. */
export function secondFactorView(
  view: View,
  facts: {
    readonly methods: readonly SecondFactorMethod[];
    readonly chosen: SecondFactorMethod;
    readonly scripts: readonly string[];
    /** Of somebody who is signed in and goes on from here; a sign-in that waits keeps its own. */
    readonly returnTo?: string | undefined;
    /** Whether a sign-in waits already: a passkey's challenge is bound to it. */
    readonly isWaiting: boolean;
    readonly outcome?: FactorOutcome | undefined;
  },
): RawAnswer {
  const { methods, chosen, scripts, returnTo, isWaiting, outcome } = facts;
  const action = withReturnTo(path, returnTo);
  const texts = credentialMessages(view.language);
  const notice = outcome?.refusal && problemNotice(view, refusalText(texts, chosen, outcome.refusal));
  const others = otherMethods(texts, methods, chosen, returnTo);
  const code =
    chosen === 'totp'
      ? {
          label: texts.factorTotp,
          help: texts.factorTotpHelp,
          autocomplete: 'one-time-code',
          inputMode: 'numeric' as const,
          maxLength: 12,
        }
      : { label: texts.factorRecovery, help: texts.factorRecoveryHelp, autocomplete: 'off', maxLength: 40 };
  return view.page({
    title: texts.factorTitle,
    lead: texts.factorLead,
    status: outcome?.status ?? 200,
    headers: outcome?.refusal ? retryHeaders(outcome.refusal) : {},
    scripts: chosen === 'passkey' ? scripts : [],
    body: html`${
      chosen === 'passkey' && !isWaiting
        ? html`<form class="card" method="post" action="${action}">
<input type="hidden" name="method" value="passkey"><input type="hidden" name="action" value="begin">
<div class="actions"><button type="submit">${texts.factorUsePasskey}</button>${others}</div>
</form>`
        : chosen === 'passkey'
          ? html`<div class="card">
${notice}
<div class="notice" role="alert" data-passkey-problem="" hidden><p>${texts.factorPasskeyRefused}</p></div>
<p data-passkey-without>${texts.factorPasskeyNeedsScript}</p>
<div class="actions"><button type="button" data-passkey="second-factor" hidden>${texts.factorPasskey}</button>${others}</div>
</div>`
          : html`<div class="code-input">${signInForm({
              notice,
              action,
              hidden: { method: chosen },
              fields: [{ name: 'code', type: 'text', error: outcome?.problem, ...code }],
              button: texts.factorSubmit,
              others,
            })}</div>`
    }
<p class="aside">${texts.factorLost} <a href="/sign-in?again=1">${texts.cancel}</a></p>`,
  });
}

/** A sign-in that waited too long, was finished elsewhere, or saw too many wrong codes. */
export function secondFactorGoneView(view: View): RawAnswer {
  const texts = credentialMessages(view.language);
  return view.page({
    status: 410,
    title: texts.factorGoneTitle,
    lead: texts.factorGoneLead,
    body: html`<div class="card"><p>${texts.factorGoneHelp}</p><a class="button" href="/sign-in">${texts.factorGoneSubmit}</a></div>`,
  });
}

/** Where somebody whose workspace asks for a second factor chooses one: a passkey, or an authenticator app without scripts. */
export function enrolChoiceView(
  view: View,
  facts: { readonly email: string; readonly returnTo: string; readonly scripts: readonly string[] },
): RawAnswer {
  const { email, returnTo, scripts } = facts;
  const texts = credentialMessages(view.language);
  const action = withReturnTo(path, returnTo);
  return view.page({
    title: texts.enrolTitle,
    lead: texts.enrolLead,
    scripts,
    body: html`<div class="card stack" data-passkey-only hidden><h2>${texts.enrolPasskey}</h2><p>${texts.enrolPasskeyHelp}</p>
${passkeyMaker(view, { email, done: returnTo, signInAgain: signInAddress({ returnTo: action, again: true, loginHint: email }) })}</div>
<form class="card" method="post" action="${action}"><h2>${texts.enrolApp}</h2><p>${texts.enrolAppHelp}</p>
<button type="submit" class="secondary" name="action" value="begin">${texts.enrolAppSubmit}</button></form>`,
  });
}

/** Where an authenticator app is set up on the way in. */
export function enrolView(
  view: View,
  facts: {
    readonly enrolment: TotpEnrolment;
    readonly returnTo: string;
    readonly outcome?: FactorOutcome | undefined;
  },
): RawAnswer {
  const { enrolment, returnTo, outcome } = facts;
  const texts = credentialMessages(view.language);
  const refused =
    outcome?.refusal && (outcome.refusal.code === 'rate_limited' ? texts.factorLimited : texts.enrolWrong);
  return view.page({
    title: texts.enrolTitle,
    lead: texts.enrolLead,
    status: outcome?.status ?? 200,
    headers: outcome?.refusal ? retryHeaders(outcome.refusal) : {},
    body: html`<div class="card doors">
<p>${texts.enrolStepScan}</p>
<div class="qr" role="img" aria-label="${texts.enrolQr}">${new Html(enrolment.qrSvg)}</div>
<a class="button secondary" href="${enrolment.uri}">${texts.enrolOpen}</a>
<div class="stack"><p class="muted">${texts.enrolStepKey}</p><p><code>${enrolment.secret}</code></p></div>
<div class="code-input">${signInForm({
      isBare: true,
      notice: refused ? problemNotice(view, refused) : undefined,
      action: withReturnTo(path, returnTo),
      hidden: { action: 'enrol' },
      fields: [
        {
          name: 'code',
          label: texts.enrolCode,
          type: 'text',
          autocomplete: 'one-time-code',
          inputMode: 'numeric',
          maxLength: 12,
          help: texts.enrolStepCode,
          error: outcome?.problem,
        },
      ],
      button: texts.enrolSubmit,
    })}</div>
</div>`,
  });
}

/** The recovery codes of somebody who has just set up their first factor: shown this once. */
export function recoveryCodesView(view: View, codes: readonly string[], goOn: string): RawAnswer {
  const texts = credentialMessages(view.language);
  return view.page({
    title: texts.enrolDoneTitle,
    lead: texts.enrolDoneLead,
    body: html`<div class="card">
<ul class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
<p class="muted">${texts.enrolDoneEach}</p>
<a class="button" href="${goOn}">${texts.enrolDoneSubmit}</a>
</div>`,
  });
}
