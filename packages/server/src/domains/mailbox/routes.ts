import { mailExport, mailList, mailRead } from '@castellan/contract';
import { eq } from 'drizzle-orm';
import type { Clock } from '../../platform/clock.ts';
import { invitations, mailMessages, users } from '../../platform/database/schema.ts';
import type { Database, Transaction } from '../../platform/database/transaction.ts';
import { csvAnswer } from '../../platform/http/csv-answer.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { linkToken } from '../invitations/one-time-links.ts';
import { type InvitationFacts, writeInvitation } from './invitation-mail.ts';
import { listMail, mailOf } from './list-mail.ts';
import { openInvitations, showAllOpen } from './repository.ts';

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
  const linkOf = (invitationId: string): string =>
    `${publicUrl}/invite/${linkToken(vault, 'set_password', invitationId)}`;
  return [
    implement(mailList, async ({ query }) => listMail(database.db, cursors, query)),
    implement(mailRead, async (call) => {
      const [message] = await database.db
        .select()
        .from(mailMessages)
        .where(eq(mailMessages.id, call.params.id));
      if (!message) throw new Refusal('not_found');
      const { invitationId } = message;
      const shown =
        !delivers && invitationId !== null && (await call.write((tx) => showLink(tx, invitationId)));
      const link = shown ? linkOf(invitationId) : null;
      const facts = message.facts as unknown as InvitationFacts;
      return { mail: mailOf(message), text: writeInvitation(facts, link ?? hiddenLink).text, link };
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
