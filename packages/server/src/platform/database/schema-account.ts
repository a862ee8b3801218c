import { pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, moment } from './column-types.ts';

/** What a link that a person asked for leads to. */
export type AccountLinkKind = 'sign_in' | 'reset_password' | 'register';

/** The table of `0006-account.sql`. */
export const accountLinks = pgTable('account_links', {
  id: uuid('id').primaryKey(),
  kind: text('kind').$type<AccountLinkKind>().notNull(),
  email: text('email').notNull(),
  userId: uuid('user_id'),
  digest: bytea('digest').notNull(),
  language: text('language').notNull(),
  returnTo: text('return_to'),
  browserDigest: bytea('browser_digest').notNull(),
  address: text('address'),
  createdAt: moment('created_at').notNull(),
  expiresAt: moment('expires_at').notNull(),
  usedAt: moment('used_at'),
  revokedAt: moment('revoked_at'),
  shownAt: moment('shown_at'),
});
