import type { RawAnswer } from '../../platform/http/implementation.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { OfferedProvider } from '../federation/providers.ts';
import type { View } from './account-frame.ts';
import { type SignInTexts, signInMessages } from './messages/sign-in-messages.ts';
import { otherProofNotice } from './return-to.ts';
import {
  careNotice,
  doneNotice,
  emailField,
  problemNotice,
  retryHeaders,
  signInForm,
  withReturnTo,
} from './sign-in-form.ts';
import { keySign, letterSign, mailSign } from './sign-in-signs.ts';

/** What the sign-in page is made from. */
export interface SignInFacts {
  /** Where to go on, as it was asked for; `undefined` for the person's own pages. */
  readonly returnTo: string | undefined;
  /** Somebody is signed in and is to prove it once more. */
  readonly again: boolean;
  readonly secondFactor: boolean;
  readonly email: string;
  /** Who is signed in with this browser. */
  readonly current: { readonly name: string; readonly email: string } | undefined;
  readonly providers: readonly OfferedProvider[];
  readonly registrationOpen: boolean;
  readonly notice?: string | undefined;
  readonly scripts: readonly string[];
  /** What became of a form that was not taken. */
  readonly outcome?: {
    readonly status: number;
    readonly problems?: { readonly email?: string | undefined; readonly password?: string | undefined };
    readonly refusal?: Refusal;
  };
}

/** The refusals of a password that are told in the form itself. */
const told = ['invalid_credentials', 'account_deactivated', 'rate_limited', 'overloaded'] as const;

/** Whether a refusal is told beside the form, with what was typed kept. */
export function isToldInForm(error: unknown): error is Refusal {
  return error instanceof Refusal && told.some((code) => code === error.code);
}

function noticeOf(view: View, texts: SignInTexts, facts: SignInFacts): Html | undefined {
  const { outcome, notice } = facts;
  const code = told.find((one) => one === outcome?.refusal?.code);
  if (code) return problemNotice(view, texts[code]);
  if (notice === 'password_set') return doneNotice(texts.noticeSet);
  if (notice === otherProofNotice) return careNotice(texts.noticeOtherProof);
  if (notice === 'signed_out') return doneNotice(texts.noticeSignedOut);
  return undefined;
}

function otherWays(texts: SignInTexts, facts: SignInFacts): Html {
  const { providers } = facts;
  // What was asked of this page goes along: to be asked anew there, and for a second factor afterwards.
  const wishes = new URLSearchParams({
    ...(facts.returnTo === undefined ? {} : { return_to: facts.returnTo }),
    ...(facts.again ? { again: '1' } : {}),
    ...(facts.secondFactor ? { second_factor: '1' } : {}),
  }).toString();
  const links = providers.map(
    ({ slug, name }) =>
      html`<a class="button secondary way" href="/auth/login/${slug}${wishes && `?${wishes}`}">${letterSign(name)}${texts.with(name)}</a>\n`,
  );
  // Shown by its script: without one, a passkey can't be asked for.
  const passkey = html`<button type="button" class="secondary way" data-passkey="sign-in" hidden>${keySign}${texts.passkey}</button>`;
  // Sent with the form above: it asks for the same e-mail address.
  const link = html`<button type="submit" form="sign-in" formaction="/sign-in/link" class="secondary way">${mailSign}${texts.mailLink}</button>`;
  return html`<div class="doors-others">
<p class="or" aria-hidden="true"><span>${texts.or}</span></p>
<div class="notice" role="alert" data-passkey-problem="" hidden><p>${texts.passkeyProblem}</p></div>
${passkey}
${link}
${links}</div>`;
}

/** Where a person signs in with this browser. */
export function signInView(view: View, facts: SignInFacts): RawAnswer {
  const texts = signInMessages(view.language);
  const { returnTo, again, secondFactor, email, current, registrationOpen, outcome } = facts;
  const isSamePerson = again && current !== undefined && (email === '' || email === current.email);
  const forgot = html`<a href="${withReturnTo('/reset', returnTo)}">${texts.forgot}</a>`;
  const register =
    registrationOpen &&
    html`<p class="aside">${texts.noAccount} <a href="${withReturnTo('/register', returnTo)}">${texts.register}</a></p>`;
  return view.page({
    title: isSamePerson ? texts.againTitle : texts.title,
    lead: isSamePerson ? texts.againLead(current.name) : undefined,
    status: outcome?.status ?? 200,
    headers: outcome?.refusal ? retryHeaders(outcome.refusal) : {},
    scripts: facts.scripts,
    body: html`<div class="card doors">
${signInForm({
  id: 'sign-in',
  isBare: true,
  notice: noticeOf(view, texts, facts),
  hidden: {
    return_to: returnTo,
    again: again ? '1' : undefined,
    second_factor: secondFactor ? '1' : undefined,
  },
  fields: [
    emailField(texts, {
      value: email,
      error: outcome?.problems?.email,
      autocomplete: 'username webauthn',
    }),
    {
      name: 'password',
      label: texts.password,
      type: 'password',
      autocomplete: 'current-password',
      error: outcome?.problems?.password,
      beside: forgot,
    },
  ],
  button: texts.submit,
})}
${otherWays(texts, facts)}
</div>
${register}`,
  });
}
