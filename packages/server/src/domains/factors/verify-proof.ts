import type { SecondFactorMethod } from '@castellan/contract';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { and, eq, gt, sql } from 'drizzle-orm';
import { after } from '../../platform/clock.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { type PendingDoor, secondFactorFailures } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { FactorDeps } from './factor-deps.ts';
import { takePasskey } from './passkey-assertion.ts';
import { countRecoveryCodes, takeRecoveryCode } from './recovery-codes.ts';
import { takeTotpCode } from './totp.ts';

/** What somebody gives to prove a second factor. */
export type Proof =
  | { readonly method: Exclude<SecondFactorMethod, 'passkey'>; readonly code: string }
  | { readonly method: 'passkey'; readonly response: AuthenticationResponseJSON };

const quarterSeconds = 15 * 60;
const daySeconds = 24 * 3600;
/**
 * Wrong codes of an account, in a quarter of an hour and in a day, after which codes of its app are refused for a while.
 * Three of a million codes are right at a time: at 50 tries a day, somebody who has the password guesses one in 18 years
 * on average. Recovery codes and passkeys can't be guessed and are never refused by this, so nobody is locked out.
 */
const mostPerQuarter = 10;
const mostPerDay = 50;

/**
 * Proves a second factor. The caller holds the person locked, commits, and then throws what this returns.
 * @param given.binding ties a passkey's challenge to the sign-in it was made for
 * @returns why not, or nothing
 */
export async function verifyProof(
  deps: FactorDeps,
  tx: Transaction,
  given: {
    readonly person: { readonly id: string; readonly name: string };
    readonly proof: Proof;
    readonly binding: Buffer;
    readonly door: PendingDoor;
  },
): Promise<Refusal | undefined> {
  const { person, proof, binding, door } = given;
  const target = { kind: 'user', id: person.id, label: person.name } as const;
  if (proof.method === 'passkey') {
    const { publicOrigin, consoleOrigin } = deps.relyingParty;
    const pages = door === 'console' ? consoleOrigin : publicOrigin;
    if (pages === undefined) return new Refusal('passkey_refused');
    const taken = await takePasskey(deps, tx, {
      response: proof.response,
      purpose: 'second_factor',
      binding,
      origin: pages,
      userId: person.id,
    });
    if (taken.ok) return undefined;
    tx.record({
      action: 'second_factor_refused',
      target,
      detail: { method: 'passkey', reason: taken.reason },
    });
    return new Refusal('passkey_refused');
  }
  if (proof.method === 'recovery_code') {
    if (await takeRecoveryCode(tx, person.id, proof.code)) {
      const left = await countRecoveryCodes(tx.db, person.id);
      tx.record({ action: 'recovery_code_used', target, detail: { left } });
      return undefined;
    }
    tx.record({ action: 'second_factor_refused', target, detail: { method: 'recovery_code' } });
    return new Refusal('mfa_code_wrong');
  }
  const pause = await pauseOf(tx, person.id);
  if (pause !== undefined) return new Refusal('rate_limited', { retryAfterSeconds: pause });
  if (await takeTotpCode(deps, tx, person.id, proof.code, true)) return undefined;
  await tx.db.insert(secondFactorFailures).values({ id: newId(), userId: person.id, at: tx.now });
  tx.record({ action: 'second_factor_refused', target, detail: { method: 'totp' } });
  return new Refusal('mfa_code_wrong');
}

/** For how many seconds codes of a person's app are refused because of wrong ones, if at all. */
export async function pauseOf(tx: Transaction, userId: string): Promise<number | undefined> {
  const quarter = after(tx.now, -quarterSeconds);
  const recent = sql`${secondFactorFailures.at} > ${quarter.toISOString()}`;
  const [row] = await tx.db
    .select({
      inDay: sql<number>`count(*)::int`,
      inQuarter: sql<number>`count(*) FILTER (WHERE ${recent})::int`,
      oldestInQuarter: sql<string | null>`min(${secondFactorFailures.at}) FILTER (WHERE ${recent})`,
      oldest: sql<string | null>`min(${secondFactorFailures.at})`,
    })
    .from(secondFactorFailures)
    .where(
      and(eq(secondFactorFailures.userId, userId), gt(secondFactorFailures.at, after(tx.now, -daySeconds))),
    );
  const until = (oldest: string | null, window: number): number =>
    oldest === null ? window : Math.max(1, (new Date(oldest).getTime() - tx.now.getTime()) / 1000 + window);
  if (row!.inDay >= mostPerDay) return until(row!.oldest, daySeconds);
  if (row!.inQuarter >= mostPerQuarter) return until(row!.oldestInQuarter, quarterSeconds);
  return undefined;
}
