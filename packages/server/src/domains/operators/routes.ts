import {
  operatorsAdd,
  operatorsCandidates,
  operatorsChange,
  operatorsList,
  operatorsRead,
  operatorsRemove,
} from '@castellan/contract';
import type { Database } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { Refusal } from '../../platform/refusal.ts';
import { addOperator, changeOperator, removeOperator } from './change-grants.ts';
import { findCandidates } from './find-candidates.ts';
import { listOperators, readOperator, sightOf } from './list-operators.ts';

/** Who may use the console, as owners see and change it (A21). */
export function operatorRoutes({
  database,
  cursors,
}: {
  readonly database: Database;
  readonly cursors: Cursors;
}): Implementation[] {
  return [
    implement(operatorsList, (call) =>
      listOperators(database.db, cursors, sightOf(call.principal), call.query),
    ),
    implement(operatorsRead, async (call) => {
      const sight = sightOf(call.principal);
      const person = await readOperator(database.db, sight, call.params.id);
      // Who administers sees everybody anyway; to an owner of a service whoever does not reach it is missing.
      if (sight.serviceIds !== null && person.grants.length === 0) throw new Refusal('not_found');
      return person;
    }),
    implement(operatorsCandidates, async (call) => ({
      items: await findCandidates(database.db, sightOf(call.principal), call.query.search),
    })),
    implement(operatorsAdd, (call) =>
      call.write(async (tx) => {
        const { userId, service: scope, role } = call.body;
        await addOperator(tx, call.principal, { userId, scope, role });
        return readOperator(tx.db, sightOf(call.principal), userId);
      }),
    ),
    implement(operatorsChange, (call) =>
      call.write(async (tx) => {
        const { id: userId, scope } = call.params;
        await changeOperator(tx, call.principal, { userId, scope, role: call.body.role });
        return readOperator(tx.db, sightOf(call.principal), userId);
      }),
    ),
    implement(operatorsRemove, (call) =>
      call.write(async (tx) => {
        await removeOperator(tx, call.principal, { userId: call.params.id, scope: call.params.scope });
        return undefined;
      }),
    ),
  ];
}
