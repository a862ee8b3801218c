import {
  accountIdentityLink,
  accountIdentityUnlink,
  federationCallback,
  federationLogin,
  federationProblem,
} from '@castellan/contract';
import { after, type Clock } from '../../platform/clock.ts';
import { type Implementation, implement, type RawAnswer } from '../../platform/http/implementation.ts';
import { Refusal } from '../../platform/refusal.ts';
import { type AccountFrame, type PageCall, redirectTo, type View } from '../account/account-frame.ts';
import { askAgain } from '../account/account-navigation.ts';
import { checkReturnTo } from '../account/return-to.ts';
import type { SignInCall, SignInCompletion } from '../account/sign-in-completed.ts';
import type { BrowserSessions } from '../browser-sessions/browser-session.ts';
import { confirmRight } from '../grants/confirm-right.ts';
import type { TakenAttempt } from './attempts.ts';
import { FederationProblem, federationProblemCodes } from './federation-problem.ts';
import { findOrCreateUser, type RegistrationRules } from './find-or-create-user.ts';
import { holdSubject, linkIdentity, unlinkIdentity } from './identities.ts';
import { continuePage, problemAddress, problemPage, securityPath } from './problem-page.ts';
import type { Profile, ProviderRecord } from './provider-client.ts';
import {
  departTo,
  type ProviderSignInDeps,
  readArrival,
  recordRefusal,
  requireEnabled,
  takeAttempt,
} from './provider-sign-in.ts';
import { findEnabledProvider } from './providers.ts';

/** What the ways of people stand on. */
export interface PersonFederationDeps extends ProviderSignInDeps {
  readonly rules: RegistrationRules;
  readonly frame: AccountFrame;
  readonly completion: SignInCompletion;
  readonly browserSessions: BrowserSessions;
  readonly clock: Clock;
}

type Call = PageCall & SignInCall;

/** Sign-in of people at providers, and linking by the signed-in person (P1). */
export function personFederationRoutes(deps: PersonFederationDeps): Implementation[] {
  const { frame, clock } = deps;

  /** Sends the browser to the page about what went wrong. */
  const toProblem = (
    view: View,
    slug: string,
    problem: FederationProblem,
    attempt?: Pick<TakenAttempt, 'returnTo' | 'purpose'>,
  ): RawAnswer =>
    redirectTo(
      problemAddress({
        code: problem.code,
        provider: slug,
        returnTo: attempt?.returnTo,
        link: attempt?.purpose === 'link',
        reference: view.correlationId,
      }),
    );

  return [
    implement(federationLogin, (call) =>
      frame.serve(call, call.query.returnTo, async (view) => {
        const slug = call.params.provider;
        const { loginHint, again, secondFactor } = call.query;
        const returnTo = checkReturnTo(call.query.returnTo);
        try {
          const provider = await requireEnabled(deps, slug, 'people');
          const wish = { door: 'people', purpose: 'sign_in', returnTo, loginHint } as const;
          return redirectTo(
            await departTo(deps, call, provider, {
              ...wish,
              again: again !== undefined,
              secondFactor: secondFactor !== undefined,
            }),
          );
        } catch (error) {
          if (!(error instanceof FederationProblem)) throw error;
          return toProblem(view, slug, error, { returnTo, purpose: 'sign_in' });
        }
      }),
    ),

    implement(federationCallback, (call) =>
      frame.serve(call, undefined, async (view) => {
        const slug = call.params.provider;
        let attempt: TakenAttempt | undefined;
        try {
          const provider = await requireEnabled(deps, slug, 'people');
          attempt = await takeAttempt(deps, call, provider, 'people', call.query.state);
          const profile = await readArrival(deps, provider, 'people', attempt, call.query);
          return attempt.purpose === 'link'
            ? await completeLink(deps, call, provider, attempt, profile)
            : await completeSignIn(deps, call, provider, attempt, profile);
        } catch (error) {
          if (!(error instanceof FederationProblem)) throw error;
          if (attempt?.purpose !== 'link')
            await recordRefusal(deps, call, 'user_login_refused', { slug, problem: error });
          return toProblem(view, slug, error, attempt);
        }
      }),
    ),

    implement(federationProblem, (call) =>
      frame.serve(call, call.query.returnTo, async (view) => {
        const code = federationProblemCodes.find((known) => known === call.params.code);
        if (!code) throw new Refusal('not_found');
        const { provider, returnTo, link, reference } = call.query;
        const known = provider ? await findEnabledProvider(deps.database.db, provider) : undefined;
        return problemPage(
          view,
          { code, provider, returnTo, link: link !== undefined, reference },
          known?.name,
        );
      }),
    ),

    implement(accountIdentityLink, (call) =>
      frame.serve(call, undefined, async (view) => {
        const { session } = call.principal;
        const again = askAgain(view, session, clock.now(), securityPath);
        if (again) return again;
        const slug = call.params.provider;
        try {
          const provider = await requireEnabled(deps, slug, 'people');
          const { userId, grantId } = session;
          const address = await departTo(deps, call, provider, {
            door: 'people',
            purpose: 'link',
            person: { userId, grantId },
          });
          return continuePage(view, address, provider.name);
        } catch (error) {
          if (!(error instanceof FederationProblem)) throw error;
          return toProblem(view, slug, error, { returnTo: null, purpose: 'link' });
        }
      }),
    ),

    implement(accountIdentityUnlink, (call) =>
      frame.serve(call, undefined, async (view) => {
        const { session } = call.principal;
        const again = askAgain(view, session, clock.now(), securityPath);
        if (again) return again;
        try {
          await call.write((tx) =>
            unlinkIdentity(tx, { userId: session.userId, identityId: call.params.id, keepAWayIn: true }),
          );
        } catch (error) {
          if (!(error instanceof Refusal) || error.code !== 'last_way_in') throw error;
          return redirectTo(problemAddress({ code: 'last_way_in', reference: view.correlationId }));
        }
        return redirectTo(`${securityPath}?done=unlinked`);
      }),
    ),
  ];
}

