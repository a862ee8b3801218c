import type { RawAnswer } from '../../platform/http/implementation.ts';
import { type FormField, form, tokenPageHeaders } from '../../platform/pages/form.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import { type PageContent, page } from '../../platform/pages/page.ts';
import type { ClosedReason } from './accept-invitation.ts';
import { passwordRule, type ReadForm } from './read-form.ts';
import type { InvitedPerson } from './repository.ts';
import type { SetupClosed } from './setup-link.ts';

/** What happened to a form that was not taken. */
export interface FormOutcome {
  readonly typed: Pick<ReadForm, 'email' | 'name' | 'problems'>;
  readonly status: number;
  /** What is wrong with none of the fields. */
  readonly notice?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

function tokenPage(content: PageContent): RawAnswer {
  return page({ ...content, headers: { ...tokenPageHeaders, ...content.headers } });
}

function passwordFields(problems: ReadForm['problems']): FormField[] {
  return [
    {
      name: 'password',
      label: 'Password',
      type: 'password',
      autocomplete: 'new-password',
      help: passwordRule,
      error: problems.password,
    },
    {
      name: 'password_again',
      label: 'Password, again',
      type: 'password',
      autocomplete: 'new-password',
      error: problems.password_again,
    },
  ];
}

function nameField(value: string, error: string | undefined): FormField {
  return {
    name: 'name',
    label: 'Your name',
    type: 'text',
    autocomplete: 'name',
    value,
    error,
    help: 'As the people you work with know you.',
  };
}

function outcomeHeaders(outcome: FormOutcome | undefined): Record<string, string> {
  return outcome?.retryAfterSeconds ? { 'retry-after': String(Math.ceil(outcome.retryAfterSeconds)) } : {};
}

/** Where an invited person sets a password. */
export function invitationFormPage(person: InvitedPerson, outcome?: FormOutcome): RawAnswer {
  const { workspaces, invitedBy } = person;
  const typed: FormOutcome['typed'] = outcome?.typed ?? { email: '', name: person.name, problems: {} };
  return tokenPage({
    title: 'Set your password',
    lead: invitedBy
      ? `${invitedBy} invited you. Choose a password to use your account.`
      : 'Choose a password to use your account.',
    status: outcome?.status ?? 200,
    headers: outcomeHeaders(outcome),
    body: html`<dl class="facts"><dt>E-mail</dt><dd>${person.email}</dd>${workspaces.length > 0 && html`<dt>${workspaces.length === 1 ? 'Workspace' : 'Workspaces'}</dt><dd>${workspaces.join(', ')}</dd>`}</dl>
${form([nameField(typed.name, typed.problems.name), ...passwordFields(typed.problems)], 'Set password', outcome?.notice)}`,
    foot: 'The link works once. Nobody at your organisation sees the password.',
  });
}

/** After the password is set: where to go now. */
export function invitationAcceptedPage(
  person: Pick<InvitedPerson, 'email'>,
  places: readonly { readonly name: string; readonly origin: string }[],
): RawAnswer {
  const where: Html =
    places.length > 0
      ? html`<section class="card stack"><h2>Where to sign in</h2><ul class="places">${places.map(({ name, origin }) => html`<li><a href="${origin}"><strong>${name}</strong><span>${origin}</span></a></li>`)}</ul></section>`
      : html`<div class="card"><p>Open the service that you were invited to and sign in there.</p></div>`;
  return tokenPage({
    title: 'Your password is set',
    lead: `Sign in with ${person.email} and the password that you chose.`,
    body: where,
  });
}

interface ClosedText {
  readonly status: 403 | 404 | 410;
  readonly title: string;
  readonly lead: string;
  readonly help: string;
}

const closedInvitations: Readonly<Record<ClosedReason | 'foreign', ClosedText>> = {
  unknown: {
    status: 404,
    title: 'This link is not complete',
    lead: 'It may have been cut off when it was copied or sent.',
    help: 'Copy the whole link from the message and open it again. If it stays like this, ask the person who invited you for a new one.',
  },
  used: {
    status: 410,
    title: 'This link was used before',
    lead: 'A password was set with it, and it works only once.',
    help: 'Sign in to your service with that password. If it was not you who set it, tell the person who invited you at once.',
  },
  replaced: {
    status: 410,
    title: 'This link was replaced',
    lead: 'It was taken back, or a newer one was made since.',
    help: 'Look for a later message and use the link in it. If there is none, ask the person who invited you.',
  },
  expired: {
    status: 410,
    title: 'This link has expired',
    lead: 'Invitations work for seven days.',
    help: 'Ask the person who invited you for a new one. Your account is still there.',
  },
  deactivated: {
    status: 403,
    title: 'This account is deactivated',
    lead: 'No password can be set for it now.',
    help: 'Ask the person who invited you, or an administrator of your organisation, to activate it.',
  },
  foreign: {
    status: 403,
    title: 'This form came from another site',
    lead: 'Nothing was changed.',
    help: 'Open the link from your invitation itself and set the password there.',
  },
};

/** A link that leads nowhere now, with what to do about it. It tells nothing of any account but its own. */
export function closedInvitationPage(reason: ClosedReason | 'foreign'): RawAnswer {
  const { status, title, lead, help } = closedInvitations[reason];
  return tokenPage({ status, title, lead, body: html`<div class="card"><p>${help}</p></div>` });
}

/** Where the first administrator is made. */
export function setupFormPage(outcome?: FormOutcome): RawAnswer {
  const typed: FormOutcome['typed'] = outcome?.typed ?? { email: '', name: '', problems: {} };
  return tokenPage({
    title: 'Set up Castellan',
    lead: 'Make the first administrator. Everybody else is invited from the console.',
    status: outcome?.status ?? 200,
    headers: outcomeHeaders(outcome),
    body: form(
      [
        {
          name: 'email',
          label: 'Your e-mail',
          type: 'email',
          autocomplete: 'username',
          value: typed.email,
          error: typed.problems.email,
          help: 'You sign in with it.',
        },
        nameField(typed.name, typed.problems.name),
        ...passwordFields(typed.problems),
      ],
      'Make administrator',
      outcome?.notice,
    ),
    foot: 'The link works once, for 24 hours, and only while nobody has an account.',
  });
}

const closedSetups: Readonly<Record<SetupClosed, ClosedText>> = {
  unknown: {
    status: 404,
    title: 'This link is not complete',
    lead: 'It may have been cut off when it was copied.',
    help: 'Copy the whole link that the server printed when it started.',
  },
  done: {
    status: 410,
    title: 'Castellan is set up already',
    lead: 'There is an administrator.',
    help: 'Sign in to the console. Who runs the server can make another administrator with castellan-server promote.',
  },
  replaced: {
    status: 410,
    title: 'This link was replaced',
    lead: 'The server has started since and printed a newer one.',
    help: 'Use the link that it printed last.',
  },
  expired: {
    status: 410,
    title: 'This link has expired',
    lead: 'Set-up links work for 24 hours.',
    help: 'Start the server again: it prints a new one.',
  },
};

/** A set-up link that leads nowhere now. */
export function closedSetupPage(reason: SetupClosed): RawAnswer {
  const { status, title, lead, help } = closedSetups[reason];
  return tokenPage({
    status,
    title,
    lead,
    body: html`<div class="card stack"><p>${help}</p>${reason === 'done' && html`<p><a href="/sign-in">Sign in to the console</a></p>`}</div>`,
  });
}
