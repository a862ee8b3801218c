import type { UserState } from '@castellan/contract';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { after } from '../../platform/clock.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { invitations, users } from '../../platform/database/schema.ts';
import { type Queryable, rowsOf, type Transaction } from '../../platform/database/transaction.ts';
import type { LinkKind } from './one-time-links.ts';

/** How long the link for the first administrator works. */
const setupLifeSeconds = 24 * 3600;

/** An invitation with whom it is for. */
export interface InvitedPerson {
  readonly invitationId: string;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly state: UserState;
  readonly invitedBy: string | null;
  readonly workspaces: readonly string[];
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
  readonly revokedAt: Date | null;
}

interface InvitedPersonRow {
  readonly invitation_id: string;
  readonly user_id: string;
  readonly email: string;
  readonly name: string;
  readonly state: UserState;
  readonly invited_by: string | null;
  readonly workspaces: string[];
  readonly expires_at: string;
  readonly used_at: string | null;
  readonly revoked_at: string | null;
}

const momentOf = (text: string | null): Date | null => (text === null ? null : new Date(text));

/** The invitation to set a password that a link stands for. */
export async function selectInvitedPerson(db: Queryable, digest: Buffer): Promise<InvitedPerson | undefined> {
  const [row] = await rowsOf<InvitedPersonRow>(
    db,
    sql`SELECT i.id AS invitation_id, i.expires_at, i.used_at, i.revoked_at,
        u.id AS user_id, u.email, u.name, u.state, inviter.name AS invited_by,
        ARRAY(SELECT w.name FROM members m JOIN workspaces w ON w.id = m.workspace_id
          WHERE m.user_id = u.id ORDER BY w.name_key LIMIT 20) AS workspaces
      FROM invitations i JOIN users u ON u.id = i.user_id
      LEFT JOIN users inviter ON inviter.id = i.created_by
      WHERE i.digest = ${digest} AND i.kind = 'set_password'`,
  );
  return (
    row && {
      invitationId: row.invitation_id,
      userId: row.user_id,
      email: row.email,
      name: row.name,
      state: row.state,
      invitedBy: row.invited_by,
      workspaces: row.workspaces,
      expiresAt: new Date(row.expires_at),
      usedAt: momentOf(row.used_at),
      revokedAt: momentOf(row.revoked_at),
    }
  );
}

/**
 * Locks a person and then one of their invitations: the order in which everything locks that changes a person, so
 * that none of it waits in a circle.
 */
export async function lockInvitation(tx: Transaction, userId: string, invitationId: string) {
  const [user] = await tx.db.select().from(users).where(eq(users.id, userId)).for('update');
  const [invitation] = await tx.db
    .select()
    .from(invitations)
    .where(and(eq(invitations.id, invitationId), eq(invitations.userId, userId)))
    .for('update');
  return user && invitation ? { user, invitation } : undefined;
}

export async function markUsed(tx: Transaction, invitationId: string): Promise<void> {
  await tx.db.update(invitations).set({ usedAt: tx.now }).where(eq(invitations.id, invitationId));
}

/** Whether the link went to the person's mailbox, and to no other eyes that Castellan knows of. */
export async function reachedMailboxOnly(tx: Transaction, invitationId: string): Promise<boolean> {
  const [row] = await rowsOf<{ only: boolean }>(
    tx.db,
    sql`SELECT i.shown_at IS NULL AND EXISTS (
        SELECT FROM mail_messages m WHERE m.invitation_id = i.id AND m.state = 'sent') AS only
      FROM invitations i WHERE i.id = ${invitationId}`,
  );
  return row?.only ?? false;
}

/** Where people can go: the services that have an address. */
export async function selectPlaces(db: Queryable): Promise<{ name: string; origin: string }[]> {
  return rowsOf(
    db,
    sql`SELECT name, origins[1] AS origin FROM services WHERE cardinality(origins) > 0 ORDER BY name LIMIT 50`,
  );
}

export async function anybodyExists(db: Queryable): Promise<boolean> {
  const [row] = await rowsOf<{ exists: boolean }>(db, sql`SELECT EXISTS (SELECT FROM users) AS exists`);
  return row!.exists;
}

/** Keeps everybody else from adding people until the end of the transaction. */
export async function holdUsers(tx: Transaction): Promise<void> {
  await tx.db.execute(sql`LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE`);
}

export async function selectSetup(db: Queryable, digest: Buffer) {
  const [invitation] = await db
    .select()
    .from(invitations)
    .where(and(eq(invitations.digest, digest), eq(invitations.kind, 'setup')));
  return invitation;
}

/** Adds a set-up link; the ones before it stop working. */
export async function replaceSetup(
  tx: Transaction,
  digestOf: (kind: LinkKind, id: string) => Buffer,
): Promise<string> {
  await tx.db
    .update(invitations)
    .set({ revokedAt: tx.now })
    .where(and(eq(invitations.kind, 'setup'), isNull(invitations.usedAt), isNull(invitations.revokedAt)));
  const id = newId();
  await tx.db.insert(invitations).values({
    id,
    kind: 'setup',
    digest: digestOf('setup', id),
    createdAt: tx.now,
    expiresAt: after(tx.now, setupLifeSeconds),
  });
  return id;
}
