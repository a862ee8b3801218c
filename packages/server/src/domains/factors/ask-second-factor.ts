import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { beginPending, type NewPendingSignIn } from './pending-sign-in.ts';
import { methodsOf } from './second-factor.ts';

/**
 * Writes down that a sign-in waits for its second factor. The transaction has to commit, then this is thrown.
 * @returns the refusal `mfa_required`, with what the second step is asked with
 */
export async function askSecondFactor(
  tx: Transaction,
  user: { readonly id: string; readonly secondFactors: readonly ('totp' | 'passkey')[] },
  pending: Omit<NewPendingSignIn, 'userId'>,
): Promise<Refusal> {
  const [mfaToken, methods] = [
    await beginPending(tx, { ...pending, userId: user.id }),
    await methodsOf(tx.db, user.id, user.secondFactors),
  ];
  return new Refusal('mfa_required', { extensions: { mfaToken, methods } });
}
