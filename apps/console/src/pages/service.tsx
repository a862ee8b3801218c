import { type Service, serviceActionsList, servicesRead } from '@castellan/contract';
import { Button, Card, CopyId, DefinitionList, ErrorState, RelativeTime, Skeleton } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Pencil, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { failureOf } from '../api/failure.ts';
import { queryClient, reading } from '../api/queries.ts';
import { Page } from '../frame/page.tsx';
import { Clients, clientsOf } from '../services/clients.tsx';
import { CreateClientPanel } from '../services/create-client-panel.tsx';
import { calleesOf, ServiceCalls } from '../services/service-calls.tsx';
import { ServiceKeys } from '../services/service-keys.tsx';
import { EditServicePanel } from '../services/service-panels.tsx';
import { ActivityStrip, stripQuery } from '../timeline/activity-strip.tsx';

const serviceOf = (id: string) => reading(servicesRead, { params: { id } });

/** Starts what the page shows, while its code is still on its way. */
export function load(id: string, ended: boolean): void {
  void queryClient.prefetchQuery(serviceOf(id));
  void queryClient.prefetchInfiniteQuery(clientsOf(id, ended ? 'ended' : 'live'));
  void queryClient.prefetchQuery(calleesOf(id));
  void queryClient.prefetchQuery(stripQuery({ targetId: id }));
}

const route = getRouteApi('/frame/services/$id');
const breadcrumb = [
  <Link key="services" to="/services" className="rounded-[4px] hover:text-primary">
    Services
  </Link>,
];

/** One service: the clients that people sign in with, the keys it asks with, its settings. */
export function ServicePage() {
  const { id } = route.useParams();
  const { data: service, error, refetch } = useQuery(serviceOf(id));
  if (error && !service)
    return (
      <Page title="Service" breadcrumb={breadcrumb}>
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      </Page>
    );
  if (!service)
    return (
      <Page title="Service" breadcrumb={breadcrumb} description={<Skeleton className="mt-1 h-4 w-64" />}>
        <div aria-hidden className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_360px]">
          <Card className="h-60">{null}</Card>
          <Card className="h-60">{null}</Card>
        </div>
      </Page>
    );
  return <ServiceView key={service.id} service={service} />;
}

function ServiceView({ service }: { service: Service }) {
  const { clients = 'live' } = route.useSearch();
  const navigate = route.useNavigate();
  const [open, setOpen] = useState<'create' | 'edit'>();
  const close = () => setOpen(undefined);
  return (
    <Page
      title={service.name}
      breadcrumb={breadcrumb}
      description={service.description || 'No description'}
      actions={
        <Button icon={Pencil} onClick={() => setOpen('edit')}>
          Edit settings
        </Button>
      }
    >
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_360px]">
        <div className="flex min-w-0 flex-col gap-4">
          <Clients
            service={service}
            state={clients}
            onState={(state) =>
              void navigate({ search: { clients: state === 'ended' ? state : undefined }, replace: true })
            }
            onCreate={() => setOpen('create')}
          />
          <ServiceKeys service={service} />
          <ServiceCalls service={service} />
          <ActivityStrip filter={{ targetId: service.id }} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Card title="Settings">
            <DefinitionList
              items={[
                ['Registered', <RelativeTime key="at" at={service.createdAt} />],
                [
                  'Id',
                  <CopyId
                    key="id"
                    value={service.id}
                    shown={`${service.id.slice(0, 8)}…${service.id.slice(-6)}`}
                  />,
                ],
              ]}
            />
          </Card>
          <Addresses service={service} />
          <Scopes service={service} />
          <Actions service={service} />
        </div>
      </div>
      {open === 'create' && <CreateClientPanel service={service} onClose={close} />}
      {open === 'edit' && <EditServicePanel service={service} onClose={close} />}
    </Page>
  );
}

function Scopes({ service }: { service: Service }) {
  return (
    <Card flush title="Scopes" description="What clients can ask people for">
      {service.scopes.length === 0 ? (
        <p className="px-4 py-3 text-13 text-muted">None: clients learn who people are, and no more.</p>
      ) : (
        <ul>
          {service.scopes.map(({ name, description }) => (
            <li key={name} className="border-b border-subtle px-4 py-2 last:border-0">
              <span className="block font-mono text-13 break-all">{name}</span>
              <span className="block text-12 text-muted">{description}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

const actionsOf = (service: string) =>
  reading(serviceActionsList, { query: { service, absent: false, pageSize: 8 } });

function Actions({ service }: { service: Service }) {
  const { data, error, refetch } = useQuery(actionsOf(service.name));
  return (
    <Card
      flush
      title="Actions"
      description="What roles can let people do here"
      actions={
        <Link
          to="/actions"
          search={{ service: service.name }}
          className="rounded-[4px] text-13 text-link hover:underline"
        >
          View all
        </Link>
      }
    >
      {error ? (
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton className="m-4 h-16" />
      ) : data.items.length === 0 ? (
        <p className="px-4 py-3 text-13 text-muted">None: the service has not registered what it can do.</p>
      ) : (
        <ul>
          {data.items.map(({ id, name, description }) => (
            <li key={id} className="border-b border-subtle px-4 py-2 last:border-0">
              <span className="block font-mono text-13 break-all">{name}</span>
              {description && <span className="block text-12 text-muted">{description}</span>}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Addresses({ service }: { service: Service }) {
  const groups = [
    {
      label: 'Resource',
      list: service.resourceUri ? [service.resourceUri] : [],
      none: 'Its name stands for it',
    },
    { label: 'Origins of its pages', list: service.origins, none: 'No page may call Castellan' },
    {
      label: 'Admin surface',
      list: service.adminUrl ? [service.adminUrl] : [],
      none: 'None',
      problem: service.adminUrlProblem,
    },
  ];
  return (
    <Card flush title="Addresses">
      {groups.map(({ label, list, none, problem }) => (
        <div key={label} className="border-b border-subtle px-4 py-3 last:border-0">
          <h3 className="mb-1 text-12 text-muted">{label}</h3>
          {list.length === 0 ? (
            <p className="text-13 text-faint">{none}</p>
          ) : (
            <ul className="flex flex-col gap-1">
              {list.map((address) => (
                <li key={address}>
                  <CopyId value={address} className="text-13 text-primary" />
                </li>
              ))}
            </ul>
          )}
          {problem && (
            <p className="mt-2 flex items-start gap-1.5 text-13 text-danger">
              <TriangleAlert size={14} aria-hidden className="mt-0.5 shrink-0" />
              <span className="min-w-0 [overflow-wrap:anywhere]">
                Castellan does not ask there: {problem}.
              </span>
            </p>
          )}
        </div>
      ))}
    </Card>
  );
}
