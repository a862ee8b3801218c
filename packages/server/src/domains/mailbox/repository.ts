import { type SQL, sql } from 'drizzle-orm';
import { type Queryable, rowsOf, type Transaction } from '../../platform/database/transaction.ts';
import type { MailOutcome } from '../../platform/mail/mailer.ts';
import type { StoredMail } from './write-mail.ts';

/** A message whose turn it is. */
export interface DueMail extends StoredMail {
  readonly id: string;
  readonly recipient: string;
  readonly subject: string;
  readonly attempts: number;
  /** Whether the link that it is about still works. */
  readonly isOpen: boolean;
}

interface DueRow {
  readonly id: string;
  readonly recipient: string;
  readonly subject: string;
  readonly kind: StoredMail['kind'];
  readonly invitation_id: string | null;
  readonly account_link_id: string | null;
  readonly facts: StoredMail['facts'];
  readonly attempts: number;
  readonly is_open: boolean;
}

/** An invitation `i` that can be followed now. */
export const isOpenInvitation = (now: Date): SQL =>
  sql`i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > ${now}::timestamptz`;

/** A link `l` that a person asked for and that can be followed now. */
export const isOpenAccountLink = (now: Date): SQL =>
  sql`l.used_at IS NULL AND l.revoked_at IS NULL AND l.expires_at > ${now}::timestamptz`;

/**
 * Takes messages whose time has come, each for one sender alone. Should that sender die, they are due again after the
 * lease; no transaction stays open while the mail server takes its time.
 */
export async function takeDue(
  tx: Transaction,
  options: { readonly limit: number; readonly leaseUntil: Date },
): Promise<DueMail[]> {
  const rows = await rowsOf<DueRow>(
    tx.db,
    sql`UPDATE mail_messages m SET attempts = attempts + 1, next_attempt_at = ${options.leaseUntil}::timestamptz
      FROM (
        SELECT id, invitation_id, account_link_id FROM mail_messages WHERE state = 'queued' AND next_attempt_at <= ${tx.now}::timestamptz
        ORDER BY next_attempt_at, id LIMIT ${options.limit} FOR UPDATE SKIP LOCKED
      ) due
      LEFT JOIN invitations i ON i.id = due.invitation_id
      LEFT JOIN account_links l ON l.id = due.account_link_id
      WHERE m.id = due.id
      RETURNING m.id, m.recipient, m.subject, m.kind, m.invitation_id, m.account_link_id, m.facts, m.attempts,
        CASE WHEN i.id IS NOT NULL THEN ${isOpenInvitation(tx.now)} ELSE ${isOpenAccountLink(tx.now)} END AS is_open`,
  );
  return rows.map(({ invitation_id, account_link_id, is_open, ...rest }) => ({
    ...rest,
    invitationId: invitation_id,
    accountLinkId: account_link_id,
    isOpen: is_open,
  }));
}

export async function markSent(tx: Transaction, id: string): Promise<void> {
  await tx.db.execute(sql`UPDATE mail_messages SET state = 'sent', sent_at = ${tx.now}::timestamptz,
    next_attempt_at = NULL, error = NULL WHERE id = ${id} AND state = 'queued'`);
}

/** @param nextAttemptAt when to try again; `null` gives up */
export async function markNotSent(
  tx: Transaction,
  id: string,
  { reason }: Extract<MailOutcome, { sent: false }>,
  nextAttemptAt: Date | null,
): Promise<void> {
  await tx.db.execute(sql`UPDATE mail_messages SET state = ${nextAttemptAt ? 'queued' : 'failed'}, error = ${reason},
    next_attempt_at = ${nextAttemptAt}::timestamptz WHERE id = ${id} AND state = 'queued'`);
}

/** Marks every open invitation as shown to an operator. @returns how many there are */
export async function showAllOpen(tx: Transaction): Promise<number> {
  const [row] = await rowsOf<{ shown: number }>(
    tx.db,
    sql`WITH shown AS (
        UPDATE invitations i SET shown_at = coalesce(shown_at, ${tx.now}::timestamptz)
        WHERE i.kind = 'set_password' AND ${isOpenInvitation(tx.now)} RETURNING 1
      ) SELECT count(*)::int AS shown FROM shown`,
  );
  return row!.shown;
}

export interface OpenInvitation {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/** Open invitations that were marked as shown, in batches by id. */
export async function* openInvitations(db: Queryable, now: Date): AsyncGenerator<OpenInvitation[]> {
  const size = 1000;
  let last = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await rowsOf<OpenInvitation>(
      db,
      sql`SELECT i.id, u.email, u.name FROM invitations i JOIN users u ON u.id = i.user_id
        WHERE i.kind = 'set_password' AND i.shown_at IS NOT NULL AND ${isOpenInvitation(now)} AND i.id > ${last}::uuid
        ORDER BY i.id LIMIT ${size}`,
    );
    yield rows;
    if (rows.length < size) return;
    last = rows.at(-1)!.id;
  }
}
