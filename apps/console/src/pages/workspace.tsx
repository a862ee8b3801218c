import {
  type WorkspaceDetail,
  workspacesDelete,
  workspacesRead,
  workspacesUpdate,
} from '@castellan/contract';
import {
  Avatar,
  Button,
  ConfirmDialog,
  CopyId,
  ErrorState,
  Field,
  Input,
  Menu,
  MenuItem,
  MenuSeparator,
  RelativeTime,
  SidePanel,
  Skeleton,
  Tabs,
  Textarea,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Pencil, Trash2, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { failureOf } from '../api/failure.ts';
import { queryClient, reading } from '../api/queries.ts';
import { failureToast, useAction } from '../api/use-action.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { Page } from '../frame/page.tsx';
import { Roles } from '../roles/roles.tsx';
import { ActivityStrip } from '../timeline/activity-strip.tsx';
import { Groups } from '../workspaces/groups.tsx';
import { InviteMemberPanel, Members, membersOf } from '../workspaces/members.tsx';
import { SignInPolicy } from '../workspaces/sign-in-policy.tsx';

const workspaceOf = (id: string) => reading(workspacesRead, { params: { id } });

/** Starts what the page shows, while its code is still on its way. */
export function load(id: string): void {
  void queryClient.prefetchQuery(workspaceOf(id));
  void queryClient.prefetchInfiniteQuery(membersOf(id));
}

const route = getRouteApi('/frame/workspaces/$id');
const breadcrumb = [
  <Link key="workspaces" to="/workspaces" className="rounded-[4px] hover:text-primary">
    Workspaces
  </Link>,
];

/** One workspace: who is in it with which role, its groups, what happened in it. */
export function WorkspacePage() {
  const { id } = route.useParams();
  const { data, error, refetch } = useQuery(workspaceOf(id));
  if (error && !data)
    return (
      <Page title="Workspace" breadcrumb={breadcrumb}>
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      </Page>
    );
  if (!data)
    return (
      <Page
        title="Workspace"
        breadcrumb={breadcrumb}
        lead={<Skeleton className="size-12" />}
        description={<Skeleton className="mt-1 h-4 w-64" />}
      >
        <Skeleton className="h-10 w-full" />
      </Page>
    );
  return <WorkspaceView key={data.id} workspace={data} />;
}

function WorkspaceView({ workspace }: { workspace: WorkspaceDetail }) {
  const { tab = 'members', search, role } = route.useSearch();
  const navigate = route.useNavigate();
  const [open, setOpen] = useState<'invite' | 'edit' | 'delete'>();
  const close = () => setOpen(undefined);
  return (
    <Page
      title={workspace.name}
      breadcrumb={breadcrumb}
      lead={<Avatar square name={workspace.name} size={48} />}
      description={
        <span className="flex flex-wrap items-center gap-x-3">
          <CopyId value={workspace.slug} />
          <span className="text-13">
            created <RelativeTime at={workspace.createdAt} />
          </span>
          {workspace.description && <span className="basis-full">{workspace.description}</span>}
        </span>
      }
      actions={
        <>
          <Button kind="primary" icon={UserPlus} onClick={() => setOpen('invite')}>
            Invite a member
          </Button>
          <Menu label={`More actions for ${workspace.name}`}>
            <MenuItem icon={Pencil} onSelect={() => setOpen('edit')}>
              Edit settings
            </MenuItem>
            <MenuSeparator />
            <MenuItem danger icon={Trash2} onSelect={() => setOpen('delete')}>
              Delete workspace
            </MenuItem>
          </Menu>
        </>
      }
    >
      <Tabs
        label={`Sections of ${workspace.name}`}
        value={tab}
        onChange={(next) => void navigate({ search: { tab: next as typeof tab }, replace: true })}
        tabs={[
          {
            id: 'members',
            label: 'Members',
            count: workspace.memberCount,
            content: (
              <Members
                workspace={workspace}
                search={search}
                role={role}
                onInvite={() => setOpen('invite')}
                onShow={(change) => void navigate({ search: { tab: 'members', ...change }, replace: true })}
              />
            ),
          },
          {
            id: 'groups',
            label: 'Groups',
            count: workspace.groupCount,
            content: <Groups workspace={workspace} />,
          },
          {
            id: 'roles',
            label: 'Roles',
            count: workspace.roleCount,
            content: <Roles workspace={workspace} />,
          },
          {
            id: 'sign-in',
            label: 'Sign-in',
            content: <SignInPolicy workspace={workspace} />,
          },
          {
            id: 'activity',
            label: 'Activity',
            content: <ActivityStrip filter={{ workspaceId: workspace.id }} />,
          },
        ]}
      />
      {open === 'invite' && <InviteMemberPanel workspace={workspace} onClose={close} />}
      {open === 'edit' && <EditPanel workspace={workspace} onClose={close} />}
      <DeleteQuestion workspace={workspace} open={open === 'delete'} onClose={close} />
    </Page>
  );
}

function EditPanel({ workspace, onClose }: { workspace: WorkspaceDetail; onClose: () => void }) {
  const { form, busy, problem, submit, error } = useRouteForm(workspacesUpdate, {
    values: { name: workspace.name, description: workspace.description },
    toInput: (body) => ({ params: { id: workspace.id }, body }),
    done: () => ({ title: 'The settings are saved' }),
    onDone: onClose,
  });
  return (
    <SidePanel
      open
      onOpenChange={(next) => !next && onClose()}
      title="Edit settings"
      description={workspace.slug}
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field label="Name" error={error('name')}>
          <Input autoComplete="off" {...form.register('name')} />
        </Field>
        <Field label="Description" optional error={error('description')}>
          <Textarea {...form.register('description')} />
        </Field>
        <p className="text-12 text-muted">
          The slug stays as it is: files and addresses name the workspace by it.
        </p>
        <FormProblem error={problem} />
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy}>
            Save
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}

const count = (many: number, one: string) => `${many.toLocaleString()} ${one}${many === 1 ? '' : 's'}`;

function DeleteQuestion(props: { workspace: WorkspaceDetail; open: boolean; onClose: () => void }) {
  const { workspace, open, onClose } = props;
  const navigate = useNavigate();
  const remove = useAction(workspacesDelete, {
    showsErrors: true,
    done: () => ({ title: `The workspace ${workspace.name} is deleted` }),
    onDone: () => navigate({ to: '/workspaces' }),
  });
  const failure = remove.error && failureToast(remove.error);
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={`Delete the workspace ${workspace.name}?`}
      description="This can not be undone."
      losses={[
        'The workspace with its settings',
        ...(workspace.memberCount > 0
          ? [
              `The membership and role of ${workspace.memberCount.toLocaleString()} ${workspace.memberCount === 1 ? 'person' : 'people'}`,
            ]
          : []),
        ...(workspace.groupCount > 0 ? [count(workspace.groupCount, 'group')] : []),
        ...(workspace.sessionCount > 0
          ? [`${count(workspace.sessionCount, 'session')}: services refuse the next call`]
          : []),
      ]}
      keeps={['The accounts of its members', 'Past activity, under the name as it was']}
      typeToConfirm={workspace.slug}
      action="Delete workspace"
      busy={remove.isPending}
      error={failure && `${failure.title}. ${failure.detail}`}
      onConfirm={() => remove.mutate({ params: { id: workspace.id } })}
    />
  );
}
