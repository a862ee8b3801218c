import {
  permissionsList,
  type ResourcePermissions,
  type Visibility,
  visibilities,
} from '@castellan/contract';
import { Button, type Column, EmptyState, FilterMenu, RelativeTime, SearchBox } from '@castellan/ui';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Boxes } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { ServiceFilter } from '../access/service-filter.tsx';
import { listing, queryClient } from '../api/queries.ts';
import { useList } from '../api/use-list.ts';
import { ListTable } from '../frame/list-table.tsx';
import { Page, Toolbar, useHistoryKey } from '../frame/page.tsx';
import { VisibilityBadge, visibilityLabels } from '../permissions/labels.tsx';
import { TypeFilter } from '../permissions/type-filter.tsx';
import { PersonFilter, WorkspaceFilter } from '../timeline/activity-filters.tsx';

interface Search {
  readonly search?: string | undefined;
  readonly workspace?: string | undefined;
  readonly service?: string | undefined;
  readonly type?: string | undefined;
  readonly owner?: string | undefined;
  readonly visibility?: Visibility | undefined;
}

const resources = ({ search, workspace, service, type, owner, visibility }: Search) =>
  listing(permissionsList, {
    query: {
      search: search || undefined,
      workspaceId: workspace,
      service,
      type,
      ownerId: owner,
      visibility,
    },
  });

/** Starts what the page shows, while its code is still on its way. */
export function load(search: Search): void {
  void queryClient.prefetchInfiniteQuery(resources(search));
}

const columns: readonly Column<ResourcePermissions>[] = [
  {
    id: 'resource',
    header: 'Resource',
    cell: (resource) => (
      <>
        <Link
          data-row-link
          to="/permissions/$id"
          params={{ id: resource.id }}
          className="block truncate rounded-[4px] font-mono text-13"
        >
          {resource.resourceId}
        </Link>
        <span className="block truncate text-12 text-muted">
          {resource.type} · {resource.service}
        </span>
      </>
    ),
  },
  {
    id: 'workspace',
    header: 'Workspace',
    from: 'md',
    cell: ({ workspaceName }) => <span className="block truncate">{workspaceName}</span>,
  },
  {
    id: 'owner',
    header: 'Owner',
    from: 'lg',
    cell: ({ ownerName }) =>
      ownerName === null ? (
        <span className="text-muted">Nobody</span>
      ) : (
        <span className="block truncate">{ownerName}</span>
      ),
  },
  {
    id: 'visibility',
    header: 'Visible to',
    width: '120px',
    cell: ({ visibility }) => <VisibilityBadge visibility={visibility} />,
  },
  {
    id: 'shares',
    header: 'Shares',
    width: '80px',
    align: 'end',
    from: 'sm',
    cell: ({ shareCount }) => shareCount.toLocaleString(),
  },
  {
    id: 'created',
    header: 'Registered',
    width: '144px',
    from: 'lg',
    cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
  },
];

const route = getRouteApi('/frame/permissions');

/** Everything that services registered, with who can see it. */
export function PermissionsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const historyKey = useHistoryKey();
  const list = useList(resources(search));
  const narrowed = Object.values(search).some((value) => value !== undefined);
  const show = useCallback(
    (change: Search) => void navigate({ search: (held) => ({ ...held, ...change }), replace: true }),
    [navigate],
  );
  const onSearch = useCallback((text: string) => show({ search: text || undefined }), [show]);
  const clear = () => void navigate({ search: {}, replace: true });
  const types = useMemo(() => [...new Set(list.rows?.map(({ type }) => type))].sort(), [list.rows]);
  return (
    <Page fill title="Permissions" count={list.count}>
      <Toolbar>
        <SearchBox label="Search by resource id" value={search.search ?? ''} onChange={onSearch} />
        <WorkspaceFilter value={search.workspace} onChange={(workspace) => show({ workspace })} />
        <ServiceFilter value={search.service} onChange={(service) => show({ service })} />
        <TypeFilter value={search.type} known={types} onChange={(type) => show({ type })} />
        <FilterMenu
          label="Visible to"
          choices={visibilities.map((value) => ({ value, label: visibilityLabels[value] }))}
          value={search.visibility}
          onChange={(visibility) => show({ visibility: visibility as Visibility | undefined })}
        />
        <PersonFilter
          label="Owner"
          value={search.owner}
          known={list.rows?.find(({ ownerId }) => ownerId === search.owner)?.ownerName ?? undefined}
          onChange={(owner) => show({ owner })}
        />
        {narrowed && (
          <Button kind="quiet" onClick={clear}>
            Clear
          </Button>
        )}
      </Toolbar>
      <ListTable
        // Other filters are another list, from its top.
        key={JSON.stringify(search)}
        scrollKey={historyKey}
        label="Permissions"
        columns={columns}
        rowId={(resource) => resource.id}
        rowsAreLinks
        list={list}
        what="resources"
        onClear={narrowed ? clear : undefined}
        empty={
          <EmptyState icon={Boxes} title="No service has registered a resource yet">
            A resource is one thing that a service keeps, like an order. Once it is registered (
            <Link
              to="/reference"
              search={{ search: '/permissions/register' }}
              className="rounded-[4px] font-mono text-12 text-link underline"
            >
              POST /permissions/register
            </Link>
            ), it stands here with its owner and with whom it is shared.
          </EmptyState>
        }
      />
    </Page>
  );
}
