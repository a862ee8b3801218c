import type { Role, WorkspaceDetail } from '@castellan/contract';
import { Button, type Column, EmptyState, RelativeTime, SearchBox } from '@castellan/ui';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Plus, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { useList } from '../api/use-list.ts';
import { ListTable } from '../frame/list-table.tsx';
import { Toolbar } from '../frame/page.tsx';
import { rolesOf } from './queries.ts';
import { CreateRolePanel } from './role-panel.tsx';

const route = getRouteApi('/frame/workspaces/$id');

const columns: readonly Column<Role>[] = [
  {
    id: 'name',
    header: 'Name',
    cell: (role) => (
      <>
        <Link
          data-row-link
          to="/workspaces/$id/roles/$roleId"
          params={{ id: role.workspaceId, roleId: role.id }}
          className="block truncate rounded-[4px] font-medium"
        >
          {role.name}
        </Link>
        <span className="block truncate text-12 text-muted">{role.description || 'No description'}</span>
      </>
    ),
  },
  {
    id: 'actions',
    header: 'Actions',
    width: '80px',
    align: 'end',
    cell: ({ actionCount }) => actionCount.toLocaleString(),
  },
  {
    id: 'members',
    header: 'Members',
    width: '88px',
    align: 'end',
    cell: ({ memberCount }) => memberCount.toLocaleString(),
  },
  {
    id: 'groups',
    header: 'Groups',
    width: '80px',
    align: 'end',
    from: 'sm',
    cell: ({ groupCount }) => groupCount.toLocaleString(),
  },
  {
    id: 'updated',
    header: 'Last edited',
    width: '144px',
    from: 'md',
    cell: (role) => <RelativeTime at={role.updatedAt} />,
  },
];

/** The custom roles of a workspace. */
export function Roles({ workspace }: { workspace: WorkspaceDetail }) {
  const { search } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useList(rolesOf(workspace.id, search));
  const [creating, setCreating] = useState(false);
  const onSearch = (text: string) =>
    void navigate({ search: (held) => ({ ...held, search: text || undefined }), replace: true });
  return (
    <div className="flex h-[min(720px,calc(100dvh-160px))] min-h-80 flex-col">
      <Toolbar>
        <SearchBox label="Search roles" value={search ?? ''} onChange={onSearch} />
        <Button icon={Plus} className="ml-auto" onClick={() => setCreating(true)}>
          Create role
        </Button>
      </Toolbar>
      <ListTable
        label="Roles"
        columns={columns}
        rowId={(role) => role.id}
        rowsAreLinks
        list={list}
        what="roles"
        onClear={search ? () => onSearch('') : undefined}
        empty={
          <EmptyState
            icon={ShieldCheck}
            title="There is no role yet"
            action={<Button onClick={() => setCreating(true)}>Create the first one</Button>}
          >
            A role is a set of actions of your services, like approving a refund. Give it to members or
            groups, and they may do these here.
          </EmptyState>
        }
      />
      {creating && <CreateRolePanel workspace={workspace} onClose={() => setCreating(false)} />}
    </div>
  );
}
