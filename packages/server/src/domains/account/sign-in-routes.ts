import {
  signInLinkOpen,
  signInLinkPage,
  signInLinkRequest,
  signInLinkUse,
  signInPage,
  signInSubmit,
} from '@castellan/contract';
import { type Implementation, implement, type RawAnswer } from '../../platform/http/implementation.ts';
import { html } from '../../platform/pages/html.ts';
import { Refusal } from '../../platform/refusal.ts';
import { isRecentSignIn } from '../factors/recent-sign-in.ts';
import { enabledProviders } from '../federation/providers.ts';
import { checkPassword } from '../sign-in/check-password.ts';
import type { View } from './account-frame.ts';
import { type LinkState, linkLifeSeconds, readAccountLink } from './link-store.ts';
import { signInMessages } from './messages/sign-in-messages.ts';
import { checkReturnTo } from './return-to.ts';
import { stepUpAddress } from './sign-in-completed.ts';
import type { SignInPageDeps } from './sign-in-deps.ts';
import {
  careNotice,
  closedLinkView,
  emailField,
  problemNotice,
  readEmail,
  retryHeaders,
  sentView,
  signInForm,
  withReturnTo,
} from './sign-in-form.ts';
import { linkAmr, personOfLink, takeSignInLink } from './sign-in-link.ts';
import { isToldInForm, type SignInFacts, signInView } from './sign-in-page.ts';
import { findPersonByEmail, type Person } from './sign-in-repository.ts';

const longestPassword = 256;

