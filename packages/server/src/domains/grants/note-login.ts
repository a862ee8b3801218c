import type { Transaction } from '../../platform/database/transaction.ts';

const noteLoginQuery = {
  name: 'note login',
  text: `
INSERT INTO user_logins (user_id, last_login_at) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET last_login_at = excluded.last_login_at`,
};

/** Notes that a person signed in now; it is sent with the transaction's commit. */
export function noteLogin(tx: Transaction, userId: string): void {
  tx.last(noteLoginQuery, [userId, tx.now]);
}
