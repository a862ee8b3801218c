import { resetComplete, resetOpen, resetPage, resetRequest } from '@castellan/contract';
import { type Implementation, implement, type RawAnswer } from '../../platform/http/implementation.ts';
import { html } from '../../platform/pages/html.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { View } from './account-frame.ts';
import { hashOrWait, newPasswordFields, readNewPassword } from './credential-form.ts';
import { type AccountLink, type LinkState, linkLifeSeconds, readAccountLink } from './link-store.ts';
import { credentialMessages } from './messages/credential-messages.ts';
import { signInMessages } from './messages/sign-in-messages.ts';
import { completeReset } from './reset.ts';
import { checkReturnTo } from './return-to.ts';
import type { SignInPageDeps } from './sign-in-deps.ts';
import {
  closedLinkView,
  emailField,
  problemNotice,
  readEmail,
  retryHeaders,
  sentView,
  signInForm,
  withReturnTo,
} from './sign-in-form.ts';
import { personOfLink } from './sign-in-link.ts';

/** A new password for somebody who forgot theirs, by a link to their mailbox. */
export function resetRoutes(deps: SignInPageDeps): Implementation[] {
  const { database, clock, frame, links, passwords, isEasyToGuess } = deps;

  const askForm = (
    view: View,
    typed: { readonly email: string; readonly returnTo: string | undefined },
    outcome?: { readonly status: number; readonly problem?: string; readonly refusal?: Refusal },
  ): RawAnswer => {
    const texts = credentialMessages(view.language);
    const signIn = signInMessages(view.language);
    return view.page({
      title: texts.resetTitle,
      lead: texts.resetLead,
      status: outcome?.status ?? 200,
      headers: outcome?.refusal ? retryHeaders(outcome.refusal) : {},
      body: signInForm({
        notice: outcome?.refusal && problemNotice(view, signIn.rate_limited),
        hidden: { return_to: typed.returnTo },
        fields: [emailField(signIn, { value: typed.email, error: outcome?.problem })],
        button: texts.resetSubmit,
        others: html`<a class="button secondary" href="${withReturnTo('/sign-in', typed.returnTo)}">${texts.resetBack}</a>`,
      }),
    });
  };

  const setForm = (
    view: View,
    link: AccountLink,
    outcome?: {
      readonly status: number;
      readonly problems?: { readonly password?: string; readonly password_again?: string };
      readonly refusal?: Refusal;
    },
  ): RawAnswer => {
    const texts = credentialMessages(view.language);
    return view.page({
      title: texts.resetTitle,
      lead: texts.resetOpenLead(link.email),
      status: outcome?.status ?? 200,
      headers: outcome?.refusal ? retryHeaders(outcome.refusal) : {},
      body: html`${signInForm({
        notice: outcome?.refusal && problemNotice(view, texts.busy),
        account: link.email,
        fields: newPasswordFields(texts, texts.newPassword, outcome?.problems),
        button: texts.resetOpenSubmit,
      })}
<p class="aside">${texts.resetOpenEnds}</p>`,
    });
  };

  /** The link with its account, or the page that says why it leads nowhere. */
  const open = async (view: View, token: string): Promise<{ link: AccountLink } | { closed: RawAnswer }> => {
    const state: LinkState = await readAccountLink(database.db, 'reset_password', token, clock.now());
    if (!state.open) return { closed: closedLinkView(view, state.reason, '/reset') };
    const found = await personOfLink(database.db, state.link);
    return 'closed' in found
      ? { closed: closedLinkView(view, found.closed, '/reset') }
      : { link: state.link };
  };

  return [
    implement(resetPage, (call) => {
      const { return_to: returnTo, sent, login_hint: email = '' } = call.query;
      return frame.serve(call, returnTo, (view) => {
        if (sent !== '1') return askForm(view, { email, returnTo });
        const texts = signInMessages(view.language);
        return sentView(view, {
          lead: texts.sentLead,
          life: texts.sentLife(linkLifeSeconds('reset_password') / 60),
          again: withReturnTo('/reset', returnTo),
        });
      });
    }),
    implement(resetRequest, (call) => {
      const returnTo = call.body.return_to;
      return frame.serve(call, returnTo, async (view) => {
        const typed = { email: call.body.email ?? '', returnTo };
        const read = readEmail(view, call.body.email);
        if (read.problem !== undefined) return askForm(view, typed, { status: 422, problem: read.problem });
        try {
          await links.request(call, {
            kind: 'reset_password',
            email: read.email,
            language: view.language,
            returnTo: returnTo === undefined ? null : checkReturnTo(returnTo),
          });
        } catch (error) {
          if (!(error instanceof Refusal) || error.code !== 'rate_limited') throw error;
          return askForm(view, typed, { status: 429, refusal: error });
        }
        return view.redirect(withReturnTo('/reset', returnTo, { sent: '1' }));
      });
    }),
    implement(resetOpen, (call) =>
      frame.serve(call, undefined, async (view) => {
        const opened = await open(view, call.params.token);
        return 'closed' in opened ? opened.closed : setForm(view, opened.link);
      }),
    ),
    implement(resetComplete, (call) =>
      frame.serve(call, undefined, async (view) => {
        const opened = await open(view, call.params.token);
        if ('closed' in opened) return opened.closed;
        const { link } = opened;
        const read = readNewPassword(credentialMessages(view.language), call.body, isEasyToGuess, [
          link.email,
        ]);
        if (read.problems) return setForm(view, link, { status: 422, problems: read.problems });
        const hashed = await hashOrWait((password) => passwords.hasher.hash(password), read.password);
        if (typeof hashed !== 'string') return setForm(view, link, { status: 503, refusal: hashed });
        const outcome = await call.write((tx) => completeReset(tx, link, hashed));
        if (outcome !== 'set') return closedLinkView(view, outcome, '/reset');
        // They sign in with it now: whoever only read the mailbox still meets a second factor, where there is one.
        const returnTo = links.isSameBrowser(call.cookies, link) ? (link.returnTo ?? undefined) : undefined;
        return view.redirect(withReturnTo('/sign-in', returnTo, { notice: 'password_set' }));
      }),
    ),
  ];
}
