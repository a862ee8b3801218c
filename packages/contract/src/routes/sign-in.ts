import { z } from 'zod';
import { operatorRoles } from '../admin/operator-roles.ts';
import { defineRoute } from '../route.ts';
import { workspaceRoles } from '../vocabulary.ts';
import { email, id, newPassword, password, slug, wire } from '../wire.ts';
import { forAnyone, forOperators } from './audience.ts';

const WorkspaceChoice = wire({ id, slug: z.string(), name: z.string(), role: z.enum(workspaceRoles) });

/** Tokens of one sign-in, and where the person can go with it. */
export const SignedIn = wire({
  accessToken: z.string(),
  tokenType: z.literal('Bearer'),
  expiresIn: z.int(),
  refreshToken: z.string(),
  refreshExpiresIn: z.int(),
  sessionId: id,
  user: wire({ id, email: z.string(), name: z.string() }),
  /** The workspace that the token is for; absent when the person is in none, or in several and named none. */
  workspace: WorkspaceChoice.optional(),
  workspaces: z.array(WorkspaceChoice),
});
export type SignedIn = z.output<typeof SignedIn>;

export const login = defineRoute({
  ...forAnyone,
  id: 'auth.login',
  crossOrigin: true,
  method: 'POST',
  path: '/auth/login',
  summary: 'Sign a person in to a service with e-mail and password',
  body: wire({ email, password, service: slug, workspaceId: id.optional() }),
  success: [200, SignedIn],
  errors: [
    'invalid_credentials',
    'mfa_required',
    'mfa_enrolment_required',
    'sign_in_method_refused',
    'account_deactivated',
    'not_member',
    'service_unknown',
    'origin_refused',
    'rate_limited',
    'overloaded',
  ],
});

export const refresh = defineRoute({
  listener: 'public',
  auth: ['refresh'],
  permission: 'holder',
  id: 'auth.refresh',
  crossOrigin: true,
  method: 'POST',
  path: '/auth/refresh',
  summary: 'Trade a refresh token for new tokens; repeat it safely when the answer was lost',
  body: wire({ refreshToken: z.string().max(200), workspaceId: id.optional() }),
  success: [200, SignedIn],
  errors: [
    'token_invalid',
    'token_expired',
    'token_reused',
    'session_ended',
    'mfa_required',
    'mfa_enrolment_required',
    'sign_in_method_refused',
    'not_member',
    'origin_refused',
  ],
});

export const logout = defineRoute({
  listener: 'public',
  auth: ['refresh'],
  permission: 'holder',
  id: 'auth.logout',
  crossOrigin: true,
  method: 'POST',
  path: '/auth/logout',
  summary: 'End the session that a refresh token belongs to',
  body: wire({ refreshToken: z.string().max(200) }),
  success: [204, null],
  errors: ['token_invalid', 'origin_refused'],
});

/** A service, or every one (`null`), and what an operator is to it. */
const OperatorScope = wire({
  service: wire({ id, name: z.string() }).nullable(),
  role: z.enum(operatorRoles),
});

/** An operator who is signed in to the console. */
export const Operator = wire({
  id,
  email: z.string(),
  name: z.string(),
  /** Whether they administer Castellan: owner of every service (A21). */
  admin: z.boolean(),
  /** What they may open, every service (`null`) first. */
  roles: z.array(OperatorScope),
  expiresIn: z.int(),
});

export const adminLogin = defineRoute({
  listener: 'admin',
  auth: [],
  permission: 'anyone',
  id: 'admin_session.start',
  method: 'POST',
  path: '/auth/admin/login',
  summary: 'Sign an operator in to the console; the session travels in an HttpOnly cookie',
  body: wire({ email, password }),
  success: [200, Operator],
  errors: [
    'invalid_credentials',
    'mfa_required',
    'account_deactivated',
    'not_admin',
    'origin_refused',
    'rate_limited',
    'overloaded',
  ],
});

export const adminSession = defineRoute({
  ...forOperators,
  id: 'admin_session.read',
  method: 'GET',
  path: '/auth/admin/session',
  summary: 'Who is signed in to the console',
  success: [200, Operator],
});

export const adminLogout = defineRoute({
  listener: 'admin',
  auth: ['admin_session'],
  permission: 'holder',
  id: 'admin_session.end',
  method: 'POST',
  path: '/auth/admin/logout',
  summary: 'End the console session and clear its cookie',
  success: [204, null],
  errors: ['origin_refused'],
});

const linkParams = wire({ token: z.string().max(200) });

export const invitationPage = defineRoute({
  listener: 'public',
  auth: ['invitation'],
  permission: 'holder',
  id: 'invitation.page',
  method: 'GET',
  path: '/invite/{token}',
  summary: 'The page where an invited person sets a password',
  params: linkParams,
  gives: 'html',
  success: [200, null],
});

/** The form of the invitation page. */
export const InvitationForm = wire({ name: z.string().max(200).optional(), password: newPassword });

export const invitationAccept = defineRoute({
  listener: 'public',
  auth: ['invitation'],
  permission: 'holder',
  id: 'invitation.accept',
  method: 'POST',
  path: '/invite/{token}',
  summary: 'Set the password of an invited person, once',
  params: linkParams,
  body: z.record(z.string(), z.string()),
  takes: 'form',
  gives: 'html',
  success: [200, null],
});

export const setupPage = defineRoute({
  listener: 'admin',
  auth: ['setup'],
  permission: 'holder',
  id: 'setup.page',
  method: 'GET',
  path: '/setup/{token}',
  summary: 'The page where the first administrator is made',
  params: linkParams,
  gives: 'html',
  success: [200, null],
});

export const setupComplete = defineRoute({
  listener: 'admin',
  auth: ['setup'],
  permission: 'holder',
  id: 'setup.complete',
  method: 'POST',
  path: '/setup/{token}',
  summary: 'Make the first administrator, once',
  params: linkParams,
  body: z.record(z.string(), z.string()),
  takes: 'form',
  gives: 'html',
  success: [200, null],
});
