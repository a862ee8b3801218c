import { eq } from 'drizzle-orm';
import { after, earlier } from '../../platform/clock.ts';
import { workspacePolicies } from '../../platform/database/schema.ts';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';

/** What a workspace asks of its members' sign-ins; nulls leave the platform's own rule, and so does a policy that is not there. */
export interface WorkspacePolicy {
  readonly secondFactorRequired: boolean | null;
  /** `password`, `passkey`, `email_link`, `provider:NAME`. */
  readonly signInMethods: readonly string[] | null;
  readonly sessionIdleSeconds: number | null;
  readonly sessionAbsoluteSeconds: number | null;
}

/** The columns of a policy in hand-written SQL, where `workspace_policies` is `p` (joined by LEFT JOIN). */
export const policyColumns = `p.second_factor_required AS "secondFactorRequired", p.sign_in_methods AS "signInMethods",
  p.session_idle_seconds AS "sessionIdleSeconds", p.session_absolute_seconds AS "sessionAbsoluteSeconds"`;

/** The policy of a workspace that asks nothing. */
export const noPolicy: WorkspacePolicy = {
  secondFactorRequired: null,
  signInMethods: null,
  sessionIdleSeconds: null,
  sessionAbsoluteSeconds: null,
};

/** Reads what a workspace asks. */
export async function readPolicy(db: Queryable, workspaceId: string): Promise<WorkspacePolicy> {
  const [row] = await db
    .select()
    .from(workspacePolicies)
    .where(eq(workspacePolicies.workspaceId, workspaceId));
  return row ?? noPolicy;
}

const ownMethods = ['password', 'passkey', 'email_link'];

/** A way in as policies name it: providers have a prefix, so that none is taken for one of our own ways. */
export function policyMethod(method: string): string {
  return ownMethods.includes(method) || method.startsWith('provider:') ? method : `provider:${method}`;
}

/** How somebody signed in, as far as a policy asks. */
export interface SignInFacts {
  /** What was proved (RFC 8176). */
  readonly amr: readonly string[];
  /** The way in: `password`, `passkey`, `email_link`, the name of a provider; `null` where it was not kept. */
  readonly method: string | null;
  /** The factors that the person has. */
  readonly factors: readonly string[];
}

/**
 * What stands between a sign-in and a workspace.
 * @returns `second_factor` when a factor that the person has would open it
 * @throws Refusal `sign_in_method_refused`; `mfa_enrolment_required` when the person has no factor that it asks for
 */
export function checkPolicy(policy: WorkspacePolicy, facts: SignInFacts): 'open' | 'second_factor' {
  const { signInMethods } = policy;
  if (signInMethods && facts.method !== null && !signInMethods.includes(policyMethod(facts.method)))
    throw new Refusal('sign_in_method_refused', {
      detail: `This workspace takes: ${signInMethods.join(', ')}.`,
    });
  if (!policy.secondFactorRequired || facts.amr.includes('mfa')) return 'open';
  if (facts.factors.length === 0) throw new Refusal('mfa_enrolment_required');
  return 'second_factor';
}

interface Standing extends WorkspacePolicy, SignInFacts {
  /** Raw queries give moments as text. */
  readonly signedInAt: string;
}

/**
 * How the sign-in of a browser stands to a workspace.
 * @returns `second_factor` when a factor that the person has would open it
 * @throws Refusal `not_member`, `recent_sign_in_required`, and those of {@link checkPolicy}
 */
export async function standingIn(
  db: Queryable,
  session: { readonly grantId: string; readonly userId: string },
  workspaceId: string,
  now: Date,
): Promise<'open' | 'second_factor'> {
  const [row] = await rowsOf<Standing>(
    db,
    sql`SELECT ${sql.raw(policyColumns)}, coalesce(g.amr, '{}') AS amr, coalesce(g.signed_in_at, g.created_at) AS "signedInAt", g.sign_in_method AS method, u.second_factors AS factors
        FROM members m JOIN users u ON u.id = m.user_id JOIN grants g ON g.id = ${session.grantId} AND g.user_id = u.id
        LEFT JOIN workspace_policies p ON p.workspace_id = m.workspace_id
        WHERE m.user_id = ${session.userId} AND m.workspace_id = ${workspaceId}`,
  );
  if (!row) throw new Refusal('not_member');
  const standing = checkPolicy(row, row);
  // One sign-in does not begin session after session, each of the length that the workspace allows.
  if (
    row.sessionAbsoluteSeconds !== null &&
    after(new Date(row.signedInAt), row.sessionAbsoluteSeconds) <= now
  )
    throw new Refusal('recent_sign_in_required', { detail: 'This workspace asks for a newer sign-in.' });
  return standing;
}

/**
 * A condition in hand-written SQL: whether a grant may go on in its workspace by what the workspace asks now. What is
 * refused by it is renewed by signing in again.
 */
export const grantMeetsPolicy = (grant: string): string => `NOT EXISTS (
  SELECT FROM workspace_policies wp WHERE wp.workspace_id = ${grant}.workspace_id AND (
    (wp.second_factor_required AND NOT 'mfa' = ANY (coalesce(${grant}.amr, '{}')))
    OR ${grant}.sign_in_method <> ALL (wp.sign_in_methods)))`;

/** When a session of a workspace ends: the platform's limits or the policy's, whichever is nearer. */
export function sessionEnds(
  policy: Pick<WorkspacePolicy, 'sessionIdleSeconds' | 'sessionAbsoluteSeconds'>,
  lives: { readonly idleSeconds: number; readonly absoluteSeconds: number },
  session: { readonly begunAt: Date; readonly usedAt: Date },
): { readonly idleExpiresAt: Date; readonly expiresAt: Date } {
  const absolute = Math.min(lives.absoluteSeconds, policy.sessionAbsoluteSeconds ?? lives.absoluteSeconds);
  const expiresAt = after(session.begunAt, absolute);
  const idle = after(
    session.usedAt,
    Math.min(lives.idleSeconds, policy.sessionIdleSeconds ?? lives.idleSeconds),
  );
  return { expiresAt, idleExpiresAt: earlier(idle, expiresAt) };
}
