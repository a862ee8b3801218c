import {
  adminPasskeyOptions,
  passkeyRegister,
  passkeyRegistrationOptions,
  passkeySecondFactor,
  passkeySecondFactorOptions,
  passkeySignIn,
  passkeySignInOptions,
  usersFactors,
  usersRemoveFactors,
  workspacePolicyRead,
  workspacePolicyUpdate,
} from '@castellan/contract';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import { pendingTokenOf, type SignInCompletion } from '../account/sign-in-completed.ts';
import type { BrowserSessions } from '../browser-sessions/browser-session.ts';
import { changePolicy, policyWithMembers } from './change-policy.ts';
import type { FactorDeps } from './factor-deps.ts';
import { listFactors, requireUser } from './held-factors.ts';
import type { PasskeyLimits } from './passkey-limits.ts';
import { registerPasskey, registrationOptions } from './passkey-registration.ts';
import { passkeyAmr, secondFactorOptions, signInByPasskey, signInOptions } from './passkey-sign-in.ts';
import { removeFactors } from './remove-factors.ts';

/** What the options are for the browser to read: its own JSON, which the contract does not describe. */
const asOptions = (options: object) => ({ options: options as Record<string, unknown> });

/** Passkeys of people on the pages, factors and policies for administrators. */
export function factorRoutes(deps: {
  readonly factors: FactorDeps;
  readonly browserSessions: BrowserSessions;
  readonly completion: SignInCompletion;
  readonly limits: PasskeyLimits;
  readonly secure: boolean;
}): Implementation[] {
  const { factors, browserSessions, completion, limits, secure } = deps;
  const { database } = factors;
  return [
    implement(passkeySignInOptions, async (call) => {
      await limits.take(call.address);
      return asOptions(await signInOptions(factors, call, secure));
    }),
    implement(passkeySignIn, async (call) => {
      const { passkey, returnTo } = call.body;
      const response = passkey as AuthenticationResponseJSON;
      const userId = await signInByPasskey(factors, call.origin, call.cookies, secure, response);
      return completion.completeSignIn(call, { userId, amr: passkeyAmr, method: 'passkey', returnTo });
    }),
    implement(passkeySecondFactorOptions, async (call) =>
      asOptions(await secondFactorOptions(factors, 'browser', pendingTokenOf(call.cookies, secure))),
    ),
    implement(passkeySecondFactor, (call) =>
      completion.completeSecondFactor(call, {
        method: 'passkey',
        response: call.body.passkey as AuthenticationResponseJSON,
      }),
    ),
    implement(passkeyRegistrationOptions, async (call) =>
      asOptions(await call.write((tx) => registrationOptions(factors, tx, call.principal.session))),
    ),
    implement(passkeyRegister, async (call) => {
      const { passkey, name = 'Passkey' } = call.body;
      const response = passkey as RegistrationResponseJSON;
      const outcome = await call.write((tx) =>
        registerPasskey({ ...factors, browserSessions }, tx, call.principal.session, { response, name }),
      );
      if (!outcome.registered) throw outcome.refusal;
      const { recoveryCodes } = outcome;
      return { passkey: outcome.passkey, ...(recoveryCodes ? { recoveryCodes } : {}) };
    }),
    implement(adminPasskeyOptions, async (call) =>
      asOptions(await secondFactorOptions(factors, 'console', call.body.mfaToken)),
    ),
    implement(usersFactors, async ({ params }) => {
      await requireUser(database.db, params.id);
      return listFactors(database.db, params.id);
    }),
    implement(usersRemoveFactors, ({ params, write }) => write((tx) => removeFactors(tx, params.id))),
    implement(workspacePolicyRead, ({ params }) => policyWithMembers(database.db, params.id)),
    implement(workspacePolicyUpdate, ({ params, body, write }) =>
      write((tx) => changePolicy(tx, params.id, body)),
    ),
  ];
}
