// Long because it is one list: a table of the migrations after the other, which a test compares with the database.
import type {
  ApplicationType,
  ClientAuthMethod,
  ClientGrantType,
  ClientOrigin,
  GrantEnding,
  GrantKind,
  MailKind,
  OperatorRole,
  PublicKeySet,
  SignatureAlgorithm,
  UserState,
  WorkspaceRole,
} from '@castellan/contract';
import {
  bigint,
  boolean,
  customType,
  date,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import { bytea, moment } from './column-types.ts';

/**
 * The tables as Drizzle sees them. The migrations are the truth; `schema.test.ts` compares the two column by column.
 */

const tsvector = customType<{ data: string; driverData: string }>({ dataType: () => 'tsvector' });

/** One participant of an event's actor chain, as it is stored. */
export interface StoredActor {
  readonly kind: 'user' | 'operator' | 'service' | 'system';
  readonly id: string | null;
  readonly label: string;
}

export const installation = pgTable('installation', {
  singleton: boolean('singleton').notNull().default(true).primaryKey(),
  id: uuid('id').notNull(),
  sampleData: boolean('sample_data').notNull().default(false),
  createdAt: moment('created_at').notNull().defaultNow(),
});

export const users = pgTable('users', {
  id: uuid('id').primaryKey(),
  email: text('email').notNull(),
  name: text('name').notNull(),
  nameKey: text('name_key').notNull().generatedAlwaysAs('lower(name)'),
  state: text('state').$type<UserState>().notNull(),
  isAdmin: boolean('is_admin').notNull().default(false),
  adminDemotedAt: moment('admin_demoted_at'),
  emailVerifiedAt: moment('email_verified_at'),
  emailVerifiedBy: uuid('email_verified_by'),
  passwordHash: text('password_hash'),
  passwordSetAt: moment('password_set_at'),
  hasSignedIn: boolean('has_signed_in').notNull().default(false),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
  searchWords: tsvector('search_words').notNull().generatedAlwaysAs('to_tsvector(name, email)'),
  secondFactors: text('second_factors').array().$type<('totp' | 'passkey')[]>().notNull().default([]),
  language: text('language').$type<'en' | 'de'>(),
});

/** An owner of every service has `is_admin` instead of a row. */
export const operatorGrants = pgTable('operator_grants', {
  userId: uuid('user_id').notNull(),
  serviceId: uuid('service_id'),
  role: text('role').$type<OperatorRole>().notNull(),
  grantedBy: uuid('granted_by'),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
});

export const userLogins = pgTable('user_logins', {
  userId: uuid('user_id').primaryKey(),
  lastLoginAt: moment('last_login_at').notNull(),
});

export const workspaces = pgTable('workspaces', {
  id: uuid('id').primaryKey(),
  slug: text('slug').notNull(),
  name: text('name').notNull(),
  nameKey: text('name_key').notNull().generatedAlwaysAs('lower(name)'),
  description: text('description').notNull().default(''),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
  searchWords: tsvector('search_words').notNull().generatedAlwaysAs('to_tsvector(name, slug)'),
});

export const members = pgTable(
  'members',
  {
    workspaceId: uuid('workspace_id').notNull(),
    userId: uuid('user_id').notNull(),
    role: text('role').$type<WorkspaceRole>().notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.userId] })],
);

export const groups = pgTable('groups', {
  id: uuid('id').primaryKey(),
  workspaceId: uuid('workspace_id').notNull(),
  name: text('name').notNull(),
  nameKey: text('name_key').notNull().generatedAlwaysAs('lower(name)'),
  description: text('description').notNull().default(''),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
});

export const groupMembers = pgTable(
  'group_members',
  {
    workspaceId: uuid('workspace_id').notNull(),
    groupId: uuid('group_id').notNull(),
    userId: uuid('user_id').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.groupId, table.userId] })],
);

/** A scope of a service, in words for whoever is asked to allow it. */
export interface ServiceScope {
  readonly name: string;
  readonly description: string;
}

