import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { eq } from 'drizzle-orm';
import { passkeys, users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { FactorDeps } from './factor-deps.ts';
import { type ChallengeUse, readClientData, takeChallenge } from './passkey-challenges.ts';
import { webAuthn } from './web-authn.ts';

/** Why an assertion was refused; for the timeline, the person is told no more than that it was. */
export type AssertionProblem = 'challenge' | 'unknown' | 'not_valid' | 'copied';

/** What came of an assertion. */
export type TakenPasskey =
  | { readonly ok: true; readonly userId: string; readonly passkeyId: string }
  | { readonly ok: false; readonly reason: AssertionProblem; readonly userId: string | undefined };

/** The handle by which authenticators keep a person: the bytes of the id, which tell nothing of them (Web Authentication §14.6.1). */
export function userHandleOf(userId: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(userId.replaceAll('-', ''), 'hex'));
}

/**
 * Verifies an assertion (Web Authentication §7.2) and writes down that the passkey was used. Its person is locked. A
 * counter that went back means that a copy of the key exists: the passkey is refused now and from then on.
 *
 * The transaction has to be committed whatever comes of it: the challenge is used up either way.
 *
 * @param given.origin the one origin whose pages may have asked
 * @param given.userId whose passkey it must be; without one, whoever it belongs to signs in
 */
export async function takePasskey(
  deps: Pick<FactorDeps, 'relyingParty'>,
  tx: Transaction,
  given: ChallengeUse & {
    readonly response: AuthenticationResponseJSON;
    readonly origin: string;
    readonly userId?: string;
  },
): Promise<TakenPasskey> {
  const { response, purpose, binding } = given;
  const refuse = (reason: AssertionProblem, userId = given.userId): TakenPasskey => ({
    ok: false,
    reason,
    userId,
  });
  const client = readClientData(response.response.clientDataJSON);
  if (!client || client.crossOrigin || !(await takeChallenge(tx, client.challenge, { purpose, binding })))
    return refuse('challenge');
  const credentialId = Buffer.from(response.id, 'base64url');
  const owner = await tx.db
    .select({ userId: passkeys.userId })
    .from(passkeys)
    .where(eq(passkeys.credentialId, credentialId));
  const userId = owner[0]?.userId;
  if (!userId || (given.userId !== undefined && given.userId !== userId)) return refuse('unknown');
  const { userHandle } = response.response;
  if (userHandle && userHandle !== Buffer.from(userHandleOf(userId)).toString('base64url'))
    return refuse('unknown', userId);
  const [person] = await tx.db
    .select({ name: users.name })
    .from(users)
    .where(eq(users.id, userId))
    .for('update');
  const [passkey] = await tx.db.select().from(passkeys).where(eq(passkeys.credentialId, credentialId));
  if (!person || !passkey) return refuse('unknown', userId);
  if (passkey.suspectedAt) return refuse('copied', userId);
  const verified = await verify(deps, given, client.challenge, passkey);
  if (!verified) return refuse('not_valid', userId);
  const { newCounter, credentialBackedUp } = verified;
  // §7.2 step 22. Both zero: an authenticator that does not count.
  if ((newCounter > 0 || passkey.signCount > 0) && newCounter <= passkey.signCount) {
    await tx.db.update(passkeys).set({ suspectedAt: tx.now }).where(eq(passkeys.id, passkey.id));
    tx.record({
      action: 'passkey_suspected',
      target: { kind: 'user', id: userId, label: person.name },
      detail: { passkey: passkey.name, counter: { known: passkey.signCount, given: newCounter } },
    });
    return refuse('copied', userId);
  }
  await tx.db
    .update(passkeys)
    .set({ signCount: newCounter, backedUp: credentialBackedUp, lastUsedAt: tx.now })
    .where(eq(passkeys.id, passkey.id));
  return { ok: true, userId, passkeyId: passkey.id };
}

async function verify(
  { relyingParty }: Pick<FactorDeps, 'relyingParty'>,
  { response, origin }: { readonly response: AuthenticationResponseJSON; readonly origin: string },
  challenge: string,
  passkey: { readonly publicKey: Buffer },
) {
  const { verifyAuthenticationResponse } = await webAuthn();
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: relyingParty.id,
      requireUserVerification: true,
      // The library looks at the counter before the signature; it is compared above, once the signature was right.
      credential: { id: response.id, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 },
    });
    return verified ? authenticationInfo : undefined;
  } catch {
    return undefined; // Whatever is wrong with it, it proves nothing.
  }
}
