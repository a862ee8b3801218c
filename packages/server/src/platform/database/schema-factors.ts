import { bigint, boolean, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, moment } from './column-types.ts';

/** Tables of `0004-factors.sql`. */

export const totpFactors = pgTable('totp_factors', {
  userId: uuid('user_id').primaryKey(),
  secretSealed: bytea('secret_sealed').notNull(),
  createdAt: moment('created_at').notNull(),
  confirmedAt: moment('confirmed_at'),
  lastUsedStep: bigint('last_used_step', { mode: 'number' }),
  lastUsedAt: moment('last_used_at'),
});

export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    userId: uuid('user_id').notNull(),
    digest: bytea('digest').notNull(),
    createdAt: moment('created_at').notNull(),
    usedAt: moment('used_at'),
  },
  (table) => [primaryKey({ columns: [table.userId, table.digest] })],
);

export const secondFactorFailures = pgTable('second_factor_failures', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id').notNull(),
  at: moment('at').notNull(),
});

export const passkeys = pgTable('passkeys', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id').notNull(),
  credentialId: bytea('credential_id').notNull(),
  publicKey: bytea('public_key').notNull(),
  signCount: bigint('sign_count', { mode: 'number' }).notNull(),
  transports: text('transports').array().notNull(),
  backupEligible: boolean('backup_eligible').notNull(),
  backedUp: boolean('backed_up').notNull(),
  name: text('name').notNull(),
  createdAt: moment('created_at').notNull(),
  lastUsedAt: moment('last_used_at'),
  suspectedAt: moment('suspected_at'),
});

/** What a challenge of a passkey was made for. */
export type ChallengePurpose = 'register' | 'sign_in' | 'second_factor';

export const passkeyChallenges = pgTable('passkey_challenges', {
  digest: bytea('digest').primaryKey(),
  purpose: text('purpose').$type<ChallengePurpose>().notNull(),
  binding: bytea('binding').notNull(),
  expiresAt: moment('expires_at').notNull(),
});

/** Where a sign-in that waits for its second factor goes on: a service's API, the console, the pages. */
export type PendingDoor = 'service' | 'console' | 'browser';

export const pendingSignIns = pgTable('pending_sign_ins', {
  digest: bytea('digest').primaryKey(),
  door: text('door').$type<PendingDoor>().notNull(),
  userId: uuid('user_id').notNull(),
  amr: text('amr').array().notNull(),
  method: text('method').notNull(),
  serviceId: uuid('service_id'),
  workspaceId: uuid('workspace_id'),
  returnTo: text('return_to'),
  attempts: integer('attempts').notNull().default(0),
  createdAt: moment('created_at').notNull(),
  expiresAt: moment('expires_at').notNull(),
  usedAt: moment('used_at'),
  authTime: moment('auth_time'),
});

export const workspacePolicies = pgTable('workspace_policies', {
  workspaceId: uuid('workspace_id').primaryKey(),
  secondFactorRequired: boolean('second_factor_required').notNull().default(false),
  signInMethods: text('sign_in_methods').array(),
  sessionIdleSeconds: integer('session_idle_seconds'),
  sessionAbsoluteSeconds: integer('session_absolute_seconds'),
  updatedAt: moment('updated_at').notNull(),
});
