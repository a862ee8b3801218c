import { email } from '@castellan/contract';
import type { NewEvent, Origin } from '../../platform/activity/event.ts';
import type { FederationPurpose } from '../../platform/database/schema.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { limitAttempts } from './attempt-limits.ts';
import type { Attempts, NewAttempt, TakenAttempt } from './attempts.ts';
import { FederationProblem } from './federation-problem.ts';
import {
  asFederationProblem,
  authorizationAddress,
  oneLine,
  type Profile,
  type ProviderRecord,
} from './provider-client.ts';
import type { ProviderConfigurations } from './provider-configurations.ts';
import { type DoorUrls, findEnabledProvider, redirectUrisOf } from './providers.ts';

/** What a way to a provider and back stands on. */
export interface ProviderSignInDeps {
  readonly database: Database;
  readonly attempts: Attempts;
  readonly configurations: ProviderConfigurations;
  readonly urls: DoorUrls;
}

/** What is needed of a request; every `Call` has it. */
export interface BrowserCall {
  readonly origin: Origin;
  readonly address: string;
  readonly cookies: string | undefined;
  setHeader(name: string, value: string): void;
}

/** Where a sign-in ends: on the public pages or in the console. */
export type Door = 'people' | 'operators';

/** The provider of an address. @throws FederationProblem `provider_unknown`, when it may not lead through this door, too */
export async function requireEnabled(
  deps: Pick<ProviderSignInDeps, 'database'>,
  slug: string,
  door: Door,
): Promise<ProviderRecord> {
  const provider = await findEnabledProvider(deps.database.db, slug);
  if (!provider || (door === 'operators' && !provider.adminAllowed))
    throw new FederationProblem('provider_unknown');
  return provider;
}

/**
 * Sends a browser to a provider.
 * @returns the address there; the browser's cookie is set
 * @throws FederationProblem `provider_unavailable`, `answer_refused`
 * @throws Refusal `rate_limited`
 */
export async function departTo(
  deps: ProviderSignInDeps,
  call: BrowserCall,
  provider: ProviderRecord,
  wish: Omit<NewAttempt, 'providerId'> & {
    readonly door: Door;
    readonly loginHint?: string | undefined;
  },
): Promise<string> {
  const { door, loginHint, ...attempt } = wish;
  await limitAttempts(deps.database.pool, call.address);
  const configuration = await deps.configurations.of(provider);
  const begun = await deps.attempts.begin({ ...attempt, providerId: provider.id }, call.cookies);
  call.setHeader('set-cookie', begun.cookie);
  return authorizationAddress(deps.configurations.dialectOf(provider), provider, configuration, {
    redirectUri: redirectUrisOf(deps.urls, provider.slug)[door],
    state: begun.state,
    nonce: begun.secrets.nonce,
    codeVerifier: begun.secrets.codeVerifier,
    loginHint,
    again: attempt.again,
  });
}

/**
 * Takes the attempt that a browser comes back with, before anything else is looked at: whatever is wrong with the answer, it
 * is worth nothing a second time.
 * @throws FederationProblem `attempt_unknown`
 */
export async function takeAttempt(
  deps: ProviderSignInDeps,
  call: Pick<BrowserCall, 'cookies'>,
  provider: ProviderRecord,
  door: Door,
  state: string | undefined,
): Promise<TakenAttempt> {
  const purposes: FederationPurpose[] = door === 'operators' ? ['admin'] : ['sign_in', 'link'];
  const attempt =
    state === undefined
      ? undefined
      : await deps.attempts.take(state, { providerId: provider.id, purposes, cookies: call.cookies });
  if (!attempt) throw new FederationProblem('attempt_unknown', { provider: provider.name });
  return attempt;
}

/**
 * Reads from a provider's answer who came back.
 * @param query the parameters of the answer; its `state` is the one that the attempt was taken by
 * @throws FederationProblem `cancelled`, `provider_unavailable`, `answer_refused`, `tenant_refused`
 */
export async function readArrival(
  deps: ProviderSignInDeps,
  provider: ProviderRecord,
  door: Door,
  attempt: TakenAttempt,
  query: Readonly<Record<string, string>>,
): Promise<Profile> {
  try {
    const callback = new URL(redirectUrisOf(deps.urls, provider.slug)[door]);
    callback.search = new URLSearchParams(query).toString();
    const profile = await deps.configurations
      .dialectOf(provider)
      .redeem(provider, await deps.configurations.of(provider), callback, {
        state: query.state!,
        nonce: attempt.nonce,
        codeVerifier: attempt.codeVerifier,
      });
    // OpenID Connect Core §2: at most 255 ASCII characters.
    if (!/^[\x20-\x7e]{1,255}$/.test(profile.subject))
      throw new FederationProblem('answer_refused', {
        provider: provider.name,
        detail: 'the subject is empty, too long or not ASCII',
      });
    return fitProfile(profile);
  } catch (error) {
    throw asFederationProblem(error, provider);
  }
}

/** What is no e-mail address as we know them counts as none; it may still be shown. */
function fitProfile(profile: Profile): Profile {
  const address = email.safeParse(profile.email);
  const shownAs = profile.shownAs ?? profile.email;
  return {
    ...profile,
    email: address.data,
    emailVerified: address.success && profile.emailVerified,
    shownAs: shownAs && oneLine(shownAs, 254),
  };
}

/** What strangers can cause without having been sent anywhere, and what is no sign of anything, is not told. */
const untold: readonly FederationProblem['code'][] = ['attempt_unknown', 'provider_unknown', 'cancelled'];

/** Tells the timeline that somebody came back from a provider in vain. */
export async function recordRefusal(
  deps: Pick<ProviderSignInDeps, 'database'>,
  call: Pick<BrowserCall, 'origin'>,
  action: 'user_login_refused' | 'admin_login_refused',
  refused: { readonly slug: string; readonly problem: FederationProblem },
): Promise<void> {
  const { slug, problem } = refused;
  if (untold.includes(problem.code)) return;
  const { email: told, detail } = problem.facts;
  const event: NewEvent = {
    action,
    target: { kind: 'user', id: null, label: told || problem.facts.provider || slug },
    detail: { reason: problem.code, provider: slug, ...(detail ? { detail } : {}) },
  };
  await deps.database.write(call.origin, async (tx) => tx.record(event));
}
