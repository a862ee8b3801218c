import type { RouteBody, SecondFactorMethod, stepUpProve } from '@castellan/contract';
import { eq } from 'drizzle-orm';
import type { Origin } from '../../platform/activity/event.ts';
import { after } from '../../platform/clock.ts';
import { grants, users } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import type { Administrator, Operator } from '../../platform/http/principal.ts';
import { Refusal, refuseField } from '../../platform/refusal.ts';
import { tokenDigest } from '../../platform/secrets/opaque-token.ts';
import type { FactorDeps } from '../factors/factor-deps.ts';
import { passkeyOptionsFor } from '../factors/passkey-sign-in.ts';
import { recentSignInSeconds } from '../factors/recent-sign-in.ts';
import { methodsOf } from '../factors/second-factor.ts';
import { verifyProof } from '../factors/verify-proof.ts';
import { checkPassword, type PasswordCheck } from './check-password.ts';
import { findUserByEmail, type LockedUser, lockUser } from './repository.ts';
import { proofOf } from './second-step.ts';

/** What proving again stands on. */
export interface StepUpDeps {
  readonly factors: FactorDeps;
  readonly passwords: PasswordCheck;
}

/** Whoever is signed in to the console. */
export type ConsolePerson = Administrator | Operator;

/** What a password, a code or a key of ours says (RFC 8176). A provider's word that somebody is there is no proof given to us. */
const ownProofs = ['pwd', 'otp', 'hwk', 'swk', 'mfa'];

/**
 * Until when a console session counts as freshly proved: ten minutes from the sign-in, where a proof of ours was given then,
 * or from the last step-up.
 * @returns `undefined` when it does not count now
 */
async function freshUntil(db: Queryable, grantId: string, now: Date): Promise<Date | undefined> {
  const [grant] = await db
    .select({ amr: grants.amr, authTime: grants.authTime, signedInAt: grants.signedInAt })
    .from(grants)
    .where(eq(grants.id, grantId));
  if (!grant) return undefined;
  const atSignIn = grant.amr?.some((method) => ownProofs.includes(method)) ? grant.authTime : null;
  const latest = Math.max(atSignIn?.getTime() ?? 0, grant.signedInAt?.getTime() ?? 0);
  const until = after(new Date(latest), recentSignInSeconds);
  return until > now ? until : undefined;
}

/** @throws Refusal `step_up_required`; whoever has nothing to prove it by is told what to add */
export async function requireStepUp(tx: Transaction, principal: ConsolePerson): Promise<void> {
  if (await freshUntil(tx.db, principal.grantId, tx.now)) return;
  const [user] = await tx.db
    .select({ passwordHash: users.passwordHash, secondFactors: users.secondFactors })
    .from(users)
    .where(eq(users.id, principal.userId));
  const hasNothing = user && user.passwordHash === null && user.secondFactors.length === 0;
  throw new Refusal(
    'step_up_required',
    hasNothing
      ? {
          detail:
            'You sign in at another provider alone, and its word is no proof given here. Add a passkey or an authenticator app on the security page of your account, then repeat this.',
        }
      : {},
  );
}

/** How fresh the proof is, by what it can be given again, and where more of that is added. */
export async function readStepUp(
  deps: StepUpDeps,
  principal: ConsolePerson,
): Promise<{ freshUntil: Date | null; methods: ('password' | SecondFactorMethod)[]; factorsUrl: string }> {
  const { database, clock, relyingParty } = deps.factors;
  const until = await freshUntil(database.db, principal.grantId, clock.now());
  const [user] = await database.db
    .select({ id: users.id, passwordHash: users.passwordHash, secondFactors: users.secondFactors })
    .from(users)
    .where(eq(users.id, principal.userId));
  return {
    freshUntil: until ?? null,
    methods: user ? await waysOf(deps, database.db, user) : [],
    factorsUrl: `${relyingParty.publicOrigin}/account/security`,
  };
}

