import { pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
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