export const services = pgTable('services', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  description: text('description').notNull().default(''),
  origins: text('origins').array().notNull().default([]),
  adminUrl: text('admin_url'),
  createdAt: moment('created_at').notNull(),
  resourceUri: text('resource_uri'),
  scopes: jsonb('scopes').$type<readonly ServiceScope[]>().notNull().default([]),
});

export const serviceKeys = pgTable('service_keys', {
  id: uuid('id').primaryKey(),
  serviceId: uuid('service_id').notNull(),
  digest: bytea('digest').notNull(),
  prefix: text('prefix').notNull(),
  createdAt: moment('created_at').notNull(),
  revokedAt: moment('revoked_at'),
  lastUsedAt: moment('last_used_at'),
});

export const clients = pgTable('clients', {
  id: uuid('id').primaryKey(),
  clientId: text('client_id').notNull(),
  serviceId: uuid('service_id'),
  name: text('name').notNull(),
  nameKey: text('name_key').notNull().generatedAlwaysAs('lower(name)'),
  origin: text('origin').$type<ClientOrigin>().notNull(),
  applicationType: text('application_type').$type<ApplicationType>().notNull(),
  redirectUris: text('redirect_uris').array().notNull().default([]),
  postLogoutRedirectUris: text('post_logout_redirect_uris').array().notNull().default([]),
  grantTypes: text('grant_types').array().$type<ClientGrantType[]>().notNull(),
  tokenEndpointAuthMethod: text('token_endpoint_auth_method').$type<ClientAuthMethod>().notNull(),
  jwks: jsonb('jwks').$type<PublicKeySet>(),
  jwksUri: text('jwks_uri'),
  idTokenSignedResponseAlg: text('id_token_signed_response_alg')
    .$type<SignatureAlgorithm>()
    .notNull()
    .default('EdDSA'),
  accessTokenSignedResponseAlg: text('access_token_signed_response_alg')
    .$type<SignatureAlgorithm>()
    .notNull()
    .default('EdDSA'),
  backchannelLogoutUri: text('backchannel_logout_uri'),
  clientUri: text('client_uri'),
  logoUri: text('logo_uri'),
  accentColor: text('accent_color'),
  allowedScopes: text('allowed_scopes').array().notNull(),
  skipsConsent: boolean('skips_consent').notNull().default(false),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
  endedAt: moment('ended_at'),
  documentExpiresAt: moment('document_expires_at'),
});

export const clientSecrets = pgTable('client_secrets', {
  id: uuid('id').primaryKey(),
  clientId: uuid('client_id').notNull(),
  digest: bytea('digest').notNull(),
  prefix: text('prefix').notNull(),
  createdAt: moment('created_at').notNull(),
  expiresAt: moment('expires_at'),
  lastUsedAt: moment('last_used_at'),
});

export const grants = pgTable('grants', {
  id: uuid('id').primaryKey(),
  kind: text('kind').$type<GrantKind>().notNull(),
  userId: uuid('user_id').notNull(),
  serviceId: uuid('service_id'),
  workspaceId: uuid('workspace_id'),
  createdAt: moment('created_at').notNull(),
  lastUsedAt: moment('last_used_at').notNull(),
  idleExpiresAt: moment('idle_expires_at').notNull(),
  expiresAt: moment('expires_at').notNull(),
  endedAt: moment('ended_at'),
  endedReason: text('ended_reason').$type<GrantEnding>(),
  address: text('address'),
  userAgent: text('user_agent'),
  amr: text('amr').array(),
  authTime: moment('auth_time'),
  signedInAt: moment('signed_in_at'),
  signInMethod: text('sign_in_method'),
  clientId: uuid('client_id'),
  scopes: text('scopes').array(),
  parentGrantId: uuid('parent_grant_id'),
});

