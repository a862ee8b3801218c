import {
  adminFederationCallback,
  adminFederationLogin,
  adminSignInProviders,
  identityProvidersCheck,
  identityProvidersCreate,
  identityProvidersDelete,
  identityProvidersList,
  identityProvidersRead,
  identityProvidersUpdate,
  usersUnlinkIdentity,
} from '@castellan/contract';
import {
  type Call,
  type Implementation,
  implement,
  type RawAnswer,
} from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { redirectTo } from '../account/account-frame.ts';
import { checkReturnTo } from '../account/return-to.ts';
import { askSecondFactor } from '../factors/ask-second-factor.ts';
import { type AdminSignInDeps, openConsole, signedIn } from '../sign-in/admin-sign-in.ts';
import { changeProvider, createProvider, deleteProvider } from './change-provider.ts';
import { FederationProblem } from './federation-problem.ts';
import { findOrCreateUser, type RegistrationRules } from './find-or-create-user.ts';
import { unlinkIdentity } from './identities.ts';
import type { Profile, ProviderRecord } from './provider-client.ts';
import {
  departTo,
  type ProviderSignInDeps,
  readArrival,
  recordRefusal,
  requireEnabled,
  takeAttempt,
} from './provider-sign-in.ts';
import { enabledProviders, listProviders, readProvider, requireProvider } from './providers.ts';

/** What the ways of operators stand on. */
export interface OperatorFederationDeps extends ProviderSignInDeps {
  readonly rules: RegistrationRules;
  readonly vault: Vault;
  readonly cursors: Cursors;
  readonly console: Pick<AdminSignInDeps, 'adminEmails' | 'jwts' | 'clock' | 'cookieSecure' | 'relyingParty'>;
}

/** The console's own address for a problem, and for a second factor. */
const consoleSignIn = '/sign-in';

function toConsoleProblem(slug: string, code: string): RawAnswer {
  return redirectTo(`${consoleSignIn}?${new URLSearchParams({ error: code, provider: slug })}`);
}

/** A path of the console; its first page for anything else. */
function consolePath(wanted: string | null | undefined): string {
  return wanted && checkReturnTo(wanted) === wanted ? wanted : '/';
}

/** Sign-in of operators at providers (P1), and what they do with providers and links. */
export function operatorFederationRoutes(deps: OperatorFederationDeps): Implementation[] {
  const { database, vault, cursors, urls, configurations } = deps;
  return [
    implement(adminSignInProviders, async () => ({
      providers: await enabledProviders(database.db, { forOperators: true }),
    })),

    implement(adminFederationLogin, async (call) => {
      const slug = call.params.provider;
      try {
        const provider = await requireEnabled(deps, slug, 'operators');
        const returnTo = consolePath(call.query.returnTo);
        return redirectTo(
          await departTo(deps, call, provider, { door: 'operators', purpose: 'admin', returnTo }),
        );
      } catch (error) {
        if (!(error instanceof FederationProblem)) throw error;
        return toConsoleProblem(slug, error.code);
      }
    }),

    implement(adminFederationCallback, async (call) => {
      const slug = call.params.provider;
      try {
        const provider = await requireEnabled(deps, slug, 'operators');
        const attempt = await takeAttempt(deps, call, provider, 'operators', call.query.state);
        const profile = await readArrival(deps, provider, 'operators', attempt, call.query);
        return await completeAdminSignIn(deps, call, provider, profile, consolePath(attempt.returnTo));
      } catch (error) {
        if (!(error instanceof FederationProblem)) throw error;
        await recordRefusal(deps, call, 'admin_login_refused', { slug, problem: error });
        return toConsoleProblem(slug, error.code);
      }
    }),

    implement(identityProvidersList, (call) => listProviders(database.db, cursors, urls, call.query)),
    implement(identityProvidersRead, (call) => readProvider(database.db, urls, call.params.id)),
    implement(identityProvidersCreate, (call) =>
      call.write(async (tx) =>
        readProvider(tx.db, urls, await createProvider(tx, vault, call.body, 'console')),
      ),
    ),
    implement(identityProvidersUpdate, (call) =>
      call.write(async (tx) => {
        await changeProvider(tx, vault, call.params.id, call.body);
        return readProvider(tx.db, urls, call.params.id);
      }),
    ),
    implement(identityProvidersDelete, (call) =>
      call.write(async (tx) => {
        const { identityCount } = await readProvider(tx.db, urls, call.params.id);
        await deleteProvider(tx, call.params.id, identityCount);
        return undefined;
      }),
    ),
    implement(identityProvidersCheck, async (call) => {
      const provider = await requireProvider(database.db, call.params.id);
      try {
        await configurations.probe(provider);
        return { ok: true, problem: null };
      } catch (error) {
        if (!(error instanceof FederationProblem)) throw error;
        return { ok: false, problem: error.facts.detail ?? error.code };
      }
    }),
    implement(usersUnlinkIdentity, (call) =>
      call.write(async (tx) => {
        const { id: userId, sid: identityId } = call.params;
        await unlinkIdentity(tx, { userId, identityId, keepAWayIn: false });
        return undefined;
      }),
    ),
  ];
}

/** Begins the console session of an operator, or asks the console for their second factor. */
async function completeAdminSignIn(
  deps: OperatorFederationDeps,
  call: Pick<Call, 'origin' | 'address' | 'userAgent' | 'setHeader'>,
  provider: ProviderRecord,
  profile: Profile,
  returnTo: string,
): Promise<RawAnswer> {
  const proved = { amr: ['fed'], method: `provider:${provider.slug}` };
  const opened = await deps.database.write(call.origin, async (tx) => {
    const user = await findOrCreateUser(tx, deps.rules, provider, profile, 'operators');
    if (user.secondFactors.length > 0)
      return askSecondFactor(tx, user, {
        ...proved,
        door: 'console',
        takesPasskeys: deps.console.relyingParty.consoleOrigin !== undefined,
      });
    const { address, userAgent } = call;
    const console = await openConsole(deps.console, tx, user, { ...proved, address, userAgent });
    if (!console) throw new FederationProblem('not_admin', { provider: provider.name, email: user.email });
    return console;
  });
  if (opened instanceof Refusal) return toSecondFactor(opened, returnTo);
  call.setHeader('set-cookie', signedIn(deps.console, opened).cookie);
  return redirectTo(returnTo);
}

/**
 * Hands the console what it asks the second factor with. It travels behind `#`, which browsers send to no server and keep out
 * of every `Referer`; alone it opens nothing, works once, and for five minutes.
 */
function toSecondFactor(asked: Refusal, returnTo: string): RawAnswer {
  const { mfaToken, methods } = asked.extensions!;
  const fragment = new URLSearchParams({ mfa_token: mfaToken!, methods: (methods ?? []).join(',') });
  const query = returnTo === '/' ? '' : `?${new URLSearchParams({ returnTo })}`;
  return redirectTo(`${consoleSignIn}${query}#${fragment}`);
}
