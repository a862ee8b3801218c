import { z } from 'zod';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import { grantKinds, userSorts, userStates, workspaceRoles } from '../vocabulary.ts';
import { displayName, email, id, instant, queryBoolean, wire } from '../wire.ts';
import { forAdministrators, idParams } from './audience.ts';

const userFields = {
  id,
  email: z.string(),
  name: z.string(),
  state: z.enum(userStates),
  isAdmin: z.boolean(),
  createdAt: instant,
  lastLoginAt: instant.nullable(),
};

/** A person, as a list shows them. */
export const User = wire({ ...userFields, workspaceCount: z.int() });
export type User = z.output<typeof User>;

/** One live sign-in of a person. */
export const UserSession = wire({
  id,
  kind: z.enum(grantKinds),
  service: z.string().nullable(),
  createdAt: instant,
  lastUsedAt: instant,
  expiresAt: instant,
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
});

/** A person with their ways to sign in, workspaces, groups and sessions. */
export const UserDetail = wire({
  ...userFields,
  emailVerifiedAt: instant.nullable(),
  /** Ways to sign in: `password`, and accounts at providers, by the provider's slug. */
  identities: z.array(
    wire({
      /** `null` for the password. */
      id: id.nullable(),
      provider: z.string(),
      providerName: z.string(),
      subject: z.string(),
      email: z.string().nullable(),
      linkedAt: instant.nullable(),
      lastUsedAt: instant.nullable(),
    }),
  ),
  /** The first 100, by name. */
  workspaces: z.array(
    wire({ id, slug: z.string(), name: z.string(), role: z.enum(workspaceRoles), joinedAt: instant }),
  ),
  workspaceCount: z.int(),
  groups: z.array(wire({ id, name: z.string(), workspaceId: id, workspaceName: z.string() })),
  groupCount: z.int(),
  /** Live sessions, the newest 100. */
  sessions: z.array(UserSession),
  sessionCount: z.int(),
  /** The open invitation, if there is one. */
  invitation: wire({ id, createdAt: instant, expiresAt: instant }).nullable(),
});
export type UserDetail = z.output<typeof UserDetail>;

export const usersList = defineRoute({
  ...forAdministrators,
  id: 'users.list',
  method: 'GET',
  path: '/admin/users',
  summary: 'People, with search by the beginning of any word of name or e-mail',
  query: wire({
    ...listQuery,
    state: z.enum(userStates).optional(),
    isAdmin: queryBoolean.optional(),
    workspaceId: id.optional(),
    sort: z.enum(userSorts).optional(),
  }),
  success: [200, pageOf(User)],
});

export const usersCreate = defineRoute({
  ...forAdministrators,
  id: 'users.create',
  method: 'POST',
  path: '/admin/users',
  summary: 'Create an account and invite its owner to set a password',
  body: wire({
    email,
    name: displayName,
    workspaceId: id.optional(),
    role: z.enum(workspaceRoles).optional(),
  }),
  success: [201, UserDetail],
  errors: ['email_taken', 'not_found'],
  idempotent: true,
});

export const usersRead = defineRoute({
  ...forAdministrators,
  id: 'users.read',
  method: 'GET',
  path: '/admin/users/{id}',
  summary: 'One person: profile, ways to sign in, workspaces, groups, sessions',
  params: idParams,
  success: [200, UserDetail],
  errors: ['not_found'],
});

export const usersUpdate = defineRoute({
  ...forAdministrators,
  id: 'users.update',
  method: 'PATCH',
  path: '/admin/users/{id}',
  summary: 'Edit a name; activate or deactivate; grant or take administration',
  params: idParams,
  body: wire({
    name: displayName.optional(),
    isActive: z.boolean().optional(),
    isAdmin: z.boolean().optional(),
  }),
  success: [200, UserDetail],
  errors: ['not_found', 'last_administrator'],
});

export const usersDelete = defineRoute({
  ...forAdministrators,
  id: 'users.delete',
  method: 'DELETE',
  path: '/admin/users/{id}',
  summary: 'Delete an account with its memberships, roles, shares and sessions; its activity stays',
  params: idParams,
  success: [204, null],
  errors: ['not_found', 'last_administrator', 'last_owner'],
});

export const usersSetStates = defineRoute({
  ...forAdministrators,
  id: 'users.set_states',
  method: 'POST',
  path: '/admin/users/status',
  summary: 'Activate or deactivate up to 1,000 people at once',
  body: wire({ ids: z.array(id).min(1).max(1000), isActive: z.boolean() }),
  success: [200, wire({ changed: z.int(), unchanged: z.int(), missing: z.array(id) })],
  errors: ['last_administrator'],
});

export const usersAddToWorkspace = defineRoute({
  ...forAdministrators,
  id: 'users.add_to_workspace',
  method: 'POST',
  path: '/admin/users/{id}/workspaces',
  summary: 'Add a person to a workspace with a role',
  params: idParams,
  body: wire({ workspaceId: id, role: z.enum(workspaceRoles) }),
  success: [201, UserDetail],
  errors: ['not_found', 'already_member'],
  idempotent: true,
});

export const usersInvite = defineRoute({
  ...forAdministrators,
  id: 'users.invite',
  method: 'POST',
  path: '/admin/users/{id}/invitation',
  summary: 'Send a new one-time link to set a password; links before it stop working',
  params: idParams,
  success: [201, UserDetail],
  errors: ['not_found', 'account_deactivated'],
  idempotent: true,
});

export const usersEndSessions = defineRoute({
  ...forAdministrators,
  id: 'users.end_sessions',
  method: 'DELETE',
  path: '/admin/users/{id}/sessions',
  summary: 'End all sessions of a person',
  params: idParams,
  success: [200, wire({ ended: z.int() })],
  errors: ['not_found'],
});

export const usersEndSession = defineRoute({
  ...forAdministrators,
  id: 'users.end_session',
  method: 'DELETE',
  path: '/admin/users/{id}/sessions/{sid}',
  summary: 'End one session of a person',
  params: wire({ id, sid: id }),
  success: [204, null],
  errors: ['not_found'],
});

export const usersExport = defineRoute({
  ...forAdministrators,
  id: 'users.export',
  method: 'GET',
  path: '/admin/users/export',
  summary: 'People as CSV, streamed',
  query: wire({ state: z.enum(userStates).optional() }),
  gives: 'csv',
  success: [200, null],
});
