import { mailExport, mailList, mailRead } from '@castellan/contract';
import { eq, sql } from 'drizzle-orm';
import type { Clock } from '../../platform/clock.ts';
import { invitations, mailMessages, users } from '../../platform/database/schema.ts';
import { type Database, rowsOf, type Transaction } from '../../platform/database/transaction.ts';
import { csvAnswer } from '../../platform/http/csv-answer.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { linkPath } from '../invitations/one-time-links.ts';
import { listMail, mailOf } from './list-mail.ts';
import { isOpenAccountLink, openInvitations, showAllOpen } from './repository.ts';
import { linkOfMail, writeMail } from './write-mail.ts';

/** Stands in a message's text where the link is not shown. */
const hiddenLink = '(the link is in the mail alone)';

/**
 * What the platform wrote to people. While no mail server is set, operators can take links from here and hand them
 * out; each showing is recorded, and such a link proves nothing about the mailbox.
 */
export function mailboxRoutes(deps: {
  readonly database: Database;
  readonly vault: Vault;
  readonly cursors: Cursors;
  readonly clock: Clock;
  /** Whether a mail server is set. */
  readonly delivers: boolean;
  /** The origin that links lead to. */
  readonly publicUrl: string;
}): Implementation[] {
  const { database, vault, cursors, clock, delivers, publicUrl } = deps;
  const linkOf = (invitationId: string): string => publicUrl + linkPath(vault, 'set_password', invitationId);
  return [
    implement(mailList, async ({ query }) => listMail(database.db, cursors, query)),
    implement(mailRead, async (call) => {
      const [message] = await database.db
        .select()
        .from(mailMessages)
        .where(eq(mailMessages.id, call.params.id));
      if (!message) throw new Refusal('not_found');
      const { invitationId, accountLinkId } = message;
      const shown =
        !delivers &&
        (await call.write(async (tx) => {
          if (invitationId !== null) return showLink(tx, invitationId);
          return accountLinkId !== null && showAccountLink(tx, accountLinkId, message.recipient);
        }));
      const link = shown ? linkOfMail({ vault, publicUrl }, message) : null;
      return { mail: mailOf(message), text: writeMail(message, link ?? hiddenLink).text, link };
    }),
    implement(mailExport, async (call) => {
      if (delivers)
        throw new Refusal('forbidden', {
          detail:
            'A mail server is set, so links go to the people themselves. Invite a person again to send a new one.',
        });
      await call.write(async (tx) => {
        const count = await showAllOpen(tx);
        tx.record({
          action: 'invitation_link_shown',
          target: { kind: 'invitation', id: null, label: `${count} people` },
          detail: { exported: count },
        });
      });
      return csvAnswer('invitations', ['email', 'name', 'link'], exportedRows(database, clock.now(), linkOf));
    }),
  ];
}

async function* exportedRows(database: Database, now: Date, linkOf: (invitationId: string) => string) {
  for await (const batch of openInvitations(database.db, now))
    yield batch.map(({ id, email, name }) => [email, name, linkOf(id)]);
}

/** Notes that an operator sees a link. @returns whether there is one that still works */
async function showLink(tx: Transaction, invitationId: string): Promise<boolean> {
  const [row] = await tx.db
    .select({ invitation: invitations, name: users.name })
    .from(invitations)
    .innerJoin(users, eq(users.id, invitations.userId))
    .where(eq(invitations.id, invitationId))
    .for('update', { of: invitations });
  if (!row) return false;
  const { usedAt, revokedAt, expiresAt, shownAt, userId } = row.invitation;
  if (usedAt || revokedAt || expiresAt <= tx.now) return false;
  if (!shownAt)
    await tx.db.update(invitations).set({ shownAt: tx.now }).where(eq(invitations.id, invitationId));
  tx.record({
    action: 'invitation_link_shown',
    target: { kind: 'user', id: userId, label: row.name },
    detail: { invitation_id: invitationId },
  });
  return true;
}

/** The same for a link that a person asked for: seen by an operator, it proves nothing about the mailbox any more. */
async function showAccountLink(tx: Transaction, linkId: string, recipient: string): Promise<boolean> {
  const [row] = await rowsOf<{ user_id: string | null }>(
    tx.db,
    sql`UPDATE account_links l SET shown_at = coalesce(shown_at, ${tx.now}::timestamptz)
        WHERE l.id = ${linkId} AND ${isOpenAccountLink(tx.now)} RETURNING l.user_id`,
  );
  if (!row) return false;
  tx.record({
    action: 'invitation_link_shown',
    target: { kind: 'user', id: row.user_id, label: recipient },
    detail: { account_link_id: linkId },
  });
  return true;
}
