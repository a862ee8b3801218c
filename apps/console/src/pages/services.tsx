import { castellanProductId, type Service, servicesList } from '@castellan/contract';
import { Badge, Button, type Column, CopyId, EmptyState, RelativeTime, SearchBox } from '@castellan/ui';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Plus, Server } from 'lucide-react';
import { useCallback } from 'react';
import { listing, queryClient } from '../api/queries.ts';
import { useList } from '../api/use-list.ts';
import { ListTable } from '../frame/list-table.tsx';
import { Page, Toolbar, useHistoryKey } from '../frame/page.tsx';
import { CreateServicePanel } from '../services/service-panels.tsx';

interface Search {
  readonly search?: string | undefined;
}

const registered = ({ search }: Search) => listing(servicesList, { query: { search: search || undefined } });

/** Starts what the page shows, while its code is still on its way. */
export function load(search: Search): void {
  void queryClient.prefetchInfiniteQuery(registered(search));
}

const columns: readonly Column<Service>[] = [
  {
    id: 'name',
    header: 'Name',
    cell: (service) => (
      <>
        <Link
          data-row-link
          to="/services/$id"
          params={{ id: service.id }}
          className="block truncate rounded-[4px] font-medium"
        >
          {service.name}
        </Link>
        <span className="block truncate text-12 text-muted">{service.description || 'No description'}</span>
      </>
    ),
  },
  {
    id: 'origins',
    header: 'Origins',
    from: 'md',
    cell: (service) => (
      <span className="block truncate font-mono text-12 text-muted" title={service.origins.join('\n')}>
        {service.origins[0] ?? 'None'}
        {service.origins.length > 1 && ` and ${service.origins.length - 1} more`}
      </span>
    ),
  },
  {
    id: 'clients',
    header: 'Clients',
    width: '80px',
    align: 'end',
    cell: ({ clientCount }) => clientCount.toLocaleString(),
  },
  {
    id: 'keys',
    header: 'Keys',
    width: '168px',
    cell: (service) =>
      service.keys.length === 0 ? (
        <Badge meaning="warning" dot>
          No key
        </Badge>
      ) : (
        <span
          className="block truncate font-mono text-12 text-muted"
          title={service.keys.map(({ prefix }) => prefix).join('\n')}
        >
          {service.keys[0]?.prefix}
          {service.keys.length > 1 && ` and ${service.keys.length - 1} more`}
        </span>
      ),
  },
  {
    id: 'used',
    header: 'Last call',
    width: '144px',
    from: 'lg',
    cell: ({ keys }) => {
      const uses = keys.map(({ lastUsedAt }) => lastUsedAt?.getTime() ?? 0);
      const latest = Math.max(0, ...uses);
      return <RelativeTime at={latest > 0 ? new Date(latest) : null} />;
    },
  },
  {
    id: 'created',
    header: 'Registered',
    width: '144px',
    from: 'lg',
    cell: (service) => <RelativeTime at={service.createdAt} />,
  },
  {
    id: 'id',
    header: 'Id',
    width: '168px',
    from: 'xl',
    cell: ({ id }) => <CopyId value={id} shown={`${id.slice(0, 8)}…${id.slice(-6)}`} />,
  },
];

const route = getRouteApi('/frame/services');

/** The products whose back ends are registered. */
export function ServicesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const historyKey = useHistoryKey();
  const setRegistering = (open: boolean) =>
    void navigate({ search: (held) => ({ ...held, register: open || undefined }), replace: !open });
  const list = useList(registered(search));
  const onSearch = useCallback(
    (text: string) =>
      void navigate({ search: (held) => ({ ...held, search: text || undefined }), replace: true }),
    [navigate],
  );
  return (
    <Page
      fill
      title="Services"
      count={list.count}
      actions={
        <Button kind="primary" icon={Plus} onClick={() => setRegistering(true)}>
          Register a service
        </Button>
      }
    >
      <Toolbar>
        <SearchBox label="Search by name" value={search.search ?? ''} onChange={onSearch} />
        <span className="ml-auto flex flex-wrap gap-x-4 gap-y-1 text-13">
          <Link
            to="/products/$id/$model"
            params={{ id: castellanProductId, model: 'Service' }}
            search={{}}
            className="rounded-[4px] text-link hover:underline"
          >
            Filter by any column
          </Link>
          <Link to="/services/clients" className="rounded-[4px] text-link hover:underline">
            Clients that registered themselves
          </Link>
        </span>
      </Toolbar>
      <ListTable
        // Another search or order is another list, from its top.
        key={search.search}
        scrollKey={historyKey}
        label="Services"
        columns={columns}
        rowId={(service) => service.id}
        rowsAreLinks
        list={list}
        what="services"
        onClear={search.search ? () => onSearch('') : undefined}
        empty={
          <EmptyState
            icon={Server}
            title="No service is registered yet"
            action={<Button onClick={() => setRegistering(true)}>Register the first one</Button>}
          >
            A service is the back end of one of your products. Once it is registered, people sign in to it
            here and it asks Castellan who they are.
          </EmptyState>
        }
      />
      {search.register && <CreateServicePanel onClose={() => setRegistering(false)} />}
    </Page>
  );
}