async function waysOf(
  { factors }: StepUpDeps,
  db: Queryable,
  user: Pick<LockedUser, 'id' | 'passwordHash' | 'secondFactors'>,
): Promise<('password' | SecondFactorMethod)[]> {
  if (user.secondFactors.length === 0) return user.passwordHash === null ? [] : ['password'];
  const methods = await methodsOf(db, user.id, user.secondFactors);
  return factors.relyingParty.consoleOrigin === undefined
    ? methods.filter((method) => method !== 'passkey')
    : methods;
}

/** Ties a passkey's challenge to the console session that asked for it. */
const bindingOf = (principal: ConsolePerson): Buffer => tokenDigest(`step-up ${principal.grantId}`);

/**
 * Options by which the console asks for a passkey of the operator.
 * @throws Refusal `token_invalid` when they have none
 */
export function stepUpOptions(deps: StepUpDeps, principal: ConsolePerson) {
  return passkeyOptionsFor(deps.factors, principal.userId, bindingOf(principal));
}

/**
 * Proves again who the operator is. Whoever has a second factor gives that: a password alone is what somebody who looked
 * over their shoulder has.
 * @returns until when it counts
 * @throws Refusal `mfa_required`, `mfa_code_wrong`, `passkey_refused`, `invalid_credentials`, `rate_limited`, `overloaded`
 */
export async function stepUp(
  deps: StepUpDeps,
  origin: Origin,
  principal: ConsolePerson,
  given: { readonly proof: RouteBody<typeof stepUpProve>; readonly address: string },
): Promise<Date> {
  const { proof, address } = given;
  const { database } = deps.factors;
  const { method } = proof;
  if (method === 'password') {
    const { password } = proof;
    if (password === undefined) throw refuseField('password', 'is required for this method');
    // Hashing waits in a queue, and no transaction waits with it.
    const user = await findUserByEmail(database.db, principal.email);
    const checked = await checkPassword(deps.passwords, origin, {
      email: principal.email,
      password,
      user: user?.id === principal.userId ? user : undefined,
      address,
    });
    return database.write(origin, async (tx) => {
      const locked = await lockUser(tx, principal.userId);
      if (locked?.state !== 'active' || locked.passwordHash !== checked.passwordHash)
        throw new Refusal('invalid_credentials');
      if (locked.secondFactors.length > 0)
        throw new Refusal('mfa_required', {
          detail: 'You have a second factor: give that.',
          extensions: { methods: (await waysOf(deps, tx.db, locked)).filter((way) => way !== 'password') },
        });
      return noteProof(tx, principal, 'pwd', 'password');
    });
  }
  const second = proofOf({ ...proof, method });
  const outcome = await database.write(origin, async (tx) => {
    const person = await lockUser(tx, principal.userId);
    if (person?.state !== 'active') return new Refusal('session_ended');
    if (person.secondFactors.length === 0) return new Refusal('mfa_code_wrong');
    const refused = await verifyProof(deps.factors, tx, {
      person,
      proof: second,
      binding: bindingOf(principal),
      door: 'console',
    });
    return refused ?? noteProof(tx, principal, 'mfa', method);
  });
  if (outcome instanceof Refusal) throw outcome;
  return outcome;
}

async function noteProof(
  tx: Transaction,
  { grantId, userId, name }: ConsolePerson,
  amr: string,
  method: string,
): Promise<Date> {
  const [grant] = await tx.db.select().from(grants).where(eq(grants.id, grantId)).for('update');
  if (!grant || grant.endedAt !== null) throw new Refusal('session_ended');
  await tx.db
    .update(grants)
    .set({ signedInAt: tx.now, amr: [...new Set([...(grant.amr ?? []), amr])] })
    .where(eq(grants.id, grantId));
  tx.record({
    action: 'step_up_proved',
    target: { kind: 'user', id: userId, label: name },
    detail: { method, session_id: grantId },
  });
  return after(tx.now, recentSignInSeconds);
}
