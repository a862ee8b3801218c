import { randomUUID } from 'node:crypto';
import type { ActivityAction } from '@castellan/contract';
import { eq } from 'drizzle-orm';
import type { Origin } from '../../platform/activity/event.ts';
import { after } from '../../platform/clock.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { type IntentOutcome, productIntents } from '../../platform/database/schema.ts';
import type { Database, Transaction } from '../../platform/database/transaction.ts';
import { giveBackApproval } from '../approvals/use-approval.ts';
import { namedAction, type SentIntent } from './intent-kinds.ts';
import { changedNothing, isObject, keepableText, type ProductOutcome } from './product-outcome.ts';

/** When what became of a call is looked up, in seconds after it was sent: whoever made it has answered or is gone by then. */
const lookUpAfterSeconds = 120;

/** A change that was asked for and is in the timeline. */
export interface LoggedIntent {
  readonly id: string;
  /** The same in the token, the product's audit and the timeline, and used by no other call. */
  readonly correlationId: string;
}

/** Who asks what of which product. */
export interface IntentFacts {
  readonly service: { readonly id: string; readonly name: string };
  readonly operator: { readonly userId: string; readonly name: string };
  readonly role: string;
  readonly intent: SentIntent;
  readonly approvalId?: string | undefined;
}

/** Writes a change down before the product is called, so that there is none that nobody knows of (A14). */
export async function logIntent(tx: Transaction, facts: IntentFacts): Promise<LoggedIntent> {
  const { service, operator, intent } = facts;
  const id = newId();
  const insert = async (correlationId: string): Promise<string | undefined> => {
    const [row] = await tx.db
      .insert(productIntents)
      .values({
        id,
        correlationId,
        serviceId: service.id,
        operatorId: operator.userId,
        operatorName: operator.name,
        model: intent.model,
        action: namedAction(intent),
        rowId: intent.id === undefined ? null : String(intent.id),
        sentAt: tx.now,
        lookAgainAt: after(tx.now, lookUpAfterSeconds),
        approvalId: facts.approvalId ?? null,
      })
      .onConflictDoNothing({ target: productIntents.correlationId })
      .returning({ correlationId: productIntents.correlationId });
    return row?.correlationId;
  };
  // A caller may send several changes under one correlation id; what became of each must still be told apart.
  const correlationId =
    (await insert(tx.origin.correlationId ?? randomUUID())) ?? (await insert(randomUUID()));
  if (!correlationId) throw new Error('A new correlation id was taken');
  tx.record({
    action: 'admin_intent_sent',
    target: { kind: 'service', id: service.id, label: service.name },
    service: service.name,
    detail: {
      ...describeIntent(intent),
      role: facts.role,
      ...(facts.approvalId ? { approval: facts.approvalId } : {}),
      ...(correlationId === tx.origin.correlationId ? {} : { sent_as: correlationId }),
    },
  });
  return { id, correlationId };
}

/** Most rows of one change that the timeline names; of the others it tells how many. */
const namedRows = 10;

/** What a change is about, without its values: those may be secrets, and are in the product's own history. */
export function describeIntent(intent: SentIntent): Record<string, unknown> {
  const payload = isObject(intent.payload) ? intent.payload : {};
  const values = isObject(payload.values) ? payload.values : undefined;
  const rows = Array.isArray(payload.rows) ? payload.rows : undefined;
  return {
    model: keepableText(intent.model, 100),
    action: keepableText(namedAction(intent), 100),
    // Of many rows at once: what is done to each.
    ...(intent.command === 'bulk_run' && typeof payload.action === 'string'
      ? { bulk_action: keepableText(payload.action, 100) }
      : {}),
    ...(intent.id === undefined ? {} : { row: String(intent.id) }),
    ...(values
      ? {
          fields: Object.keys(values)
            .slice(0, 50)
            .map((name) => keepableText(name, 100)),
        }
      : {}),
    ...(rows ? { rows: rows.length, row_ids: rows.slice(0, namedRows).flatMap(idOf) } : {}),
  };
}

/** The id of a row, of whatever somebody sent or answered as one. */
function idOf(row: unknown): readonly string[] {
  const id = isObject(row) ? row.id : undefined;
  return typeof id === 'string' || typeof id === 'number' ? [keepableText(String(id), 200)] : [];
}

const eventOf: Readonly<Record<'done' | 'refused' | 'failed', ActivityAction>> = {
  done: 'admin_intent_done',
  refused: 'admin_intent_refused',
  failed: 'admin_intent_failed',
};

/** Writes down what the product answered. What it did not answer is looked up later; what changed nothing gives the approval back. */
export async function settleIntent(
  database: Database,
  origin: Origin,
  facts: IntentFacts,
  logged: LoggedIntent,
  outcome: ProductOutcome,
): Promise<void> {
  const { service, operator, intent, approvalId } = facts;
  const told = outcomeName(outcome);
  const isSettled = told === 'done' || told === 'refused' || ('neverSent' in outcome && outcome.neverSent);
  await database.write({ ...origin, correlationId: logged.correlationId }, async (tx) => {
    if (approvalId && changedNothing(outcome))
      await giveBackApproval(tx, approvalId, { service, userId: operator.userId });
    await tx.db
      .update(productIntents)
      .set({ outcome: told, ...(isSettled ? { lookAgainAt: null } : {}) })
      .where(eq(productIntents.id, logged.id));
    tx.record({
      action: told === 'done' || told === 'refused' ? eventOf[told] : eventOf.failed,
      target: { kind: 'service', id: service.id, label: service.name },
      service: service.name,
      detail: {
        ...describeIntent(intent),
        ...(outcome.kind === 'refused' ? { code: outcome.code } : {}),
        ...(told === 'done' || told === 'refused' ? {} : { outcome: told }),
        ...('neverSent' in outcome && outcome.neverSent ? { never_sent: true } : {}),
        ...(approvalId ? { approval: approvalId } : {}),
        ...answered(intent, outcome),
      },
    });
  });
}

function outcomeName(outcome: ProductOutcome): IntentOutcome {
  return outcome.kind === 'answered' ? 'done' : outcome.kind;
}

/** What the answer adds: the id of a new row; of many rows, how many were changed, and why the others were not. */
function answered(intent: SentIntent, outcome: ProductOutcome): Record<string, unknown> {
  if (outcome.kind !== 'answered' || !isObject(outcome.data)) return {};
  if (intent.action === 'create') {
    const [row] = idOf(outcome.data);
    return row === undefined ? {} : { row };
  }
  const { done, failed } = outcome.data;
  if (!Array.isArray(done) || !Array.isArray(failed)) return {};
  return {
    done: done.length,
    failed: failed.length,
    ...(failed.length > 0 ? { failures: failed.slice(0, namedRows).flatMap(failureOf) } : {}),
  };
}

/** Which row was not changed, and the product's code for why. */
function failureOf(failed: unknown): readonly { readonly row: string; readonly code: string }[] {
  const [row] = idOf(failed);
  const code = isObject(failed) && typeof failed.code === 'string' ? keepableText(failed.code, 64) : '';
  return row === undefined ? [] : [{ row, code }];
}
