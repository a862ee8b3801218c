import { asc, eq, sql } from 'drizzle-orm';
import { operatorGrants, services } from '../../platform/database/schema.ts';
import type { Queryable } from '../../platform/database/transaction.ts';
import type { OperatorGrant } from '../../platform/http/principal.ts';

/** What a person was granted as an operator, every service first; administrators own every service beside it. */
export async function grantsOfOperator(db: Queryable, userId: string): Promise<OperatorGrant[]> {
  const { serviceId, role } = operatorGrants;
  return db.select({ serviceId, role }).from(operatorGrants).where(eq(operatorGrants.userId, userId));
}

/** A role as the console shows it: for a service by its name, or for every one. */
export interface NamedRole extends Pick<OperatorGrant, 'role'> {
  readonly service: { readonly id: string; readonly name: string } | null;
}

/** The roles of an operator with the names of services, every service first, then by name; none for who is no operator. */
export async function rolesOfOperator(
  db: Queryable,
  person: { readonly id: string; readonly isAdmin: boolean },
): Promise<NamedRole[]> {
  if (person.isAdmin) return [{ service: null, role: 'owner' }];
  const { serviceId, role } = operatorGrants;
  const rows = await db
    .select({ id: serviceId, name: services.name, role })
    .from(operatorGrants)
    .leftJoin(services, eq(services.id, serviceId))
    .where(eq(operatorGrants.userId, person.id))
    .orderBy(sql`${services.name} NULLS FIRST`, asc(role));
  return rows.map((row) => ({
    service: row.id === null ? null : { id: row.id, name: row.name! },
    role: row.role,
  }));
}

/** Whether somebody holds any grant: who does may use the console. */
export async function isGrantedAnything(db: Queryable, userId: string): Promise<boolean> {
  return (await grantsOfOperator(db, userId)).length > 0;
}
