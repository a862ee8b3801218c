import { type UserDetail, usersInvite, usersRead, usersUpdate } from '@castellan/contract';
import {
  Avatar,
  Badge,
  Button,
  Card,
  CopyId,
  DefinitionList,
  ErrorState,
  Menu,
  MenuItem,
  MenuSeparator,
  RelativeTime,
  Skeleton,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { CircleHelp, LogOut, Mail, Pencil, Shield, ShieldOff, Trash2, VenetianMask } from 'lucide-react';
import { useState } from 'react';
import { failureOf } from '../api/failure.ts';
import { queryClient, reading } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { Page } from '../frame/page.tsx';
import { SignInAsPersonPanel } from '../impersonation/sign-in-as-person.tsx';
import { StateBadge } from '../people/labels.tsx';
import { loadFactors, UserFactors } from '../people/user-factors.tsx';
import { loadOperatorRoles, UserOperatorRoles, useIsOperator } from '../people/user-operator-roles.tsx';
import { AddToWorkspacePanel, EditUserPanel } from '../people/user-panels.tsx';
import { patchUser, type UserQuestion, UserQuestions } from '../people/user-questions.tsx';
import { UserGroups, UserIdentities, UserSessions, UserWorkspaces } from '../people/user-sections.tsx';
import { ActivityStrip, stripQuery } from '../timeline/activity-strip.tsx';

const person = (id: string) => reading(usersRead, { params: { id } });

/** Starts what the page shows, while its code is still on its way. */
export function load(id: string): void {
  void queryClient.prefetchQuery(person(id));
  loadFactors(id);
  loadOperatorRoles(id);
  void queryClient.prefetchQuery(stripQuery({ targetId: id }));
}

const route = getRouteApi('/frame/users/$id');
const breadcrumb = [
  <Link key="users" to="/users" className="rounded-[4px] hover:text-primary">
    Users
  </Link>,
];

/** One person: who, in which state, where they are signed in, what happened; and what an operator can do. */
export function UserPage() {
  const { id } = route.useParams();
  const { data: user, error, refetch } = useQuery(person(id));
  if (error && !user)
    return (
      <Page title="Person" breadcrumb={breadcrumb}>
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      </Page>
    );
  if (!user) return <UserSkeleton />;
  return <UserView key={user.id} user={user} />;
}

function UserView({ user }: { user: UserDetail }) {
  const [open, setOpen] = useState<UserQuestion>();
  const close = () => setOpen(undefined);
  return (
    <Page
      title={user.name}
      breadcrumb={breadcrumb}
      lead={<Avatar name={user.name} size={48} />}
      badges={
        <>
          <StateBadge state={user.state} />
          {user.isAdmin && <Badge>Administrator</Badge>}
        </>
      }
      description={<CopyId value={user.email} className="font-sans text-14" />}
      actions={<UserActions user={user} onOpen={setOpen} />}
    >
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_360px]">
        <div className="flex min-w-0 flex-col gap-4">
          <UserSessions user={user} />
          <UserWorkspaces user={user} onAdd={() => setOpen('add')} />
          <ActivityStrip filter={{ targetId: user.id }} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Card title="Profile">
            <DefinitionList
              items={[
                ['Last sign-in', <RelativeTime key="at" at={user.lastLoginAt} />],
                ['Created', <RelativeTime key="at" at={user.createdAt} />],
                ['E-mail verified', <RelativeTime key="at" at={user.emailVerifiedAt} none="Not yet" />],
                [
                  'Invitation',
                  user.invitation ? (
                    <>
                      ends <RelativeTime at={user.invitation.expiresAt} />
                    </>
                  ) : undefined,
                ],
                [
                  'Id',
                  <CopyId key="id" value={user.id} shown={`${user.id.slice(0, 8)}…${user.id.slice(-6)}`} />,
                ],
              ]}
            />
          </Card>
          <UserIdentities user={user} />
          <UserFactors user={user} />
          <UserOperatorRoles user={user} />
          <UserGroups user={user} />
        </div>
      </div>
      {open === 'edit' && <EditUserPanel user={user} onClose={close} />}
      {open === 'sign-in-as' && <SignInAsPersonPanel person={user} onClose={close} />}
      {open === 'add' && <AddToWorkspacePanel user={user} onClose={close} />}
      <UserQuestions user={user} open={open} onClose={close} />
    </Page>
  );
}

