import { customType, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { moment } from './column-types.ts';

/** Access tokens that were revoked one by one, until they would have expired. */
export const revokedTokens = pgTable('revoked_tokens', {
  jti: text('jti').primaryKey(),
  expiresAt: moment('expires_at').notNull(),
});

/** Which service may call which other in a person's name. */
export const serviceCalls = pgTable(
  'service_calls',
  {
    callerId: uuid('caller_id').notNull(),
    calleeId: uuid('callee_id').notNull(),
    scopes: text('scopes').array(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.callerId, table.calleeId] })],
);

const xid8 = customType<{ data: string; driverData: string }>({ dataType: () => 'xid8' });

/** What changed of the facts that authentication stands on; written by triggers. */
export const authorityChanges = pgTable('authority_changes', {
  xid: xid8('xid').notNull(),
  subject: text('subject').notNull(),
  changedAt: moment('changed_at').notNull(),
});
