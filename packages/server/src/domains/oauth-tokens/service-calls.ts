import { and, asc, eq } from 'drizzle-orm';
import type { Pool } from 'pg';
import { type ServiceScope, serviceCalls, services } from '../../platform/database/schema.ts';
import { type Queryable, sql, type Transaction } from '../../platform/database/transaction.ts';
import { refuseField } from '../../platform/refusal.ts';
import { openidScopeNames, spellingsOf } from '../oauth/resources.ts';

/** A service that another one may call. */
export interface Callee {
  readonly id: string;
  readonly name: string;
}

/** The scopes that a service may have where it calls another; `null` for all that the token it was called with allows. */
export type CallScopes = readonly string[] | null;

/** One that a token is exchanged for, with the scopes that it knows, and those that the caller may have. */
export interface ExchangeTarget extends Callee {
  readonly scopes: readonly ServiceScope[];
  readonly callScopes: CallScopes;
}

/** Scopes that say the same of a person wherever they are told; access beyond a sign-in is nothing to hand on. */
export const scopesEverywhere = openidScopeNames.filter((name) => name !== 'offline_access');

const calleesQuery = {
  name: 'callees of a service',
  text: `
SELECT s.id, s.name, s.scopes, s.resource_uri AS "resourceUri", c.scopes AS "callScopes" FROM service_calls c JOIN services s ON s.id = c.callee_id WHERE c.caller_id = $1`,
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
export async function listCallees(
  db: Queryable,
  callerId: string,
): Promise<(Callee & { scopes: string[] | null })[]> {
  return db
    .select({ id: services.id, name: services.name, scopes: serviceCalls.scopes })
    .from(serviceCalls)
    .innerJoin(services, eq(services.id, serviceCalls.calleeId))
    .where(eq(serviceCalls.callerId, callerId))
    .orderBy(asc(services.name));
}

/**
 * Lets one service call another in the names of its people (RFC 8693), with these scopes; nothing happens when that is so
 * already.
 * @throws Refusal `validation_failed` for a scope that the other service does not have
 */
export async function allowCall(
  tx: Transaction,
  caller: Callee,
  callee: Callee,
  scopes: CallScopes = null,
): Promise<void> {
  const wanted = scopes && [...new Set(scopes)].sort();
  if (wanted) await checkScopes(tx, callee, wanted);
  const written = await tx.db
    .insert(serviceCalls)
    .values({ callerId: caller.id, calleeId: callee.id, scopes: wanted, createdAt: tx.now })
    .onConflictDoUpdate({
      target: [serviceCalls.callerId, serviceCalls.calleeId],
      set: { scopes: wanted },
      setWhere: sql`service_calls.scopes IS DISTINCT FROM excluded.scopes`,
    })
    .returning({ calleeId: serviceCalls.calleeId });
  if (written.length === 0) return;
  tx.record({
    action: 'service_call_allowed',
    target: { kind: 'service', id: caller.id, label: caller.name },
    service: caller.name,
    detail: { callee: callee.name, ...(wanted ? { scopes: wanted } : {}) },
  });
}

async function checkScopes(tx: Transaction, callee: Callee, wanted: readonly string[]): Promise<void> {
  const [row] = await tx.db
    .select({ scopes: services.scopes })
    .from(services)
    .where(eq(services.id, callee.id))
    .for('key share');
  const known = [...scopesEverywhere, ...(row?.scopes ?? []).map(({ name }) => name)];
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw refuseField(
      'scopes',
      `${callee.name} has no scope “${unknown}”, but ${known.join(', ')}; add it to that service first, or leave it out`,
    );
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
