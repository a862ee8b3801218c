import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { secondFactorMethods } from '../vocabulary.ts';
import { displayName, id, instant, wire } from '../wire.ts';
import { forAdministrators, forAnyone, idParams } from './audience.ts';
import { Operator, SignedIn } from './sign-in.ts';

/** Bytes as the Web Authentication API writes them into JSON: base64url without padding. */
const bytes = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[\w-]+$/, 'is not base64url');

const credentialFields = {
  id: bytes(1400),
  rawId: bytes(1400),
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).nullish(),
  clientExtensionResults: z.record(z.string(), z.unknown()),
};

/** What a browser answers to a request for a passkey (Web Authentication §5.1.8, `AuthenticationResponseJSON`). */
export const PasskeyAssertion = z.object({
  ...credentialFields,
  response: z.object({
    clientDataJSON: bytes(4000),
    authenticatorData: bytes(4000),
    signature: bytes(2000),
    userHandle: bytes(200).nullish(),
  }),
});

/** What a browser answers when it has made a passkey (Web Authentication §5.1.8, `RegistrationResponseJSON`). */
export const PasskeyAttestation = z.object({
  ...credentialFields,
  response: z.object({
    clientDataJSON: bytes(4000),
    attestationObject: bytes(20_000),
    transports: z.array(z.string().max(32)).max(10).optional(),
  }),
});

/** Options for the browser's own call, as its `parse…OptionsFromJSON` reads them. */
const PasskeyOptions = wire({ options: z.record(z.string(), z.unknown()) });
/** Where the page goes on. */
const GoOn = wire({ location: z.string() });

/** A passkey, as its owner and an administrator see it. */
export const Passkey = wire({
  id,
  name: z.string(),
  createdAt: instant,
  lastUsedAt: instant.nullable(),
  /** Whether its owner's other devices have it too. */
  isBackedUp: z.boolean(),
  /** Set when a copy of it was seen; it is refused since then. */
  suspectedAt: instant.nullable(),
});
export type Passkey = z.output<typeof Passkey>;

/** The factors of a person beside the password. */
export const Factors = wire({
  totp: wire({ addedAt: instant, lastUsedAt: instant.nullable() }).nullable(),
  passkeys: z.array(Passkey),
  recoveryCodesLeft: z.int(),
});
export type Factors = z.output<typeof Factors>;

const mfaToken = z.string().max(200);
const secondStepErrors = [
  'token_invalid',
  'token_expired',
  'mfa_code_wrong',
  'account_deactivated',
  'origin_refused',
  'rate_limited',
] as const;

export const loginMfa = defineRoute({
  listener: 'public',
  auth: ['second_factor'],
  permission: 'holder',
  id: 'auth.login_mfa',
  crossOrigin: true,
  method: 'POST',
  path: '/auth/login/mfa',
  summary: 'Prove the second factor of a sign-in that was answered with `mfa_required`; the token works once',
  body: wire({ mfaToken, method: z.enum(['totp', 'recovery_code']), code: z.string().min(1).max(64) }),
  success: [200, SignedIn],
  errors: [...secondStepErrors, 'not_member', 'sign_in_method_refused'],
});

export const adminLoginMfa = defineRoute({
  listener: 'admin',
  auth: ['admin_second_factor'],
  permission: 'holder',
  id: 'admin_session.start_mfa',
  method: 'POST',
  path: '/auth/admin/login/mfa',
  summary: 'Prove the second factor of an operator’s sign-in: `code`, or `passkey` where the method is that',
  body: wire({
    mfaToken,
    method: z.enum(secondFactorMethods),
    code: z.string().min(1).max(64).optional(),
    passkey: PasskeyAssertion.optional(),
  }),
  success: [200, Operator],
  errors: [...secondStepErrors, 'passkey_refused', 'not_admin'],
});

export const adminPasskeyOptions = defineRoute({
  listener: 'admin',
  auth: ['admin_second_factor'],
  permission: 'holder',
  id: 'admin_session.passkey_options',
  method: 'POST',
  path: '/auth/admin/login/mfa/passkey',
  summary: 'Options to ask the browser for a passkey as an operator’s second factor',
  body: wire({ mfaToken }),
  success: [200, PasskeyOptions],
  errors: ['token_invalid', 'origin_refused'],
});

export const passkeySignInOptions = defineRoute({
  ...forAnyone,
  id: 'passkeys.sign_in_options',
  ownPagesOnly: true,
  method: 'POST',
  path: '/sign-in/passkey/options',
  summary: 'Options to ask the browser for any passkey of this platform; for its own sign-in page',
  body: wire({}),
  success: [200, PasskeyOptions],
  errors: ['origin_refused', 'rate_limited'],
});

export const passkeySignIn = defineRoute({
  ...forAnyone,
  id: 'passkeys.sign_in',
  ownPagesOnly: true,
  method: 'POST',
  path: '/sign-in/passkey',
  summary: 'Sign in with a passkey; for the platform’s own sign-in page',
  body: wire({ passkey: PasskeyAssertion, returnTo: z.string().max(2000).optional() }),
  success: [200, GoOn],
  errors: ['passkey_refused', 'account_deactivated', 'origin_refused'],
});

