import { stats } from '@castellan/contract';
import {
  BarChart,
  buttonClasses,
  Card,
  EmptyState,
  ErrorState,
  Skeleton,
  Stat,
  TimelineSkeleton,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { failureOf } from '../api/failure.ts';
import { queryClient, reading } from '../api/queries.ts';
import { Page } from '../frame/page.tsx';
import { roleLabels } from '../people/labels.tsx';

// The numbers are shown before it: what says events in words is no part of the first load.
const recentActivity = () => import('../timeline/recent-activity.tsx');
const RecentActivity = lazy(async () => ({ default: (await recentActivity()).RecentActivity }));

const totals = reading(stats, {});

/** Starts what the page shows, while its code is still on its way. */
export function load(): void {
  void queryClient.prefetchQuery(totals);
  recentActivity().catch(() => undefined); // It is asked for again where it is shown.
}

/** How the house is: totals, the last thirty days, what happened just now. */
export function DashboardPage() {
  const { data, error, refetch } = useQuery({ ...totals, refetchInterval: 60_000 });
  if (error && !data)
    return (
      <Page title="Dashboard">
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      </Page>
    );
  return (
    <Page title="Dashboard">
      <div className="flex flex-col gap-4">
        <div className="grid grid-cols-2 overflow-hidden rounded-card border border-default bg-raised lg:grid-cols-4 [&>*]:border-subtle max-lg:[&>*:nth-child(even)]:border-l max-lg:[&>*:nth-child(n+3)]:border-t lg:[&>*+*]:border-l">
          <Stat
            label={
              <Link to="/users" className="rounded-[4px] hover:text-primary hover:underline">
                Users
              </Link>
            }
            value={data?.users.total}
            note={
              data &&
              `${data.users.invited.toLocaleString()} invited, ${data.users.deactivated.toLocaleString()} deactivated`
            }
          />
          <Stat label="Active in 30 days" value={data?.activeUsers30d} note="signed in at least once" />
          <Stat label="Live sessions" value={data?.liveSessions} note="now, over all services" />
          <Stat
            label={
              <Link to="/workspaces" className="rounded-[4px] hover:text-primary hover:underline">
                Workspaces
              </Link>
            }
            value={data?.workspaces}
            note={data && `${data.groups.toLocaleString()} groups`}
          />
        </div>
        {data?.users.total === 1 && data.workspaces === 0 && <FirstSteps />}
        <div className="grid gap-4 lg:grid-cols-2">
          <Card title="Sign-ins">
            {data ? (
              <BarChart what="sign-ins" days={data.signInsByDay} />
            ) : (
              <Skeleton className="h-[168px] w-full" />
            )}
          </Card>
          <Card title="New users">
            {data ? (
              <BarChart what="new users" days={data.newUsersByDay} />
            ) : (
              <Skeleton className="h-[168px] w-full" />
            )}
          </Card>
        </div>
        <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_320px]">
          <Card
            flush
            title="Recent activity"
            actions={
              <Link to="/activity" className="rounded-[4px] text-13 text-link hover:underline">
                View all
              </Link>
            }
          >
            {!data ? (
              <TimelineSkeleton lines={10} />
            ) : data.recentActivity.length === 0 ? (
              <EmptyState compact title="Nothing has happened yet">
                Sign-ins and changes appear here as they happen.
              </EmptyState>
            ) : (
              <Suspense fallback={<TimelineSkeleton lines={10} />}>
                <RecentActivity events={data.recentActivity} />
              </Suspense>
            )}
          </Card>
          <div className="flex flex-col gap-4">
            <Distribution
              title="Workspaces by number of members"
              lines={data?.workspaceSizes.map(({ label, count }) => [sentence(label), count])}
            />
            <Distribution
              title="Members by role"
              lines={
                data && [
                  [roleLabels.owner, data.roles.owner],
                  [roleLabels.admin, data.roles.admin],
                  [roleLabels.editor, data.roles.editor],
                  [roleLabels.viewer, data.roles.viewer],
                ]
              }
            />
          </div>
        </div>
      </div>
    </Page>
  );
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** A few named counts, each with a bar from zero behind its line. */
function Distribution(props: { title: string; lines: readonly (readonly [string, number])[] | undefined }) {
  const most = Math.max(1, ...(props.lines ?? []).map(([, count]) => count));
  return (
    <Card title={props.title}>
      <dl className="flex flex-col gap-2">
        {(props.lines ?? Array.from({ length: 4 }, (_, line) => [String(line), undefined] as const)).map(
          ([label, count]) => (
            <div key={label} className="grid grid-cols-[1fr_auto] gap-y-1 text-13">
              <dt className="text-muted">
                {count === undefined ? <Skeleton className="h-5 w-2/3" /> : label}
              </dt>
              <dd className="contents tabular-nums">
                <span>{count?.toLocaleString()}</span>
                <span aria-hidden className="col-span-2 h-1 overflow-hidden rounded-full bg-pressed">
                  <span
                    className="block h-full rounded-full bg-accent-mark"
                    style={{ width: `${((count ?? 0) / most) * 100}%` }}
                  />
                </span>
              </dd>
            </div>
          ),
        )}
      </dl>
    </Card>
  );
}

/** What to do in a house that has only its first administrator. */
function FirstSteps() {
  return (
    <Card>
      <EmptyState
        compact
        title="Start with a workspace, then bring people in"
        action={
          <div className="flex flex-wrap justify-center gap-2">
            <Link to="/workspaces" search={{ create: true }} className={buttonClasses('primary')}>
              Create a workspace
            </Link>
            <Link to="/import" className={buttonClasses('secondary')}>
              Import people
            </Link>
          </div>
        }
      >
        A workspace is one customer or team. People are in it with a role, invited one by one or imported from
        a CSV file.
      </EmptyState>
    </Card>
  );
}