export const grantTokens = pgTable('grant_tokens', {
  digest: bytea('digest').primaryKey(),
  grantId: uuid('grant_id').notNull(),
  parentDigest: bytea('parent_digest'),
  createdAt: moment('created_at').notNull(),
  usedAt: moment('used_at'),
  payload: jsonb('payload').$type<Record<string, unknown>>(),
});

export const oauthArtifacts = pgTable('oauth_artifacts', {
  digest: bytea('digest').primaryKey(),
  model: text('model').notNull(),
  grantId: uuid('grant_id'),
  userCodeDigest: bytea('user_code_digest'),
  payloadSealed: bytea('payload_sealed').notNull(),
  createdAt: moment('created_at').notNull(),
  expiresAt: moment('expires_at').notNull(),
  consumedAt: moment('consumed_at'),
  polledAt: moment('polled_at'),
  pollIntervalSeconds: integer('poll_interval_seconds').notNull().default(5),
});

export const backchannelLogouts = pgTable('backchannel_logouts', {
  grantId: uuid('grant_id').primaryKey(),
  clientId: uuid('client_id').notNull(),
  userId: uuid('user_id').notNull(),
  attempts: integer('attempts').notNull().default(0),
  nextAttemptAt: moment('next_attempt_at').notNull(),
  createdAt: moment('created_at').notNull(),
});

export const oauthConsents = pgTable(
  'oauth_consents',
  {
    userId: uuid('user_id').notNull(),
    clientId: uuid('client_id').notNull(),
    serviceId: uuid('service_id'),
    serviceKey: uuid('service_key').notNull().generatedAlwaysAs('coalesce(service_id)'),
    scopes: text('scopes').array().notNull(),
    declinedScopes: text('declined_scopes').array().notNull(),
    workspaceId: uuid('workspace_id'),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.clientId, table.serviceKey] })],
);

export const invitations = pgTable('invitations', {
  id: uuid('id').primaryKey(),
  kind: text('kind').$type<'set_password' | 'setup'>().notNull(),
  userId: uuid('user_id'),
  digest: bytea('digest').notNull(),
  createdBy: uuid('created_by'),
  createdAt: moment('created_at').notNull(),
  expiresAt: moment('expires_at').notNull(),
  usedAt: moment('used_at'),
  revokedAt: moment('revoked_at'),
  shownAt: moment('shown_at'),
});

export const signingKeys = pgTable('signing_keys', {
  kid: text('kid').primaryKey(),
  algorithm: text('algorithm').$type<SignatureAlgorithm>().notNull(),
  publicJwk: jsonb('public_jwk').$type<Record<string, string>>().notNull(),
  privateSealed: bytea('private_sealed').notNull(),
  publishedAt: moment('published_at').notNull(),
  activeAt: moment('active_at').notNull(),
  retiresAt: moment('retires_at'),
});

const eventColumns = {
  action: text('action').notNull(),
  actors: jsonb('actors').$type<readonly StoredActor[]>().notNull(),
  actorId: uuid('actor_id'),
  targetKind: text('target_kind').notNull(),
  targetId: uuid('target_id'),
  targetLabel: text('target_label').notNull(),
  workspaceId: uuid('workspace_id'),
  workspaceName: text('workspace_name'),
  service: text('service'),
  detail: jsonb('detail').$type<Record<string, unknown>>().notNull(),
  address: text('address'),
  correlationId: text('correlation_id'),
  at: moment('at').notNull(),
};

/** One event, or those of an import's run, whose differences are in arrays (only SQL writes and reads these). */
export const activityOutbox = pgTable('activity_outbox', {
  id: uuid('id').primaryKey(),
  ...eventColumns,
  action: text('action'),
  targetLabel: text('target_label'),
  detail: jsonb('detail').$type<Record<string, unknown>>(),
  events: integer('events').notNull().default(1),
  actions: text('actions').array(),
  targetIds: uuid('target_ids').array(),
  targetLabels: text('target_labels').array(),
  workspaceIds: uuid('workspace_ids').array(),
  workspaceNames: text('workspace_names').array(),
  details: jsonb('details').array(),
});

