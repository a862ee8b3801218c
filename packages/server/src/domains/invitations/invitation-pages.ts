import type { RawAnswer } from '../../platform/http/implementation.ts';
import { html } from '../../platform/pages/html.ts';
import type { Refusal } from '../../platform/refusal.ts';
import type { View } from '../account/account-frame.ts';
import { newPasswordFields } from '../account/credential-form.ts';
import { credentialMessages } from '../account/messages/credential-messages.ts';
import { invitationMessages } from '../account/messages/invitation-messages.ts';
import { problemNotice, retryHeaders, signInForm } from '../account/sign-in-form.ts';
import type { ClosedReason } from './accept-invitation.ts';
import type { InvitedPerson } from './repository.ts';

/** What happened to a form that was not taken. */
export interface InvitationOutcome {
  readonly status: number;
  readonly name: string;
  readonly problems?: {
    readonly name?: string | undefined;
    readonly password?: string;
    readonly password_again?: string;
  };
  readonly refusal?: Refusal;
}

/** Where an invited person sets a password. */
export function invitationFormView(
  view: View,
  person: InvitedPerson,
  outcome?: InvitationOutcome,
): RawAnswer {
  const texts = invitationMessages(view.language);
  const credentials = credentialMessages(view.language);
  const { workspaces, invitedBy } = person;
  return view.page({
    title: texts.title,
    lead: invitedBy ? texts.leadBy(invitedBy) : texts.lead,
    status: outcome?.status ?? 200,
    headers: outcome?.refusal ? retryHeaders(outcome.refusal) : {},
    body: html`<dl class="facts"><dt>${texts.email}</dt><dd>${person.email}</dd>${workspaces.length > 0 && html`<dt>${workspaces.length === 1 ? texts.workspace : texts.workspaces}</dt><dd>${workspaces.join(', ')}</dd>`}</dl>
${signInForm({
  notice: outcome?.refusal && problemNotice(view, credentials.busy),
  account: person.email,
  fields: [
    {
      name: 'name',
      label: credentials.name,
      type: 'text',
      autocomplete: 'name',
      value: outcome?.name ?? person.name,
      help: credentials.nameHelp,
      error: outcome?.problems?.name,
    },
    ...newPasswordFields(credentials, credentials.password, outcome?.problems),
  ],
  button: texts.submit,
})}
<p class="aside">${texts.foot}</p>`,
  });
}

/** After the password is set: where to go now. */
export function invitationAcceptedView(
  view: View,
  person: Pick<InvitedPerson, 'email'>,
  places: readonly { readonly name: string; readonly origin: string }[],
): RawAnswer {
  const texts = invitationMessages(view.language);
  const account = html`<a class="button secondary" href="/account">${texts.doneAccount}</a>`;
  return view.page({
    title: texts.doneTitle,
    lead: texts.doneLead(person.email),
    body:
      places.length > 0
        ? html`<section class="card"><h2>${texts.donePlaces}</h2><ul class="places">${places.map(({ name, origin }) => html`<li><a href="${origin}"><strong>${name}</strong><span>${origin}</span></a></li>`)}</ul></section>
${account}`
        : html`<div class="card"><p>${texts.doneNowhere}</p>${account}</div>`,
  });
}

const statuses = {
  unknown: 404,
  used: 410,
  replaced: 410,
  expired: 410,
  deactivated: 403,
  foreign: 403,
} as const satisfies Record<ClosedReason | 'foreign', number>;

/** A link that leads nowhere now, with what to do about it. It tells nothing of any account but its own. */
export function closedInvitationView(view: View, reason: ClosedReason | 'foreign'): RawAnswer {
  const texts = invitationMessages(view.language);
  return view.page({
    status: statuses[reason],
    title: texts[`${reason}Title`],
    lead: texts[`${reason}Lead`],
    body: html`<div class="card"><p>${texts[`${reason}Help`]}</p></div>`,
  });
}
