import { and, eq, isNull } from 'drizzle-orm';
import { grants, users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { isOperator, type Principal } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { isGrantedAnything } from '../operators/grants-of-operator.ts';

/**
 * Reads the right of an operator or a signed-in person again inside the transaction of a write, with the rows locked: a demotion or an
 * ended session that committed before this write refuses it, one that comes later waits for it. The person is locked
 * before the session, as by whoever ends it.
 */
export async function confirmRight(tx: Transaction, principal: Principal): Promise<void> {
  if (!isOperator(principal) && principal.kind !== 'person') return;
  const grantId = principal.kind === 'person' ? principal.session.grantId : principal.grantId;
  const [row] = await tx.db
    .select({ state: users.state, isAdmin: users.isAdmin })
    .from(users)
    .innerJoin(grants, eq(grants.userId, users.id))
    .where(and(eq(grants.id, grantId), isNull(grants.endedAt)))
    .for('share');
  if (!row) throw new Refusal('session_ended');
  if (row.state !== 'active') throw new Refusal('account_deactivated');
  if (principal.kind === 'administrator' && !row.isAdmin) throw new Refusal('not_admin');
  // Who changes grants locks the person, as this does: what is read here stands until the commit.
  if (principal.kind === 'operator' && !row.isAdmin && !(await isGrantedAnything(tx.db, principal.userId)))
    throw new Refusal('not_admin');
}
