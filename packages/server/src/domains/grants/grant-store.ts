import { type GrantEnding, type GrantKind, impersonationLifeSeconds } from '@castellan/contract';
import { and, eq, inArray, isNull, ne, or, type SQL, sql } from 'drizzle-orm';
import { after } from '../../platform/clock.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { grants } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';

/** How long grants live, in seconds: without use, and at most. */
export const grantLives = {
  session: { idleSeconds: 7 * 24 * 3600, absoluteSeconds: 30 * 24 * 3600 },
  admin_session: { idleSeconds: 3600, absoluteSeconds: 3600 },
  browser_session: { idleSeconds: 7 * 24 * 3600, absoluteSeconds: 30 * 24 * 3600 },
  oauth: { idleSeconds: 7 * 24 * 3600, absoluteSeconds: 30 * 24 * 3600 },
  impersonation: { idleSeconds: impersonationLifeSeconds, absoluteSeconds: impersonationLifeSeconds },
} as const satisfies Record<GrantKind, { idleSeconds: number; absoluteSeconds: number }>;

export interface NewGrant {
  readonly kind: GrantKind;
  readonly userId: string;
  readonly serviceId: string | null;
  readonly workspaceId: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  /** How the person signed in (RFC 8176), where that is kept. */
  readonly amr?: string[];
  readonly authTime?: Date | null;
  /** The way in, which a workspace may ask about: `password`, `passkey`, `email_link`, the name of a provider. */
  readonly signInMethod?: string;
  /** Of an OAuth grant: its client, what it may do, and the browser session it was given in. */
  readonly clientId?: string;
  readonly scopes?: string[];
  readonly parentGrantId?: string | null;
}

/** The id and the ends of a grant that a transaction begins. */
export function datesOfGrant(tx: Transaction, kind: GrantKind) {
  const lives = grantLives[kind];
  return {
    id: newId(),
    idleExpiresAt: after(tx.now, lives.idleSeconds),
    expiresAt: after(tx.now, lives.absoluteSeconds),
  };
}

/** Writes one grant of the one store. */
export async function insertGrant(tx: Transaction, grant: NewGrant): Promise<string> {
  const dates = datesOfGrant(tx, grant.kind);
  await tx.db.insert(grants).values({ ...grant, ...dates, createdAt: tx.now, lastUsedAt: tx.now });
  return dates.id;
}

/** Which grants to end: those of users, of a user in a workspace, one by its id. */
export type GrantSelection =
  | { readonly userIds: readonly string[]; readonly kind?: GrantKind; readonly except?: string }
  | { readonly userId: string; readonly workspaceId: string }
  | { readonly workspaceId: string }
  /** With a browser session also the OAuth grants that were given in it and do not outlive it. */
  | { readonly grantId: string; readonly userId?: string }
  | { readonly clientId: string; readonly userId?: string };

function matching(selection: GrantSelection): SQL | undefined {
  if ('userIds' in selection)
    return and(
      inArray(grants.userId, [...selection.userIds]),
      selection.kind ? eq(grants.kind, selection.kind) : undefined,
      selection.except ? ne(grants.id, selection.except) : undefined,
    );
  if ('grantId' in selection)
    return and(
      or(eq(grants.id, selection.grantId), eq(grants.parentGrantId, selection.grantId)),
      selection.userId ? eq(grants.userId, selection.userId) : undefined,
    );
  if ('clientId' in selection)
    return and(
      eq(grants.clientId, selection.clientId),
      selection.userId ? eq(grants.userId, selection.userId) : undefined,
    );
  if ('userId' in selection)
    return and(eq(grants.userId, selection.userId), eq(grants.workspaceId, selection.workspaceId));
  return eq(grants.workspaceId, selection.workspaceId);
}

/**
 * Ends grants: the one operation that every revocation goes through. The next call that asks is refused.
 * @returns how many were live until now
 */
export async function endGrants(
  tx: Transaction,
  selection: GrantSelection,
  reason: GrantEnding,
): Promise<number> {
  const ended = await tx.db
    .update(grants)
    .set({ endedAt: tx.now, endedReason: reason })
    .where(and(isNull(grants.endedAt), matching(selection)))
    .returning({ id: grants.id, kind: grants.kind });
  const toTell = ended.filter(({ kind }) => kind === 'oauth').map(({ id }) => id);
  if (toTell.length > 0) await queueLogouts(tx, toTell);
  return ended.length;
}

/** Clients that asked to be told when a sign-in ends (OpenID Connect Back-Channel Logout) are told after the commit. */
async function queueLogouts(tx: Transaction, grantIds: readonly string[]): Promise<void> {
  await tx.db.execute(sql`
    INSERT INTO backchannel_logouts (grant_id, client_id, user_id, next_attempt_at, created_at)
    SELECT g.id, g.client_id, g.user_id, ${tx.now}, ${tx.now} FROM grants g JOIN clients c ON c.id = g.client_id
    WHERE g.id = ANY (${sql.param(grantIds)}::uuid[]) AND c.backchannel_logout_uri IS NOT NULL
    ON CONFLICT DO NOTHING`);
}
