import { serviceCallsAllow, serviceCallsList, serviceCallsWithdraw } from '@castellan/contract';
import { inArray } from 'drizzle-orm';
import { services } from '../../platform/database/schema.ts';
import type { Database, Queryable } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import { Refusal, refuseField } from '../../platform/refusal.ts';
import { allowCall, type Callee, listCallees, withdrawCall } from './service-calls.ts';

/** The allow-list of token exchange, for administrators. */
export function serviceCallRoutes({ database }: { readonly database: Database }): Implementation[] {
  return [
    implement(serviceCallsList, async ({ params }) => {
      await findPair(database.db, params.id);
      return { items: await listCallees(database.db, params.id) };
    }),
    implement(serviceCallsAllow, async ({ params, body, write }) => {
      await write(async (tx) => {
        const [caller, callee] = await findPair(tx.db, params.id, params.cid);
        if (params.id === params.cid) throw refuseField('cid', 'a service calls itself without leave');
        await allowCall(tx, caller!, callee!, body.scopes);
      });
      return undefined;
    }),
    implement(serviceCallsWithdraw, async ({ params, write }) => {
      await write(async (tx) => {
        const [caller, callee] = await findPair(tx.db, params.id, params.cid);
        if (!(await withdrawCall(tx, caller!, callee!))) throw new Refusal('not_found');
      });
      return undefined;
    }),
  ];
}

/** The services of these ids, in their order. @throws Refusal `not_found` when one is not registered */
async function findPair(db: Queryable, ...ids: readonly string[]): Promise<Callee[]> {
  const rows = await db
    .select({ id: services.id, name: services.name })
    .from(services)
    .where(inArray(services.id, [...ids]));
  return ids.map((id) => {
    const found = rows.find((row) => row.id === id.toLowerCase());
    if (!found) throw new Refusal('not_found');
    return found;
  });
}
