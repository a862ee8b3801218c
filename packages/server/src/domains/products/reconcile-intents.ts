import { and, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { systemOrigin } from '../../platform/activity/event.ts';
import { after, type Clock } from '../../platform/clock.ts';
import { type IntentOutcome, productIntents, services, users } from '../../platform/database/schema.ts';
import { type Database, rowsOf, type Transaction } from '../../platform/database/transaction.ts';
import { giveBackApproval } from '../approvals/use-approval.ts';
import { roleOfSomebody } from '../operators/role.ts';
import type { ProductCalls } from './product-calls.ts';
import { isObject } from './product-outcome.ts';

const everyMs = 60_000;
const atOnce = 20;
/** Seconds until it is looked up again; after the last one it stays unknown. */
const waits = [60, 300, 1800, 7200, 43_200] as const;
/** From then on a change that is not in the product's history will not come any more: its token ended long ago. */
const notMadeAfterSeconds = 600;
const keptSeconds = 30 * 24 * 3600;

interface ReconcileDeps {
  readonly database: Database;
  readonly calls: ProductCalls;
  readonly clock: Clock;
  readonly log: Logger;
}

type Open = typeof productIntents.$inferSelect;

/** What was found out about a change: made, not made (or refused: the product has no trace of it), or nothing. */
type Found = 'done' | 'not_made' | undefined;

/**
 * Looks up what became of changes whose outcome nobody wrote down, because the product did not answer or the process that asked
 * is gone (A14). Replicas share the work.
 */
export async function reconcileIntents(deps: ReconcileDeps): Promise<void> {
  const { database, clock } = deps;
  const now = clock.now();
  // Claimed by moving its next look: whoever claimed it and fails leaves it to the next round.
  const due = await rowsOf<{ id: string }>(
    database.db,
    sql`UPDATE product_intents SET attempts = attempts + 1, look_again_at = ${after(now, waits[0])}
        WHERE id IN (SELECT id FROM product_intents WHERE look_again_at <= ${now}
                     ORDER BY look_again_at LIMIT ${atOnce} FOR UPDATE SKIP LOCKED)
        RETURNING id`,
  );
  for (const { id } of due)
    try {
      await reconcile(deps, id);
    } catch (error) {
      if (error instanceof SettledElsewhere) continue;
      deps.log.warn({ err: error }, 'what became of a change could not be looked up; it is tried again');
    }
  await database.db
    .delete(productIntents)
    .where(and(isNull(productIntents.lookAgainAt), lt(productIntents.sentAt, after(now, -keptSeconds))));
}

async function reconcile(deps: ReconcileDeps, intentId: string): Promise<void> {
  const { database, clock } = deps;
  const [open] = await database.db.select().from(productIntents).where(eq(productIntents.id, intentId));
  if (!open?.lookAgainAt) return;
  const found = await lookUp(deps, open);
  const wait = waits[open.attempts];
  const isLast = wait === undefined;
  const outcome: IntentOutcome = found ?? open.outcome ?? 'unknown';
  const origin = {
    actors: [{ kind: 'operator' as const, id: open.operatorId, label: open.operatorName }],
    address: null,
    correlationId: open.correlationId,
  };
  const { approvalId } = open;
  await database.write(origin, async (tx) => {
    if (found === 'not_made' && approvalId) await giveBack(tx, open, approvalId);
    const [settled] = await tx.db
      .update(productIntents)
      .set({
        outcome: isLast && found === undefined ? 'unknown' : outcome,
        lookAgainAt: found || isLast ? null : after(clock.now(), wait),
      })
      .where(and(eq(productIntents.id, intentId), isNotNull(productIntents.lookAgainAt)))
      .returning({ id: productIntents.id });
    // Another replica was first: what this one did, an approval given back among it, is undone.
    if (!settled) throw new SettledElsewhere();
    const detail = {
      model: open.model,
      action: open.action,
      ...(open.rowId ? { row: open.rowId } : {}),
      ...(found && approvalId ? { approval: approvalId } : {}),
    };
    if (found) await record(tx, open, 'admin_intent_reconciled', { ...detail, outcome: found });
    // Nobody has said yet that it is not known: whoever asked was gone before the answer came.
    else if (open.outcome === null)
      await record(tx, open, 'admin_intent_failed', { ...detail, outcome: 'unknown' });
  });
}

/** What became of the change was written down meanwhile. */
class SettledElsewhere extends Error {}

/** The change will not come any more: whoever asked for it needs nobody's yes a second time. */
async function giveBack(tx: Transaction, open: Open, approvalId: string): Promise<void> {
  const name = await nameOfService(tx, open);
  await giveBackApproval(tx, approvalId, { service: { id: open.serviceId, name }, userId: open.operatorId });
}

async function nameOfService(tx: Transaction, { serviceId }: Open): Promise<string> {
  const [service] = await tx.db
    .select({ name: services.name })
    .from(services)
    .where(eq(services.id, serviceId));
  return service?.name ?? '';
}

async function record(
  tx: Transaction,
  open: Open,
  action: 'admin_intent_reconciled' | 'admin_intent_failed',
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  const name = await nameOfService(tx, open);
  tx.record({
    action,
    target: { kind: 'service', id: open.serviceId, label: name },
    service: name,
    detail,
  });
}

/** Asks the product's history for the correlation id, in the name of the operator, whose role is read again. */
async function lookUp(deps: ReconcileDeps, open: Open): Promise<Found> {
  const { database, calls, clock } = deps;
  const [service] = await database.db.select().from(services).where(eq(services.id, open.serviceId));
  const [operator] = await database.db
    .select({ userId: users.id, email: users.email, name: users.name })
    .from(users)
    .where(eq(users.id, open.operatorId));
  const role = await database.write(systemOrigin, (tx) =>
    roleOfSomebody(tx, open.operatorId, open.serviceId),
  );
  const adminUrl = service?.adminUrl;
  // Without a role no token is made in somebody's name, not even to look.
  if (!service || !adminUrl || !operator || !role) return undefined;
  const history = async (payload: object): Promise<unknown> => {
    const outcome = await calls.call({
      adminUrl,
      service: service.name,
      operator,
      role,
      correlationId: open.correlationId,
      actor: 'castellan',
      counted: 'history',
      intent: { model: open.model, action: 'custom', command: 'history', payload },
    });
    return outcome.kind === 'answered' ? outcome.data : undefined;
  };
  const byClick = await history({ correlation_id: open.correlationId });
  const answer = isHistory(byClick)
    ? byClick
    : open.rowId === null
      ? undefined
      : await history({ id: open.rowId });
  if (!isHistory(answer)) return undefined;
  if (answer.items.some((item) => isObject(item) && item.correlation_id === open.correlationId))
    return 'done';
  const isOld = after(open.sentAt, notMadeAfterSeconds) < clock.now();
  // Only what the generated surface writes is in its history without fail; an action by hand may have left no trace.
  return isOld && writtenActions.includes(open.action) ? 'not_made' : undefined;
}

const writtenActions = ['create', 'update', 'delete', 'bulk_run', 'undo'];

function isHistory(value: unknown): value is { readonly items: readonly unknown[] } {
  return isObject(value) && Array.isArray(value.items);
}

/** Looks up open changes once a minute until it is stopped. */
export function startReconciler(deps: ReconcileDeps): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running
      .then(() => reconcileIntents(deps))
      .catch((error) => deps.log.warn({ err: error }, 'open changes could not be read; it is tried again'));
  }, everyMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
