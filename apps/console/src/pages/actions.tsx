import { type ServiceAction, serviceActionsList } from '@castellan/contract';
import {
  Badge,
  Button,
  Card,
  CommandBox,
  EmptyState,
  ErrorState,
  FilterMenu,
  NoMatch,
  RelativeTime,
  SearchBox,
  Skeleton,
} from '@castellan/ui';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Zap } from 'lucide-react';
import { useCallback } from 'react';
import { ServiceFilter } from '../access/service-filter.tsx';
import { failureOf } from '../api/failure.ts';
import { listing, queryClient } from '../api/queries.ts';
import { useList } from '../api/use-list.ts';
import { Page, Toolbar } from '../frame/page.tsx';
import { byService } from '../roles/queries.ts';
import { counted } from '../roles/words.ts';

interface Search {
  readonly search?: string | undefined;
  readonly service?: string | undefined;
  readonly absent?: boolean | undefined;
}

const registered = ({ search, service, absent }: Search) =>
  listing(serviceActionsList, { query: { search: search || undefined, service, absent } });

/** Starts what the page shows, while its code is still on its way. */
export function load(search: Search): void {
  void queryClient.prefetchInfiniteQuery(registered(search));
}

const route = getRouteApi('/frame/actions');

/** Everything that services can do, as they registered it; roles are made of it. */
export function ActionsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useList(registered(search));
  const narrowed = Boolean(search.search || search.service || search.absent !== undefined);
  const show = useCallback(
    (change: Search) => void navigate({ search: (held) => ({ ...held, ...change }), replace: true }),
    [navigate],
  );
  const onSearch = useCallback((text: string) => show({ search: text || undefined }), [show]);
  return (
    <Page
      title="Actions"
      count={list.count}
      description={
        <>
          What services can do. Each service names its own actions when it starts (
          <Link
            to="/reference"
            search={{ search: '/roles/actions' }}
            className="rounded-[4px] font-mono text-13 text-link underline"
          >
            POST /roles/actions
          </Link>
          ); here they are read, and roles are made of them.
        </>
      }
    >
      <Toolbar>
        <SearchBox label="Search actions" value={search.search ?? ''} onChange={onSearch} />
        <ServiceFilter value={search.service} onChange={(service) => show({ service })} />
        <FilterMenu
          label="State"
          choices={[
            { value: 'false', label: 'Registered' },
            { value: 'true', label: 'Absent' },
          ]}
          value={search.absent === undefined ? undefined : String(search.absent)}
          onChange={(absent) => show({ absent: absent === undefined ? undefined : absent === 'true' })}
        />
      </Toolbar>
      {list.error ? (
        <ErrorState failure={failureOf(list.error)} onRetry={list.retry} />
      ) : !list.rows ? (
        <Card flush>
          <Skeleton className="m-4 h-60" />
        </Card>
      ) : list.rows.length === 0 && narrowed ? (
        <NoMatch
          what="actions"
          onClear={() => show({ search: undefined, service: undefined, absent: undefined })}
        />
      ) : list.rows.length === 0 ? (
        <EmptyState
          icon={Zap}
          title="No service has registered an action yet"
          action={
            <CommandBox
              command={`curl -X POST $CASTELLAN_URL/roles/actions -H "Authorization: Bearer $SERVICE_KEY" -H "Content-Type: application/json" -d '{"actions":[{"name":"orders:refund","description":"Refund an order"}]}'`}
            />
          }
        >
          An action is one thing that a service lets people do, like orders:refund. The service names all of
          them in one call with its key; done twice it is done.
        </EmptyState>
      ) : (
        <div className="flex flex-col gap-4">
          {byService(list.rows).map((group) => (
            <ServiceActions key={group.serviceId} {...group} />
          ))}
          {list.hasMore && (
            <Button onClick={list.more} className="self-center">
              Show more
            </Button>
          )}
        </div>
      )}
    </Page>
  );
}

const head = 'px-4 py-2 text-left text-12 font-medium text-muted';
const cell = 'border-t border-subtle px-4 py-2 align-top';

function ServiceActions(props: { serviceId: string; service: string; actions: readonly ServiceAction[] }) {
  const { serviceId, service, actions } = props;
  return (
    <Card
      flush
      title={
        <Link to="/services/$id" params={{ id: serviceId }} className="rounded-[4px] hover:underline">
          {service}
        </Link>
      }
    >
      <table aria-label={`Actions of ${service}`} className="w-full table-fixed text-14">
        <thead>
          <tr>
            <th scope="col" className={head}>
              Action
            </th>
            <th scope="col" className={`${head} w-36 max-md:hidden`}>
              Registered
            </th>
            <th scope="col" className={`${head} w-28 text-right`}>
              In roles
            </th>
          </tr>
        </thead>
        <tbody>
          {actions.map((action) => (
            <tr key={action.id}>
              <th scope="row" className={`${cell} text-left font-normal`}>
                <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
                  <span className="min-w-0 font-mono text-13 break-all">{action.name}</span>
                  {action.absentSince && (
                    <Badge meaning="warning" dot>
                      Absent
                    </Badge>
                  )}
                </span>
                <span className="block text-12 break-words text-muted">
                  {action.description || 'No description'}
                  {action.absentSince && (
                    <>
                      {' · '}nobody may do it: the service has named it no more since{' '}
                      <RelativeTime at={action.absentSince} />
                    </>
                  )}
                </span>
              </th>
              <td className={`${cell} text-muted max-md:hidden`}>
                <RelativeTime at={action.createdAt} />
              </td>
              <td className={`${cell} text-right tabular-nums`}>
                {action.roleCount > 0 ? (
                  counted(action.roleCount, 'role')
                ) : (
                  <span className="text-muted">none</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
