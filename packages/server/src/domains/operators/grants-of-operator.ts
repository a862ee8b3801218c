import { asc, eq, sql } from 'drizzle-orm';
import { operatorGrants } from '../../platform/database/schema.ts';
import type { Queryable } from '../../platform/database/transaction.ts';
import type { OperatorGrant } from '../../platform/http/principal.ts';

/** What a person was granted as an operator, every service first; administrators own every service beside it. */
export async function grantsOfOperator(db: Queryable, userId: string): Promise<OperatorGrant[]> {
  const { serviceId, role } = operatorGrants;
  return db
    .select({ serviceId, role })
    .from(operatorGrants)
    .where(eq(operatorGrants.userId, userId))
    .orderBy(sql`${serviceId} NULLS FIRST`, asc(role));
}
