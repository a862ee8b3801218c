import { randomBytes } from 'node:crypto';
import { and, eq, isNull } from 'drizzle-orm';
import { Secret } from 'otpauth';
import { newId } from '../../platform/database/identifiers.ts';
import { passkeys, secondFactorFailures, totpFactors } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import type { BrowserSessions } from '../browser-sessions/browser-session.ts';
import type { FactorDeps } from './factor-deps.ts';
import { factorAdded, lockOwner, writeHeldFactors } from './held-factors.ts';
import { keepAWayIn } from './last-way-in.ts';
import { requireRecentSignIn } from './recent-sign-in.ts';
import { replaceRecoveryCodes } from './recovery-codes.ts';
import { generatorOf, takeTotpCode } from './totp.ts';
import { pauseOf } from './verify-proof.ts';

/** What people do with their own factors, in their own session. Every change needs a recent sign-in. */

/** The session of a person who changes their factors. */
export type OwnSession = Pick<BrowserSession, 'grantId' | 'userId' | 'authTime'>;

/** What an authenticator app is given. */
export interface TotpEnrolment {
  /** The secret in base32, in groups of four, for typing. */
  readonly secret: string;
  /** `otpauth://totp/…`, for a link on the device that has the app. */
  readonly uri: string;
  /** The same as a QR code: an `<svg>` element to write into a page. */
  readonly qrSvg: string;
}

async function enrolmentOf(secret: Buffer, email: string): Promise<TotpEnrolment> {
  const { toString: writeQr } = await import('qrcode');
  const uri = generatorOf(secret, email).toString();
  return {
    secret: Secret.fromHex(secret.toString('hex')).base32.replace(/(.{4})(?=.)/g, '$1 '),
    uri,
    qrSvg: await writeQr(uri, { type: 'svg', margin: 2, errorCorrectionLevel: 'M' }),
  };
}

/**
 * Begins to add an authenticator app; one that was begun before and not confirmed is forgotten. It counts once
 * {@link confirmTotp} has seen a code of it.
 * @throws Refusal `recent_sign_in_required`, `factor_exists`
 */
export async function beginTotp(
  deps: { readonly vault: Vault },
  tx: Transaction,
  session: OwnSession,
): Promise<TotpEnrolment> {
  requireRecentSignIn(session, tx.now);
  const owner = await lockOwner(tx, session.userId);
  if (owner.secondFactors.includes('totp')) throw new Refusal('factor_exists');
  const secret = randomBytes(20); // RFC 4226 §4 R6
  const begun = {
    secretSealed: deps.vault.seal('totp-secrets', secret, owner.id),
    createdAt: tx.now,
    confirmedAt: null,
    lastUsedStep: null,
    lastUsedAt: null,
  };
  await tx.db
    .insert(totpFactors)
    .values({ userId: owner.id, ...begun })
    .onConflictDoUpdate({ target: totpFactors.userId, set: begun });
  return enrolmentOf(secret, owner.email);
}

/** The authenticator app that a person is adding, to show its page again; `undefined` when they are adding none. */
export async function readTotpEnrolment(
  deps: { readonly vault: Vault },
  db: Queryable,
  person: Pick<BrowserSession, 'userId' | 'email'>,
): Promise<TotpEnrolment | undefined> {
  const [begun] = await db
    .select({ secretSealed: totpFactors.secretSealed })
    .from(totpFactors)
    .where(and(eq(totpFactors.userId, person.userId), isNull(totpFactors.confirmedAt)));
  if (!begun) return undefined;
  return enrolmentOf(deps.vault.open('totp-secrets', begun.secretSealed, person.userId), person.email);
}

/** What came of a code that was to confirm an authenticator app. */
export type Confirmation =
  | {
      readonly confirmed: true /** To be shown once. */;
      readonly recoveryCodes: readonly string[] | undefined;
    }
  | { readonly confirmed: false; readonly refusal: Refusal };

/**
 * Confirms an authenticator app by a code of it; the session has then proved two factors. A wrong code is counted: the
 * transaction has to commit whatever comes of it.
 * @throws Refusal `recent_sign_in_required`, `factor_exists`
 */
