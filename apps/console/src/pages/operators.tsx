import {
  everyService,
  type OperatorRecord,
  type OperatorRole,
  operatorRoles,
  operatorsList,
  servicesList,
} from '@castellan/contract';
import { Badge, Button, type Column, EmptyState, FilterMenu, SearchBox } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Plus, ShieldCheck } from 'lucide-react';
import { useCallback } from 'react';
import { listing, queryClient, reading } from '../api/queries.ts';
import { type Me, ownedServices } from '../api/reach.ts';
import { session } from '../api/session.ts';
import { useList } from '../api/use-list.ts';
import { ListTable } from '../frame/list-table.tsx';
import { Page, Toolbar, useHistoryKey } from '../frame/page.tsx';
import { AddOperatorPanel } from '../operators/add-operator-panel.tsx';
import { OperatorPanel } from '../operators/operator-panel.tsx';
import { operatorRoleLabels, operatorRoleMeanings, serviceWords } from '../operators/role-words.ts';
import { Person, StateBadge } from '../people/labels.tsx';

interface Search {
  readonly search?: string | undefined;
  readonly service?: string | undefined;
  readonly role?: OperatorRole | undefined;
}

const operators = ({ search, service, role }: Search) =>
  listing(operatorsList, { query: { search: search || undefined, service, role } });

/** Starts what the page shows, while its code is still on its way. */
export function load(search: Search): void {
  void queryClient.prefetchInfiniteQuery(operators(search));
}

const shownRoles = 3;

function More({ many, className }: { many: number; className: string }) {
  return many > 0 ? <span className={`shrink-0 text-12 text-muted ${className}`}>+ {many}</span> : null;
}

const columns: readonly Column<OperatorRecord>[] = [
  {
    id: 'name',
    header: 'Name',
    cell: (operator) => (
      <Link
        data-row-link
        from="/operators"
        search={(held) => ({ ...held, person: operator.id })}
        className="block rounded-[4px]"
      >
        <Person name={operator.name} email={operator.email} />
      </Link>
    ),
  },
  {
    id: 'roles',
    header: 'Roles',
    cell: ({ grants, hiddenGrants }) => {
      const all = grants.length + hiddenGrants;
      return (
        <span className="flex min-w-0 items-center gap-1.5 overflow-hidden">
          {grants.slice(0, shownRoles).map(({ service, role }, index) => (
            // A phone has room for the first.
            <span
              key={service?.id ?? everyService}
              className={index === 0 ? 'min-w-0 overflow-hidden' : 'hidden lg:block'}
            >
              <Badge meaning={operatorRoleMeanings[role]}>
                {serviceWords(service)}: {operatorRoleLabels[role]}
              </Badge>
            </span>
          ))}
          <More many={all - 1} className="lg:hidden" />
          <More many={all - shownRoles} className="hidden lg:inline" />
        </span>
      );
    },
  },
  {
    id: 'state',
    header: 'State',
    width: '128px',
    from: 'lg',
    cell: ({ state }) => <StateBadge state={state} />,
  },
  {
    id: 'sessions',
    header: 'In the console',
    width: '136px',
    from: 'lg',
    cell: ({ consoleSessions }) =>
      consoleSessions === 0 ? (
        <span className="text-muted">Not now</span>
      ) : consoleSessions === 1 ? (
        '1 session'
      ) : (
        `${consoleSessions.toLocaleString()} sessions`
      ),
  },
];

const route = getRouteApi('/frame/operators');

/** Who may use this console, for which services, and as what. */
export function OperatorsPage() {
  const { data: me } = useQuery(session);
  return me ? <Operators me={me} /> : null;
}

function Operators({ me }: { me: Me }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const historyKey = useHistoryKey();
  const list = useList(operators(search));
  const narrowed = Boolean(search.search || search.service || search.role);
  const show = useCallback(
    (change: typeof search) => void navigate({ search: (held) => ({ ...held, ...change }), replace: true }),
    [navigate],
  );
  const onSearch = useCallback((text: string) => show({ search: text || undefined }), [show]);
  const opened = list.rows?.find(({ id }) => id === search.person);
  return (
    <Page
      fill
      title="Operators"
      count={list.count}
      actions={
        <Button kind="primary" icon={Plus} onClick={() => show({ add: true })}>
          Add an operator
        </Button>
      }
    >
      <Toolbar>
        <SearchBox label="Search by name or e-mail" value={search.search ?? ''} onChange={onSearch} />
        <ServiceFilter me={me} value={search.service} onChange={(service) => show({ service })} />
        <FilterMenu
          label="Role"
          choices={operatorRoles.map((value) => ({ value, label: operatorRoleLabels[value] }))}
          value={search.role}
          onChange={(role) => show({ role: role as Search['role'] })}
        />
      </Toolbar>
      <ListTable
        // Another search or filter is another list, from its top.
        key={JSON.stringify([search.search, search.service, search.role])}
        scrollKey={historyKey}
        label="Operators"
        columns={columns}
        rowId={({ id }) => id}
        rowsAreLinks
        list={list}
        what="operators"
        onClear={
          narrowed ? () => show({ search: undefined, service: undefined, role: undefined }) : undefined
        }
        empty={
          <EmptyState icon={ShieldCheck} title="Nobody is an operator of your services yet">
            Operators see and change a product’s data here. Add the people who support yours.
          </EmptyState>
        }
      />
      {search.add && <AddOperatorPanel me={me} onClose={() => show({ add: undefined })} />}
      {opened && <OperatorPanel operator={opened} me={me} onClose={() => show({ person: undefined })} />}
    </Page>
  );
}

/** Services are few: they stand in one menu. */
function ServiceFilter({
  me,
  value,
  onChange,
}: {
  me: Me;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const { data } = useQuery({
    ...reading(servicesList, { query: { pageSize: 50 } }),
    enabled: me.admin,
  });
  const choices = me.admin
    ? [
        { value: everyService, label: 'Every service' },
        ...(data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? []),
      ]
    : ownedServices(me).map(({ id, name }) => ({ value: id, label: name }));
  return <FilterMenu label="Service" choices={choices} value={value} onChange={onChange} />;
}
