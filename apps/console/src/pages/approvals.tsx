import {
  type Approval,
  approvalStates,
  approvalsList,
  type ApprovalState as State,
} from '@castellan/contract';
import { type Column, EmptyState, FilterMenu, RelativeTime, SidePanel } from '@castellan/ui';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Stamp } from 'lucide-react';
import { listing, queryClient } from '../api/queries.ts';
import { useList } from '../api/use-list.ts';
import { ListTable } from '../frame/list-table.tsx';
import { Page, Toolbar, useHistoryKey } from '../frame/page.tsx';
import { ApprovalDetail, ApprovalState, stateWords, targetOf, verbOf } from '../products/approval-detail.tsx';

const approvals = (state: State | undefined) => listing(approvalsList, { query: { state } });

/** Starts what the page shows, while its code is still on its way. */
export function load(state: State | undefined): void {
  void queryClient.prefetchInfiniteQuery(approvals(state));
}

const columns: readonly Column<Approval>[] = [
  {
    id: 'what',
    header: 'What',
    cell: (approval) => (
      <>
        <Link
          data-row-link
          from="/approvals"
          to="/approvals"
          search={(held) => ({ ...held, approval: approval.id })}
          className="block truncate rounded-[4px] font-medium"
        >
          {verbOf(approval)} {targetOf(approval)}
        </Link>
        <span className="block truncate text-12 text-muted">{approval.reason}</span>
      </>
    ),
  },
  {
    id: 'product',
    header: 'Product',
    width: '144px',
    from: 'lg',
    cell: ({ serviceName }) => serviceName,
  },
  {
    id: 'by',
    header: 'Asked by',
    width: '200px',
    from: 'md',
    cell: ({ requestedBy }) => <span className="block truncate">{requestedBy.name}</span>,
  },
  {
    id: 'state',
    header: 'State',
    width: '148px',
    cell: ({ state }) => <ApprovalState state={state} />,
  },
  {
    id: 'at',
    header: 'Asked',
    width: '136px',
    from: 'md',
    cell: ({ requestedAt }) => <RelativeTime at={requestedAt} />,
  },
];

const route = getRouteApi('/frame/approvals');

/** What operators ask each other to approve: the open ones wait here for a yes or a no. */
export function ApprovalsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const historyKey = useHistoryKey();
  const list = useList(approvals(search.state));
  const close = () => void navigate({ search: (held) => ({ ...held, approval: undefined }) });
  return (
    <Page fill title="Approvals" count={list.count}>
      <Toolbar>
        <FilterMenu
          label="State"
          choices={approvalStates.map((value) => ({ value, label: stateWords[value][0] }))}
          value={search.state}
          onChange={(state) =>
            void navigate({ search: { state: state as State | undefined }, replace: true })
          }
        />
      </Toolbar>
      <ListTable
        key={search.state ?? 'all'}
        scrollKey={historyKey}
        label="Approvals"
        columns={columns}
        rowId={({ id }) => id}
        rowsAreLinks
        list={list}
        what="approvals"
        onClear={search.state ? () => void navigate({ search: {}, replace: true }) : undefined}
        empty={
          <EmptyState icon={Stamp} title="Nobody asked for an approval yet">
            Where a product wants a second operator’s yes before something is done, the question stands here.
          </EmptyState>
        }
      />
      <SidePanel
        wide
        open={search.approval !== undefined}
        onOpenChange={(open) => !open && close()}
        title="Approval"
      >
        {search.approval && <ApprovalDetail key={search.approval} id={search.approval} onClose={close} />}
      </SidePanel>
    </Page>
  );
}
