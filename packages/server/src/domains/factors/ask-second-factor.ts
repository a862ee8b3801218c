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
  pending: Omit<NewPendingSignIn, 'userId'> & {
    /** A product's own form, or a console of another host, can't ask for a passkey of ours. */
    readonly takesPasskeys: boolean;
  },
): Promise<Refusal> {
  const { takesPasskeys, ...facts } = pending;
  const mfaToken = await beginPending(tx, { ...facts, userId: user.id });
  const held = await methodsOf(tx.db, user.id, user.secondFactors);
  const methods = takesPasskeys ? held : held.filter((method) => method !== 'passkey');
  return new Refusal('mfa_required', {
    extensions: { mfaToken, methods },
    ...(methods.length === 0
      ? {
          detail:
            'This account has only passkeys, which work on the sign-in pages of Castellan: send the person there.',
        }
      : {}),
  });
}