/** Sign-in with a browser: by password, and by a link that is asked for here. */
export function signInPageRoutes(deps: SignInPageDeps): Implementation[] {
  const {
    database,
    clock,
    frame,
    browserSessions,
    completion,
    links,
    passwords,
    registrationOpen,
    passkeyScripts,
  } = deps;

  type Wish = Pick<SignInFacts, 'returnTo' | 'again' | 'secondFactor' | 'email'>;

  const show = async (
    view: View,
    cookies: string | undefined,
    wish: Wish,
    more: Pick<SignInFacts, 'outcome' | 'notice'> = {},
  ): Promise<RawAnswer> => {
    const [providers, current] = await Promise.all([
      enabledProviders(database.db),
      wish.again ? browserSessions.read(cookies) : undefined,
    ]);
    return signInView(view, {
      ...wish,
      ...more,
      current,
      providers,
      registrationOpen,
      scripts: passkeyScripts,
    });
  };

  const linkForm = (
    view: View,
    typed: { readonly email: string; readonly returnTo: string | undefined },
    outcome?: { readonly status: number; readonly problem?: string; readonly refusal?: Refusal },
  ): RawAnswer => {
    const texts = signInMessages(view.language);
    return view.page({
      title: texts.linkTitle,
      lead: texts.linkLead,
      status: outcome?.status ?? 200,
      headers: outcome?.refusal ? retryHeaders(outcome.refusal) : {},
      body: signInForm({
        notice: outcome?.refusal && problemNotice(view, texts.rate_limited),
        action: '/sign-in/link',
        hidden: { return_to: typed.returnTo },
        fields: [emailField(texts, { value: typed.email, error: outcome?.problem })],
        button: texts.linkSubmit,
        others: html`<a class="button secondary" href="${withReturnTo('/sign-in', typed.returnTo)}">${texts.signInAgain}</a>`,
      }),
    });
  };

  const openView = (view: View, person: Person, isSameBrowser: boolean): RawAnswer => {
    const texts = signInMessages(view.language);
    return view.page({
      title: texts.openTitle,
      lead: texts.openLead,
      body: html`<form class="card" method="post">
${!isSameBrowser && careNotice(texts.openElsewhere)}
<dl class="facts"><dt>${texts.openAs}</dt><dd>${person.email}</dd></dl>
<div class="actions"><button type="submit" autofocus>${texts.openSubmit}</button></div>
<p class="muted">${texts.openFoot}</p>
</form>`,
    });
  };

  const readState = (token: string): Promise<LinkState> =>
    readAccountLink(database.db, 'sign_in', token, clock.now());

  return [
    implement(signInPage, (call) => {
      const { return_to: returnTo, again, second_factor, login_hint, notice } = call.query;
      return frame.serve(call, returnTo, async (view) => {
        const wish: Wish = {
          returnTo,
          again: again === '1',
          secondFactor: second_factor === '1',
          email: login_hint ?? '',
        };
        const session = await browserSessions.read(call.cookies);
        const isEnough = session && (!wish.again || isRecentSignIn(session, clock.now()));
        // Who has just proved one factor is asked for the other alone.
        if (isEnough && wish.secondFactor && !session.amr.includes('mfa'))
          return view.redirect(stepUpAddress(checkReturnTo(returnTo)));
        if (session && !wish.again) return view.redirect(checkReturnTo(returnTo));
        return show(view, call.cookies, wish, { notice });
      });
    }),
    implement(signInSubmit, (call) => {
      const { body } = call;
      const returnTo = body.return_to;
      return frame.serve(call, returnTo, async (view) => {
        const texts = signInMessages(view.language);
        const read = readEmail(view, body.email);
        const { password = '' } = body;
        const wish: Wish = {
          returnTo,
          again: body.again === '1',
          secondFactor: body.second_factor === '1',
          email: read.problem === undefined ? read.email : (body.email ?? ''),
        };
        const passwordProblem =
          password === ''
            ? texts.passwordMissing
            : password.length > longestPassword
              ? texts.passwordTooLong
              : undefined;
        if (read.problem !== undefined || passwordProblem !== undefined)
          return show(view, call.cookies, wish, {
            outcome: { status: 422, problems: { email: read.problem, password: passwordProblem } },
          });
        try {
          const { email } = read;
          const user = await findPersonByEmail(database.db, email);
          const { address, origin } = call;
          const checked = await checkPassword(passwords, origin, { email, password, user, address });
          return await completion.signInCompleted(call, {
            userId: checked.id,
            amr: ['pwd'],
            method: 'password',
            returnTo,
            secondFactor: wish.secondFactor,
            stillHolds: ({ passwordHash }) => passwordHash === checked.passwordHash,
          });
        } catch (error) {
          if (!isToldInForm(error)) throw error;
          const status = { invalid_credentials: 401, account_deactivated: 403, overloaded: 503 } as const;
          return show(view, call.cookies, wish, {
            outcome: { status: status[error.code as keyof typeof status] ?? 429, refusal: error },
          });
        }
      });
    }),
    implement(signInLinkPage, (call) => {
      const { return_to: returnTo, sent } = call.query;
      return frame.serve(call, returnTo, (view) => {
        if (sent !== '1') return linkForm(view, { email: '', returnTo });
        const texts = signInMessages(view.language);
        return sentView(view, {
          lead: texts.sentLead,
          life: texts.sentLife(linkLifeSeconds('sign_in') / 60),
          again: withReturnTo('/sign-in/link', returnTo),
        });
      });
    }),
    implement(signInLinkRequest, (call) => {
      const returnTo = call.body.return_to;
      return frame.serve(call, returnTo, async (view) => {
        const read = readEmail(view, call.body.email);
        const typed = { email: call.body.email ?? '', returnTo };
        if (read.problem !== undefined) return linkForm(view, typed, { status: 422, problem: read.problem });
        try {
          await links.request(call, {
            kind: 'sign_in',
            email: read.email,
            language: view.language,
            returnTo: returnTo === undefined ? null : checkReturnTo(returnTo),
          });
        } catch (error) {
          if (!(error instanceof Refusal) || error.code !== 'rate_limited') throw error;
          return linkForm(view, typed, { status: 429, refusal: error });
        }
        return view.redirect(withReturnTo('/sign-in/link', returnTo, { sent: '1' }));
      });
    }),
    implement(signInLinkOpen, (call) =>
      frame.serve(call, undefined, async (view) => {
        const state = await readState(call.params.token);
        if (!state.open) return closedLinkView(view, state.reason, '/sign-in/link');
        const found = await personOfLink(database.db, state.link);
        return 'closed' in found
          ? closedLinkView(view, found.closed, '/sign-in/link')
          : openView(view, found.person, links.isSameBrowser(call.cookies, state.link));
      }),
    ),
    implement(signInLinkUse, (call) =>
      frame.serve(call, undefined, async (view) => {
        const state = await readState(call.params.token);
        if (!state.open) return closedLinkView(view, state.reason, '/sign-in/link');
        const { link } = state;
        const taken = await call.write((tx) => takeSignInLink(tx, link));
        if ('closed' in taken) return closedLinkView(view, taken.closed, '/sign-in/link');
        return completion.signInCompleted(call, {
          userId: taken.userId,
          amr: linkAmr,
          method: 'email_link',
          // Another browser could not go on with what this one has begun.
          returnTo: links.isSameBrowser(call.cookies, link) ? link.returnTo : null,
        });
      }),
    ),
  ];
}