export const activityEvents = pgTable('activity_events', {
  sequence: bigint('sequence', { mode: 'number' }).primaryKey(),
  id: uuid('id').notNull(),
  ...eventColumns,
});

export const activityFollowers = pgTable('activity_followers', {
  name: text('name').primaryKey(),
  position: bigint('position', { mode: 'number' }).notNull().default(0),
});

export const activityDays = pgTable(
  'activity_days',
  {
    day: date('day', { mode: 'string' }).notNull(),
    action: text('action').notNull(),
    events: integer('events').notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.action] })],
);

export const mailMessages = pgTable('mail_messages', {
  id: uuid('id').primaryKey(),
  kind: text('kind').$type<MailKind>().notNull(),
  recipient: text('recipient').notNull(),
  subject: text('subject').notNull(),
  invitationId: uuid('invitation_id'),
  accountLinkId: uuid('account_link_id'),
  facts: jsonb('facts').$type<Record<string, string>>().notNull(),
  state: text('state').$type<'queued' | 'sent' | 'failed' | 'held'>().notNull(),
  attempts: integer('attempts').notNull().default(0),
  nextAttemptAt: moment('next_attempt_at'),
  error: text('error'),
  createdAt: moment('created_at').notNull(),
  sentAt: moment('sent_at'),
});

export const importJobs = pgTable('import_jobs', {
  id: uuid('id').primaryKey(),
  state: text('state').$type<'previewed' | 'running' | 'finished'>().notNull(),
  fileName: text('file_name').notNull(),
  totalRows: integer('total_rows').notNull(),
  validRows: integer('valid_rows').notNull(),
  problemRows: integer('problem_rows').notNull(),
  processedRows: integer('processed_rows').notNull().default(0),
  createdUsers: integer('created_users').notNull().default(0),
  addedMembers: integer('added_members').notNull().default(0),
  nextPosition: integer('next_position').notNull().default(0),
  actors: jsonb('actors').$type<readonly StoredActor[]>().notNull(),
  correlationId: text('correlation_id'),
  createdAt: moment('created_at').notNull(),
  startedAt: moment('started_at'),
  finishedAt: moment('finished_at'),
});

export const importRows = pgTable(
  'import_rows',
  {
    jobId: uuid('job_id').notNull(),
    position: integer('position').notNull(),
    line: integer('line').notNull(),
    email: text('email').notNull(),
    name: text('name').notNull(),
    workspaceSlug: text('workspace_slug').notNull(),
    role: text('role').notNull(),
    problem: text('problem'),
    outcome: text('outcome').$type<'created' | 'added' | 'skipped'>(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.position] })],
);

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    principalId: uuid('principal_id').notNull(),
    route: text('route').notNull(),
    key: text('key').notNull(),
    requestDigest: bytea('request_digest').notNull(),
    status: integer('status'),
    response: jsonb('response'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.principalId, table.route, table.key] })],
);

export {
  resourceShares,
  resources,
  resourceTypes,
  roleActions,
  roleGroups,
  roleMembers,
  roles,
  serviceActions,
} from './schema-access.ts';
export { type AccountLinkKind, accountLinks } from './schema-account.ts';
export {
  type ChallengePurpose,
  type PendingDoor,
  passkeyChallenges,
  passkeys,
  pendingSignIns,
  recoveryCodes,
  secondFactorFailures,
  totpFactors,
  workspacePolicies,
} from './schema-factors.ts';
export {
  type FederationPurpose,
  federationAttempts,
  identities,
  identityProviders,
} from './schema-federation.ts';
export { type ImpersonationEndedReason, impersonationSessions } from './schema-impersonation.ts';
export {
  type ApprovalKind,
  type ApprovedRow,
  approvals,
  type IntentOutcome,
  productIntents,
  savedViews,
} from './schema-products.ts';
export { authorityChanges, revokedTokens, serviceCalls } from './schema-tokens.ts';
