import { type Role, workspacesRead } from '@castellan/contract';
import {
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
import { getRouteApi, Link } from '@tanstack/react-router';
import { CircleHelp, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { failureOf } from '../api/failure.ts';
import { queryClient, reading } from '../api/queries.ts';
import { Page } from '../frame/page.tsx';
import { actionsOf, groupsOf, membersOf, roleOf } from '../roles/queries.ts';
import { RoleActions } from '../roles/role-actions.tsx';
import { RoleGroups } from '../roles/role-groups.tsx';
import { RoleMembers } from '../roles/role-members.tsx';
import { DeleteRoleQuestion, EditRolePanel } from '../roles/role-panel.tsx';
import { ActivityStrip, stripQuery } from '../timeline/activity-strip.tsx';

const workspaceOf = (id: string) => reading(workspacesRead, { params: { id } });

/** Starts what the page shows, while its code is still on its way. */
export function load(workspaceId: string, id: string): void {
  void queryClient.prefetchQuery(roleOf(id));
  void queryClient.prefetchQuery(workspaceOf(workspaceId));
  void queryClient.prefetchInfiniteQuery(actionsOf(id));
  void queryClient.prefetchInfiniteQuery(membersOf(id));
  void queryClient.prefetchInfiniteQuery(groupsOf(id));
  void queryClient.prefetchQuery(stripQuery({ targetId: id }));
}

const route = getRouteApi('/frame/workspaces/$id/roles/$roleId');

/** One role: what it allows, and who holds it. */
export function RolePage() {
  const { id, roleId } = route.useParams();
  const { data: role, error, refetch } = useQuery(roleOf(roleId));
  const workspace = useQuery(workspaceOf(id));
  const crumb = 'rounded-[4px] hover:text-primary';
  const breadcrumb = [
    <Link key="workspaces" to="/workspaces" className={crumb}>
      Workspaces
    </Link>,
    <Link
      key="workspace"
      to="/workspaces/$id"
      params={{ id }}
      search={{ tab: 'roles' }}
      className={`max-w-64 truncate ${crumb}`}
    >
      {workspace.data?.name ?? 'Workspace'}
    </Link>,
  ];
  if (error && !role)
    return (
      <Page title="Role" breadcrumb={breadcrumb}>
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      </Page>
    );
  if (!role)
    return (
      <Page title="Role" breadcrumb={breadcrumb} description={<Skeleton className="mt-1 h-4 w-64" />}>
        <div aria-hidden className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_360px]">
          <Card className="h-80">{null}</Card>
          <Card className="h-60">{null}</Card>
        </div>
      </Page>
    );
  return <RoleView key={role.id} role={role} breadcrumb={breadcrumb} />;
}

function RoleView({ role, breadcrumb }: { role: Role; breadcrumb: readonly React.ReactNode[] }) {
  const [open, setOpen] = useState<'edit' | 'delete'>();
  const close = () => setOpen(undefined);
  return (
    <Page
      title={role.name}
      breadcrumb={breadcrumb}
      description={role.description || 'No description'}
      actions={
        <>
          <Button icon={Pencil} onClick={() => setOpen('edit')}>
            Edit
          </Button>
          <Menu label={`More actions for ${role.name}`}>
            <MenuItem asChild>
              <Link to="/explain" search={{ workspace: role.workspaceId }}>
                <CircleHelp size={16} aria-hidden className="text-muted" />
                Who may what here
              </Link>
            </MenuItem>
            <MenuSeparator />
            <MenuItem danger icon={Trash2} onSelect={() => setOpen('delete')}>
              Delete role
            </MenuItem>
          </Menu>
        </>
      }
    >
      {/* On a phone the activity comes last; on a desk it stands under the actions. */}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_360px] lg:grid-rows-[auto_1fr]">
        <RoleActions role={role} />
        <div className="flex min-w-0 flex-col gap-4 lg:row-span-2">
          <RoleMembers role={role} />
          <RoleGroups role={role} />
          <Card title="Facts">
            <DefinitionList
              items={[
                ['Created', <RelativeTime key="created" at={role.createdAt} />],
                ['Last edited', <RelativeTime key="updated" at={role.updatedAt} />],
                [
                  'Id',
                  <CopyId key="id" value={role.id} shown={`${role.id.slice(0, 8)}…${role.id.slice(-6)}`} />,
                ],
              ]}
            />
          </Card>
        </div>
        <ActivityStrip filter={{ targetId: role.id }} />
      </div>
      {open === 'edit' && <EditRolePanel role={role} onClose={close} />}
      <DeleteRoleQuestion role={role} open={open === 'delete'} onClose={close} />
    </Page>
  );
}
