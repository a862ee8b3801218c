import { castellanProductId, type OperatorRole, type Product } from '@castellan/contract';
import { asc, eq, inArray } from 'drizzle-orm';
import { services } from '../../platform/database/schema.ts';
import type { Queryable } from '../../platform/database/transaction.ts';
import type { Administrator, Operator } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { operatorRoleFor } from '../operators/role.ts';

/** A product that somebody may reach, and as what. */
export interface ReachedProduct {
  /** `null` for Castellan's own data. */
  readonly serviceId: string | null;
  /** The name of the service, which is the audience of its tokens. */
  readonly name: string;
  readonly adminUrl: string | null;
  readonly role: OperatorRole;
}

/** Castellan's own data is for administrators, here as everywhere. */
const ownProduct = {
  serviceId: castellanProductId,
  name: 'castellan',
  description: 'People, workspaces and services of this Castellan',
  role: 'owner',
  state: 'ready',
  problem: null,
} as const satisfies Product;

/**
 * A product by its id, for somebody with a role there.
 * @throws Refusal `operator_role_missing` without a role, whether the product exists or not; `not_found`
 */
export async function requireProduct(
  db: Queryable,
  principal: Administrator | Operator,
  id: string,
): Promise<ReachedProduct> {
  if (id === castellanProductId) {
    if (principal.kind !== 'administrator') throw new Refusal('operator_role_missing');
    return { serviceId: null, name: ownProduct.name, adminUrl: null, role: 'owner' };
  }
  const role = operatorRoleFor(principal, id);
  if (role === null) throw new Refusal('operator_role_missing');
  const [service] = await db
    .select({ serviceId: services.id, name: services.name, adminUrl: services.adminUrl })
    .from(services)
    .where(eq(services.id, id));
  if (!service) throw new Refusal('not_found');
  return { ...service, role };
}

/** The name of a product, for the timeline; nothing where there is none by this id. */
export async function nameOfProduct(db: Queryable, id: string): Promise<string | undefined> {
  const [service] = await db.select({ name: services.name }).from(services).where(eq(services.id, id));
  return service?.name;
}

/**
 * The products that somebody has a role at, by name; Castellan itself comes last.
 * @param problemOfAddress why an admin address is not asked, where that is known without asking
 */
export async function listProducts(
  db: Queryable,
  principal: Administrator | Operator,
  problemOfAddress: (address: string) => string | undefined,
): Promise<Product[]> {
  const everywhere = operatorRoleFor(principal, null) !== null;
  const granted =
    principal.kind === 'operator' ? principal.roles.flatMap(({ serviceId }) => serviceId ?? []) : [];
  if (!everywhere && granted.length === 0) return [];
  const rows = await db
    .select({
      serviceId: services.id,
      name: services.name,
      description: services.description,
      adminUrl: services.adminUrl,
    })
    .from(services)
    .where(everywhere ? undefined : inArray(services.id, granted))
    .orderBy(asc(services.name))
    .limit(1000); // A house has tens of services.
  const products = rows.flatMap(({ adminUrl, ...service }): Product[] => {
    const role = operatorRoleFor(principal, service.serviceId);
    if (role === null) return [];
    if (adminUrl === null) return [{ ...service, role, state: 'no_admin_url', problem: null }];
    const problem = problemOfAddress(adminUrl);
    if (problem === undefined) return [{ ...service, role, state: 'ready', problem: null }];
    // Hosts and addresses inside the house are for those who can mend it.
    return [{ ...service, role, state: 'address_refused', problem: role === 'support' ? null : problem }];
  });
  return principal.kind === 'administrator' ? [...products, ownProduct] : products;
}
