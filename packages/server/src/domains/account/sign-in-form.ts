import { email as emailAddress } from '@castellan/contract';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import { type FormField, field } from '../../platform/pages/form.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import type { Refusal } from '../../platform/refusal.ts';
import { correlationLine, type View } from './account-frame.ts';
import type { LinkClosed } from './link-store.ts';
import { type SignInTexts, signInMessages } from './messages/sign-in-messages.ts';

/** A form of these pages. */
export interface SignInForm {
  readonly fields: readonly FormField[];
  /** What travels along unseen. Nothing here is trusted when it comes back. */
  readonly hidden?: Readonly<Record<string, string | undefined>>;
  /** Whose password is set here: password managers keep it with the new one. */
  readonly account?: string;
  readonly button: string;
  /** Further buttons of the same form, after the first. */
  readonly others?: Html | false | undefined;
  /** Before the fields: what went wrong with none of them. */
  readonly notice?: Html | undefined;
  /** Where it is sent, when that is another address than the page's own. */
  readonly action?: string;
  /** By which buttons outside of it name the form. */
  readonly id?: string;
  /** Stands in a card that is there already. */
  readonly isBare?: boolean;
}

/** What went wrong, read out at once. */
export function problemNotice(view: View, text: string): Html {
  return html`<div class="notice" role="alert"><p>${text}</p>${correlationLine(view)}</div>`;
}

/** What has just been done. */
export const doneNotice = (text: string): Html =>
  html`<div class="notice notice-done" role="status"><p>${text}</p></div>`;

/** What to look at before going on. */
export const careNotice = (text: string): Html => html`<div class="notice notice-care"><p>${text}</p></div>`;

const hiddenField = ([name, value]: readonly [string, string | undefined]): Html | false =>
  value !== undefined && html`<input type="hidden" name="${name}" value="${value}">\n`;

/** Writes a form. The cursor begins in the first field that is wrong, else in the first that is empty. */
export function signInForm(content: SignInForm): Html {
  const { fields, hidden = {}, account, button, others, notice, action, id, isBare } = content;
  const first =
    fields.find(({ error }) => error !== undefined) ??
    fields.find(({ value }) => value === undefined || value === '') ??
    fields[0];
  return html`<form${id !== undefined && html` id="${id}"`}${!isBare && html` class="card"`} method="post"${action !== undefined && html` action="${action}"`} novalidate>
${notice}
${account !== undefined && html`<input type="email" autocomplete="username" value="${account}" aria-hidden="true" tabindex="-1" readonly hidden>\n`}${Object.entries(hidden).map(hiddenField)}${fields.map((one) => field({ ...one, focused: one === first }))}
<div class="actions"><button type="submit">${button}</button>${others}</div>
</form>`;
}

/** The e-mail field, as every one of these forms asks for it. */
export function emailField(
  texts: Pick<SignInTexts, 'email'>,
  given: {
    readonly value?: string | undefined;
    readonly error?: string | undefined;
    readonly autocomplete?: string;
  },
): FormField {
  const { value = '', error, autocomplete = 'username' } = given;
  return {
    name: 'email',
    label: texts.email,
    type: 'email',
    inputMode: 'email',
    autocomplete,
    value,
    error,
    maxLength: 254,
  };
}

/** Reads a typed e-mail address, or says how to mend it. */
export function readEmail(
  view: Pick<View, 'language'>,
  typed: string | undefined,
): { readonly email: string; readonly problem?: undefined } | { readonly problem: string } {
  const parsed = emailAddress.safeParse(typed ?? '');
  if (parsed.success) return { email: parsed.data };
  const texts = signInMessages(view.language);
  return { problem: (typed ?? '').trim() === '' ? texts.emailMissing : texts.emailWrong };
}

/** The header that says when to try again. */
export function retryHeaders(refusal: Pick<Refusal, 'retryAfterSeconds'>): Record<string, string> {
  const { retryAfterSeconds } = refusal;
  return retryAfterSeconds === undefined
    ? {}
    : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) };
}

/** What a mailed link opens when it leads nowhere now. It tells of no account but its own. */
export function closedLinkView(view: View, reason: LinkClosed, askAgain: string): RawAnswer {
  const texts = signInMessages(view.language);
  const words = {
    unknown: [404, texts.closedUnknownTitle, texts.closedUnknownLead, texts.closedHelpUnknown],
    used: [410, texts.closedUsedTitle, texts.closedUsedLead, texts.closedHelp],
    replaced: [410, texts.closedReplacedTitle, texts.closedReplacedLead, texts.closedHelp],
    expired: [410, texts.closedExpiredTitle, texts.closedExpiredLead, texts.newLink],
    deactivated: [
      410,
      texts.closedDeactivatedTitle,
      texts.closedDeactivatedLead,
      texts.closedDeactivatedHelp,
    ],
  } as const satisfies Record<
    LinkClosed,
    readonly [status: number, title: string, lead: string, help: string]
  >;
  const [status, title, lead, help] = words[reason];
  return view.page({
    status,
    title,
    lead,
    body: html`<div class="card">
${reason !== 'expired' && html`<p>${help}</p>`}
${reason !== 'deactivated' && html`<a class="button" href="${askAgain}">${texts.newLink}</a>`}
</div>`,
  });
}

/** After a link was asked for: the same words for every address. */
export function sentView(
  view: View,
  sent: { readonly lead: string; readonly life: string; readonly again: string },
): RawAnswer {
  const texts = signInMessages(view.language);
  return view.page({
    title: texts.sentTitle,
    lead: sent.lead,
    body: html`<div class="card">
<p>${sent.life}</p>
<p class="muted">${texts.sentNothing}</p>
<a class="button secondary" href="${sent.again}">${texts.sentAgain}</a>
</div>`,
  });
}

/** An address of ours with the place to go on, where that is not the usual one. */
export function withReturnTo(
  path: string,
  returnTo: string | undefined,
  more: Record<string, string> = {},
): string {
  const query = new URLSearchParams({ ...more, ...(returnTo === undefined ? {} : { return_to: returnTo }) });
  return query.size === 0 ? path : `${path}?${query}`;
}
