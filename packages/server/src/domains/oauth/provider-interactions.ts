import type { default as Provider } from 'oidc-provider';
import type { Origin } from '../../platform/activity/event.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { readCookie } from '../../platform/http/cookies.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { acrSatisfies } from '../browser-sessions/acr.ts';
import { askingClient, hostOf, readAsked, returnsToLoopbackOnly } from './ask.ts';
import type { ConsentResult } from './authorization.ts';
import { rememberConsent } from './consents.ts';
import type { GivenConsent, Interaction, Interactions } from './interactions.ts';
import { requireWorkspace } from './membership.ts';
import type { ProviderKeeper } from './provider-keeper.ts';
import { requireScope, withScope } from './request-scope.ts';

/** What the pages' side of the provider stands on. */
export interface InteractionDeps {
  readonly keeper: ProviderKeeper;
  readonly database: Database;
  readonly clock: Clock;
  readonly issuer: string;
}

type StoredInteraction = InstanceType<Provider['Interaction']>;

const nobody: Origin = { actors: [], address: null, correlationId: null };
const over = (): Refusal => new Refusal('interaction_expired');

/** Makes the pages' side of an authorization request; device codes are beside it. */
export function createInteractions(
  deps: InteractionDeps,
): Omit<Interactions, 'findDevice' | 'approveDevice' | 'denyDevice'> {
  const { keeper, database, clock, issuer } = deps;

  const inScope = <T>(origin: Origin, work: (provider: Provider) => Promise<T>): Promise<T> =>
    withScope({ database, clock, origin, userAgent: null }, async () => work(await keeper.current()));

  const load = async (provider: Provider, uid: string): Promise<StoredInteraction> => {
    const found = await provider.Interaction.find(uid);
    if (!found) throw over();
    return found;
  };

  /** Writes the answer beside those of prompts before it, and says where to go on. */
  const answer = async (
    found: StoredInteraction,
    session: BrowserSession | undefined,
    result: NonNullable<StoredInteraction['result']>,
  ): Promise<string> => {
    const earlier = found.session?.accountId === session?.userId ? found.lastSubmission : undefined;
    found.result = 'error' in result ? result : { ...earlier, ...result };
    // The provider goes on only in the browser session that it knows; that is the one which answered. Whoever signs in
    // with this browser before it goes on begins again: nobody is signed out for that, and nothing is theirs by mistake.
    if (session) found.session = { accountId: session.userId, uid: session.grantId, cookie: session.grantId };
    await found.persist();
    return found.returnTo;
  };

  return {
    open: (uid, cookies) =>
      inScope(nobody, async (provider) => {
        // The cookie is there only for this page, in the browser that began.
        if (readCookie(cookies, provider.cookieName('interaction')) !== uid) throw over();
        const found = await load(provider, uid);
        const { params, prompt } = found;
        const known = await provider.Client.find(String(params.client_id));
        const client = requireScope().clients.get(String(params.client_id));
        if (!known || !client) throw over();
        const accountId = found.session?.accountId ?? null;
        const asked = await readAsked(await requireScope().reader(), client, params, accountId, issuer);
        return {
          uid,
          prompt: prompt.name as Interaction['prompt'],
          reasons: prompt.reasons,
          client: asked.client,
          redirectHost: hostOf(params.redirect_uri),
          isLoopbackOnly: returnsToLoopbackOnly(client),
          scopes: asked.scopes,
          resources: asked.resource?.service ? [asked.resource.service.name] : [],
          acrValues: String(params.acr_values ?? '')
            .split(' ')
            .filter(Boolean),
          maxAge: params.max_age === undefined ? null : Number(params.max_age),
          loginHint: typeof params.login_hint === 'string' ? params.login_hint.slice(0, 320) : null,
          accountId,
          beganAt: requireScope().interactionBegan ?? requireScope().now,
          isDevice: false,
        };
      }),

    whoAsks: (uid) =>
      inScope(nobody, async (provider) => {
        const found = await provider.Interaction.find(uid);
        if (!found) return undefined;
        const clientId = String(found.params.client_id);
        await provider.Client.find(clientId);
        const client = requireScope().clients.get(clientId);
        return client && askingClient(client);
      }),

    isSatisfiedBy(interaction, session) {
      const { authTime } = session;
      const isNew = authTime !== null && authTime >= interaction.beganAt;
      const ageSeconds =
        authTime === null ? Number.POSITIVE_INFINITY : (clock.now().getTime() - authTime.getTime()) / 1000;
      return interaction.reasons.every((reason) => {
        switch (reason) {
          case 'login_prompt':
            return isNew;
          case 'max_age':
            return isNew || (interaction.maxAge !== null && ageSeconds <= interaction.maxAge);
          case 'acr_unmet':
            return acrSatisfies(session.acr, interaction.acrValues);
          case 'id_token_hint':
          case 'claims_id_token_sub_value':
            return session.userId !== interaction.accountId;
          default:
            return true;
        }
      });
    },

    finishLogin: (interaction, session) =>
      inScope(nobody, async (provider) => {
        const found = await load(provider, interaction.uid);
        const login = {
          accountId: session.userId,
          // Left out, the library would say now; none is told of a moment that nobody knows (see the adapter).
          ts: session.authTime === null ? 0 : Math.floor(session.authTime.getTime() / 1000),
          amr: [...session.amr],
          acr: session.acr,
        };
        return answer(
          found,
          session,
          interaction.prompt === 'select_account' ? { login, select_account: {} } : { login },
        );
      }),

    finishConsent: (interaction, session, consent, origin) =>
      inScope(origin, async (provider) => {
        const found = await load(provider, interaction.uid);
        const tx = await requireScope().transaction();
        if (consent.workspaceId !== null) await requireWorkspace(tx, session, consent.workspaceId);
        await provider.Client.find(interaction.client.clientId);
        const client = requireScope().clients.get(interaction.client.clientId);
        if (!client) throw over();
        const asked = await readAsked(
          await requireScope().reader(),
          client,
          found.params,
          session.userId,
          issuer,
        );
        const given = decide(asked.scopes, consent);
        await rememberConsent(
          tx,
          { userId: session.userId, clientRowId: client.id, serviceId: asked.resource?.service?.id ?? null },
          given,
        );
        const result: ConsentResult = { ...given, userId: session.userId };
        return answer(found, session, { consent: { ...result } });
      }),

    abort: (interaction, error, session) =>
      inScope(nobody, async (provider) =>
        answer(await load(provider, interaction.uid), session, {
          error,
          error_description: 'the person refused',
        }),
      ),
  };
}

/** What a decision on a page means for the scopes that were asked: what is not allowed is declined, except what the request can't be without. */
export function decide(
  asked: readonly { readonly name: string; readonly required: boolean }[],
  consent: GivenConsent,
): { scopes: string[]; declinedScopes: string[]; workspaceId: string | null } {
  const isGiven = ({ name, required }: { readonly name: string; readonly required: boolean }): boolean =>
    required || consent.grantedScopes.includes(name);
  return {
    scopes: asked.filter(isGiven).map(({ name }) => name),
    declinedScopes: asked.filter((scope) => !isGiven(scope)).map(({ name }) => name),
    workspaceId: consent.workspaceId,
  };
}
