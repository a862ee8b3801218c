import { interactionDecide, interactionPage } from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import {
  type Call,
  type Implementation,
  implement,
  type RawAnswer,
} from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { acrSatisfies } from '../browser-sessions/acr.ts';
import type { BrowserSessions } from '../browser-sessions/browser-session.ts';
import type { Interaction, Interactions } from '../oauth/interactions.ts';
import type { AccountFrame, View } from './account-frame.ts';
import { knownNames } from './consent-known-names.ts';
import { goOn } from './consent-leaving.ts';
import {
  type AskFacts,
  consentPage,
  requestOverPage,
  scopeField,
  selectAccountPage,
  strongerSignInPage,
} from './consent-page.ts';
import { firstChoice, workspacesToAsk } from './consent-workspaces.ts';
import { consentTexts } from './messages/consent.ts';
import { needsOtherProof, signInAddress } from './return-to.ts';
import { stepUpAddress } from './sign-in-completed.ts';

/** What the pages of consent and device stand on. */
export interface AskDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly browserSessions: BrowserSessions;
  readonly interactions: Interactions;
  readonly frame: AccountFrame;
}

/** What a page that asks shows, read fresh. */
export async function readAskFacts(
  { database, clock }: Pick<AskDeps, 'database' | 'clock'>,
  { language }: Pick<View, 'language'>,
  session: BrowserSession,
  asked: Pick<Interaction, 'client' | 'scopes' | 'resources'> & { readonly page: string },
): Promise<AskFacts> {
  // An app that only wants to know who the person is works in no workspace.
  const actsInWorkspace = asked.resources.length > 0 || asked.client.service !== null;
  const [workspaces, names] = await Promise.all([
    actsInWorkspace ? workspacesToAsk({ database, language, now: clock.now() }, session) : [],
    asked.client.origin === 'registered' ? [] : knownNames(database.db),
  ]);
  return {
    client: asked.client,
    scopes: asked.scopes,
    workspaces,
    chosenWorkspace: firstChoice(workspaces, session.workspaceId),
    page: asked.page,
    knownNames: names,
  };
}

/** What the form of such a page says; `undefined` where it names a workspace that can't be chosen. */
export function readConsent(
  facts: AskFacts,
  body: Readonly<Record<string, string>>,
): { readonly grantedScopes: readonly string[]; readonly workspaceId: string | null } | undefined {
  const wanted = body.workspace ?? '';
  if (wanted !== '' && !facts.workspaces.some(({ id, standing }) => id === wanted && standing !== 'method'))
    return undefined;
  return {
    grantedScopes: facts.scopes
      .filter(({ name, required }) => required || body[scopeField(name)] === 'on')
      .map(({ name }) => name),
    workspaceId: wanted === '' ? null : wanted,
  };
}

/** The pages between an authorization request and its answer (P18, P19). */
export function consentRoutes(deps: AskDeps): Implementation[] {
  const { browserSessions, interactions, frame } = deps;
  type AnyCall = Call<typeof interactionPage> | Call<typeof interactionDecide>;

  const serve = (
    call: AnyCall,
    write: (view: View, interaction: Interaction) => Promise<RawAnswer>,
  ): Promise<RawAnswer> =>
    frame.serve(call, undefined, async (view) => {
      try {
        return await write(view, await interactions.open(call.params.uid, call.cookies));
      } catch (error) {
        if (error instanceof Refusal && error.code === 'interaction_expired') return requestOverPage(view);
        throw error;
      }
    });

  const pageOf = (interaction: Interaction): string => `/interaction/${interaction.uid}`;

  const toSignIn = (view: View, interaction: Interaction, session: BrowserSession | undefined): RawAnswer =>
    view.redirect(
      signInAddress({
        returnTo: pageOf(interaction),
        again:
          session !== undefined ||
          interaction.reasons.some((reason) => reason === 'login_prompt' || reason === 'max_age'),
        notice: session && needsOtherProof(session, interaction.beganAt),
        secondFactor: interaction.acrValues.length > 0 && !interaction.acrValues.includes('aal1'),
        loginHint: interaction.loginHint ?? session?.email,
      }),
    );

  const factsOf = async (view: View, interaction: Interaction, session: BrowserSession) => ({
    ...(await readAskFacts(deps, view, session, { ...interaction, page: pageOf(interaction) })),
    session,
    interaction,
  });

  const show = async (view: View, interaction: Interaction, session: BrowserSession, problem?: string) => {
    const facts = { ...(await factsOf(view, interaction, session)), problem };
    return interaction.prompt === 'select_account'
      ? selectAccountPage(view, facts)
      : consentPage(view, facts);
  };

  return [
    implement(interactionPage, (call) =>
      serve(call, async (view, interaction) => {
        const session = await browserSessions.read(call.cookies);
        if (!session) return toSignIn(view, interaction, undefined);
        if (interaction.prompt === 'login') {
          if (interactions.isSatisfiedBy(interaction, session))
            return goOn(call, view, await interactions.finishLogin(interaction, session));
          const provedEnough =
            interaction.acrValues.length === 0 || acrSatisfies(session.acr, interaction.acrValues);
          // Back from the sign-in and still not enough: another round would not help, words do.
          if (!provedEnough && session.signedInAt >= interaction.beganAt)
            return strongerSignInPage(view, await factsOf(view, interaction, session));
          return toSignIn(view, interaction, session);
        }
        // The browser signed in as somebody else meanwhile: the request goes on as them, and they are asked.
        if (interaction.prompt === 'consent' && interaction.accountId !== session.userId)
          return goOn(call, view, await interactions.finishLogin(interaction, session));
        return show(view, interaction, session);
      }),
    ),
    implement(interactionDecide, (call) =>
      serve(call, async (view, interaction) => {
        const { body } = call;
        const session = await browserSessions.read(call.cookies);
        if (body.decision === 'refuse')
          return goOn(call, view, await interactions.abort(interaction, 'access_denied', session));
        // Whoever says yes is who was asked: not another one who signed in since.
        if (!session || body.account !== session.userId) return view.redirect(pageOf(interaction));
        if (interaction.prompt === 'select_account' && body.decision === 'continue')
          return goOn(call, view, await interactions.finishLogin(interaction, session));
        if (
          interaction.prompt !== 'consent' ||
          interaction.accountId !== session.userId ||
          body.decision !== 'allow'
        )
          return view.redirect(pageOf(interaction));
        const consent = readConsent(await factsOf(view, interaction, session), body);
        const { workspaceUnknown } = consentTexts(view.language);
        if (!consent) return show(view, interaction, session, workspaceUnknown);
        try {
          return goOn(
            call,
            view,
            await interactions.finishConsent(interaction, session, consent, {
              ...call.origin,
              actors: [{ kind: 'user', id: session.userId, label: session.name }],
            }),
          );
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          if (error.code === 'not_member' || error.code === 'sign_in_method_refused')
            return show(view, interaction, session, workspaceUnknown);
          // The workspace asks for more; the request goes on once it is proved.
          if (error.code === 'mfa_required' || error.code === 'mfa_enrolment_required')
            return view.redirect(stepUpAddress(pageOf(interaction)));
          if (error.code === 'recent_sign_in_required') return toSignIn(view, interaction, session);
          throw error;
        }
      }),
    ),
  ];
}
