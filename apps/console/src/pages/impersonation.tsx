import { type Impersonation, impersonationsEnd, impersonationsList } from '@castellan/contract';
import { Badge, Button, type Column, ConfirmDialog, EmptyState, RelativeTime } from '@castellan/ui';
import { getRouteApi } from '@tanstack/react-router';
import { VenetianMask } from 'lucide-react';
import { useMemo, useState } from 'react';
import { listing, queryClient } from '../api/queries.ts';
import { failureToast, useAction } from '../api/use-action.ts';
import { useList } from '../api/use-list.ts';
import { ListTable } from '../frame/list-table.tsx';
import { Page, Toolbar, useHistoryKey } from '../frame/page.tsx';
import { endedWords, stateLabels, stateMeanings } from '../impersonation/words.ts';

interface Search {
  readonly state?: 'past' | undefined;
}

const listed = ({ state }: Search) => listing(impersonationsList, { query: { state: state ?? 'live' } });
/** Sessions begin and end elsewhere, and a stale list of them is a wrong one. */
const askedEveryMs = 10_000;

/** Starts what the page shows, while its code is still on its way. */
export function load(search: Search): void {
  void queryClient.prefetchInfiniteQuery(listed(search));
}

const columnsWith = (
  past: boolean,
  onEnd: (session: Impersonation) => void,
): readonly Column<Impersonation>[] => [
  {
    id: 'who',
    header: 'Who acts as whom',
    cell: (session) => (
      <>
        <span className="block truncate font-medium">
          {session.operator.name} <span className="font-normal text-muted">as</span> {session.label}
        </span>
        <span className="block truncate text-12 text-muted" title={session.reason}>
          <span className="md:hidden">
            {session.serviceName}, {session.allowWrites ? 'may change' : 'look only'} ·{' '}
          </span>
          {session.reason}
        </span>
      </>
    ),
  },
  { id: 'service', header: 'Product', width: '136px', from: 'sm', cell: (session) => session.serviceName },
  {
    id: 'writes',
    header: 'May',
    width: '120px',
    from: 'md',
    cell: ({ allowWrites }) =>
      allowWrites ? <Badge meaning="warning">Change</Badge> : <Badge>Look only</Badge>,
  },
  {
    id: 'started',
    header: 'Began',
    width: '136px',
    from: 'lg',
    cell: ({ startedAt }) => <RelativeTime at={startedAt} />,
  },
  {
    id: 'ends',
    header: past ? 'Ended' : 'Ends',
    width: '136px',
    from: 'md',
    cell: ({ endedAt, expiresAt, endedBy }) => (
      <span title={endedBy ? `Ended by ${endedBy.name}` : undefined}>
        <RelativeTime at={endedAt ?? expiresAt} />
      </span>
    ),
  },
  {
    id: 'state',
    header: 'State',
    width: '128px',
    from: 'sm',
    cell: ({ state }) => (
      <Badge dot meaning={stateMeanings[state]}>
        {stateLabels[state]}
      </Badge>
    ),
  },
  {
    id: 'end',
    header: 'End',
    hideHeader: true,
    width: '104px',
    align: 'end',
    cell: (session) =>
      session.canEnd && (
        <Button
          small
          aria-label={`End now: ${session.operator.name} as ${session.label}`}
          onClick={() => onEnd(session)}
        >
          End now
        </Button>
      ),
  },
];

const route = getRouteApi('/frame/impersonation');

/** Operators who act as users of products, now and before, with the way to end it. */
export function ImpersonationPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const historyKey = useHistoryKey();
  const list = useList({ ...listed(search), refetchInterval: askedEveryMs });
  const [ending, setEnding] = useState<Impersonation>();
  const past = search.state === 'past';
  const columns = useMemo(() => columnsWith(past, setEnding), [past]);
  const show = (state: 'past' | undefined) => void navigate({ search: { state } });
  return (
    <Page
      fill
      title="Impersonation"
      description="Operators who act as users of products. This list is what is true; a banner in a product is a hint."
    >
      <Toolbar>
        <Button onClick={() => show(past ? undefined : 'past')}>
          {past ? 'Show live sessions' : 'Show past sessions'}
        </Button>
      </Toolbar>
      <ListTable
        key={search.state}
        scrollKey={historyKey}
        label={past ? 'Past sessions' : 'Live sessions'}
        columns={columns}
        rowId={({ id }) => id}
        list={list}
        what="past sessions"
        onClear={past ? () => show(undefined) : undefined}
        empty={
          <EmptyState icon={VenetianMask} title="Nobody acts as anybody">
            Open a user of a product and choose “Sign in as” to see what they see. Such a session is listed
            here until it ends.
          </EmptyState>
        }
      />
      {ending && <EndQuestion session={ending} onClose={() => setEnding(undefined)} />}
    </Page>
  );
}

function EndQuestion({ session, onClose }: { session: Impersonation; onClose: () => void }) {
  const end = useAction(impersonationsEnd, {
    showsErrors: true,
    done: ({ effect }) => endedWords(effect, session.serviceName),
    onDone: onClose,
  });
  const failure = end.error && failureToast(end.error);
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`End the session of ${session.operator.name} as ${session.label}?`}
      description={
        session.endsBy === 'platform'
          ? 'Its next call is refused.'
          : session.endsBy === 'product'
            ? `${session.serviceName} is told to end it.`
            : `${session.serviceName} can not be told: unless it asks Castellan, its session runs out by itself.`
      }
      action="End now"
      busy={end.isPending}
      error={failure && `${failure.title}. ${failure.detail}`}
      onConfirm={() => end.mutate({ params: { id: session.id } })}
    />
  );
}
