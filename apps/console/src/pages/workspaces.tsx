import {
  castellanProductId,
  type Workspace,
  type workspaceSorts,
  workspacesExport,
  workspacesList,
} from '@castellan/contract';
import {
  Avatar,
  Button,
  type Column,
  EmptyState,
  Menu,
  MenuItem,
  RelativeTime,
  SearchBox,
} from '@castellan/ui';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Building2, Download, Plus, Table2 } from 'lucide-react';
import { useCallback } from 'react';
import { addressOf } from '../api/call.ts';
import { listing, queryClient } from '../api/queries.ts';
import { useList } from '../api/use-list.ts';
import { ListTable } from '../frame/list-table.tsx';
import { Page, Toolbar, useHistoryKey } from '../frame/page.tsx';
import { CreatePanel } from '../workspaces/create-panel.tsx';

interface Search {
  readonly search?: string | undefined;
  readonly sort?: (typeof workspaceSorts)[number] | undefined;
}

const workspaces = ({ search, sort = 'name' }: Search) =>
  listing(workspacesList, { query: { search: search || undefined, sort } });

/** Starts what the page shows, while its code is still on its way. */
export function load(search: Search): void {
  void queryClient.prefetchInfiniteQuery(workspaces(search));
}

const columns: readonly Column<Workspace>[] = [
  {
    id: 'name',
    header: 'Name',
    sort: 'name',
    cell: (workspace) => (
      <Link
        data-row-link
        to="/workspaces/$id"
        params={{ id: workspace.id }}
        className="flex min-w-0 items-center gap-3 rounded-[4px]"
      >
        <Avatar square name={workspace.name} />
        <span className="min-w-0">
          <span className="block truncate font-medium">{workspace.name}</span>
          <span className="block truncate font-mono text-12 text-muted">{workspace.slug}</span>
        </span>
      </Link>
    ),
  },
  {
    id: 'description',
    header: 'Description',
    from: 'lg',
    cell: (workspace) => <span className="text-muted">{workspace.description}</span>,
  },
  {
    id: 'members',
    header: 'Members',
    width: '96px',
    align: 'end',
    cell: (workspace) => workspace.memberCount.toLocaleString(),
  },
  {
    id: 'groups',
    header: 'Groups',
    width: '88px',
    align: 'end',
    from: 'sm',
    cell: (workspace) => workspace.groupCount.toLocaleString(),
  },
  {
    id: 'created',
    header: 'Created',
    sort: 'created_at',
    width: '152px',
    from: 'md',
    cell: (workspace) => <RelativeTime at={workspace.createdAt} />,
  },
];

const route = getRouteApi('/frame/workspaces');

/** Every workspace: find one, create one. */
export function WorkspacesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const historyKey = useHistoryKey();
  const list = useList(workspaces(search));
  const show = useCallback(
    (change: Search) => void navigate({ search: (held) => ({ ...held, ...change }), replace: true }),
    [navigate],
  );
  const onSearch = useCallback((text: string) => show({ search: text || undefined }), [show]);
  const create = (open: boolean) =>
    void navigate({ search: (held) => ({ ...held, create: open ? true : undefined }) });

  return (
    <Page
      fill
      title="Workspaces"
      count={list.count}
      actions={
        <>
          <Button kind="primary" icon={Plus} onClick={() => create(true)}>
            Create workspace
          </Button>
          <Menu label="More for workspaces">
            <MenuItem asChild>
              <Link
                to="/products/$id/$model"
                params={{ id: castellanProductId, model: 'Workspace' }}
                search={{}}
              >
                <Table2 size={16} aria-hidden className="text-muted" />
                Filter by any column
              </Link>
            </MenuItem>
            <MenuItem asChild>
              <a href={addressOf(workspacesExport, {})} download>
                <Download size={16} aria-hidden className="text-muted" />
                Export as CSV
              </a>
            </MenuItem>
          </Menu>
        </>
      }
    >
      <Toolbar>
        <SearchBox label="Search by name or slug" value={search.search ?? ''} onChange={onSearch} />
      </Toolbar>
      <ListTable
        // Another search or order is another list, from its top.
        key={JSON.stringify([search.search, search.sort])}
        scrollKey={historyKey}
        label="Workspaces"
        columns={columns}
        rowId={(workspace) => workspace.id}
        rowsAreLinks
        sort={search.sort ?? 'name'}
        onSort={(sort) => show({ sort: sort as Search['sort'] })}
        list={list}
        what="workspaces"
        onClear={search.search ? () => show({ search: undefined }) : undefined}
        empty={
          <EmptyState
            icon={Building2}
            title="There is no workspace yet"
            action={<Button onClick={() => create(true)}>Create the first one</Button>}
          >
            A workspace is one customer, team or site. People are in it with a role, and its groups and data
            stay apart from every other one.
          </EmptyState>
        }
      />
      <CreatePanel open={search.create === true} onClose={() => create(false)} />
    </Page>
  );
}
