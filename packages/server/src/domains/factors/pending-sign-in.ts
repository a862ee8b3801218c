import { tokenKinds } from '@castellan/contract';
import { and, eq } from 'drizzle-orm';
import type { Origin } from '../../platform/activity/event.ts';
import { after } from '../../platform/clock.ts';
import { type PendingDoor, pendingSignIns, users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { looksLikeToken, newToken, tokenDigest } from '../../platform/secrets/opaque-token.ts';
import type { FactorDeps } from './factor-deps.ts';
import { type Proof, verifyProof } from './verify-proof.ts';

/** Wrong codes that one pending sign-in takes; then the person begins again with the first factor. */
const mostAttempts = 5;

/** A sign-in whose first factor was right. */
export interface NewPendingSignIn {
  readonly door: PendingDoor;
  readonly userId: string;
  /** What was proved so far (RFC 8176). */
  readonly amr: readonly string[];
  /** How they came in: `password`, `email_link`, the name of a provider. */
  readonly method: string;
  /** When that was proved, where it is not now; `null` when nobody knows. */
  readonly authTime?: Date | null;
  readonly serviceId?: string | null;
  readonly workspaceId?: string | null;
  readonly returnTo?: string | null;
}

/** A sign-in that waits for its second factor, or whose second factor was just proved: then `amr` holds both. */
export interface PendingSignIn {
  readonly door: PendingDoor;
  readonly userId: string;
  readonly amr: readonly string[];
  readonly method: string;
  /** When the first factor was proved; `null` when nobody knows. */
  readonly authTime: Date | null;
  readonly serviceId: string | null;
  readonly workspaceId: string | null;
  readonly returnTo: string | null;
}

const prefixOf = (door: PendingDoor) => (door === 'console' ? 'amf_' : 'mfa_');

/**
 * Writes down that the first factor was right.
 * @returns the token that the second step is asked with: once, within five minutes
 */
export async function beginPending(tx: Transaction, pending: NewPendingSignIn): Promise<string> {
  const token = newToken(prefixOf(pending.door));
  await tx.db.insert(pendingSignIns).values({
    digest: tokenDigest(token),
    door: pending.door,
    userId: pending.userId,
    amr: [...pending.amr],
    method: pending.method,
    authTime: pending.authTime === undefined ? tx.now : pending.authTime,
    serviceId: pending.serviceId ?? null,
    workspaceId: pending.workspaceId ?? null,
    returnTo: pending.returnTo ?? null,
    createdAt: tx.now,
    expiresAt: after(tx.now, tokenKinds.second_factor.lifeSeconds),
  });
  return token;
}

/** A person as the transaction that proves their second factor holds them. */
export interface ProvenPerson {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

type Attempt<T> =
  | { readonly kind: 'completed'; readonly result: T }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Proves the second factor of a pending sign-in and goes on with it in the same transaction: of many that come at once
 * with the same token or code, one wins. A wrong code is counted and told in the timeline.
 *
 * @param then begins the session; what it throws takes nothing of the token, the code or the passkey
 * @throws Refusal `token_invalid`, `token_expired`, `mfa_code_wrong`, `passkey_refused`, `account_deactivated`, `rate_limited`
 */
export async function completePending<T>(
  deps: FactorDeps,
  origin: Origin,
  attempt: { readonly door: PendingDoor; readonly token: string; readonly proof: Proof },
  then: (tx: Transaction, completed: PendingSignIn, person: ProvenPerson) => Promise<T>,
): Promise<T> {
  const { door, token, proof } = attempt;
  // A refusal that counts commits first, then it is thrown.
  const outcome = await deps.database.write<Attempt<T>>(origin, async (tx) => {
    const { person, pending } = await lockPending(tx, door, token);
    const refusal = await verifyProof(deps, tx, { person, proof, door, binding: tokenDigest(token) });
    const digest = tokenDigest(token);
    if (refusal) {
      await tx.db
        .update(pendingSignIns)
        .set({ attempts: pending.attempts + 1 })
        .where(eq(pendingSignIns.digest, digest));
      return { kind: 'refused', refusal };
    }
    await tx.db.update(pendingSignIns).set({ usedAt: tx.now }).where(eq(pendingSignIns.digest, digest));
    const amr = [...new Set([...pending.amr, ...amrOfProof[proof.method], 'mfa'])];
    return { kind: 'completed', result: await then(tx, { ...pending, amr }, person) };
  });
  if (outcome.kind === 'refused') throw outcome.refusal;
  return outcome.result;
}

/** What each proof adds (RFC 8176 §2): a recovery code is a password that works once. */
const amrOfProof: Readonly<Record<Proof['method'], readonly string[]>> = {
  totp: ['otp'],
  recovery_code: ['otp'],
  passkey: ['swk', 'user'],
};

/** The pending sign-in of a token and its person, both locked, the person first as everywhere. */
async function lockPending(tx: Transaction, door: PendingDoor, token: string) {
  const found = await readPendingRow(tx, door, token);
  if (!found) throw new Refusal('token_invalid');
  const [person] = await tx.db.select().from(users).where(eq(users.id, found.userId)).for('update');
  const pending = await readPendingRow(tx, door, token);
  if (!person || !pending || pending.usedAt || pending.attempts >= mostAttempts)
    throw new Refusal('token_invalid');
  if (pending.expiresAt <= tx.now) throw new Refusal('token_expired');
  if (person.state !== 'active') throw new Refusal('account_deactivated');
  // Whoever changed the password since may have done so because somebody else knew it.
  if (person.passwordSetAt && person.passwordSetAt > pending.createdAt) throw new Refusal('token_invalid');
  return { person, pending };
}

async function readPendingRow({ db }: Pick<Transaction, 'db'>, door: PendingDoor, token: string) {
  if (!looksLikeToken(prefixOf(door), token)) return undefined;
  const [row] = await db
    .select()
    .from(pendingSignIns)
    .where(and(eq(pendingSignIns.digest, tokenDigest(token)), eq(pendingSignIns.door, door)));
  return row;
}

/**
 * Whose sign-in waits, for the page or script that asks for the second factor; it takes nothing of the token.
 * @returns `undefined` when it was used, has expired, or had too many wrong codes
 */
export async function readPending(
  deps: Pick<FactorDeps, 'database' | 'clock'>,
  door: PendingDoor,
  token: string,
): Promise<PendingSignIn | undefined> {
  const row = await readPendingRow(deps.database, door, token);
  if (!row || row.usedAt || row.attempts >= mostAttempts || row.expiresAt <= deps.clock.now())
    return undefined;
  return row;
}
