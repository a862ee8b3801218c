import type { ImpersonationEnding } from '@castellan/contract';
import { boolean, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, moment } from './column-types.ts';

/** Why a session ended before its time. */
export type ImpersonationEndedReason = 'ended_by_operator' | 'failed' | 'ticket_replayed' | 'signed_out';

/** Operators who act, or acted, as users of products. */
export const impersonationSessions = pgTable('impersonation_sessions', {
  id: uuid('id').primaryKey(),
  serviceId: uuid('service_id'),
  serviceName: text('service_name').notNull(),
  operatorId: uuid('operator_id'),
  operatorName: text('operator_name').notNull(),
  operatorEmail: text('operator_email').notNull(),
  consoleGrantId: uuid('console_grant_id'),
  rowId: text('row_id').notNull(),
  label: text('label').notNull(),
  reason: text('reason').notNull(),
  allowWrites: boolean('allow_writes').notNull(),
  endsBy: text('ends_by').$type<ImpersonationEnding>(),
  externalId: text('external_id'),
  userId: uuid('user_id'),
  grantId: uuid('grant_id'),
  ticketDigest: bytea('ticket_digest'),
  ticketExpiresAt: moment('ticket_expires_at'),
  ticketUsedAt: moment('ticket_used_at'),
  startedAt: moment('started_at').notNull(),
  expiresAt: moment('expires_at').notNull(),
  endedAt: moment('ended_at'),
  endedReason: text('ended_reason').$type<ImpersonationEndedReason>(),
  endedBy: uuid('ended_by'),
  endedByName: text('ended_by_name'),
  endedByEmail: text('ended_by_email'),
});
