import { activityExport, activityList } from '@castellan/contract';
import {
  Avatar,
  Button,
  buttonClasses,
  type Column,
  DataTable,
  EmptyState,
  ErrorState,
  NoMatch,
  RelativeTime,
  SidePanel,
} from '@castellan/ui';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Activity, Download } from 'lucide-react';
import { useMemo } from 'react';
import { addressOf } from '../api/call.ts';
import { failureOf } from '../api/failure.ts';
import { listing, queryClient } from '../api/queries.ts';
import { useList } from '../api/use-list.ts';
import { Page, Toolbar, useHistoryKey } from '../frame/page.tsx';
import {
  ActionFilter,
  type Filters,
  PersonFilter,
  queryOf,
  TimeFilter,
  WorkspaceFilter,
} from '../timeline/activity-filters.tsx';
import { EventDetail } from '../timeline/event-detail.tsx';
import { type EventEntry, entriesOf } from '../timeline/event-line.tsx';

const events = (filters: Filters) => listing(activityList, { query: queryOf(filters) });

/** Starts what the page shows, while its code is still on its way. */
export function load(filters: Filters): void {
  void queryClient.prefetchInfiniteQuery(events(filters));
}

const columns: readonly Column<EventEntry>[] = [
  {
    id: 'event',
    header: 'Event',
    cell: ({ actor, line, beneath, outcome, correlationId }) => (
      <span className="flex min-w-0 items-center gap-3">
        <Avatar name={actor} size={24} />
        <span className="min-w-0">
          <span className="line-clamp-2 whitespace-normal sm:block sm:truncate">
            {outcome && <span className="text-muted sm:hidden">{outcome}: </span>}
            {line}
          </span>
          {(beneath || correlationId) && (
            <span className="hidden truncate text-12 text-muted sm:block">
              {beneath}
              {beneath && correlationId && ' · '}
              {correlationId && (
                <>
                  correlation id <span className="font-mono">{correlationId}</span>
                </>
              )}
            </span>
          )}
        </span>
      </span>
    ),
  },
  {
    id: 'address',
    header: 'Address',
    width: '144px',
    from: 'lg',
    cell: ({ item }) => <span className="font-mono text-12 text-muted">{item.event.address}</span>,
  },
  {
    id: 'at',
    header: 'When',
    width: '136px',
    cell: ({ id, at }) => (
      <Link
        data-row-link
        from="/activity"
        to="/activity"
        search={(held) => ({ ...held, event: id })}
        className="rounded-[4px] text-muted"
      >
        <RelativeTime at={at} />
      </Link>
    ),
  },
];

const route = getRouteApi('/frame/activity');

/** Everything that happened, newest first, narrowed by who, what, where and when. */
export function ActivityPage() {
  const { event: openId, ...filters } = route.useSearch();
  const navigate = route.useNavigate();
  const historyKey = useHistoryKey();
  const list = useList(events(filters));
  const narrowed = Object.values(filters).some((value) => value !== undefined);
  const show = (change: Filters) =>
    void navigate({ search: (held) => ({ ...held, ...change, event: undefined }), replace: true });
  const clear = () => void navigate({ search: {}, replace: true });
  const entries = useMemo(() => list.rows && entriesOf(list.rows), [list.rows]);
  const known = entries?.find(({ item }) =>
    [item.event, ...item.earlier].some(({ id }) => id === openId),
  )?.item;
  const actor = list.rows?.flatMap(({ actors }) => actors).find(({ id }) => id === filters.actor)?.label;

  return (
    <Page
      fill
      title="Activity"
      count={list.count}
      actions={
        <a
          href={addressOf(activityExport, { query: queryOf(filters) })}
          download
          className={buttonClasses('secondary')}
        >
          <Download size={16} aria-hidden />
          Export
        </a>
      }
    >
      <Toolbar>
        <ActionFilter value={filters.action} onChange={(action) => show({ action })} />
        <PersonFilter
          label="Actor"
          value={filters.actor}
          known={filters.actor && actor}
          onChange={(chosen) => show({ actor: chosen })}
        />
        <PersonFilter
          label="Target"
          value={filters.target}
          known={list.rows?.find(({ target }) => target.id === filters.target)?.target.label}
          onChange={(target) => show({ target })}
        />
        <WorkspaceFilter value={filters.workspace} onChange={(workspace) => show({ workspace })} />
        <TimeFilter since={filters.since} until={filters.until} onChange={show} />
        {narrowed && (
          <Button kind="quiet" onClick={clear}>
            Clear
          </Button>
        )}
      </Toolbar>
      <DataTable
        // Other filters are another list, from its top.
        key={JSON.stringify(filters)}
        scrollKey={historyKey}
        label="Activity"
        columns={columns}
        rows={entries}
        rowId={({ id }) => id}
        rowsAreLinks
        // Events of one change are one line: how many there will be is known at the end.
        total={list.hasMore ? list.total : undefined}
        hasMore={list.hasMore}
        onMore={list.more}
        instead={
          list.error ? (
            <ErrorState failure={failureOf(list.error)} onRetry={list.retry} />
          ) : list.rows?.length !== 0 ? undefined : narrowed ? (
            <NoMatch what="events" onClear={clear} />
          ) : (
            <EmptyState icon={Activity} title="Nothing has happened yet">
              Every sign-in, every change and every refusal is written here, with who did it and when.
            </EmptyState>
          )
        }
      />
      <SidePanel
        wide
        open={openId !== undefined}
        onOpenChange={(open) => !open && void navigate({ search: (held) => ({ ...held, event: undefined }) })}
        title="Event"
      >
        {openId && <EventDetail id={openId} known={known} />}
      </SidePanel>
    </Page>
  );
}
