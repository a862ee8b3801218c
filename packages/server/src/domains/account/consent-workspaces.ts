import type { Database } from '../../platform/database/transaction.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import type { ConsentTexts } from './messages/consent.ts';
import type { Language } from './messages/language.ts';
import { signInMessages, workspaceNote } from './messages/sign-in-messages.ts';
import { signInAddress } from './return-to.ts';
import { type OfferedWorkspace, waysInWords, workspacesOffered } from './sign-in-workspace.ts';

/** A workspace that an app may be given, as the page that asks shows it. */
export interface AskedWorkspace extends OfferedWorkspace {
  /** The ways in that it takes, in words, where this sign-in came by another. */
  readonly ways: string | null;
}

/** The workspaces of a person with how their sign-in stands to each: those that it opens are offered, others explained. */
export async function workspacesToAsk(
  deps: { readonly database: Database; readonly language: Language; readonly now: Date },
  session: BrowserSession,
): Promise<AskedWorkspace[]> {
  const { database, language, now } = deps;
  const offered = await workspacesOffered(database.db, session, now);
  return Promise.all(
    offered.map(async (workspace) => ({
      ...workspace,
      ways:
        workspace.standing === 'method'
          ? await waysInWords(database.db, language, workspace.methods ?? [])
          : null,
    })),
  );
}

/** The one that a page begins with: the browser's own where its sign-in is enough, else the first that it opens. */
export function firstChoice(workspaces: readonly AskedWorkspace[], own: string | null): string | null {
  const usable = workspaces.filter(({ standing }) => standing !== 'method');
  const open = usable.filter(({ standing }) => standing === 'open');
  return (open.find(({ id }) => id === own) ?? open[0] ?? usable[0])?.id ?? null;
}

/** The choice of a workspace. One that does not take this sign-in can't be chosen, and stands below with what to do. */
export function workspaceField(
  texts: ConsentTexts,
  language: Language,
  facts: {
    readonly workspaces: readonly AskedWorkspace[];
    readonly chosen: string | null;
    /** Where to go on after another sign-in. */
    readonly returnTo: string;
  },
): Html {
  const { workspaces, chosen, returnTo } = facts;
  const words = signInMessages(language);
  const option = ({ id, name, standing }: AskedWorkspace): Html =>
    html`<option value="${id}"${id === chosen && html` selected`}${standing === 'method' && html` disabled`}>${name}${standing !== 'open' && `: ${workspaceNote(words, standing)}`}</option>`;
  const closed = workspaces.filter(({ ways }) => ways !== null);
  return html`<div class="field"><label for="workspace">${texts.workspaceTitle}</label>
<select id="workspace" name="workspace" aria-describedby="workspace-help">${workspaces.map(option)}<option value=""${chosen === null && html` selected`}>${texts.workspaceNone}</option></select>
<p class="help" id="workspace-help">${texts.workspaceHelp}</p>
${
  closed.length > 0 &&
  html`${closed.map(({ name, ways }) => html`<p class="help">${texts.workspaceClosed(name, ways ?? '')}</p>`)}
<p class="help"><a href="${signInAddress({ returnTo, again: true })}">${words.signInAgain}</a></p>`
}</div>`;
}
