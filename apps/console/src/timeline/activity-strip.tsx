import { activityList } from '@castellan/contract';
import { Card, EmptyState, ErrorState, Timeline, TimelineSkeleton } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { failureOf } from '../api/failure.ts';
import { reading } from '../api/queries.ts';
import { entriesOf } from './event-line.tsx';

/** The filter of a strip: one target, or everything in one workspace. */
export type StripFilter = { readonly targetId: string } | { readonly workspaceId: string };

/** The query of a strip, for a page's loader. */
export const stripQuery = (filter: StripFilter) =>
  reading(activityList, { query: { ...filter, pageSize: 8 } });

/** The latest events about one thing, at the end of its page. */
export function ActivityStrip({ filter }: { filter: StripFilter }) {
  const { data, error, refetch } = useQuery(stripQuery(filter));
  const search = 'targetId' in filter ? { target: filter.targetId } : { workspace: filter.workspaceId };
  return (
    <Card
      flush
      title="Activity"
      actions={
        <Link to="/activity" search={search} className="rounded-[4px] text-13 text-link hover:underline">
          View all
        </Link>
      }
    >
      {error ? (
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      ) : !data ? (
        <TimelineSkeleton />
      ) : data.items.length === 0 ? (
        <EmptyState compact title="Nothing has happened yet">
          Sign-ins and changes appear here as they happen.
        </EmptyState>
      ) : (
        <Timeline entries={entriesOf(data.items)} />
      )}
    </Card>
  );
}
