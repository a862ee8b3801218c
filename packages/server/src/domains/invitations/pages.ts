import type { RawAnswer } from '../../platform/http/implementation.ts';
import { type FormField, form, tokenPageHeaders } from '../../platform/pages/form.ts';
import { html } from '../../platform/pages/html.ts';
import { type PageContent, page } from '../../platform/pages/page.ts';
import { passwordRule, type ReadForm } from './read-form.ts';
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

interface ClosedText {
  readonly status: 404 | 410;
  readonly title: string;
  readonly lead: string;
  readonly help: string;
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
