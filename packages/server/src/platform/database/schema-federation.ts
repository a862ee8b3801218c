import { boolean, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, moment } from './column-types.ts';

/** Tables of `0005-federation.sql`. */

export const identityProviders = pgTable('identity_providers', {
  id: uuid('id').primaryKey(),
  slug: text('slug').notNull(),
  kind: text('kind').$type<'google' | 'github' | 'entra' | 'oidc'>().notNull(),
  name: text('name').notNull(),
  issuer: text('issuer').notNull(),
  tenant: uuid('tenant'),
  clientId: text('client_id').notNull(),
  clientSecretSealed: bytea('client_secret_sealed').notNull(),
  scopes: text('scopes').array().notNull(),
  trustedEmailDomains: text('trusted_email_domains').array().notNull().default([]),
  enabled: boolean('enabled').notNull(),
  adminAllowed: boolean('admin_allowed').notNull(),
  registrationAllowed: boolean('registration_allowed').notNull(),
  source: text('source').$type<'console' | 'settings'>().notNull(),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
});

export const identities = pgTable('identities', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id').notNull(),
  providerId: uuid('provider_id').notNull(),
  subject: text('subject').notNull(),
  email: text('email'),
  emailVerified: boolean('email_verified').notNull(),
  linkedAt: moment('linked_at').notNull(),
  lastUsedAt: moment('last_used_at'),
});

/** What a person was sent to a provider for: to sign in here, to the console, or to link their account there. */
export type FederationPurpose = 'sign_in' | 'admin' | 'link';

export const federationAttempts = pgTable('federation_attempts', {
  digest: bytea('digest').primaryKey(),
  providerId: uuid('provider_id').notNull(),
  purpose: text('purpose').$type<FederationPurpose>().notNull(),
  secretsSealed: bytea('secrets_sealed').notNull(),
  browserDigest: bytea('browser_digest').notNull(),
  returnTo: text('return_to'),
  userId: uuid('user_id'),
  grantId: uuid('grant_id'),
  expiresAt: moment('expires_at').notNull(),
});