/** Clocks of two machines differ. */
const clockToleranceSeconds = 60;

/**
 * When somebody who comes back proved who they are, by the provider's own word: an open browser that is signed in there
 * proves nothing new. A provider that was told to ask again did so after it was told, whatever its clock says.
 */
function provedAt(profile: Profile, attempt: TakenAttempt, now: Date): Date | null {
  const { authTime } = profile;
  if (!authTime || authTime > after(now, clockToleranceSeconds)) return null;
  const askedAnew = attempt.again && authTime >= after(attempt.begunAt, -clockToleranceSeconds);
  const told = askedAnew && authTime < attempt.begunAt ? attempt.begunAt : authTime;
  return told > now ? now : told;
}

async function completeSignIn(
  deps: PersonFederationDeps,
  call: Call,
  provider: ProviderRecord,
  attempt: TakenAttempt,
  profile: Profile,
): Promise<RawAnswer> {
  const { id: userId } = await deps.database.write(call.origin, (tx) =>
    findOrCreateUser(tx, deps.rules, provider, profile, 'people'),
  );
  return deps.completion.signInCompleted(call, {
    userId,
    amr: ['fed'],
    method: `provider:${provider.slug}`,
    authTime: provedAt(profile, attempt, deps.clock.now()),
    returnTo: attempt.returnTo,
    secondFactor: attempt.secondFactor,
  });
}

/** Links to whoever set out, in the browser session in which they did; if that has changed, to nobody. */
async function completeLink(
  deps: PersonFederationDeps,
  call: Call,
  provider: ProviderRecord,
  attempt: TakenAttempt,
  profile: Profile,
): Promise<RawAnswer> {
  const session = await deps.browserSessions.read(call.cookies);
  if (!session || session.userId !== attempt.userId || session.grantId !== attempt.grantId)
    throw new FederationProblem('link_other_person', { provider: provider.name });
  await deps.database.write(call.origin, async (tx) => {
    // Before the person, as a sign-in does: two that wait for each other would be a deadlock.
    await holdSubject(tx, provider.id, profile.subject);
    await confirmRight(tx, { kind: 'person', session });
    await linkIdentity(
      tx,
      { id: session.userId, email: session.email, name: session.name },
      provider,
      profile,
    );
  });
  return redirectTo(`${securityPath}?done=linked`);
}
