import { and, eq } from 'drizzle-orm';
import { impersonationSessions, users } from '../../platform/database/schema.ts';
import { rowsOf, sql, type Transaction } from '../../platform/database/transaction.ts';
import { looksLikeToken, tokenDigest } from '../../platform/secrets/opaque-token.ts';
import { endGrants } from '../grants/grant-store.ts';
import { sessionStands } from './standing.ts';
import { type ImpersonationSubject, lockSubject } from './subject.ts';

/** A session whose ticket came back, once, from the service that it is for. */
export interface RedeemedSession {
  readonly id: string;
  readonly grantId: string;
  readonly operatorId: string;
  readonly subject: ImpersonationSubject;
  readonly allowWrites: boolean;
  readonly expiresAt: Date;
}

/**
 * Uses up a ticket. One that comes back a second time was copied: what it gave is ended (as RFC 6749 §4.1.2 says of codes).
 * The caller commits either way.
 * @returns `undefined` for every reason why not
 */
export async function redeemTicket(
  tx: Transaction,
  service: { readonly id: string; readonly name: string },
  ticket: string,
  adminEmails: readonly string[],
): Promise<RedeemedSession | undefined> {
  if (!looksLikeToken('imt_', ticket)) return undefined;
  const digest = tokenDigest(ticket);
  const ofTicket = and(
    eq(impersonationSessions.ticketDigest, digest),
    eq(impersonationSessions.serviceId, service.id),
  );
  const [found] = await tx.db
    .select({ operatorId: impersonationSessions.operatorId, userId: impersonationSessions.userId })
    .from(impersonationSessions)
    .where(ofTicket);
  if (!found?.operatorId || !found.userId) return undefined;
  // People before their sessions, as wherever both are locked.
  await tx.db.select({ id: users.id }).from(users).where(eq(users.id, found.operatorId)).for('share');
  const subject = await lockSubject(tx, found.userId, adminEmails).catch(() => undefined);
  const [session] = await tx.db.select().from(impersonationSessions).where(ofTicket).for('update');
  if (!subject || !session?.grantId || session.endedAt !== null) return undefined;
  const operator = { kind: 'operator' as const, id: found.operatorId, label: session.operatorName };
  const target = { kind: 'user' as const, id: subject.id, label: subject.name };
  if (session.ticketUsedAt !== null) {
    await tx.db
      .update(impersonationSessions)
      .set({ endedAt: tx.now, endedReason: 'ticket_replayed' })
      .where(eq(impersonationSessions.id, session.id));
    await endGrants(tx, { grantId: session.grantId }, 'code_replayed');
    tx.record({
      action: 'impersonation_ended',
      target,
      service: service.name,
      detail: { impersonation_session_id: session.id, reason: 'ticket_replayed' },
    });
    return undefined;
  }
  if (session.ticketExpiresAt! <= tx.now || session.expiresAt <= tx.now) return undefined;
  const [standing] = await rowsOf<{ stands: boolean }>(
    tx.db,
    sql`SELECT ${sql.raw(sessionStands)} AS stands FROM impersonation_sessions s WHERE s.id = ${session.id}::uuid`,
  );
  if (!standing?.stands) return undefined;
  await tx.db
    .update(impersonationSessions)
    .set({ ticketUsedAt: tx.now })
    .where(eq(impersonationSessions.id, session.id));
  tx.record({
    action: 'impersonation_entered',
    actors: [operator, target],
    target,
    service: service.name,
    detail: {
      impersonation_session_id: session.id,
      allow_writes: session.allowWrites,
      session_id: session.grantId,
    },
  });
  return {
    id: session.id,
    grantId: session.grantId,
    operatorId: found.operatorId,
    subject,
    allowWrites: session.allowWrites,
    expiresAt: session.expiresAt,
  };
}
