import { type UserDetail, usersEndSession, usersEndSessions, usersUnlinkIdentity } from '@castellan/contract';
import { Badge, Button, Card, ConfirmDialog, CopyId, EmptyState, RelativeTime } from '@castellan/ui';
import { Link } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { useAction } from '../api/use-action.ts';
import { roleLabels } from './labels.tsx';
import { describeUserAgent } from './user-agent.ts';

const row = 'flex min-h-12 items-center gap-3 border-b border-subtle px-4 py-2 last:border-0';

/** Said at the end of a list that holds only the first hundred. */
function Rest({ shown, total, what }: { shown: number; total: number; what: string }) {
  if (total <= shown) return null;
  return (
    <p className="border-t border-subtle px-4 py-2 text-12 text-muted">
      The first {shown.toLocaleString()} of {total.toLocaleString()} {what}.
    </p>
  );
}

/** What a person is signed in to. */
function sessionLabel(session: UserDetail['sessions'][number]): string {
  switch (session.kind) {
    case 'admin_session':
      return 'Console';
    case 'browser_session':
      return 'Castellan’s own pages';
    case 'session':
    case 'oauth':
      return session.service ?? 'A service';
    case 'impersonation':
      return `An operator who acts as them${session.service ? ` at ${session.service}` : ''}`;
  }
}

/** The workspaces a person is in, with the role in each. */
export function UserWorkspaces({ user, onAdd }: { user: UserDetail; onAdd: () => void }) {
  return (
    <Card
      flush
      title="Workspaces"
      actions={
        <Button small onClick={onAdd}>
          Add to workspace
        </Button>
      }
    >
      {user.workspaces.length === 0 ? (
        <EmptyState compact title="In no workspace">
          A workspace gives a person a role and people to work with. Until then they can sign in and see
          nothing of it.
        </EmptyState>
      ) : (
        <ul>
          {user.workspaces.map((workspace) => (
            <li key={workspace.id} className={row}>
              <span className="min-w-0 flex-1">
                <Link
                  to="/workspaces/$id"
                  params={{ id: workspace.id }}
                  className="block truncate rounded-[4px] font-medium hover:underline"
                >
                  {workspace.name}
                </Link>
                <span className="block truncate font-mono text-12 text-muted">{workspace.slug}</span>
              </span>
              <span className="hidden text-12 text-muted sm:block">
                joined <RelativeTime at={workspace.joinedAt} />
              </span>
              <Badge>{roleLabels[workspace.role]}</Badge>
            </li>
          ))}
        </ul>
      )}
      <Rest shown={user.workspaces.length} total={user.workspaceCount} what="workspaces" />
    </Card>
  );
}

/** The groups a person is in. */
export function UserGroups({ user }: { user: UserDetail }) {
  return (
    <Card flush title="Groups">
      {user.groups.length === 0 ? (
        <p className="px-4 py-3 text-13 text-muted">In no group. Groups are made in a workspace.</p>
      ) : (
        <ul>
          {user.groups.map((group) => (
            <li key={group.id} className="border-b border-subtle px-4 py-2 last:border-0">
              <Link
                to="/workspaces/$id"
                params={{ id: group.workspaceId }}
                search={{ tab: 'groups', group: group.id }}
                className="block truncate rounded-[4px] font-medium hover:underline"
              >
                {group.name}
              </Link>
              <span className="block truncate text-12 text-muted">{group.workspaceName}</span>
            </li>
          ))}
        </ul>
      )}
      <Rest shown={user.groups.length} total={user.groupCount} what="groups" />
    </Card>
  );
}

