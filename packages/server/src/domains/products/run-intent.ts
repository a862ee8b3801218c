import type { Logger } from 'pino';
import type { Database } from '../../platform/database/transaction.ts';
import { type UsedApproval, useApproval } from '../approvals/use-approval.ts';
import { confirmOperatorRole } from '../operators/role.ts';
import { requireUnchanged } from './approved-rows.ts';
import { type CallableProduct, checked, dataOf, type IntentCaller, readFromProduct } from './ask-product.ts';
import type { ReachedProduct } from './find-products.ts';
import { countedAction, isReading, type SentIntent } from './intent-kinds.ts';
import { type LoggedIntent, logIntent, settleIntent } from './intent-log.ts';
import type { ProductCalls } from './product-calls.ts';
import type { ProductOutcome } from './product-outcome.ts';

/** What an intent is run with. */
export interface IntentDeps {
  readonly database: Database;
  readonly calls: ProductCalls;
  readonly log: Logger;
}

/**
 * Asks a product for what an operator wants. A change is in the timeline before the product is called, in a transaction of its own in
 * which the operator's role is read again; what the product answered is written down afterwards, and looked up where it did not.
 *
 * @returns the data of the answer, and the correlation id that token, product and timeline have in common
 * @throws Refusal `product_refused`, `product_unreachable`, `product_timeout`, `product_nonsense`, `operator_role_missing`,
 *   `approval_not_usable`, `approval_stale`
 */
export async function runIntent(
  deps: IntentDeps,
  caller: IntentCaller,
  product: CallableProduct,
  intent: SentIntent,
  approvalId?: string,
): Promise<{ readonly data: unknown; readonly correlationId: string }> {
  if (isReading(intent)) {
    const outcome = await readFromProduct(deps, caller, product, intent);
    return { data: dataOf(product, outcome), correlationId: caller.origin.correlationId! };
  }
  if (approvalId) await requireUnchanged(deps, caller, product, intent, approvalId);
  const service = { id: product.serviceId, name: product.name };
  const operator = caller.principal;
  const begun = await caller.write(async (tx) => {
    const role = await confirmOperatorRole(tx, operator, service.id, 'support');
    const subject = { ...intent };
    const approval =
      approvalId &&
      (await useApproval(tx, approvalId, {
        kind: 'product_intent',
        service,
        subject,
        userId: operator.userId,
        role,
      }));
    const facts = { service, operator, role, intent, approvalId };
    return { facts, role, approval: approval || undefined, logged: await logIntent(tx, facts) };
  });
  const outcome = await callForChange(deps, caller, product, intent, begun);
  await settleIntent(deps.database, caller.origin, begun.facts, begun.logged, outcome).catch((error) =>
    // The change is made, or it is not; that it could not be written down changes neither. It is looked up later.
    deps.log.error({ err: error, correlation_id: begun.logged.correlationId }, 'an outcome was not recorded'),
  );
  return { data: dataOf(product, outcome), correlationId: begun.logged.correlationId };
}

async function callForChange(
  { calls }: IntentDeps,
  { principal }: IntentCaller,
  product: CallableProduct,
  intent: SentIntent,
  begun: {
    readonly role: ReachedProduct['role'];
    readonly approval: UsedApproval | undefined;
    readonly logged: LoggedIntent;
  },
): Promise<ProductOutcome> {
  const outcome = await calls.call({
    adminUrl: product.adminUrl,
    service: product.name,
    operator: principal,
    role: begun.role,
    correlationId: begun.logged.correlationId,
    approval: begun.approval,
    counted: countedAction(intent),
    intent,
  });
  return checked(intent, outcome);
}
