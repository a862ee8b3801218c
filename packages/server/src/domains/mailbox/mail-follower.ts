import type { UserState } from '@castellan/contract';
import { eq, inArray } from 'drizzle-orm';
import type { Follower } from '../../platform/activity/follower.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { type AccountLinkKind, accountLinks, mailMessages, users } from '../../platform/database/schema.ts';
import { sql, type Transaction } from '../../platform/database/transaction.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { invitationMailMessages } from '../account/messages/invitation-mail-messages.ts';
import { type Language, languages } from '../account/messages/language.ts';
import { openImportedInvitations } from '../invitations/invite.ts';
import { type AccountMailFacts, type AccountMailKind, accountMailSubject } from './account-mail.ts';

/**
 * Writes a message for each invitation, in the order of the event log: what was rolled back was never invited, and
 * nobody is written to twice. For people whom an import created it makes the invitation as well.
 *
 * @param options.delivers whether a mail server is set; without one, messages are held for the mailbox page
 * @param options.language of mail to people whose own is not known yet
 * @param options.onQueued called after messages to be sent were written
 */
export function mailFollower(options: {
  readonly vault: Vault;
  readonly delivers: boolean;
  readonly language: Language;
  readonly onQueued: () => void;
}): Follower {
  const { vault, delivers, language, onQueued } = options;
  const subjects = JSON.stringify(
    Object.fromEntries(languages.map((one) => [one, invitationMailMessages(one).subject])),
  );
  return {
    name: 'mail',
    actions: [
      'user_created',
      'user_invited',
      'sign_in_link_requested',
      'password_reset_requested',
      'registration_requested',
    ],
    async handle(tx, events) {
      const asked = events.flatMap(({ detail }) =>
        typeof detail.account_link_id === 'string' ? [detail.account_link_id] : [],
      );
      if (asked.length > 0) await writeAccountMails(tx, asked, delivers);
      const told = events.filter(({ detail }) => typeof detail.invitation_id === 'string');
      await openImportedInvitations(
        tx,
        vault,
        told
          .filter(({ detail, targetId }) => detail.invitation_id === targetId)
          .map(({ targetId, actorId }) => ({ userId: targetId!, createdBy: actorId })),
      );
      const list = (of: (event: (typeof told)[number]) => unknown) => sql`${sql.param(told.map(of))}`;
      // Facts are read here and not from the event: a person may have been added to a workspace after it.
      await tx.db.execute(sql`
        INSERT INTO mail_messages (id, kind, recipient, subject, invitation_id, facts, state, next_attempt_at, created_at)
        SELECT told.id, 'invitation', u.email,
          ${subjects}::jsonb ->> coalesce(u.language, ${language}), i.id,
          jsonb_build_object('name', u.name, 'invitedBy', told.inviter, 'language', coalesce(u.language, ${language}),
            'workspaces', coalesce((SELECT string_agg(w.name, ', ' ORDER BY w.name_key)
              FROM members m JOIN workspaces w ON w.id = m.workspace_id WHERE m.user_id = u.id), ''),
            'expiresAt', to_char(i.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
          ${delivers ? 'queued' : 'held'}, ${delivers ? tx.now : null}::timestamptz, ${tx.now}::timestamptz
        FROM unnest(${list(() => newId())}::uuid[], ${list(({ detail }) => detail.invitation_id)}::uuid[],
            ${list(({ actors }) => (actors[0]?.kind === 'operator' ? actors[0].label : ''))}::text[])
          AS told (id, invitation_id, inviter)
        JOIN invitations i ON i.id = told.invitation_id
        JOIN users u ON u.id = i.user_id`);
      if (delivers) tx.afterCommit(onQueued);
    },
  };
}

/**
 * Writes to whoever owns the mailbox that a link was asked for. Only here it matters whether anybody does: who asked got
 * their answer before.
 */
async function writeAccountMails(
  tx: Transaction,
  linkIds: readonly string[],
  delivers: boolean,
): Promise<void> {
  const asked = await tx.db
    .select({
      link: accountLinks,
      user: { id: users.id, name: users.name, state: users.state, language: users.language },
    })
    .from(accountLinks)
    .leftJoin(users, eq(users.email, accountLinks.email))
    .where(inArray(accountLinks.id, [...linkIds]));
  for (const { link, user } of asked) {
    const kind = kindFor(link.kind, user?.state);
    if (!kind) continue;
    if (user) await tx.db.update(accountLinks).set({ userId: user.id }).where(eq(accountLinks.id, link.id));
    const language = user?.language ?? link.language;
    const facts: AccountMailFacts = {
      name: user?.name ?? '',
      language,
      expiresAt: link.expiresAt.toISOString(),
      address: link.address ?? '',
    };
    await tx.db.insert(mailMessages).values({
      id: newId(),
      kind,
      recipient: link.email,
      subject: accountMailSubject(kind, language),
      accountLinkId: link.id,
      facts: { ...facts },
      state: delivers ? 'queued' : 'held',
      nextAttemptAt: delivers ? tx.now : null,
      createdAt: tx.now,
    });
  }
}

/** What to write, if anything: people who were invited have a link already, and who is deactivated gets none. */
function kindFor(asked: AccountLinkKind, state: UserState | undefined): AccountMailKind | undefined {
  if (asked === 'register')
    return state === undefined ? 'registration' : state === 'active' ? 'account_exists' : undefined;
  if (state !== 'active') return undefined;
  return asked === 'sign_in' ? 'sign_in_link' : 'password_reset';
}
