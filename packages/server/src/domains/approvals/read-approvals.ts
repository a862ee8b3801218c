import {
  type Approval,
  type ApprovalState,
  type approvalsList,
  operatorRoleSatisfies,
  type Page,
  type ProductIntent,
  type RouteQuery,
} from '@castellan/contract';
import type { SQL } from 'drizzle-orm';
import { eq, inArray } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { approvals, services, users } from '../../platform/database/schema.ts';
import { type Queryable, sql } from '../../platform/database/transaction.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { readKeyPage, toPage } from '../../platform/http/paged-list.ts';
import type { Administrator, Operator } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { operatorRoleFor } from '../operators/role.ts';

/** One approval. @throws Refusal `not_found`, also for who has no role at its product */
export async function readApproval(
  db: Queryable,
  principal: Administrator | Operator,
  approvalId: string,
  now: Date,
): Promise<Approval> {
  const [approval] = await readApprovals(db, principal, [approvalId], now);
  if (!approval || operatorRoleFor(principal, approval.serviceId) === null) throw new Refusal('not_found');
  return approval;
}

/** Approvals at the products that somebody has a role at, newest first. */
export async function listApprovals(
  db: Queryable,
  cursors: Cursors,
  principal: Administrator | Operator,
  { state, ...request }: RouteQuery<typeof approvalsList>,
  now: Date,
): Promise<Page<Approval>> {
  const page = await readKeyPage(
    db,
    cursors,
    {
      name: JSON.stringify(['approvals', principal.userId, state]),
      table: 'approvals',
      order: { column: sql`t.requested_at`, type: 'timestamptz', id: sql`t.id`, descending: true },
      conditions: [reachedBy(principal), state && inState(state, now)],
    },
    request,
  );
  if (page.ids.length === 0) return toPage(page, [], () => '');
  return toPage(page, await readApprovals(db, principal, page.ids, now), (approval) => approval.id);
}

function reachedBy(principal: Administrator | Operator): SQL | undefined {
  if (operatorRoleFor(principal, null) !== null) return undefined;
  const reached =
    principal.kind === 'operator' ? principal.roles.flatMap(({ serviceId }) => serviceId ?? []) : [];
  return sql`t.service_id = ANY (${`{${reached.join(',')}}`}::uuid[])`;
}

function inState(state: ApprovalState, now: Date): SQL {
  switch (state) {
    case 'expired':
      return sql`t.state IN ('open', 'approved') AND t.expires_at <= ${now}`;
    case 'open':
    case 'approved':
      return sql`t.state = ${state} AND t.expires_at > ${now}`;
    case 'refused':
    case 'used':
      return sql`t.state = ${state}`;
  }
}

async function readApprovals(
  db: Queryable,
  principal: Administrator | Operator,
  ids: readonly string[],
  now: Date,
): Promise<Approval[]> {
  const requester = alias(users, 'requester');
  const decider = alias(users, 'decider');
  const rows = await db
    .select({
      approval: approvals,
      serviceName: services.name,
      requestedBy: { id: requester.id, name: requester.name, email: requester.email },
      decidedBy: { id: decider.id, name: decider.name, email: decider.email },
    })
    .from(approvals)
    .innerJoin(services, eq(services.id, approvals.serviceId))
    .innerJoin(requester, eq(requester.id, approvals.requestedBy))
    .leftJoin(decider, eq(decider.id, approvals.decidedBy))
    .where(inArray(approvals.id, [...ids]));
  return rows.map(({ approval, serviceName, requestedBy, decidedBy }) => {
    const serviceId = approval.serviceId!; // The join found it.
    const isLive = approval.expiresAt > now;
    const isWaiting = approval.state === 'open' || approval.state === 'approved';
    const role = operatorRoleFor(principal, serviceId);
    return {
      id: approval.id,
      serviceId,
      serviceName,
      // It was checked by the contract before it was stored.
      intent: approval.subject as ProductIntent,
      summary: approval.summary,
      rows: approval.rows.map(({ id, version, label }) => ({ id, version, label })),
      reason: approval.reason,
      requestedBy,
      requestedAt: approval.requestedAt,
      expiresAt: approval.expiresAt,
      state: isWaiting && !isLive ? 'expired' : approval.state,
      decidedBy,
      decidedAt: approval.decidedAt,
      note: approval.note,
      canDecide:
        approval.state === 'open' &&
        isLive &&
        requestedBy.id !== principal.userId &&
        role !== null &&
        operatorRoleSatisfies(role, approval.requestedRole),
    };
  });
}
