import type { WorkspacePolicy } from '@castellan/contract';
import { eq, sql } from 'drizzle-orm';
import { changesOf } from '../../platform/activity/event.ts';
import { workspacePolicies, workspaces } from '../../platform/database/schema.ts';
import { type Queryable, rowsOf, type Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { readPolicy, type WorkspacePolicy as StoredPolicy } from './workspace-policy.ts';

const onTheWire = ({ secondFactorRequired, signInMethods, ...session }: StoredPolicy): WorkspacePolicy => ({
  secondFactorRequired: secondFactorRequired ?? false,
  signInMethods: signInMethods && [...signInMethods],
  sessionIdleSeconds: session.sessionIdleSeconds,
  sessionAbsoluteSeconds: session.sessionAbsoluteSeconds,
});

/** A workspace's policy, and how many of its members have a second factor. @throws Refusal `not_found` */
export async function policyWithMembers(
  db: Queryable,
  workspaceId: string,
): Promise<WorkspacePolicy & { readonly memberCount: number; readonly protectedCount: number }> {
  const [counts] = await rowsOf<{ memberCount: number; protectedCount: number }>(
    db,
    sql`SELECT count(u.id)::int AS "memberCount",
               count(u.id) FILTER (WHERE cardinality(u.second_factors) > 0)::int AS "protectedCount"
        FROM workspaces w LEFT JOIN members m ON m.workspace_id = w.id LEFT JOIN users u ON u.id = m.user_id
        WHERE w.id = ${workspaceId} GROUP BY w.id`,
  );
  if (!counts) throw new Refusal('not_found');
  return { ...onTheWire(await readPolicy(db, workspaceId)), ...counts };
}

/**
 * Sets what a workspace asks of sign-ins. Sessions that are there end when the new limits say; a second factor and the
 * ways in are asked when they are renewed next.
 * @throws Refusal `not_found`
 */
export async function changePolicy(
  tx: Transaction,
  workspaceId: string,
  wanted: WorkspacePolicy,
): Promise<WorkspacePolicy> {
  const [workspace] = await tx.db
    .select({ id: workspaces.id, name: workspaces.name })
    .from(workspaces)
    .where(eq(workspaces.id, workspaceId))
    .for('update');
  if (!workspace) throw new Refusal('not_found');
  const { secondFactorRequired, sessionIdleSeconds, sessionAbsoluteSeconds } = wanted;
  const signInMethods = wanted.signInMethods && [...new Set(wanted.signInMethods)].sort();
  const after: WorkspacePolicy = {
    secondFactorRequired,
    signInMethods,
    sessionIdleSeconds,
    sessionAbsoluteSeconds,
  };
  const before = onTheWire(await readPolicy(tx.db, workspaceId));
  const changes = changesOf(
    { ...before, signInMethods: before.signInMethods?.join(', ') ?? null },
    { ...after, signInMethods: signInMethods?.join(', ') ?? null },
  );
  if (Object.keys(changes).length === 0) return after;
  const row = { ...after, updatedAt: tx.now };
  await tx.db
    .insert(workspacePolicies)
    .values({ workspaceId, ...row })
    .onConflictDoUpdate({ target: workspacePolicies.workspaceId, set: row });
  await tx.db.execute(sql`
    UPDATE grants SET
      expires_at = least(expires_at, created_at + make_interval(secs => ${sessionAbsoluteSeconds}::int)),
      idle_expires_at = least(idle_expires_at, last_used_at + make_interval(secs => ${sessionIdleSeconds}::int))
    WHERE workspace_id = ${workspaceId} AND ended_at IS NULL`);
  tx.record({
    action: 'workspace_policy_changed',
    target: { kind: 'workspace', id: workspace.id, label: workspace.name },
    workspace,
    detail: { changes },
  });
  return after;
}