/** The ways a person can sign in. */
export function UserIdentities({ user }: { user: UserDetail }) {
  const [unlinking, setUnlinking] = useState<UserDetail['identities'][number]>();
  const unlink = useAction(usersUnlinkIdentity, {
    done: () => ({ title: 'The account is unlinked' }),
    onDone: () => setUnlinking(undefined),
  });
  return (
    <Card flush title="Linked accounts">
      {user.identities.length === 0 ? (
        <p className="px-4 py-3 text-13 text-muted">
          None yet. An invitation lets {user.name} set a password.
        </p>
      ) : (
        <ul>
          {user.identities.map((identity) => (
            <li key={`${identity.provider} ${identity.subject}`} className={row}>
              <KeyRound size={16} aria-hidden className="shrink-0 text-muted" />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{identity.providerName}</span>
                {identity.id !== null && (
                  <>
                    {identity.email !== null && (
                      <span className="block truncate text-12 text-muted">{identity.email}</span>
                    )}
                    <CopyId value={identity.subject} />
                    <span className="block text-12 text-muted">
                      linked <RelativeTime at={identity.linkedAt} none="" />
                      {identity.lastUsedAt ? (
                        <>
                          , used <RelativeTime at={identity.lastUsedAt} />
                        </>
                      ) : (
                        ', not used yet'
                      )}
                    </span>
                  </>
                )}
              </span>
              {identity.id === null && (
                <span className="text-12 text-muted">
                  set <RelativeTime at={identity.linkedAt} none="" />
                </span>
              )}
              {identity.id !== null && (
                <Button small onClick={() => setUnlinking(identity)}>
                  Unlink<span className="sr-only"> the account at {identity.providerName}</span>
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <ConfirmDialog
        open={unlinking !== undefined}
        onOpenChange={(open) => !open && setUnlinking(undefined)}
        title={`Unlink the account at ${unlinking?.providerName ?? ''}?`}
        losses={[
          `${user.name} can not sign in by it any more`,
          ...(user.identities.length === 1 ? ['It is their last way in: they need a new invitation'] : []),
        ]}
        keeps={['The account here, and where it is signed in now: end sessions to change that']}
        action="Unlink"
        busy={unlink.isPending}
        onConfirm={() => unlinking?.id && unlink.mutate({ params: { id: user.id, sid: unlinking.id } })}
      />
    </Card>
  );
}

/** Where a person is signed in, with the means to end one or all. */
export function UserSessions({ user }: { user: UserDetail }) {
  const [asking, setAsking] = useState(false);
  const endOne = useAction(usersEndSession, { done: () => ({ title: 'The session has ended' }) });
  const endAll = useAction(usersEndSessions, {
    done: ({ ended }) => ({
      title: `${ended.toLocaleString()} ${ended === 1 ? 'session' : 'sessions'} ended`,
    }),
    onDone: () => setAsking(false),
  });
  return (
    <Card
      flush
      title="Sessions"
      actions={
        user.sessionCount > 0 && (
          <Button small onClick={() => setAsking(true)}>
            End all
          </Button>
        )
      }
    >
      {user.sessions.length === 0 ? (
        <EmptyState compact title="Signed in nowhere">
          Every sign-in to a service appears here and can be ended.
        </EmptyState>
      ) : (
        <ul>
          {user.sessions.map((session) => (
            <li key={session.id} className={row}>
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{sessionLabel(session)}</span>
                <span className="block truncate text-12 text-muted" title={session.userAgent ?? undefined}>
                  {describeUserAgent(session.userAgent)}
                  {session.address && ` · ${session.address}`}
                </span>
              </span>
              <span className="hidden text-right text-12 text-muted sm:block">
                <span className="block">
                  used <RelativeTime at={session.lastUsedAt} />
                </span>
                <span className="block">
                  ends <RelativeTime at={session.expiresAt} />
                </span>
              </span>
              <Button
                small
                busy={endOne.isPending && endOne.variables?.params.sid === session.id}
                onClick={() => endOne.mutate({ params: { id: user.id, sid: session.id } })}
              >
                End
                <span className="sr-only"> session at {session.service ?? 'the console'}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Rest shown={user.sessions.length} total={user.sessionCount} what="sessions" />
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`End all sessions of ${user.name}?`}
        losses={[
          `${user.sessionCount.toLocaleString()} ${user.sessionCount === 1 ? 'session' : 'sessions'}, on every device, from the next call on`,
        ]}
        keeps={['The account: they can sign in again']}
        action="End all sessions"
        busy={endAll.isPending}
        onConfirm={() => endAll.mutate({ params: { id: user.id } })}
      />
    </Card>
  );
}
