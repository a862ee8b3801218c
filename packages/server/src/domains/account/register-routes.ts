import { registerComplete, registerOpen, registerPage, registerRequest } from '@castellan/contract';
import { type Implementation, implement, type RawAnswer } from '../../platform/http/implementation.ts';
import { html } from '../../platform/pages/html.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { View } from './account-frame.ts';
import { hashOrWait, newPasswordFields, readName, readNewPassword } from './credential-form.ts';
import { type AccountLink, linkLifeSeconds, readAccountLink } from './link-store.ts';
import { credentialMessages } from './messages/credential-messages.ts';
import { signInMessages } from './messages/sign-in-messages.ts';
import { completeRegistration } from './register.ts';
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
import { findPersonByEmail } from './sign-in-repository.ts';

interface Typed {
  readonly name: string;
  readonly status: number;
  readonly problems?: {
    readonly name?: string | undefined;
    readonly password?: string;
    readonly password_again?: string;
  };
  readonly refusal?: Refusal;
}

/** An account for whoever proves a mailbox, where that is open to everybody (`REGISTRATION=open`). */
export function registerRoutes(deps: SignInPageDeps): Implementation[] {
  const { database, clock, frame, links, passwords, completion, registrationOpen, isEasyToGuess } = deps;

  const closedView = (view: View, returnTo: string | undefined, status: number): RawAnswer => {
    const texts = credentialMessages(view.language);
    return view.page({
      status,
      title: texts.registerClosedTitle,
      lead: texts.registerClosedLead,
      body: html`<div class="card"><p>${texts.registerClosedHelp}</p>
<a class="button secondary" href="${withReturnTo('/sign-in', returnTo)}">${texts.registerSignIn}</a></div>`,
    });
  };

  const askForm = (
    view: View,
    typed: { readonly email: string; readonly returnTo: string | undefined },
    outcome?: { readonly status: number; readonly problem?: string; readonly refusal?: Refusal },
  ): RawAnswer => {
    const texts = credentialMessages(view.language);
    const signIn = signInMessages(view.language);
    return view.page({
      title: texts.registerTitle,
      lead: texts.registerLead,
      status: outcome?.status ?? 200,
      headers: outcome?.refusal ? retryHeaders(outcome.refusal) : {},
      body: html`${signInForm({
        notice: outcome?.refusal && problemNotice(view, signIn.rate_limited),
        hidden: { return_to: typed.returnTo },
        fields: [emailField(signIn, { value: typed.email, error: outcome?.problem, autocomplete: 'email' })],
        button: texts.registerSubmit,
      })}
<p class="aside">${texts.registerHave} <a href="${withReturnTo('/sign-in', typed.returnTo)}">${texts.registerSignIn}</a></p>`,
    });
  };

  const finishForm = (view: View, link: AccountLink, typed?: Typed): RawAnswer => {
    const texts = credentialMessages(view.language);
    return view.page({
      title: texts.registerOpenTitle,
      lead: texts.registerOpenLead(link.email),
      status: typed?.status ?? 200,
      headers: typed?.refusal ? retryHeaders(typed.refusal) : {},
      body: signInForm({
        notice: typed?.refusal && problemNotice(view, texts.busy),
        account: link.email,
        fields: [
          {
            name: 'name',
            label: texts.name,
            type: 'text',
            autocomplete: 'name',
            value: typed?.name ?? '',
            help: texts.nameHelp,
            error: typed?.problems?.name,
          },
          ...newPasswordFields(texts, texts.password, typed?.problems),
        ],
        button: texts.registerOpenSubmit,
      }),
    });
  };

  const existsView = (view: View, link: AccountLink): RawAnswer => {
    const texts = credentialMessages(view.language);
    return view.page({
      status: 410,
      title: texts.registerExistsTitle,
      lead: texts.registerExistsLead(link.email),
      body: html`<div class="card"><p>${texts.registerExistsHelp}</p>
<div class="actions"><a class="button" href="/sign-in">${texts.registerSignIn}</a>
<a class="button secondary" href="/reset">${texts.resetTitle}</a></div></div>`,
    });
  };

  /** The link, or the page that says why it leads nowhere. */
  const open = async (view: View, token: string): Promise<{ link: AccountLink } | { closed: RawAnswer }> => {
    const state = await readAccountLink(database.db, 'register', token, clock.now());
    if (!state.open) return { closed: closedLinkView(view, state.reason, '/register') };
    if (!registrationOpen) return { closed: closedView(view, undefined, 410) };
    const taken = await findPersonByEmail(database.db, state.link.email);
    return taken ? { closed: existsView(view, state.link) } : { link: state.link };
  };

  return [
    implement(registerPage, (call) => {
      const { return_to: returnTo, sent } = call.query;
      return frame.serve(call, returnTo, (view) => {
        if (!registrationOpen) return closedView(view, returnTo, 200);
        if (sent !== '1') return askForm(view, { email: '', returnTo });
        const texts = credentialMessages(view.language);
        return sentView(view, {
          lead: texts.registerSentLead,
          life: texts.hoursLife(linkLifeSeconds('register') / 3600),
          again: withReturnTo('/register', returnTo),
        });
      });
    }),
    implement(registerRequest, (call) => {
      const returnTo = call.body.return_to;
      return frame.serve(call, returnTo, async (view) => {
        if (!registrationOpen) return closedView(view, returnTo, 403);
        const typed = { email: call.body.email ?? '', returnTo };
        const read = readEmail(view, call.body.email);
        if (read.problem !== undefined) return askForm(view, typed, { status: 422, problem: read.problem });
        try {
          await links.request(call, {
            kind: 'register',
            email: read.email,
            language: view.language,
            returnTo: returnTo === undefined ? null : checkReturnTo(returnTo),
          });
        } catch (error) {
          if (!(error instanceof Refusal) || error.code !== 'rate_limited') throw error;
          return askForm(view, typed, { status: 429, refusal: error });
        }
        return view.redirect(withReturnTo('/register', returnTo, { sent: '1' }));
      });
    }),
    implement(registerOpen, (call) =>
      frame.serve(call, undefined, async (view) => {
        const opened = await open(view, call.params.token);
        return 'closed' in opened ? opened.closed : finishForm(view, opened.link);
      }),
    ),
    implement(registerComplete, (call) =>
      frame.serve(call, undefined, async (view) => {
        const opened = await open(view, call.params.token);
        if ('closed' in opened) return opened.closed;
        const { link } = opened;
        const texts = credentialMessages(view.language);
        const named = readName(texts, call.body.name);
        const read = readNewPassword(texts, call.body, isEasyToGuess, [link.email, call.body.name ?? '']);
        const name = named.problem === undefined ? named.name : (call.body.name ?? '');
        if (named.problem !== undefined || read.problems)
          return finishForm(view, link, {
            name,
            status: 422,
            problems: { name: named.problem, ...read.problems },
          });
        const passwordHash = await hashOrWait((password) => passwords.hasher.hash(password), read.password);
        if (typeof passwordHash !== 'string')
          return finishForm(view, link, { name, status: 503, refusal: passwordHash });
        const outcome = await call.write((tx) => completeRegistration(tx, link, { name, passwordHash }));
        if ('closed' in outcome) return closedLinkView(view, outcome.closed, '/register');
        if ('taken' in outcome) return existsView(view, link);
        return completion.signInCompleted(call, {
          userId: outcome.userId,
          amr: ['pwd'],
          method: 'password',
          returnTo: links.isSameBrowser(call.cookies, link) ? link.returnTo : null,
        });
      }),
    ),
  ];
}
