import { accessExplain, accessSimulate } from '@castellan/contract';
import type { Database } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import { explain } from './explain.ts';
import { simulate } from './simulate.ts';

/** Why somebody may or may not, and what a change would do (P11, B3). Both only read. */
export function accessExplainRoutes({ database }: { readonly database: Database }): Implementation[] {
  return [
    implement(accessExplain, ({ body }) => explain(database.pool, body)),
    implement(accessSimulate, ({ body }) => simulate(database.pool, body.change)),
  ];
}