function UserActions({ user, onOpen }: { user: UserDetail; onOpen: (open: UserQuestion) => void }) {
  const navigate = useNavigate();
  const activate = useAction(usersUpdate, {
    patchRows: patchUser({ state: user.identities.length > 0 ? 'active' : 'invited' }),
    done: () => ({ title: `${user.name} is active again` }),
  });
  const demote = useAction(usersUpdate, {
    patchRows: patchUser({ isAdmin: false }),
    done: () => ({ title: `${user.name} is no longer an administrator` }),
  });
  const invite = useAction(usersInvite, {
    done: () => ({
      title: 'A new invitation is on its way',
      detail: 'Links before it stopped working.',
      action: {
        label: 'View mail',
        run: () => void navigate({ to: '/mailbox', search: { search: user.email } }),
      },
    }),
  });
  const isOperator = useIsOperator(user.id);
  const sendInvitation = () => invite.mutate({ params: { id: user.id } });
  return (
    <>
      {user.state === 'invited' && (
        <Button icon={Mail} busy={invite.isPending} onClick={sendInvitation}>
          Send new invitation
        </Button>
      )}
      {user.state === 'deactivated' ? (
        <Button
          kind="primary"
          busy={activate.isPending}
          onClick={() => activate.mutate({ params: { id: user.id }, body: { isActive: true } })}
        >
          Activate
        </Button>
      ) : (
        <Button onClick={() => onOpen('deactivate')}>Deactivate</Button>
      )}
      <Menu label={`More actions for ${user.name}`}>
        <MenuItem icon={Pencil} onSelect={() => onOpen('edit')}>
          Edit name
        </MenuItem>
        {user.isAdmin ? (
          <MenuItem
            icon={ShieldOff}
            onSelect={() => demote.mutate({ params: { id: user.id }, body: { isAdmin: false } })}
          >
            Take administration
          </MenuItem>
        ) : (
          <MenuItem icon={Shield} onSelect={() => onOpen('promote')}>
            Make administrator
          </MenuItem>
        )}
        {user.state === 'active' && user.lastLoginAt === null && (
          <MenuItem icon={Mail} onSelect={sendInvitation}>
            Send new invitation
          </MenuItem>
        )}
        {/* Of an operator the card of their roles says why not. */}
        {user.state === 'active' && isOperator === false && (
          <MenuItem icon={VenetianMask} onSelect={() => onOpen('sign-in-as')}>
            Sign in as
          </MenuItem>
        )}
        <MenuItem asChild>
          <Link to="/explain" search={{ user: user.id }}>
            <CircleHelp size={16} aria-hidden className="text-muted" />
            What they may do
          </Link>
        </MenuItem>
        {user.sessionCount > 0 && (
          <MenuItem icon={LogOut} onSelect={() => onOpen('end-sessions')}>
            End all sessions
          </MenuItem>
        )}
        <MenuSeparator />
        <MenuItem danger icon={Trash2} onSelect={() => onOpen('delete')}>
          Delete account
        </MenuItem>
      </Menu>
    </>
  );
}

/** The page in its final size, while the person is on the way. */
function UserSkeleton() {
  return (
    <Page
      title="Person"
      breadcrumb={breadcrumb}
      lead={<Skeleton className="size-12 rounded-full" />}
      description={<Skeleton className="mt-1 h-4 w-48" />}
    >
      <div aria-hidden className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_360px]">
        <div className="flex flex-col gap-4">
          <Card className="h-48">{null}</Card>
          <Card className="h-48">{null}</Card>
        </div>
        <Card className="h-60">{null}</Card>
      </div>
    </Page>
  );
}