export async function confirmTotp(
  deps: Pick<FactorDeps, 'vault'> & { readonly browserSessions: Pick<BrowserSessions, 'raise'> },
  tx: Transaction,
  session: OwnSession,
  code: string,
): Promise<Confirmation> {
  requireRecentSignIn(session, tx.now);
  const owner = await lockOwner(tx, session.userId);
  if (owner.secondFactors.includes('totp')) throw new Refusal('factor_exists');
  const pause = await pauseOf(tx, owner.id);
  if (pause !== undefined)
    return { confirmed: false, refusal: new Refusal('rate_limited', { retryAfterSeconds: pause }) };
  if (!(await takeTotpCode(deps, tx, owner.id, code.replace(/\s/g, ''), false))) {
    await tx.db.insert(secondFactorFailures).values({ id: newId(), userId: owner.id, at: tx.now });
    return { confirmed: false, refusal: new Refusal('mfa_code_wrong') };
  }
  const recoveryCodes = await factorAdded(tx, owner, { kind: 'totp' });
  await deps.browserSessions.raise(tx, session.grantId, { amr: ['otp', 'mfa'] });
  return { confirmed: true, recoveryCodes };
}

/** Removes the authenticator app, also one that is not confirmed. @throws Refusal `recent_sign_in_required`, `not_found` */
export async function removeTotp(tx: Transaction, session: OwnSession): Promise<void> {
  requireRecentSignIn(session, tx.now);
  const owner = await lockOwner(tx, session.userId);
  const [removed] = await tx.db
    .delete(totpFactors)
    .where(eq(totpFactors.userId, owner.id))
    .returning({ confirmedAt: totpFactors.confirmedAt });
  if (!removed) throw new Refusal('not_found');
  if (!removed.confirmedAt) return;
  await writeHeldFactors(tx, owner.id);
  tx.record({
    action: 'factor_removed',
    target: { kind: 'user', id: owner.id, label: owner.name },
    detail: { kind: 'totp' },
  });
}

/**
 * Makes new recovery codes; those before stop working.
 * @returns the codes, to be shown once
 * @throws Refusal `recent_sign_in_required`, `not_found` when there is no factor that they would stand in for
 */
export async function regenerateRecoveryCodes(tx: Transaction, session: OwnSession): Promise<string[]> {
  requireRecentSignIn(session, tx.now);
  const owner = await lockOwner(tx, session.userId);
  if (owner.secondFactors.length === 0) throw new Refusal('not_found');
  tx.record({
    action: 'recovery_codes_regenerated',
    target: { kind: 'user', id: owner.id, label: owner.name },
  });
  return replaceRecoveryCodes(tx, owner.id);
}

/** Gives a passkey another name. @throws Refusal `not_found` */
export async function renamePasskey(
  tx: Transaction,
  session: Pick<OwnSession, 'userId'>,
  passkeyId: string,
  name: string,
): Promise<void> {
  const owner = await lockOwner(tx, session.userId);
  const own = and(eq(passkeys.id, passkeyId), eq(passkeys.userId, owner.id));
  const [before] = await tx.db.select({ name: passkeys.name }).from(passkeys).where(own);
  if (!before) throw new Refusal('not_found');
  if (before.name === name) return;
  await tx.db.update(passkeys).set({ name }).where(own);
  tx.record({
    action: 'passkey_renamed',
    target: { kind: 'user', id: owner.id, label: owner.name },
    detail: { name: { before: before.name, after: name } },
  });
}

/** Removes a passkey. @throws Refusal `recent_sign_in_required`, `not_found`, `last_way_in` */
export async function removePasskey(tx: Transaction, session: OwnSession, passkeyId: string): Promise<void> {
  requireRecentSignIn(session, tx.now);
  const owner = await lockOwner(tx, session.userId);
  const [removed] = await tx.db
    .delete(passkeys)
    .where(and(eq(passkeys.id, passkeyId), eq(passkeys.userId, owner.id)))
    .returning({ name: passkeys.name });
  if (!removed) throw new Refusal('not_found');
  await keepAWayIn(tx, owner.id);
  await writeHeldFactors(tx, owner.id);
  tx.record({
    action: 'factor_removed',
    target: { kind: 'user', id: owner.id, label: owner.name },
    detail: { kind: 'passkey', name: removed.name },
  });
}
