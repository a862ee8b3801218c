import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { wire } from '../wire.ts';
import { forAnyone } from './audience.ts';

/** A form's fields arrive once each; a repeated one is a list, and refused. */
const formFields = z.record(z.string(), z.string());

/**
 * What the addresses of these pages may carry. People follow them out of mails and bookmarks, where other programs add
 * parameters of their own: those are let be.
 */
const pageQuery = z.object({
  /** Where to go on: a path of the public listener; anything else leads to the person's own pages. */
  return_to: z.string().max(2000).optional(),
  /** The language of the page, kept from then on: `en`, `de`. */
  lang: z.string().max(20).optional(),
});

const openPage = {
  ...forAnyone,
  method: 'GET',
  gives: 'html',
  success: [200, null],
} as const;

const openForm = {
  ...forAnyone,
  ownPagesOnly: true,
  method: 'POST',
  body: formFields,
  takes: 'form',
  gives: 'html',
  success: [200, null],
} as const;

const personForm = {
  ...openForm,
  auth: ['browser_session'],
  permission: 'person',
  errors: ['origin_refused', 'session_ended'],
} as const;

export const signInPage = defineRoute({
  ...openPage,
  id: 'sign_in.page',
  path: '/sign-in',
  summary: 'The page where a person signs in with this browser',
  query: pageQuery.extend({
    /** `1`: ask again although somebody is signed in. */
    again: z.string().max(10).optional(),
    /** `1`: ask for a second factor, too. */
    second_factor: z.string().max(10).optional(),
    /** The e-mail to begin with. */
    login_hint: z.string().max(300).optional(),
    /** What just happened: `password_set`, `signed_out`. */
    notice: z.string().max(40).optional(),
  }),
});

export const signInSubmit = defineRoute({
  ...openForm,
  id: 'sign_in.submit',
  path: '/sign-in',
  summary: 'Sign in with e-mail and password',
  errors: ['origin_refused', 'invalid_credentials', 'account_deactivated', 'rate_limited', 'overloaded'],
});

export const secondFactorPage = defineRoute({
  ...openPage,
  id: 'sign_in.second_factor_page',
  path: '/sign-in/second-factor',
  summary: 'The page where a sign-in is finished with a second factor, or gets one',
  query: pageQuery,
});

export const secondFactorSubmit = defineRoute({
  ...openForm,
  id: 'sign_in.second_factor',
  path: '/sign-in/second-factor',
  summary: 'Prove or set up a second factor',
  errors: ['origin_refused', 'mfa_code_wrong', 'account_deactivated', 'rate_limited'],
});

export const signInLinkPage = defineRoute({
  ...openPage,
  id: 'sign_in.link_page',
  path: '/sign-in/link',
  summary: 'The page where a person asks for a link by e-mail',
  query: pageQuery.extend({ sent: z.string().max(10).optional() }),
});

export const signInLinkRequest = defineRoute({
  ...openForm,
  id: 'sign_in.link_request',
  path: '/sign-in/link',
  summary: 'Ask for a sign-in link by e-mail; the answer is the same for every address',
  errors: ['origin_refused', 'rate_limited'],
});

const linkParams = wire({ token: z.string().max(200) });

export const signInLinkOpen = defineRoute({
  ...openPage,
  auth: ['sign_in_link'],
  permission: 'holder',
  id: 'sign_in.link_open',
  path: '/sign-in/link/{token}',
  summary: 'Show what a sign-in link does; opening it uses nothing',
  params: linkParams,
});

export const signInLinkUse = defineRoute({
  ...openForm,
  auth: ['sign_in_link'],
  permission: 'holder',
  id: 'sign_in.link_use',
  path: '/sign-in/link/{token}',
  summary: 'Sign in with an e-mailed link, once',
  params: linkParams,
  errors: ['origin_refused'],
});

export const resetPage = defineRoute({
  ...openPage,
  id: 'reset.page',
  path: '/reset',
  summary: 'The page where a person who forgot their password asks for a new one',
  query: pageQuery.extend({
    sent: z.string().max(10).optional(),
    login_hint: z.string().max(300).optional(),
  }),
});

export const resetRequest = defineRoute({
  ...openForm,
  id: 'reset.request',
  path: '/reset',
  summary: 'Ask for a link to set a new password; the answer is the same for every address',
  errors: ['origin_refused', 'rate_limited'],
});

export const resetOpen = defineRoute({
  ...openPage,
  auth: ['password_reset'],
  permission: 'holder',
  id: 'reset.open',
  path: '/reset/{token}',
  summary: 'The page where a new password is set; opening it uses nothing',
  params: linkParams,
});

export const resetComplete = defineRoute({
  ...openForm,
  auth: ['password_reset'],
  permission: 'holder',
  id: 'reset.complete',
  path: '/reset/{token}',
  summary: 'Set a new password, once; ends every session of the person',
  params: linkParams,
  errors: ['origin_refused'],
});

export const registerPage = defineRoute({
  ...openPage,
  id: 'register.page',
  path: '/register',
  summary: 'The page where somebody asks for an account, where that is open to everybody',
  query: pageQuery.extend({ sent: z.string().max(10).optional() }),
});

export const registerRequest = defineRoute({
  ...openForm,
  id: 'register.request',
  path: '/register',
  summary: 'Ask for an account; the answer is the same for every address',
  errors: ['origin_refused', 'rate_limited'],
});

export const registerOpen = defineRoute({
  ...openPage,
  auth: ['registration'],
  permission: 'holder',
  id: 'register.open',
  path: '/register/{token}',
  summary: 'The page where a new account gets its password; opening it makes nothing',
  params: linkParams,
});

export const registerComplete = defineRoute({
  ...openForm,
  auth: ['registration'],
  permission: 'holder',
  id: 'register.complete',
  path: '/register/{token}',
  summary: 'Make the account, once, and sign in',
  params: linkParams,
  errors: ['origin_refused'],
});

export const workspacePage = defineRoute({
  ...openPage,
  id: 'sign_in.workspace_page',
  path: '/sign-in/workspace',
  summary: 'The page where a person of several workspaces says which one this is about',
  query: pageQuery,
});

export const workspaceChoose = defineRoute({
  ...personForm,
  id: 'sign_in.workspace',
  path: '/sign-in/workspace',
  summary: 'Choose the workspace that this browser is signed in to',
});

export const signOutPage = defineRoute({
  ...openPage,
  id: 'sign_out.page',
  path: '/sign-out',
  summary: 'The page that asks whether to sign out',
  query: pageQuery,
});

export const signOutSubmit = defineRoute({
  ...openForm,
  id: 'sign_out.submit',
  path: '/sign-out',
  summary: 'Sign this browser out; ends what was allowed in it',
  errors: ['origin_refused'],
});
