import {
  type Client,
  selfRegisteredClientsEnd,
  selfRegisteredClientsList,
  selfRegisteredClientsRead,
} from '@castellan/contract';
import {
  Badge,
  Button,
  type Column,
  ConfirmDialog,
  CopyId,
  DefinitionList,
  EmptyState,
  ErrorState,
  RelativeTime,
  SearchBox,
  SidePanel,
  Skeleton,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Bot } from 'lucide-react';
import { useCallback, useState } from 'react';
import { failureOf } from '../api/failure.ts';
import { listing, queryClient, reading } from '../api/queries.ts';
import { failureToast, useAction } from '../api/use-action.ts';
import { useList } from '../api/use-list.ts';
import { ListTable } from '../frame/list-table.tsx';
import { Page, Toolbar, useHistoryKey } from '../frame/page.tsx';
import { grantTypeLabels } from '../services/labels.ts';
import { ActivityStrip } from '../timeline/activity-strip.tsx';

interface Search {
  readonly search?: string | undefined;
  readonly state?: 'ended' | undefined;
}

const listed = ({ search, state }: Search) =>
  listing(selfRegisteredClientsList, { query: { search: search || undefined, state } });

/** Starts what the page shows, while its code is still on its way. */
export function load(search: Search): void {
  void queryClient.prefetchInfiniteQuery(listed(search));
}

/** How such a client came to be known, in words. */
const originLabels: Readonly<Record<Client['origin'], string>> = {
  registered: 'Registered here',
  dynamic: 'Registered itself',
  metadata_document: 'Known by its address',
};

const columns: readonly Column<Client>[] = [
  {
    id: 'name',
    header: 'Name',
    cell: (client) => (
      <>
        <Link
          data-row-link
          to="."
          search={(held) => ({ ...held, client: client.id })}
          className="block truncate rounded-[4px] font-medium"
        >
          {client.name}
        </Link>
        <span className="block truncate font-mono text-12 text-muted">{client.clientId}</span>
      </>
    ),
  },
  {
    id: 'origin',
    header: 'How it is known',
    width: '176px',
    from: 'md',
    cell: ({ origin }) => <Badge>{originLabels[origin]}</Badge>,
  },
  {
    id: 'sessions',
    header: 'Sign-ins',
    width: '88px',
    align: 'end',
    cell: ({ sessionCount }) => sessionCount.toLocaleString(),
  },
  {
    id: 'created',
    header: 'First seen',
    width: '144px',
    from: 'lg',
    cell: (client) => <RelativeTime at={client.createdAt} />,
  },
];

const route = getRouteApi('/frame/services/clients');
const breadcrumb = [
  <Link key="services" to="/services" className="rounded-[4px] hover:text-primary">
    Services
  </Link>,
];

/** OAuth clients that no administrator registered, with what an operator can do about one. */
export function SelfRegisteredClientsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const historyKey = useHistoryKey();
  const list = useList(listed(search));
  const onSearch = useCallback(
    (text: string) =>
      void navigate({ search: (held) => ({ ...held, search: text || undefined }), replace: true }),
    [navigate],
  );
  const ended = search.state === 'ended';
  return (
    <Page
      fill
      title="Self-registered clients"
      breadcrumb={breadcrumb}
      count={list.count}
      description="Apps and agents that nobody registered here. Their names are their own word."
    >
      <Toolbar>
        <SearchBox label="Search by name or address" value={search.search ?? ''} onChange={onSearch} />
        <Button
          kind="quiet"
          onClick={() =>
            void navigate({ search: (held) => ({ ...held, state: ended ? undefined : ('ended' as const) }) })
          }
        >
          {ended ? 'Show those that go on' : 'Show those that ended'}
        </Button>
      </Toolbar>
      <ListTable
        // Another search is another list, from its top.
        key={`${search.search} ${search.state}`}
        scrollKey={historyKey}
        label="Self-registered clients"
        columns={columns}
        rowId={(client) => client.id}
        rowsAreLinks
        list={list}
        what="clients"
        onClear={search.search ? () => onSearch('') : undefined}
        empty={
          <EmptyState icon={Bot} title={ended ? 'None has ended' : 'None yet'}>
            Apps that were not registered here appear once somebody uses one, if the settings allow it.
          </EmptyState>
        }
      />
      {search.client && (
        <ClientPanel
          id={search.client}
          onClose={() => void navigate({ search: (held) => ({ ...held, client: undefined }) })}
        />
      )}
    </Page>
  );
}

function ClientPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { data: client, error, refetch } = useQuery(reading(selfRegisteredClientsRead, { params: { id } }));
  const [asking, setAsking] = useState(false);
  return (
    <SidePanel
      wide
      open
      onOpenChange={(open) => !open && onClose()}
      title={client?.name ?? 'Client'}
      description={client && originLabels[client.origin]}
      footer={client && !client.endedAt && <Button onClick={() => setAsking(true)}>End client</Button>}
    >
      {error && !client ? (
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      ) : !client ? (
        <Skeleton className="h-40" />
      ) : (
        <div className="flex flex-col gap-5">
          <Facts client={client} />
          <ActivityStrip filter={{ targetId: client.id }} />
          <EndQuestion client={client} open={asking} onClose={() => setAsking(false)} />
        </div>
      )}
    </SidePanel>
  );
}

function Facts({ client }: { client: Client }) {
  return (
    <DefinitionList
      items={[
        ['Client id', <CopyId key="id" value={client.clientId} />],
        [
          'Returns to',
          <ul key="addresses">
            {client.redirectUris.map((address) => (
              <li key={address} className="font-mono text-12 break-all">
                {address}
              </li>
            ))}
          </ul>,
        ],
        [
          'Used for',
          <ul key="uses">
            {client.grantTypes.map((type) => (
              <li key={type}>{grantTypeLabels[type]}</li>
            ))}
          </ul>,
        ],
        ['Sign-ins', client.sessionCount.toLocaleString()],
        ['First seen', <RelativeTime key="at" at={client.createdAt} />],
        ['Ended', client.endedAt ? <RelativeTime key="ended" at={client.endedAt} /> : undefined],
      ]}
    />
  );
}

function EndQuestion({ client, open, onClose }: { client: Client; open: boolean; onClose: () => void }) {
  const end = useAction(selfRegisteredClientsEnd, {
    showsErrors: true,
    done: () => ({ title: `${client.name} has ended` }),
    onDone: onClose,
  });
  const failure = end.error && failureToast(end.error);
  const many = client.sessionCount;
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={`End the client ${client.name}?`}
      description="This can not be undone. Under this address or id it is not taken again."
      losses={[
        `${many.toLocaleString()} ${many === 1 ? 'sign-in' : 'sign-ins'} through it, from the next call on`,
        'What people allowed it',
      ]}
      keeps={['The accounts of people', 'Past activity']}
      action="End client"
      busy={end.isPending}
      error={failure && `${failure.title}. ${failure.detail}`}
      onConfirm={() => end.mutate({ params: { id: client.id } })}
    />
  );
}
