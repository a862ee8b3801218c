import type { adminLoginMfa, RouteBody, SignedIn } from '@castellan/contract';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { eq } from 'drizzle-orm';
import type { Origin } from '../../platform/activity/event.ts';
import { services, users } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal, refuseField } from '../../platform/refusal.ts';
import type { FactorDeps } from '../factors/factor-deps.ts';
import { completePending } from '../factors/pending-sign-in.ts';
import type { Proof } from '../factors/verify-proof.ts';
import { checkPolicy } from '../factors/workspace-policy.ts';
import { type AdminSignInDeps, type OperatorSignedIn, openConsole, signedIn } from './admin-sign-in.ts';
import { openSession } from './open-session.ts';
import { workspacesOf } from './repository.ts';
import { chooseWorkspace, refuseUnregisteredOrigin, type SignInDeps } from './sign-in.ts';

interface SecondStep<P extends Proof> {
  readonly mfaToken: string;
  readonly proof: P;
  readonly address: string;
  readonly userAgent: string | null;
}

async function lockedPerson(tx: Transaction, userId: string) {
  const [user] = await tx.db.select().from(users).where(eq(users.id, userId));
  return user!; // Locked by whoever proved the factor.
}

/**
 * Proves the second factor of a sign-in at a service and gives its tokens.
 * @throws Refusal as `completePending`; `not_member` and those of the workspace's policy, which leave the token as it was
 */
export async function proveSecondFactor(
  deps: SignInDeps & { readonly factors: FactorDeps },
  origin: Origin,
  step: SecondStep<Extract<Proof, { code: string }>> & { readonly siteOrigin: string | null },
): Promise<SignedIn> {
  return completePending(
    deps.factors,
    origin,
    { door: 'service', token: step.mfaToken, proof: step.proof },
    async (tx, pending) => {
      const { amr, method } = pending;
      const [service] = await tx.db.select().from(services).where(eq(services.id, pending.serviceId!));
      refuseUnregisteredOrigin(step.siteOrigin, service!.origins);
      const user = await lockedPerson(tx, pending.userId);
      const workspaces = await workspacesOf(tx, user.id);
      const workspace = await chooseWorkspace(tx, user.id, pending.workspaceId ?? undefined, workspaces);
      if (workspace) checkPolicy(workspace, { amr, method, factors: user.secondFactors });
      return openSession(deps, tx, {
        user,
        service: service!,
        workspace,
        workspaces,
        amr,
        method,
        address: step.address,
        userAgent: step.userAgent,
      });
    },
  );
}

/**
 * Proves the second factor of an operator's sign-in and begins the console session.
 * @throws Refusal as `completePending`; `not_admin`
 */
export async function proveOperatorsSecondFactor(
  deps: AdminSignInDeps & { readonly factors: FactorDeps },
  origin: Origin,
  step: SecondStep<Proof>,
): Promise<OperatorSignedIn> {
  const opened = await completePending(
    deps.factors,
    origin,
    { door: 'console', token: step.mfaToken, proof: step.proof },
    async (tx, pending) => {
      const user = await lockedPerson(tx, pending.userId);
      const console = await openConsole(deps, tx, user, {
        ...step,
        amr: pending.amr,
        method: pending.method,
      });
      if (!console) throw new Refusal('not_admin');
      return console;
    },
  );
  return signedIn(deps, opened);
}

/** Reads the proof of a second step: a passkey where the method is that, a code otherwise. */
export function proofOf({
  method,
  code,
  passkey,
}: Pick<RouteBody<typeof adminLoginMfa>, 'method' | 'code' | 'passkey'>): Proof {
  if (method === 'passkey') {
    if (!passkey) throw refuseField('passkey', 'is required for this method');
    return { method, response: passkey as AuthenticationResponseJSON };
  }
  if (code === undefined) throw refuseField('code', 'is required for this method');
  return { method, code };
}
