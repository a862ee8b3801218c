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

/**
 * What a grant is: a person's sign-in to a service, an operator's sign-in to the console, a browser that is signed in
 * to Castellan itself, what a person allowed an OAuth client, or an operator who acts as somebody.
 */
export const grantKinds = ['session', 'admin_session', 'browser_session', 'oauth', 'impersonation'] as const;
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
  'code_replayed',
  'revoked',
  'client_removed',
  'factors_removed',
] as const;
/** One way in which a grant ends. */
export type GrantEnding = (typeof grantEndings)[number];

/** What a person can prove a second factor with. */
export const secondFactorMethods = ['totp', 'passkey', 'recovery_code'] as const;
/** One way to prove a second factor. */
export type SecondFactorMethod = (typeof secondFactorMethods)[number];

/** Whom people can sign in at: two with ways of their own, a directory of Microsoft's, and any OpenID Connect issuer. */
export const providerKinds = ['google', 'github', 'entra', 'oidc'] as const;
/** One kind of provider. */
export type ProviderKind = (typeof providerKinds)[number];

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
  'client',
  'identity_provider',
  'role',
  'service_action',
  'resource',
  'saved_view',
  'approval',
] as const;
/** One kind of target. */
export type TargetKind = (typeof targetKinds)[number];

/** How a client came to be known: an administrator registered it, it registered itself (RFC 7591), or its id is the address of its description. */
export const clientOrigins = ['registered', 'dynamic', 'metadata_document'] as const;
/** One way in which a client came to be known. */
export type ClientOrigin = (typeof clientOrigins)[number];

/** What runs a client: a server or page at an address, or an app on a person's device (RFC 8252). */
export const applicationTypes = ['web', 'native'] as const;
/** One kind of application. */
export type ApplicationType = (typeof applicationTypes)[number];

/** The ways to tokens that a client may use, by their names on the wire. */
export const clientGrantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
] as const;
/** One way to a token. */
export type ClientGrantType = (typeof clientGrantTypes)[number];

/** How a client proves itself at the token endpoint; `none` is for those that can keep no secret. */
export const clientAuthMethods = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const;
/** One way for a client to prove itself. */
export type ClientAuthMethod = (typeof clientAuthMethods)[number];

/** What ID tokens may be signed with (RFC 7518, RFC 8037). */
export const signatureAlgorithms = ['EdDSA', 'ES256', 'RS256'] as const;
/** One signature algorithm. */
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number];

/** Public keys as they travel (RFC 7517 §5). */
export interface PublicKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** What a resource may be shared for; `edit` implies `view` (P10). */
export const resourcePermissions = ['view', 'edit'] as const;
/** One way in which a resource is shared. */
export type ResourcePermission = (typeof resourcePermissions)[number];

/** What somebody may do to a resource, from least to most; `manage` (share it, show it, remove it) is its owner's and the workspace's administrators'. */
export const resourceRights = ['view', 'edit', 'manage'] as const;
/** One right to a resource. */
export type ResourceRight = (typeof resourceRights)[number];

/** Whether `held` is at least `required`. */
export function rightSatisfies(held: ResourceRight, required: ResourceRight): boolean {
  return resourceRights.indexOf(held) >= resourceRights.indexOf(required);
}

/** Who of a resource's workspace may see it without a share: nobody, or every member (P10). */
export const visibilities = ['private', 'workspace'] as const;
/** One visibility of a resource. */
export type Visibility = (typeof visibilities)[number];

/** What one step of the path to a yes is. */
export const pathStepKinds = [
  'workspace_role',
  'group',
  'role',
  'action',
  'owner',
  'visibility',
  'share',
] as const;
/** One kind of step. */
export type PathStepKind = (typeof pathStepKinds)[number];

/** What a no is for want of. */
export const missingFacts = [
  'user_unknown',
  'user_inactive',
  'membership',
  'action',
  'role_with_action',
  'resource',
  'share',
  'edit_share',
  'ownership',
  'grant',
] as const;
/** One thing that a yes would need. */
export type MissingFact = (typeof missingFacts)[number];

/** A change that would turn a no into a yes; explanations name the fewest. */
export const accessChangeKinds = [
  'activate_user',
  'add_member',
  'register_action',
  'create_role',
  'add_action_to_role',
  'give_role',
  'register_resource',
  'share_resource',
  'raise_share',
  'make_workspace_admin',
  'widen_grant',
] as const;
/** One kind of change. */
export type AccessChangeKind = (typeof accessChangeKinds)[number];

// What addresses of the console name as well stands here and not with the routes: the console then starts without those.

/** Orders of the list of people; `-` means descending. */
export const userSorts = [
  'name',
  '-name',
  'email',
  '-email',
  'created_at',
  '-created_at',
  'last_login_at',
  '-last_login_at',
] as const;

/** Orders of the list of workspaces; `-` means descending. */
export const workspaceSorts = ['name', '-name', 'created_at', '-created_at'] as const;

/** Where an approval is. `approved` waits to be used, once, before it expires. */
export const approvalStates = ['open', 'approved', 'refused', 'used', 'expired'] as const;
/** One state of an approval. */
export type ApprovalState = (typeof approvalStates)[number];
