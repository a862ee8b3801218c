import type { Follower } from '../../platform/activity/follower.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { sql } from '../../platform/database/transaction.ts';
import { invitationSubject } from './invitation-mail.ts';

/**
 * Writes a message for each invitation, in the order of the event log: what was rolled back was never invited, and
 * nobody is written to twice.
 *
 * @param options.delivers whether a mail server is set; without one, messages are held for the mailbox page
 * @param options.onQueued called after messages to be sent were written
 */
export function mailFollower(options: {
  readonly delivers: boolean;
  readonly onQueued: () => void;
}): Follower {
  const { delivers, onQueued } = options;
  return {
    name: 'mail',
    actions: ['user_created', 'user_invited'],
    async handle(tx, events) {
      const told = events.filter(({ detail }) => typeof detail.invitation_id === 'string');
      const list = (of: (event: (typeof told)[number]) => unknown) => sql`${sql.param(told.map(of))}`;
      // Facts are read here and not from the event: a person may have been added to a workspace after it.
      await tx.db.execute(sql`
        INSERT INTO mail_messages (id, kind, recipient, subject, invitation_id, facts, state, next_attempt_at, created_at)
        SELECT told.id, 'invitation', u.email, ${invitationSubject}, i.id,
          jsonb_build_object('name', u.name, 'invitedBy', told.inviter,
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
