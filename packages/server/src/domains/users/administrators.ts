import { sql, type Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { hasOtherAdministrator, type UserRecord } from './repository.ts';

/** One key of the advisory locks that Castellan uses: who takes administrators away. */
const administratorsLock = 728_401_003;

/**
 * Refuses to take away the last active administrator. Whoever takes one away holds the lock until their commit,
 * so that two who each see the other one remain can't both go on.
 *
 * @param leaving whose rows are locked, and who will not administer any more
 * @throws Refusal `last_administrator`
 */
export async function keepAnAdministrator(tx: Transaction, leaving: readonly UserRecord[]): Promise<void> {
  const administrators = leaving.filter((user) => user.isAdmin && user.state === 'active');
  if (administrators.length === 0) return;
  await tx.db.execute(sql`SELECT pg_advisory_xact_lock(${administratorsLock})`);
  const ids = administrators.map((user) => user.id);
  if (!(await hasOtherAdministrator(tx.db, ids))) throw new Refusal('last_administrator');
}
