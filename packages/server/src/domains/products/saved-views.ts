import {
  operatorRoleSatisfies,
  type productViewsCreate,
  type productViewsUpdate,
  type RouteBody,
  type SavedView,
} from '@castellan/contract';
import { and, asc, count, eq, isNull, or } from 'drizzle-orm';
import { newId } from '../../platform/database/identifiers.ts';
import { savedViews, users } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { ReachedProduct } from './find-products.ts';

const mostViews = 200;

const ofProduct = ({ serviceId }: ReachedProduct) =>
  serviceId === null ? isNull(savedViews.serviceId) : eq(savedViews.serviceId, serviceId);

/** Somebody's own views of a product and those that are shared, by name. */
export async function listViews(
  db: Queryable,
  product: ReachedProduct,
  userId: string,
  model?: string,
): Promise<SavedView[]> {
  const rows = await db
    .select({ view: savedViews, createdBy: users.name })
    .from(savedViews)
    .innerJoin(users, eq(users.id, savedViews.userId))
    .where(
      and(
        ofProduct(product),
        or(eq(savedViews.userId, userId), savedViews.isShared),
        model === undefined ? undefined : eq(savedViews.model, model),
      ),
    )
    .orderBy(asc(savedViews.name), asc(savedViews.id))
    .limit(1000);
  return rows.map(({ view, createdBy }) => viewOf(view, createdBy, userId));
}

function viewOf(view: typeof savedViews.$inferSelect, createdBy: string, userId: string): SavedView {
  const { id, model, name, state, isShared, updatedAt } = view;
  return { id, model, name, state, isShared, isOwn: view.userId === userId, createdBy, updatedAt };
}

interface Owner {
  readonly userId: string;
  readonly name: string;
}

/** Keeps a list as a view. @throws Refusal `too_many_views` */
export async function createView(
  tx: Transaction,
  product: ReachedProduct,
  owner: Owner,
  { name, model, state, isShared = false }: RouteBody<typeof productViewsCreate>,
): Promise<SavedView> {
  const [held] = await tx.db
    .select({ total: count() })
    .from(savedViews)
    .where(and(ofProduct(product), eq(savedViews.userId, owner.userId)));
  if (held && held.total >= mostViews) throw new Refusal('too_many_views');
  const view = {
    id: newId(),
    serviceId: product.serviceId,
    userId: owner.userId,
    model,
    name,
    state,
    isShared,
    createdAt: tx.now,
    updatedAt: tx.now,
  };
  await tx.db.insert(savedViews).values(view);
  record(tx, 'saved_view_created', product, view);
  return viewOf(view, owner.name, owner.userId);
}

/** Changes a view. @throws Refusal `not_found`, `operator_role_missing` */
export async function changeView(
  tx: Transaction,
  product: ReachedProduct,
  owner: Owner,
  viewId: string,
  { name, state, isShared }: RouteBody<typeof productViewsUpdate>,
): Promise<SavedView> {
  const before = await lockView(tx, product, owner, viewId);
  const changes = {
    ...(name === undefined ? {} : { name }),
    ...(state === undefined ? {} : { state }),
    ...(isShared === undefined ? {} : { isShared }),
    updatedAt: tx.now,
  };
  await tx.db.update(savedViews).set(changes).where(eq(savedViews.id, viewId));
  const view = { ...before, ...changes };
  record(tx, 'saved_view_updated', product, view);
  const [creator] = await tx.db.select({ name: users.name }).from(users).where(eq(users.id, view.userId));
  return viewOf(view, creator?.name ?? '', owner.userId);
}

/** Deletes a view. @throws Refusal `not_found`, `operator_role_missing` */
export async function deleteView(
  tx: Transaction,
  product: ReachedProduct,
  owner: Owner,
  viewId: string,
): Promise<void> {
  const view = await lockView(tx, product, owner, viewId);
  await tx.db.delete(savedViews).where(eq(savedViews.id, viewId));
  record(tx, 'saved_view_deleted', product, view);
}

/** A view that somebody may change: their own, or a shared one where they are an admin of the product. */
async function lockView(tx: Transaction, product: ReachedProduct, owner: Owner, viewId: string) {
  const [view] = await tx.db
    .select()
    .from(savedViews)
    .where(and(eq(savedViews.id, viewId), ofProduct(product)))
    .for('update');
  // Another's own view is as one that is not there.
  if (!view || (view.userId !== owner.userId && !view.isShared)) throw new Refusal('not_found');
  if (view.userId !== owner.userId && !operatorRoleSatisfies(product.role, 'admin'))
    throw new Refusal('operator_role_missing');
  return view;
}

function record(
  tx: Transaction,
  action: 'saved_view_created' | 'saved_view_updated' | 'saved_view_deleted',
  product: ReachedProduct,
  view: { readonly id: string; readonly name: string; readonly model: string; readonly isShared: boolean },
): void {
  tx.record({
    action,
    target: { kind: 'saved_view', id: view.id, label: view.name },
    service: product.name,
    detail: { model: view.model, is_shared: view.isShared },
  });
}
