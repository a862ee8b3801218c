import type { RawAnswer } from '../../platform/http/implementation.ts';
import { form } from '../../platform/pages/form.ts';
import { html } from '../../platform/pages/html.ts';
import type { Refusal } from '../../platform/refusal.ts';
import type { View } from '../account/account-frame.ts';
import { newPasswordFields } from '../account/credential-form.ts';
import { credentialMessages } from '../account/messages/credential-messages.ts';
import { setupMessages } from '../account/messages/setup-messages.ts';
import { retryHeaders } from '../account/sign-in-form.ts';
import type { ReadSetup } from './read-setup.ts';
import type { SetupClosed } from './setup-link.ts';

/** What happened to a form that was not taken. */
export interface SetupOutcome {
  readonly typed: Pick<ReadSetup, 'email' | 'name' | 'problems'>;
  readonly status: number;
  /** Why it could not be taken now. */
  readonly refusal?: Refusal;
}

/** Where the first administrator is made. */
export function setupFormView(view: View, outcome?: SetupOutcome): RawAnswer {
  const typed: SetupOutcome['typed'] = outcome?.typed ?? { email: '', name: '', problems: {} };
  const texts = setupMessages(view.language);
  const credentials = credentialMessages(view.language);
  const { problems } = typed;
  return view.page({
    title: texts.title,
    lead: texts.lead,
    status: outcome?.status ?? 200,
    headers: outcome?.refusal ? retryHeaders(outcome.refusal) : {},
    body: html`${form(
      [
        {
          name: 'email',
          label: texts.email,
          type: 'email',
          autocomplete: 'username',
          value: typed.email,
          error: problems.email,
          help: texts.emailHelp,
        },
        {
          name: 'name',
          label: credentials.name,
          type: 'text',
          autocomplete: 'name',
          value: typed.name,
          error: problems.name,
          help: credentials.nameHelp,
        },
        ...newPasswordFields(credentials, credentials.password, problems),
      ],
      texts.submit,
      outcome?.refusal && credentials.busy,
    )}
<p class="aside">${texts.foot}</p>`,
  });
}

const statuses = { unknown: 404, done: 410, replaced: 410, expired: 410 } as const satisfies Record<
  SetupClosed,
  number
>;

/** A set-up link that leads nowhere now. */
export function closedSetupView(view: View, reason: SetupClosed): RawAnswer {
  const texts = setupMessages(view.language);
  return view.page({
    status: statuses[reason],
    title: texts[`${reason}Title`],
    lead: texts[`${reason}Lead`],
    body: html`<div class="card stack"><p>${texts[`${reason}Help`]}</p>${reason === 'done' && html`<p><a href="/sign-in">${texts.doneSignIn}</a></p>`}</div>`,
  });
}
