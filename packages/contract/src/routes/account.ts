import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { wire } from '../wire.ts';
import { forAnyone, idParams } from './audience.ts';

/** What every page of a signed-in person shares. Who is not signed in is led to the sign-in page and back. */
const personPage = {
  listener: 'public',
  auth: ['browser_session'],
  permission: 'person',
  method: 'GET',
  gives: 'html',
  success: [200, null],
} as const;

/** What every form of such a page shares: it is taken from our own pages only. */
const personForm = {
  ...personPage,
  method: 'POST',
  // A form's fields arrive once each; a repeated one is a list, and refused.
  body: z.record(z.string(), z.string()),
  takes: 'form',
  errors: ['origin_refused', 'session_ended'],
} as const;

export const accountHome = defineRoute({
  ...personPage,
  id: 'account.home',
  path: '/account',
  summary: 'The page of a signed-in person: who they are and where they belong',
});

export const accountProfile = defineRoute({
  ...personPage,
  id: 'account.profile',
  path: '/account/profile',
  summary: 'The page where a person changes their name and language',
});

export const accountProfileChange = defineRoute({
  ...personForm,
  id: 'account.profile_change',
  path: '/account/profile',
  summary: 'Change one’s own name and language',
});

export const accountPassword = defineRoute({
  ...personPage,
  id: 'account.password',
  path: '/account/password',
  summary: 'The page where a person changes their password',
});

export const accountPasswordChange = defineRoute({
  ...personForm,
  id: 'account.password_change',
  path: '/account/password',
  summary: 'Change one’s own password; ends every other session',
});

export const accountSecurity = defineRoute({
  ...personPage,
  id: 'account.security',
  path: '/account/security',
  summary: 'The page of a person’s passkeys, authenticator app, recovery codes and linked accounts',
});

export const accountPasskeyAdd = defineRoute({
  ...personPage,
  id: 'account.passkey_add',
  path: '/account/security/passkeys/new',
  summary: 'The page where a person adds a passkey',
});

export const accountPasskey = defineRoute({
  ...personPage,
  id: 'account.passkey',
  path: '/account/security/passkeys/{id}',
  summary: 'The page where a person renames or removes one of their passkeys',
  params: idParams,
});

export const accountPasskeyChange = defineRoute({
  ...personForm,
  id: 'account.passkey_change',
  path: '/account/security/passkeys/{id}',
  summary: 'Rename one of one’s own passkeys, or remove it (`action=remove`)',
  params: idParams,
});

export const accountAuthenticator = defineRoute({
  ...personPage,
  id: 'account.authenticator',
  path: '/account/security/authenticator',
  summary: 'The page where a person sets up or removes their authenticator app',
});

export const accountAuthenticatorSet = defineRoute({
  ...personForm,
  id: 'account.authenticator_set',
  path: '/account/security/authenticator',
  summary: 'Begin to set up an authenticator app: shows its key; with `code`, confirm it',
});

export const accountAuthenticatorRemove = defineRoute({
  ...personForm,
  id: 'account.authenticator_remove',
  path: '/account/security/authenticator/remove',
  summary: 'Remove one’s own authenticator app',
});

export const accountRecoveryCodes = defineRoute({
  ...personPage,
  id: 'account.recovery_codes',
  path: '/account/security/recovery-codes',
  summary: 'The page where a person makes new recovery codes',
});

export const accountRecoveryCodesMake = defineRoute({
  ...personForm,
  id: 'account.recovery_codes_make',
  path: '/account/security/recovery-codes',
  summary: 'Make new recovery codes, shown once; the ones before stop working',
});

export const accountSessions = defineRoute({
  ...personPage,
  id: 'account.sessions',
  path: '/account/sessions',
  summary: 'The page of everywhere a person is signed in',
});

export const accountSessionEnd = defineRoute({
  ...personForm,
  id: 'account.session_end',
  path: '/account/sessions/{id}/end',
  summary: 'End one of one’s own sessions',
  params: idParams,
});

export const accountSessionsEndOthers = defineRoute({
  ...personForm,
  id: 'account.sessions_end_others',
  path: '/account/sessions/end-others',
  summary: 'End all of one’s own sessions but this one',
});

export const accountApps = defineRoute({
  ...personPage,
  id: 'account.apps',
  path: '/account/apps',
  summary: 'The page of the apps that a person gave access',
});

export const accountApp = defineRoute({
  ...personPage,
  id: 'account.app',
  path: '/account/apps/{id}',
  summary: 'The page where a person takes access from one app',
  params: idParams,
});

export const accountAppRevoke = defineRoute({
  ...personForm,
  id: 'account.app_revoke',
  path: '/account/apps/{id}/revoke',
  summary: 'Take access from one app, true on its next call',
  params: idParams,
});

export const accountActivity = defineRoute({
  ...personPage,
  id: 'account.activity',
  path: '/account/activity',
  summary: 'The page of what happened to a person’s account, newest first',
  query: wire({ cursor: z.string().max(500).optional(), lang: z.string().max(20).optional() }),
});

const interactionParams = wire({ uid: z.string().max(64) });

export const interactionPage = defineRoute({
  ...forAnyone,
  id: 'interaction.page',
  method: 'GET',
  path: '/interaction/{uid}',
  summary: 'Where an authorization request stops until the person has signed in and agreed',
  params: interactionParams,
  gives: 'html',
  success: [200, null],
});

export const interactionDecide = defineRoute({
  ...forAnyone,
  ownPagesOnly: true,
  id: 'interaction.decide',
  method: 'POST',
  path: '/interaction/{uid}',
  summary: 'Allow or refuse what an app asked for',
  params: interactionParams,
  body: z.record(z.string(), z.string()),
  takes: 'form',
  gives: 'html',
  success: [200, null],
  errors: ['origin_refused'],
});

export const devicePage = defineRoute({
  ...personPage,
  id: 'device.page',
  path: '/device',
  summary: 'The page where a person enters the code that a device shows (RFC 8628)',
});

export const deviceDecide = defineRoute({
  ...personForm,
  id: 'device.decide',
  path: '/device',
  summary: 'Look up a device’s code, then allow or refuse the device',
});
