import type { RawAnswer } from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { form } from '../../platform/pages/form.ts';
import { html } from '../../platform/pages/html.ts';
import type { View } from './account-frame.ts';
import { accountPage } from './account-navigation.ts';
import { newPasswordFields } from './credential-form.ts';
import { accountTexts } from './messages/account.ts';
import { credentialMessages } from './messages/credential-messages.ts';
import type { PasswordProblems } from './password.ts';

/** What the password page shows. */
export interface PasswordFacts {
  readonly session: BrowserSession;
  readonly hasPassword: boolean;
  /** Whether the current password is asked for: not of somebody who has just signed in. */
  readonly needsCurrent: boolean;
  readonly problems?: PasswordProblems;
  /** What is wrong with none of the fields. */
  readonly notice?: string | undefined;
  readonly status?: number;
  readonly retryAfterSeconds?: number | undefined;
}

/** The form for a new password. */
export function passwordPage(view: View, facts: PasswordFacts): RawAnswer {
  const texts = accountTexts(view.language);
  const { session, hasPassword, needsCurrent, problems = {}, notice, status, retryAfterSeconds } = facts;
  const { password, password_again } = problems;
  return accountPage(view, session, 'password', {
    title: texts.passwordTitle,
    lead: hasPassword ? texts.passwordLead : texts.passwordLeadNone,
    status: status ?? (Object.keys(problems).length > 0 ? 422 : 200),
    headers: retryAfterSeconds ? { 'retry-after': String(Math.ceil(retryAfterSeconds)) } : {},
    // Password managers keep a password together with the name that stands beside it.
    body: html`<form class="hidden" hidden><input type="email" name="username" autocomplete="username" value="${session.email}" readonly></form>
${form(
  [
    ...(needsCurrent
      ? [
          {
            name: 'current_password',
            label: texts.passwordCurrent,
            type: 'password' as const,
            autocomplete: 'current-password',
            error: problems.current_password,
          },
        ]
      : []),
    ...newPasswordFields(credentialMessages(view.language), texts.passwordNew, {
      ...(password === undefined ? {} : { password }),
      ...(password_again === undefined ? {} : { password_again }),
    }),
  ],
  hasPassword ? texts.passwordChange : texts.passwordSetButton,
  notice,
)}`,
  });
}

/** After the change: what it ended. */
export function passwordChangedPage(view: View, session: BrowserSession, ended: number): RawAnswer {
  const texts = accountTexts(view.language);
  return accountPage(view, session, 'password', {
    title: texts.passwordTitle,
    lead: texts.passwordLead,
    body: html`<div class="card stack success" role="status"><p><strong>${texts.passwordChanged}</strong></p><p>${texts.passwordChangedEnded(ended)}</p></div>`,
  });
}
