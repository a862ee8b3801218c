import type { ActivityAction } from '@castellan/contract';
import type { NewEvent, Origin } from '../../platform/activity/event.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { Candidate } from './repository.ts';
import type { Limited, SignInLimits } from './sign-in-limits.ts';

/** What both doors, services and console, do with an e-mail and a password. */
export interface PasswordCheck {
  readonly database: Database;
  readonly hasher: PasswordHasher;
  readonly limits: SignInLimits;
  readonly refusedAction: Extract<ActivityAction, 'user_login_refused' | 'admin_login_refused'>;
}

/** Records a refused sign-in, then refuses. */
export async function refuseSignIn(
  check: Pick<PasswordCheck, 'database' | 'refusedAction'>,
  origin: Origin,
  attempt: {
    readonly email: string;
    readonly userId?: string | undefined;
    readonly service?: string | undefined;
  },
  refusal: Refusal,
): Promise<never> {
  const event: NewEvent = {
    action: check.refusedAction,
    target: { kind: 'user', id: attempt.userId ?? null, label: attempt.email },
    service: attempt.service,
    detail: { reason: refusal.code },
  };
  await check.database.write(origin, async (tx) => tx.record(event));
  throw refusal;
}

/**
 * Checks an e-mail and password. Unknown e-mail, account without a password and wrong password are one answer,
 * in text and in time.
 * @throws Refusal `invalid_credentials`, `account_deactivated`, `rate_limited`, `overloaded`
 */
export async function checkPassword(
  check: PasswordCheck,
  origin: Origin,
  attempt: {
    readonly email: string;
    readonly password: string;
    /** The account with this e-mail, where there is one. */
    readonly user: Candidate | undefined;
    readonly address: string;
    readonly service?: string | undefined;
    /** Where a try stands that was counted already; without it one is counted here. */
    readonly tried?: { readonly limited: Limited | undefined } | undefined;
  },
): Promise<Candidate> {
  const { user } = attempt;
  const { limited } = attempt.tried ?? { limited: await check.limits.take(attempt.email, attempt.address) };
  if (limited) {
    const refusal = new Refusal('rate_limited', { retryAfterSeconds: limited.retryAfterSeconds });
    if (!limited.isFirst) throw refusal;
    return refuseSignIn(check, origin, { ...attempt, userId: user?.id }, refusal);
  }
  const matches = await check.hasher.verify(user?.passwordHash ?? null, attempt.password);
  if (!user || !matches)
    return refuseSignIn(check, origin, { ...attempt, userId: user?.id }, new Refusal('invalid_credentials'));
  check.limits.giveBack(attempt.email, attempt.address);
  if (user.state !== 'active')
    return refuseSignIn(check, origin, { ...attempt, userId: user.id }, new Refusal('account_deactivated'));
  return user;
}
