/** Workspace roles from least to most (P6). */
export const workspaceRoles = ['viewer', 'editor', 'admin', 'owner'] as const;
/** One workspace role. */
export type WorkspaceRole = (typeof workspaceRoles)[number];

/** Whether `held` is at least `required`; a higher role satisfies every lower one. */
export function workspaceRoleSatisfies(held: WorkspaceRole, required: WorkspaceRole): boolean {
  return workspaceRoles.indexOf(held) >= workspaceRoles.indexOf(required);
}

/** `invited`: has an account and no way to sign in yet; `deactivated`: every call is refused. */
export const userStates = ['invited', 'active', 'deactivated'] as const;
/** One state of an account. */
export type UserState = (typeof userStates)[number];

/** What a grant is: a person's sign-in to a service, or an operator's sign-in to the console. */
export const grantKinds = ['session', 'admin_session'] as const;
/** One kind of grant. */
export type GrantKind = (typeof grantKinds)[number];

/** Why a grant ended. */
export const grantEndings = [
  'signed_out',
  'ended_by_operator',
  'user_deactivated',
  'user_deleted',
  'password_changed',
  'demoted',
  'member_removed',
  'refresh_reuse',
] as const;
/** One way in which a grant ends. */
export type GrantEnding = (typeof grantEndings)[number];

/** The two doors of the platform (ARCHITECTURE.md). */
export const listeners = ['public', 'admin'] as const;
/** One of the two doors. */
export type Listener = (typeof listeners)[number];

/** Who did something, as the timeline names it. */
export const actorKinds = ['user', 'operator', 'service', 'system'] as const;
/** One kind of actor. */
export type ActorKind = (typeof actorKinds)[number];

/** What an activity event is about. */
export const targetKinds = [
  'user',
  'workspace',
  'group',
  'service',
  'session',
  'invitation',
  'import',
  'key',
] as const;
/** One kind of target. */
export type TargetKind = (typeof targetKinds)[number];
