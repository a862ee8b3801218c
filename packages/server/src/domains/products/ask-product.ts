import type { Origin } from '../../platform/activity/event.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { Administrator, Operator } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { shapeProblem } from './answer-shapes.ts';
import type { ReachedProduct } from './find-products.ts';
import { countedAction, type SentIntent } from './intent-kinds.ts';
import type { ProductCalls } from './product-calls.ts';
import { type ProductOutcome, refusalOf } from './product-outcome.ts';

/** Who asks, and how they write; a call of a route is one. */
export interface IntentCaller {
  readonly principal: Administrator | Operator;
  readonly origin: Origin;
  write<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/** A service with an address, which calls can go to. */
export interface CallableProduct extends ReachedProduct {
  readonly serviceId: string;
  readonly adminUrl: string;
}

/** @throws Refusal `product_no_address` */
export function requireAddress(product: ReachedProduct): CallableProduct {
  const { serviceId, adminUrl } = product;
  if (serviceId === null || adminUrl === null) throw new Refusal('product_no_address');
  return { ...product, serviceId, adminUrl };
}

/** Asks a product for something that changes nothing. */
export async function readFromProduct(
  deps: { readonly calls: ProductCalls },
  caller: Pick<IntentCaller, 'principal' | 'origin'>,
  product: CallableProduct,
  intent: SentIntent,
  signal?: AbortSignal,
): Promise<ProductOutcome> {
  const outcome = await deps.calls.call({
    adminUrl: product.adminUrl,
    service: product.name,
    operator: caller.principal,
    role: product.role,
    correlationId: caller.origin.correlationId!, // The listener gives each request one.
    counted: countedAction(intent),
    intent,
    ...(signal ? { signal } : {}),
  });
  return checked(intent, outcome);
}

/** What a product answered, where it has the shape of the action. */
export function checked(intent: SentIntent, outcome: ProductOutcome): ProductOutcome {
  const problem = outcome.kind === 'answered' ? shapeProblem(intent, outcome.data) : undefined;
  return problem ? { kind: 'nonsense', detail: problem, neverSent: false } : outcome;
}

/** @throws Refusal for an outcome without data */
export function dataOf(product: Pick<ReachedProduct, 'name' | 'role'>, outcome: ProductOutcome): unknown {
  if (outcome.kind !== 'answered') throw refusalOf(product.name, outcome, product.role === 'support');
  return outcome.data;
}
