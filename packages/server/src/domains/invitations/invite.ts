import { and, inArray, isNull, sql } from 'drizzle-orm';
import { after } from '../../platform/clock.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { invitations } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { linkDigest } from './one-time-links.ts';

/** How long a link to set a password works. */
export const invitationLifeSeconds = 7 * 24 * 3600;

export interface Invitee {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/**
 * Makes the first one-time link of an account that is made in the same transaction. Its id goes into the event
 * `user_created`, whose follower writes the mail.
 */
export async function openInvitation(tx: Transaction, vault: Vault, userId: string): Promise<string> {
  const id = newId();
  await insertInvitations(tx, vault, [{ id, userId }]);
  return id;
}

/**
 * Makes the first links of people whom an import created; each has the id of its person. Nobody gets one who was
 * invited again, deactivated or deleted since.
 */
export async function openImportedInvitations(
  tx: Transaction,
  vault: Vault,
  people: readonly { readonly userId: string; readonly createdBy: string | null }[],
): Promise<void> {
  if (people.length === 0) return;
  const list = (of: (person: (typeof people)[number]) => unknown) => sql`${sql.param(people.map(of))}`;
  await tx.db.execute(sql`
    INSERT INTO invitations (id, kind, user_id, digest, created_by, created_at, expires_at)
    SELECT u.id, 'set_password', u.id, new.digest, new.created_by, ${tx.now}::timestamptz,
      ${after(tx.now, invitationLifeSeconds)}::timestamptz
    FROM unnest(${list(({ userId }) => userId)}::uuid[],
        ${list(({ userId }) => linkDigest(vault, 'set_password', userId))}::bytea[],
        ${list(({ createdBy }) => createdBy)}::uuid[]) AS new (user_id, digest, created_by)
    JOIN users u ON u.id = new.user_id AND u.state = 'invited'
    WHERE NOT EXISTS (SELECT FROM invitations i WHERE i.user_id = u.id)`);
}

async function insertInvitations(
  tx: Transaction,
  vault: Vault,
  rows: readonly { readonly id: string; readonly userId: string }[],
): Promise<void> {
  await tx.db.insert(invitations).values(
    rows.map(({ id, userId }) => ({
      id,
      kind: 'set_password' as const,
      userId,
      digest: linkDigest(vault, 'set_password', id),
      createdBy: tx.origin.actors[0]?.id ?? null,
      createdAt: tx.now,
      expiresAt: after(tx.now, invitationLifeSeconds),
    })),
  );
}

/**
 * Makes one-time links to set a password for people who exist and records `user_invited` for each; links before them stop working.
 * The mail is written by the follower of that event, so that a lost transaction sends nothing.
 */
export async function inviteUsers(
  tx: Transaction,
  vault: Vault,
  invitees: readonly Invitee[],
): Promise<void> {
  if (invitees.length === 0) return;
  await tx.db
    .update(invitations)
    .set({ revokedAt: tx.now })
    .where(
      and(
        inArray(
          invitations.userId,
          invitees.map((invitee) => invitee.id),
        ),
        isNull(invitations.usedAt),
        isNull(invitations.revokedAt),
      ),
    );
  const rows = invitees.map((invitee) => ({ id: newId(), invitee }));
  await insertInvitations(
    tx,
    vault,
    rows.map(({ id, invitee }) => ({ id, userId: invitee.id })),
  );
  for (const { id, invitee } of rows)
    tx.record({
      action: 'user_invited',
      target: { kind: 'user', id: invitee.id, label: invitee.name },
      detail: { invitation_id: id, email: invitee.email },
    });
}
