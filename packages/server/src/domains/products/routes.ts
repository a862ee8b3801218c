import {
  approvalsRequest,
  productsExport,
  productsIntent,
  productsList,
  productsSchema,
  productViewsCreate,
  productViewsDelete,
  productViewsList,
  productViewsUpdate,
} from '@castellan/contract';
import type { Logger } from 'pino';
import type { Database } from '../../platform/database/transaction.ts';
import { type Implementation, implement, type RefusedCall } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { refuseField } from '../../platform/refusal.ts';
import { readApproval } from '../approvals/read-approvals.ts';
import { requestApproval } from '../approvals/request-approval.ts';
import { confirmOperatorRole } from '../operators/role.ts';
import { describeApproval } from './approved-rows.ts';
import { dataOf, type IntentCaller, readFromProduct, requireAddress } from './ask-product.ts';
import { castellanDocument } from './castellan-document.ts';
import { askCastellan } from './castellan-product.ts';
import { exportRows, type RowSource } from './export-rows.ts';
import { listProducts, nameOfProduct, type ReachedProduct, requireProduct } from './find-products.ts';
import { checkIntent, isReading, type SentIntent } from './intent-kinds.ts';
import { describeIntent } from './intent-log.ts';
import type { ProductCalls } from './product-calls.ts';
import { readSchema } from './read-schema.ts';
import { runIntent } from './run-intent.ts';
import { changeView, createView, deleteView, listViews } from './saved-views.ts';

export interface ProductRoutesOptions {
  readonly database: Database;
  readonly cursors: Cursors;
  readonly calls: ProductCalls;
  /** Why an admin address is not asked, by the setting `OUTBOUND_ALLOW`. */
  readonly problemOfAddress: (address: string) => string | undefined;
  readonly log: Logger;
}

/** The data of products, as operators see and change it (A5, A14, A20). The browser asks here and never there. */
export function productRoutes(deps: ProductRoutesOptions): Implementation[] {
  const { database, problemOfAddress } = deps;
  const reach = (call: { readonly principal: IntentCaller['principal']; readonly params: { id: string } }) =>
    requireProduct(database.db, call.principal, call.params.id);

  const documentOf = (call: IntentCaller, product: ReachedProduct) =>
    product.serviceId === null
      ? Promise.resolve(castellanDocument)
      : readSchema(deps, call, requireAddress(product));

  /** What was asked of which product, whether or not whoever asked has a role there. */
  const describeRefused = async (id: string, intent: SentIntent): Promise<RefusedCall> => {
    const label = await nameOfProduct(database.db, id);
    const target = label === undefined ? undefined : { kind: 'service' as const, id, label };
    return { ...(target ? { target, service: label } : {}), detail: describeIntent(intent) };
  };

  return [
    implement(productsList, async (call) => ({
      items: await listProducts(database.db, call.principal, problemOfAddress),
    })),
    implement(productsSchema, async (call) => {
      const product = await reach(call);
      return { document: await documentOf(call, product), role: product.role };
    }),
    implement(
      productsIntent,
      async (call) => {
        const product = await reach(call);
        const { approvalId, ...intent } = call.body;
        checkIntent(intent);
        if (product.serviceId !== null)
          return runIntent(deps, call, requireAddress(product), intent, approvalId);
        const data = dataOf(product, await askCastellan(deps, intent));
        return { data, correlationId: call.origin.correlationId! }; // The listener gives each request one.
      },
      ({ params, body }) => describeRefused(params.id, body),
    ),
    implement(productsExport, async (call) => {
      const product = await reach(call);
      return exportRows(await rowSource(call, product), call.body);
    }),
    implement(
      approvalsRequest,
      async (call) => {
        const product = requireAddress(await reach(call));
        const { intent, reason } = call.body;
        checkIntent(intent);
        if (isReading(intent)) throw refuseField('intent.action', 'changes nothing and needs no approval');
        const document = await readSchema(deps, call, product);
        const described = await describeApproval(deps, call, product, document, intent);
        return call.write(async (tx) => {
          const approvalId = await requestApproval(tx, {
            ...described,
            kind: 'product_intent',
            service: { id: product.serviceId, name: product.name },
            subject: intent,
            about: describeIntent(intent),
            reason,
            requestedBy: call.principal.userId,
            requestedRole: await confirmOperatorRole(tx, call.principal, product.serviceId, 'support'),
          });
          return readApproval(tx.db, call.principal, approvalId, tx.now);
        });
      },
      ({ params, body }) => describeRefused(params.id, body.intent),
    ),
    implement(productViewsList, async (call) => {
      const product = await reach(call);
      return { items: await listViews(database.db, product, call.principal.userId, call.query.model) };
    }),
    implement(productViewsCreate, async (call) => {
      const product = await reach(call);
      return call.write((tx) => createView(tx, product, call.principal, call.body));
    }),
    implement(productViewsUpdate, async (call) => {
      const product = await reach(call);
      return call.write((tx) => changeView(tx, product, call.principal, call.params.vid, call.body));
    }),
    implement(productViewsDelete, async (call) => {
      const product = await reach(call);
      return call.write(async (tx) => {
        await deleteView(tx, product, call.principal, call.params.vid);
        return undefined;
      });
    }),
  ];

  async function rowSource(call: IntentCaller, product: ReachedProduct): Promise<RowSource> {
    const { serviceId } = product;
    const isOwn = serviceId === null;
    const callable = isOwn ? undefined : requireAddress(product);
    /** Session and role as they are now: an export may take minutes. */
    const confirm = (): Promise<ReachedProduct['role']> =>
      call.write((tx) =>
        isOwn ? Promise.resolve('owner') : confirmOperatorRole(tx, call.principal, serviceId, 'support'),
      );
    return {
      product,
      document: await documentOf(call, product),
      async list(intent, signal) {
        const role = await confirm();
        return callable
          ? readFromProduct(deps, call, { ...callable, role }, intent, signal)
          : askCastellan(deps, intent);
      },
      begun: (facts) =>
        call.write(async (tx) =>
          tx.record({
            action: 'product_rows_exported',
            target: { kind: 'service', id: serviceId, label: product.name },
            service: product.name,
            detail: facts,
          }),
        ),
    };
  }
}
