import type { GrantKind } from '@castellan/contract';
import { and, desc, eq, gt, inArray, isNull, ne } from 'drizzle-orm';
import { grants, services } from '../../platform/database/schema.ts';
import { type Queryable, sql, type Transaction } from '../../platform/database/transaction.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { endGrants } from '../grants/grant-store.ts';

/** Grants that are sign-ins; what apps were allowed is under connected apps. */
const sessionKinds = ['browser_session', 'session', 'admin_session'] as const satisfies readonly GrantKind[];

/** How many sessions one page shows. */
export const shownSessions = 100;

/** One place where a person is signed in. */
export interface PersonalSession {
  readonly id: string;
  readonly kind: GrantKind;
  readonly service: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly address: string | null;
  readonly userAgent: string | null;
}

function isLiveSession(userId: string, now: Date) {
  return and(
    eq(grants.userId, userId),
    inArray(grants.kind, [...sessionKinds]),
    isNull(grants.endedAt),
    gt(grants.expiresAt, now),
    gt(grants.idleExpiresAt, now),
  );
}

/** Everywhere a person is signed in now, the last used first, and how many places that are in all. */
export async function listSessions(
  db: Queryable,
  userId: string,
  now: Date,
): Promise<{ readonly sessions: readonly PersonalSession[]; readonly total: number }> {
  const rows = await db
    .select({
      id: grants.id,
      kind: grants.kind,
      service: services.name,
      createdAt: grants.createdAt,
      lastUsedAt: grants.lastUsedAt,
      address: grants.address,
      userAgent: grants.userAgent,
      total: sql<number>`(count(*) OVER ())::int`,
    })
    .from(grants)
    .leftJoin(services, eq(services.id, grants.serviceId))
    .where(isLiveSession(userId, now))
    .orderBy(desc(grants.lastUsedAt), desc(grants.id))
    .limit(shownSessions);
  return { sessions: rows.map(({ total: _, ...session }) => session), total: rows[0]?.total ?? 0 };
}

/** How many places a person is signed in at now. */
export async function countSessions(db: Queryable, userId: string, now: Date): Promise<number> {
  const [row] = await db
    .select({ total: sql<number>`count(*)::int` })
    .from(grants)
    .where(isLiveSession(userId, now));
  return row!.total;
}

const self = (session: BrowserSession) =>
  ({ kind: 'user', id: session.userId, label: session.name }) as const;

/**
 * Ends one of a person's own sessions, with the apps that were given access in it.
 * @returns whether there was one; somebody else's is none
 */
export async function endOwnSession(
  tx: Transaction,
  session: BrowserSession,
  sessionId: string,
): Promise<boolean> {
  const [found] = await tx.db
    .select({ id: grants.id })
    .from(grants)
    .where(and(eq(grants.id, sessionId), isLiveSession(session.userId, tx.now)));
  if (!found) return false;
  const ended = await endGrants(tx, { grantId: found.id, userId: session.userId }, 'signed_out');
  if (ended === 0) return false;
  tx.record({ action: 'session_ended', target: self(session), detail: { session_id: sessionId } });
  return true;
}

/**
 * Ends every other session of a person, with the apps that were given access in them.
 * @returns how many sessions
 */
export async function endOtherSessions(tx: Transaction, session: BrowserSession): Promise<number> {
  const others = await tx.db
    .select({ id: grants.id, kind: grants.kind })
    .from(grants)
    .where(and(isLiveSession(session.userId, tx.now), ne(grants.id, session.grantId)));
  // Few have many browsers, and each takes what was given in it along; the others end in one go.
  for (const { id } of others.filter(({ kind }) => kind === 'browser_session'))
    await endGrants(tx, { grantId: id, userId: session.userId }, 'signed_out');
  for (const kind of ['session', 'admin_session'] as const)
    await endGrants(tx, { userIds: [session.userId], kind, except: session.grantId }, 'signed_out');
  if (others.length > 0)
    tx.record({ action: 'sessions_ended', target: self(session), detail: { ended: others.length } });
  return others.length;
}
