import {
  type AccessDecision,
  type AccessiblePage,
  type Castellan,
  type NewResource,
  RefusedError,
  type RequestLike,
  type ResourceName,
  type ResourceRegistered,
  readBearerToken,
} from '@castellan/sdk';
import type { Database } from '../database/connect.ts';
import type { Place } from '../workspace.ts';
import { orIfUnknown } from './or-if-unknown.ts';
import { orderBookOf } from './order-books.ts';
import { listForRegistration, listPlaces, type OrderPosition } from './repository.ts';

/** The type under which Castellan knows orders: who may see one is decided there. */
const type = 'order';
/** What Castellan takes in one call. */
const largestBatch = 100;
/** Numbers begin anew in each workspace, and slugs stay for good: together they name an order as people do. */
const nameOf = (slug: string, number: number): ResourceName => ({ type, id: `${slug}-${number}` });

/** An order as it is registered: whoever made it owns it, and all of the workspace sees it until somebody hides it. */
const resourceOf = (
  { slug, workspaceId }: Place,
  number: number,
  ownerId: string | undefined,
): NewResource => ({
  ...nameOf(slug, number),
  workspaceId,
  ...(ownerId === undefined ? {} : { ownerId }),
  visibility: 'workspace',
});

/** Tells Castellan of a new order; told twice it is told. */
export async function registerOrder(
  castellan: Castellan,
  place: Place,
  number: number,
  ownerId: string,
): Promise<void> {
  await castellan.permissions.register([resourceOf(place, number, ownerId)]);
}

/** Whether the caller may see an order; one that Castellan does not know is seen by nobody. */
export async function maySee(
  castellan: Castellan,
  request: RequestLike,
  { workspaceId, slug }: Place,
  number: number,
): Promise<boolean> {
  const subject = { token: tokenOf(request), workspaceId };
  const asked = castellan.permissions.check(subject, nameOf(slug, number), 'view');
  const decision: AccessDecision = await orIfUnknown(asked, { allowed: false, missing: ['resource'] });
  return decision.allowed;
}

/**
 * The numbers of the orders that the caller may see; nothing for somebody who sees them all. A thousand are read in one
 * call, which is enough for a shop; beyond some thousands, check each page instead.
 */
export async function seenBy(
  castellan: Castellan,
  request: RequestLike,
  { workspaceId, slug }: Place,
): Promise<readonly number[] | undefined> {
  const token = tokenOf(request);
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const query = { type, permission: 'view', limit: 1000, ...(cursor ? { cursor } : {}) } as const;
    const asked = castellan.permissions.accessible({ token, workspaceId }, query);
    const page: AccessiblePage = await orIfUnknown(asked, { all: false, ids: [] });
    if (page.all) return undefined;
    ids.push(...page.ids);
    cursor = page.nextCursor;
  } while (cursor);
  return ids.map((id) => Number(id.slice(slug.length + 1))).filter(Number.isSafeInteger);
}

/** What Castellan does not take any more: orders of a workspace that is gone, owners who left theirs. */
interface Departed {
  readonly workspaces: Set<string>;
  readonly owners: Set<string>;
}

/**
 * Tells Castellan of all order books and orders: those of the sample, and what could not be told when it was made. What it
 * knows already stays as it is, so that what somebody hid stays hidden.
 *
 * @returns how many orders it did not know, and how many it does not take: their workspace is gone
 */
export async function registerAllOrders(
  castellan: Castellan,
  database: Database,
): Promise<{ registered: number; refused: number }> {
  const departed: Departed = { workspaces: new Set(), owners: new Set() };
  const books = (await listPlaces(database)).map(orderBookOf);
  for (let at = 0; at < books.length; at += largestBatch)
    await registerBatch(castellan, books.slice(at, at + largestBatch), departed);
  const done = { registered: 0, refused: 0 };
  let after: OrderPosition | undefined;
  for (;;) {
    const orders = await listForRegistration(database, after, largestBatch);
    after = orders.at(-1);
    if (after === undefined) return done;
    const resources = orders.map((order) => resourceOf(order, order.number, order.createdBy));
    const results = await registerBatch(castellan, resources, departed);
    done.registered += results.filter(({ created }) => created).length;
    done.refused += orders.length - results.length;
  }
}

/** One refused resource refuses its whole call: it is sent again without what the refusal names. */
async function registerBatch(
  castellan: Castellan,
  resources: readonly NewResource[],
  departed: Departed,
): Promise<readonly ResourceRegistered[]> {
  const ownerKey = ({ workspaceId, ownerId }: NewResource) => `${workspaceId} ${ownerId}`;
  for (;;) {
    const taken = resources.filter(({ workspaceId }) => !departed.workspaces.has(workspaceId));
    if (taken.length === 0) return [];
    try {
      return await castellan.permissions.register(
        taken.map((resource) => {
          const { ownerId: _, ...ownerless } = resource;
          return departed.owners.has(ownerKey(resource)) ? ownerless : resource;
        }),
      );
    } catch (error) {
      const field = error instanceof RefusedError ? (error.fields[0]?.field ?? '') : '';
      const [, index, what] = /^resources\.(\d+)\.(owner_id|workspace_id)$/.exec(field) ?? [];
      const resource = taken[Number(index)];
      if (!resource) throw error;
      if (what === 'owner_id') departed.owners.add(ownerKey(resource));
      else departed.workspaces.add(resource.workspaceId);
    }
  }
}

/** The token of the caller, whom a guard let pass. */
function tokenOf(request: RequestLike): string {
  const bearer = readBearerToken(request);
  if (bearer.kind !== 'token') throw new Error('A guard protects every route of orders');
  return bearer.token;
}
