import { workspaceChoose, workspacePage } from '@castellan/contract';
import { type Implementation, implement, type RawAnswer } from '../../platform/http/implementation.ts';
import { html } from '../../platform/pages/html.ts';
import type { View } from './account-frame.ts';
import { signInMessages, workspaceNote } from './messages/sign-in-messages.ts';
import { checkReturnTo, signInAddress } from './return-to.ts';
import { stepUpAddress } from './sign-in-completed.ts';
import type { SignInPageDeps } from './sign-in-deps.ts';
import { problemNotice, withReturnTo } from './sign-in-form.ts';
import {
  chooseWorkspace,
  type OfferedWorkspace,
  waysInWords,
  workspacesOffered,
} from './sign-in-workspace.ts';

const isId = (text: string | undefined): text is string =>
  text !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** Where a person of several workspaces says which one this is about. */
export function workspaceRoutes(deps: SignInPageDeps): Implementation[] {
  const { database, clock, frame, browserSessions } = deps;

  const choiceView = (
    view: View,
    facts: {
      readonly workspaces: readonly OfferedWorkspace[];
      readonly chosen: string | null;
      readonly returnTo: string | undefined;
      readonly problem?: string | undefined;
      readonly methodHelp?: string | undefined;
    },
  ): RawAnswer => {
    const { workspaces, chosen, returnTo, problem, methodHelp } = facts;
    const texts = signInMessages(view.language);
    if (workspaces.length === 0)
      return view.page({
        title: texts.workspaceNoneTitle,
        lead: texts.workspaceNoneLead,
        body: html`<div class="card"><p>${texts.workspaceNoneHelp}</p><a class="button secondary" href="/account">${texts.stay}</a></div>`,
      });
    const option = ({ id, name, standing }: OfferedWorkspace) => html`<label class="choice">
<input type="radio" name="workspace" value="${id}"${id === chosen && html` checked`} required>
<span class="choice-text"><bdi>${name}</bdi>${standing !== 'open' && html`<small>${workspaceNote(texts, standing)}</small>`}</span>
</label>
`;
    return view.page({
      title: texts.workspaceTitle,
      lead: view.brand ? texts.workspaceLead(view.brand.name) : texts.workspaceLeadOwn,
      status: problem === undefined ? 200 : methodHelp === undefined ? 422 : 403,
      body: html`<form class="card" method="post" action="/sign-in/workspace" novalidate>
${problem !== undefined && problemNotice(view, methodHelp === undefined ? problem : `${problem} ${methodHelp}`)}
${returnTo !== undefined && html`<input type="hidden" name="return_to" value="${returnTo}">`}
<fieldset class="choices"><legend>${texts.workspaceLegend}</legend>
${workspaces.map(option)}</fieldset>
<div class="actions"><button type="submit">${texts.workspaceSubmit}</button>${
        methodHelp !== undefined &&
        html`<a class="button secondary" href="${signInAddress({ returnTo: withReturnTo('/sign-in/workspace', returnTo), again: true })}">${texts.signInAgain}</a>`
      }</div>
</form>`,
    });
  };

  return [
    implement(workspacePage, (call) => {
      const { return_to: returnTo } = call.query;
      return frame.serve(call, returnTo, async (view) => {
        const session = await browserSessions.read(call.cookies);
        if (!session)
          return view.redirect(signInAddress({ returnTo: withReturnTo('/sign-in/workspace', returnTo) }));
        const workspaces = await workspacesOffered(database.db, session, clock.now());
        const only = workspaces.length === 1 ? workspaces[0] : undefined;
        if (only && only.standing === 'open' && only.id === session.workspaceId)
          return view.redirect(checkReturnTo(returnTo));
        return choiceView(view, {
          workspaces,
          chosen: session.workspaceId ?? workspaces[0]?.id ?? null,
          returnTo,
        });
      });
    }),
    implement(workspaceChoose, (call) => {
      const { return_to: returnTo, workspace: wanted } = call.body;
      const { session } = call.principal;
      return frame.serve(call, returnTo, async (view) => {
        const texts = signInMessages(view.language);
        const workspaces = await workspacesOffered(database.db, session, clock.now());
        const again = (problem: string, methodHelp?: string): RawAnswer =>
          choiceView(view, { workspaces, chosen: wanted ?? null, returnTo, problem, methodHelp });
        if (!isId(wanted) || !workspaces.some(({ id }) => id === wanted))
          return again(texts.workspaceMissing);
        const { standing, methods } = await call.write((tx) => chooseWorkspace(tx, session, wanted));
        switch (standing) {
          case 'open':
            return view.redirect(checkReturnTo(returnTo));
          case 'second_factor':
          case 'enrolment':
            // Back here afterwards: the choice is made with the factor proved.
            return view.redirect(stepUpAddress(withReturnTo('/sign-in/workspace', returnTo)));
          case 'recent':
            return view.redirect(
              signInAddress({ returnTo: withReturnTo('/sign-in/workspace', returnTo), again: true }),
            );
          case 'method':
            return again(
              texts.workspaceMethod,
              texts.workspaceMethodHelp(await waysInWords(database.db, view.language, methods ?? [])),
            );
        }
      });
    }),
  ];
}
