import type { OperatorRole } from '@castellan/contract';
import { boolean, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, moment } from './column-types.ts';

/** What became of a change that was asked of a product. `not_made`: it was looked up, and the change is not there. */
export type IntentOutcome =
  | 'done'
  | 'refused'
  | 'timed_out'
  | 'unreachable'
  | 'nonsense'
  | 'not_made'
  | 'unknown';

/** Of `0012-products.sql`. */
export const productIntents = pgTable('product_intents', {
  id: uuid('id').primaryKey(),
  correlationId: text('correlation_id').notNull(),
  serviceId: uuid('service_id').notNull(),
  operatorId: uuid('operator_id').notNull(),
  operatorName: text('operator_name').notNull(),
  model: text('model').notNull(),
  action: text('action').notNull(),
  rowId: text('row_id'),
  sentAt: moment('sent_at').notNull(),
  outcome: text('outcome').$type<IntentOutcome>(),
  attempts: integer('attempts').notNull().default(0),
  lookAgainAt: moment('look_again_at'),
  approvalId: uuid('approval_id'),
});

/** Of `0012-products.sql`. */
export const savedViews = pgTable('saved_views', {
  id: uuid('id').primaryKey(),
  serviceId: uuid('service_id'),
  userId: uuid('user_id').notNull(),
  model: text('model').notNull(),
  name: text('name').notNull(),
  state: jsonb('state').$type<Record<string, unknown>>().notNull(),
  isShared: boolean('is_shared').notNull().default(false),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
});

/** What an approval is for. */
export type ApprovalKind = 'product_intent';

/** A row that an approval is about, as it was when the approval was asked for. */
export interface ApprovedRow {
  readonly id: string;
  /** `null` where the product tells none. */
  readonly version: string | null;
  readonly label: string | null;
}

/** Of `0013-approvals.sql`. */
export const approvals = pgTable('approvals', {
  id: uuid('id').primaryKey(),
  kind: text('kind').$type<ApprovalKind>().notNull(),
  serviceId: uuid('service_id'),
  subject: jsonb('subject').$type<Readonly<Record<string, unknown>>>().notNull(),
  subjectDigest: bytea('subject_digest').notNull(),
  summary: text('summary').notNull(),
  rows: jsonb('rows').$type<readonly ApprovedRow[]>().notNull(),
  reason: text('reason').notNull(),
  requestedBy: uuid('requested_by').notNull(),
  requestedRole: text('requested_role').$type<OperatorRole>().notNull(),
  requestedAt: moment('requested_at').notNull(),
  expiresAt: moment('expires_at').notNull(),
  state: text('state').$type<'open' | 'approved' | 'refused' | 'used'>().notNull(),
  decidedBy: uuid('decided_by'),
  decidedAt: moment('decided_at'),
  note: text('note').notNull().default(''),
  usedAt: moment('used_at'),
});
