import { signOutPage, signOutSubmit } from '@castellan/contract';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import { html } from '../../platform/pages/html.ts';
import { signInMessages } from './messages/sign-in-messages.ts';
import { pendingCookie } from './sign-in-completed.ts';
import type { SignInPageDeps } from './sign-in-deps.ts';
import { withReturnTo } from './sign-in-form.ts';

/** Signing this browser out: asked first, because a link of another site may have led here. */
export function signOutRoutes(deps: SignInPageDeps): Implementation[] {
  const { frame, browserSessions, secure } = deps;
  return [
    implement(signOutPage, (call) => {
      const { return_to: returnTo } = call.query;
      return frame.serve(call, returnTo, async (view) => {
        const texts = signInMessages(view.language);
        const session = await browserSessions.read(call.cookies);
        if (!session)
          return view.page({
            title: texts.signedOutTitle,
            lead: texts.signedOutLead,
            body: html`<div class="card"><a class="button" href="${withReturnTo('/sign-in', returnTo)}">${texts.signInAnew}</a></div>`,
          });
        return view.page({
          title: texts.signOutTitle,
          lead: texts.signOutLead(session.email),
          body: html`<form class="card" method="post" action="/sign-out">
<p>${texts.signOutHelp}</p>
<div class="actions"><button type="submit" autofocus>${texts.signOutSubmit}</button>
<a class="button secondary" href="/account">${texts.stay}</a></div>
</form>`,
        });
      });
    }),
    implement(signOutSubmit, (call) =>
      frame.serve(call, undefined, async (view) => {
        const session = await browserSessions.read(call.cookies);
        call.setHeader(
          'set-cookie',
          session
            ? await call.write((tx) => browserSessions.end(tx, session))
            : browserSessions.clearingCookie(),
        );
        call.setHeader('set-cookie', pendingCookie(secure));
        return view.redirect('/sign-out');
      }),
    ),
  ];
}
