import { and, asc, eq } from 'drizzle-orm';
import type { Pool } from 'pg';
import { type ServiceScope, serviceCalls, services } from '../../platform/database/schema.ts';
import type { Queryable, Transaction } from '../../platform/database/transaction.ts';
import { spellingsOf } from '../oauth/resources.ts';

/** A service that another one may call. */
export interface Callee {
  readonly id: string;
  readonly name: string;
}

/** One that a token is exchanged for, with the scopes that it knows. */
export interface ExchangeTarget extends Callee {
  readonly scopes: readonly ServiceScope[];
}

const calleesQuery = {
  name: 'callees of a service',
  text: `
SELECT s.id, s.name, s.scopes, s.resource_uri AS "resourceUri" FROM service_calls c JOIN services s ON s.id = c.callee_id WHERE c.caller_id = $1`,
};

/**
 * The service that this one may call and that every one of the texts names: an audience by name or address, a resource
 * by address (RFC 8707) or `urn:castellan:service:NAME`.
 */
export async function findCallee(
  pool: Pool,
  callerId: string,
  named: { readonly audiences: readonly string[]; readonly resources: readonly string[] },
): Promise<ExchangeTarget | undefined> {
  const { rows } = await pool.query<ExchangeTarget & { resourceUri: string | null }>({
    ...calleesQuery,
    values: [callerId],
  });
  return rows.find((service) => {
    const spellings = spellingsOf(service);
    return (
      named.audiences.every((audience) => audience === service.name || spellings.includes(audience)) &&
      named.resources.every((resource) => spellings.includes(resource))
    );
  });
}

/** The services that this one may call in a person's name, by name. */
export async function listCallees(db: Queryable, callerId: string): Promise<Callee[]> {
  return db
    .select({ id: services.id, name: services.name })
    .from(serviceCalls)
    .innerJoin(services, eq(services.id, serviceCalls.calleeId))
    .where(eq(serviceCalls.callerId, callerId))
    .orderBy(asc(services.name));
}

/** Lets one service call another in the names of its people (RFC 8693); nothing happens when it may already. */
export async function allowCall(tx: Transaction, caller: Callee, callee: Callee): Promise<void> {
  const added = await tx.db
    .insert(serviceCalls)
    .values({ callerId: caller.id, calleeId: callee.id, createdAt: tx.now })
    .onConflictDoNothing()
    .returning({ calleeId: serviceCalls.calleeId });
  if (added.length === 0) return;
  tx.record({
    action: 'service_call_allowed',
    target: { kind: 'service', id: caller.id, label: caller.name },
    service: caller.name,
    detail: { callee: callee.name },
  });
}

/** Takes that back: tokens that were exchanged before are refused from the next call on. */
export async function withdrawCall(tx: Transaction, caller: Callee, callee: Callee): Promise<boolean> {
  const removed = await tx.db
    .delete(serviceCalls)
    .where(and(eq(serviceCalls.callerId, caller.id), eq(serviceCalls.calleeId, callee.id)))
    .returning({ calleeId: serviceCalls.calleeId });
  if (removed.length === 0) return false;
  tx.record({
    action: 'service_call_withdrawn',
    target: { kind: 'service', id: caller.id, label: caller.name },
    service: caller.name,
    detail: { callee: callee.name },
  });
  return true;
}
