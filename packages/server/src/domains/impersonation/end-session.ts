import { type Impersonation, revokeActorTokenCommand } from '@castellan/contract';
import { and, eq, isNull } from 'drizzle-orm';
import { impersonationSessions } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { endGrants } from '../grants/grant-store.ts';
import { operatorRoleFor } from '../operators/role.ts';
import { requireProduct } from '../products/find-products.ts';
import type { ImpersonationDeps } from './impersonation-deps.ts';
import { readSession } from './read-sessions.ts';
import type { SessionCaller } from './start-session.ts';

/** What ending a session came to; see the contract. */
export type EndEffect = 'ended' | 'asked' | 'unknown';

/**
 * Ends a session now, whether or not it is one's own: whoever may see it may stop it. Ended again, a product that could not be
 * asked before is asked again.
 * @throws Refusal `not_found`
 */
export async function endSession(
  deps: ImpersonationDeps,
  caller: SessionCaller,
  id: string,
): Promise<{ session: Impersonation; effect: EndEffect }> {
  const { database, clock } = deps;
  const { principal } = caller;
  const before = await readSession(database.db, principal, id, clock.now());
  const held = await caller.write((tx) => markEnded(tx, caller, before));
  const effect: EndEffect =
    before.endsBy === null || before.endsBy === 'platform'
      ? 'ended'
      : before.endsBy === 'product'
        ? await tellProduct(deps, caller, before, held?.externalId ?? null)
        : 'unknown';
  return { session: await readSession(database.db, principal, id, clock.now()), effect };
}

async function markEnded(
  tx: Transaction,
  { principal }: SessionCaller,
  session: Impersonation,
): Promise<{ externalId: string | null } | undefined> {
  const { id } = session;
  const [held] = await tx.db
    .select({
      grantId: impersonationSessions.grantId,
      externalId: impersonationSessions.externalId,
      endedAt: impersonationSessions.endedAt,
    })
    .from(impersonationSessions)
    .where(eq(impersonationSessions.id, id))
    .for('update');
  if (!held || held.endedAt !== null) return held;
  await tx.db
    .update(impersonationSessions)
    .set({
      endedAt: tx.now,
      endedReason: 'ended_by_operator',
      endedBy: principal.userId,
      endedByName: principal.name,
      endedByEmail: principal.email,
    })
    .where(and(eq(impersonationSessions.id, id), isNull(impersonationSessions.endedAt)));
  if (held.grantId !== null) await endGrants(tx, { grantId: held.grantId }, 'ended_by_operator');
  tx.record({
    action: 'impersonation_ended',
    target: { kind: 'user', id: session.userId, label: session.label },
    service: session.serviceName,
    detail: { impersonation_session_id: id, operator: session.operator.name },
  });
  return held;
}

/** Tells the product to end what it minted. The list says `ended` already: what the product answers is told beside it. */
async function tellProduct(
  deps: ImpersonationDeps,
  { principal, correlationId }: SessionCaller,
  session: Impersonation,
  externalId: string | null,
): Promise<EndEffect> {
  if (session.serviceId === null || operatorRoleFor(principal, session.serviceId) === null) return 'unknown';
  const product = await requireProduct(deps.database.db, principal, session.serviceId);
  if (product.adminUrl === null) return 'unknown';
  const outcome = await deps.products.call({
    service: product.name,
    adminUrl: product.adminUrl,
    operator: principal,
    role: product.role,
    correlationId,
    intent: {
      model: 'User',
      action: 'custom',
      command: revokeActorTokenCommand,
      id: session.rowId,
      payload: { session_id: session.id, external_id: externalId },
    },
    counted: 'custom',
  });
  return outcome.kind === 'answered' ? 'asked' : 'unknown';
}