export const passkeySecondFactorOptions = defineRoute({
  listener: 'public',
  auth: ['second_factor'],
  permission: 'holder',
  id: 'passkeys.second_factor_options',
  ownPagesOnly: true,
  method: 'POST',
  path: '/sign-in/second-factor/passkey/options',
  summary: 'Options to ask the browser for a passkey of the person whose sign-in waits in this browser',
  body: wire({}),
  success: [200, PasskeyOptions],
  errors: ['token_invalid', 'origin_refused'],
});

export const passkeySecondFactor = defineRoute({
  listener: 'public',
  auth: ['second_factor'],
  permission: 'holder',
  id: 'passkeys.second_factor',
  ownPagesOnly: true,
  method: 'POST',
  path: '/sign-in/second-factor/passkey',
  summary: 'Prove the second factor with a passkey; for the platform’s own page',
  body: wire({ passkey: PasskeyAssertion }),
  success: [200, GoOn],
  errors: ['token_invalid', 'token_expired', 'passkey_refused', 'account_deactivated', 'origin_refused'],
});

const forPersons = { listener: 'public', auth: ['browser_session'], permission: 'person' } as const;

export const passkeyRegistrationOptions = defineRoute({
  ...forPersons,
  id: 'passkeys.registration_options',
  method: 'POST',
  path: '/account/passkeys/options',
  summary: 'Options to have the browser make a passkey for the person who is signed in',
  body: wire({}),
  success: [200, PasskeyOptions],
  errors: ['recent_sign_in_required', 'factor_exists'],
});

export const passkeyRegister = defineRoute({
  ...forPersons,
  id: 'passkeys.register',
  method: 'POST',
  path: '/account/passkeys',
  summary: 'Add the passkey that the browser made; recovery codes come with the first factor',
  body: wire({ passkey: PasskeyAttestation, name: displayName.optional() }),
  success: [201, wire({ passkey: Passkey, recoveryCodes: z.array(z.string()).optional() })],
  errors: ['recent_sign_in_required', 'passkey_refused', 'factor_exists'],
});

export const usersFactors = defineRoute({
  ...forAdministrators,
  id: 'users.factors',
  method: 'GET',
  path: '/admin/users/{id}/factors',
  summary: 'The second factors of a person',
  params: idParams,
  success: [200, Factors],
  errors: ['not_found'],
});

export const usersRemoveFactors = defineRoute({
  ...forAdministrators,
  id: 'users.remove_factors',
  method: 'DELETE',
  path: '/admin/users/{id}/factors',
  summary:
    'Remove all second factors of a person who lost them, with their recovery codes; their sessions end',
  params: idParams,
  success: [200, wire({ removed: z.int(), endedSessions: z.int() })],
  errors: ['not_found'],
});

const policyFields = {
  /** Whether every member has to prove a second factor for this workspace. */
  secondFactorRequired: z.boolean(),
  /** The ways in that it takes: `password`, `passkey`, `email_link`, `provider:NAME`; `null` for all. */
  signInMethods: z
    .array(
      z
        .string()
        .max(80)
        .regex(
          /^(password|passkey|email_link|provider:[a-z0-9-]+)$/,
          'must be password, passkey, email_link or provider:NAME',
        ),
    )
    .min(1)
    .max(20)
    .nullable(),
  /** After how many seconds without use a session ends; `null` for the platform's own 7 days. */
  sessionIdleSeconds: z.int().min(300).max(604_800).nullable(),
  /** After how many seconds a session ends; `null` for the platform's own 30 days. */
  sessionAbsoluteSeconds: z.int().min(900).max(2_592_000).nullable(),
};

/** What a workspace asks of its members' sign-ins. */
export const WorkspacePolicy = wire(policyFields);
export type WorkspacePolicy = z.output<typeof WorkspacePolicy>;

export const workspacePolicyRead = defineRoute({
  ...forAdministrators,
  id: 'workspaces.policy',
  method: 'GET',
  path: '/admin/workspaces/{id}/policy',
  summary: 'What a workspace asks of sign-ins, and how many of its members have a second factor',
  params: idParams,
  success: [
    200,
    wire({
      ...policyFields,
      memberCount: z.int(),
      /** Members who have a second factor. */
      protectedCount: z.int(),
    }),
  ],
  errors: ['not_found'],
});

export const workspacePolicyUpdate = defineRoute({
  ...forAdministrators,
  id: 'workspaces.set_policy',
  method: 'PUT',
  path: '/admin/workspaces/{id}/policy',
  summary: 'Set what a workspace asks of sign-ins; shorter sessions count for those that are there, too',
  params: idParams,
  body: WorkspacePolicy,
  success: [200, WorkspacePolicy],
  errors: ['not_found'],
});
