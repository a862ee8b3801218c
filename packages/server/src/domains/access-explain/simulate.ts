import type { accessSimulate, PlannedChange, RouteResult } from '@castellan/contract';
import type { Pool } from 'pg';
import { rowsOf, sql } from '../../platform/database/transaction.ts';
import { planChange } from './planned-change.ts';
import { readRightsChanged } from './rights-changed.ts';
import { readSnapshot } from './snapshot.ts';
import { type AffectedPerson, findAffected } from './who-is-affected.ts';

const timeoutMs = 20_000;
const peopleShown = 100;

/**
 * Who would gain or lose what by a change that is not made (B3): by the rules of `decide`, from one moment of the database.
 * @throws Refusal `not_found`, `validation_failed`: where the change's own route would; the database's own refusal after twenty
 * seconds
 */
export function simulate(pool: Pool, change: PlannedChange): Promise<RouteResult<typeof accessSimulate>> {
  return readSnapshot(pool, { timeoutMs, manyRows: true }, async ({ db }) => {
    const plan = await planChange(db, change);
    if (plan.refusal) return { people: [], peopleCount: 0, refusal: plan.refusal };
    const affected =
      plan.onePerson === null
        ? await findAffected(db, plan, peopleShown)
        : { people: await findActive(plan.onePerson), count: undefined };
    const rights = await readRightsChanged(
      db,
      plan,
      affected.people.map(({ id }) => id),
    );
    const people = affected.people.flatMap(({ id, name }) => {
      const changed = rights.get(id);
      return changed ? [{ userId: id, name, ...changed }] : [];
    });
    return { people, peopleCount: affected.count ?? people.length };

    function findActive(userId: string): Promise<AffectedPerson[]> {
      return rowsOf(db, sql`SELECT id, name FROM users WHERE id = ${userId} AND state = 'active'`);
    }
  });
}
