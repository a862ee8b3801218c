import { and, asc, eq, ilike, or, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../database/connect.ts';
import { customers } from '../database/schema.ts';

/** A customer, as lists show one. */
export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly createdAt: Date;
}

const shown = {
  id: customers.id,
  name: customers.name,
  email: customers.email,
  createdAt: customers.createdAt,
};
const nameKey = sql`lower(${customers.name}) collate "C"`;

/** Customers of a workspace by name, after the one that `after` names. */
export function listCustomers(
  queries: Queries,
  workspaceId: string,
  filter: { search?: string | undefined; after?: { name: string; id: string } | undefined; limit: number },
): Promise<Customer[]> {
  const { after, search, limit } = filter;
  return queries
    .select(shown)
    .from(customers)
    .where(
      and(
        eq(customers.workspaceId, workspaceId),
        search ? customerMatches(search) : undefined,
        after
          ? sql`(${nameKey}, ${customers.id}) > (lower(${after.name}) collate "C", ${after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(asc(nameKey), asc(customers.id))
    .limit(limit);
}

/** Whether name or e-mail contain the text. */
export function customerMatches(search: string): SQL | undefined {
  const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
  return or(ilike(customers.name, pattern), ilike(customers.email, pattern));
}

/** Whether the workspace has this customer. */
export async function customerExists(queries: Queries, workspaceId: string, id: string): Promise<boolean> {
  const rows = await queries
    .select({ id: customers.id })
    .from(customers)
    .where(and(eq(customers.workspaceId, workspaceId), eq(customers.id, id)));
  return rows.length > 0;
}

/** The customer with this e-mail; made when there is none. One who exists keeps the name. */
export async function findOrCreateCustomer(
  queries: Queries,
  customer: { workspaceId: string; name: string; email: string; createdBy: string },
): Promise<string> {
  const rows = await queries
    .insert(customers)
    .values(customer)
    // An update that changes nothing, since `do nothing` would return no row.
    .onConflictDoUpdate({
      target: [customers.workspaceId, customers.email],
      set: { email: sql`excluded.email` },
    })
    .returning({ id: customers.id });
  return rows[0]!.id;
}
