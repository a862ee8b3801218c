import { rowsOf, sql, type Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';

/**
 * Refuses a change after which nobody could sign in to the account: no password, no passkey that is taken, no linked account
 * at a provider that is on. For the end of a transaction that holds the person locked: what was changed before is undone.
 * @throws Refusal `last_way_in`
 */
export async function keepAWayIn(tx: Transaction, userId: string): Promise<void> {
  const [row] = await rowsOf<{ has: boolean }>(
    tx.db,
    sql`SELECT u.password_hash IS NOT NULL
          OR EXISTS (SELECT FROM passkeys WHERE user_id = u.id AND suspected_at IS NULL)
          OR EXISTS (SELECT FROM identities i JOIN identity_providers p ON p.id = i.provider_id
                     WHERE i.user_id = u.id AND p.enabled) AS has
        FROM users u WHERE u.id = ${userId}`,
  );
  if (!row?.has) throw new Refusal('last_way_in');
}
