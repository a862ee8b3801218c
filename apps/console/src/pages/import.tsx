import {
  type ImportJob,
  type ImportRow,
  importExecute,
  importProblemTexts,
  importRead,
  importRows,
} from '@castellan/contract';
import {
  Badge,
  Button,
  type Column,
  DataTable,
  EmptyState,
  ErrorState,
  FilterMenu,
  RelativeTime,
  Skeleton,
  Stat,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Play } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { failureOf } from '../api/failure.ts';
import { listing, queryClient, reading } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { useList } from '../api/use-list.ts';
import { Page, Toolbar } from '../frame/page.tsx';
import { JobState } from '../imports/job-state.tsx';
import { Progress } from '../imports/progress.tsx';

const jobOf = (id: string) => reading(importRead, { params: { id } });
const rowsOf = (id: string, onlyProblems: boolean) =>
  listing(importRows, { params: { id }, query: { onlyProblems: onlyProblems || undefined } }, 200);

/** Starts what the page shows, while its code is still on its way. */
export function load(id: string): void {
  void queryClient.prefetchQuery(jobOf(id));
}

const outcomes = { created: 'Account created', added: 'Added to workspace', skipped: 'Skipped' };

const columns: readonly Column<ImportRow>[] = [
  {
    id: 'line',
    header: 'Line',
    width: '64px',
    align: 'end',
    cell: (row) => <span className="text-muted">{row.line.toLocaleString()}</span>,
  },
  {
    id: 'email',
    header: 'E-mail',
    cell: (row) => (
      <span className="block py-2 break-words whitespace-normal [overflow-wrap:anywhere]">
        {row.email || '—'}
      </span>
    ),
  },
  {
    id: 'name',
    header: 'Name',
    width: '176px',
    from: 'md',
    cell: (row) => <span title={row.name}>{row.name}</span>,
  },
  {
    id: 'workspace',
    header: 'Workspace',
    width: '168px',
    from: 'lg',
    cell: (row) => (
      <span className="font-mono text-12 text-muted" title={row.workspaceSlug}>
        {row.workspaceSlug}
      </span>
    ),
  },
  {
    id: 'role',
    header: 'Role',
    width: '96px',
    from: 'lg',
    cell: (row) => <span title={row.role}>{row.role}</span>,
  },
  {
    id: 'result',
    header: 'Result',
    // On a phone the reason is what the page is for.
    width: 'clamp(172px, 38cqw, 460px)',
    cell: (row) => <Result row={row} />,
  },
];

/** What became of a row, or everything that stands against it: whole, on as many lines as that takes. */
function Result({ row }: { row: ImportRow }) {
  if (row.problems.length === 0)
    return <span className="text-muted">{row.outcome ? outcomes[row.outcome] : 'Ready'}</span>;
  return (
    <ul className="flex flex-col gap-1 py-2 text-danger">
      {row.problems.map((problem) => (
        <li key={problem} className="whitespace-normal">
          {importProblemTexts[problem]}
        </li>
      ))}
    </ul>
  );
}

const route = getRouteApi('/frame/import/$id');
const breadcrumb = [
  <Link key="import" to="/import" className="rounded-[4px] hover:text-primary">
    Import
  </Link>,
];

/** One import: what would happen, how far it is, or what it did. */
export function ImportPage() {
  const { id } = route.useParams();
  const {
    data: job,
    error,
    refetch,
  } = useQuery({
    ...jobOf(id),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? 500 : false),
  });
  if (error && !job)
    return (
      <Page title="Import" breadcrumb={breadcrumb}>
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      </Page>
    );
  if (!job)
    return (
      <Page title="Import" breadcrumb={breadcrumb}>
        <Skeleton className="h-28 w-full" />
      </Page>
    );
  return <JobView key={job.id} job={job} />;
}

function JobView({ job }: { job: ImportJob }) {
  const { problems } = route.useSearch();
  const navigate = route.useNavigate();
  // Before it starts, what is wrong comes first; afterwards everything does.
  const onlyProblems = problems ?? (job.state === 'previewed' && job.problemRows > 0);
  const list = useList(rowsOf(job.id, onlyProblems));
  const execute = useAction(importExecute, {});
  useFreshReport(job);
  return (
    <Page
      fill
      title={job.fileName}
      breadcrumb={breadcrumb}
      badges={<JobState state={job.state} />}
      description={
        <>
          uploaded <RelativeTime at={job.createdAt} />
          {job.state === 'previewed' && '; taken away after seven days unless it is started'}
          {job.finishedAt && (
            <>
              , finished <RelativeTime at={job.finishedAt} />
            </>
          )}
        </>
      }
      actions={
        job.state === 'previewed' &&
        job.validRows > 0 && (
          <Button
            kind="primary"
            icon={Play}
            busy={execute.isPending}
            onClick={() => execute.mutate({ body: { jobId: job.id } })}
          >
            Import {job.validRows.toLocaleString()} {job.validRows === 1 ? 'row' : 'rows'}
          </Button>
        )
      }
    >
      <Summary job={job} />
      <Toolbar>
        <FilterMenu
          label="Rows"
          choices={[
            { value: 'problems', label: 'With a problem' },
            { value: 'all', label: 'All' },
          ]}
          value={onlyProblems ? 'problems' : undefined}
          onChange={(value) => void navigate({ search: { problems: value === 'problems' }, replace: true })}
        />
        {job.state === 'previewed' && job.problemRows > 0 && (
          <span className="text-13 text-muted">
            Rows with a problem are skipped. Mend the file to include them.
          </span>
        )}
      </Toolbar>
      <DataTable
        key={String(onlyProblems)}
        label="Rows of the file"
        columns={columns}
        rows={list.rows}
        rowId={(row) => String(row.line)}
        rowHeight={36}
        rowsGrow
        total={list.total}
        hasMore={list.hasMore}
        onMore={list.more}
        instead={
          list.error ? (
            <ErrorState failure={failureOf(list.error)} onRetry={list.retry} />
          ) : list.rows?.length === 0 ? (
            <EmptyState compact title={onlyProblems ? 'No row has a problem' : 'The file has no rows'} />
          ) : undefined
        }
      />
    </Page>
  );
}

/** Asks for the rows again once the import has finished: now they have outcomes. */
function useFreshReport(job: ImportJob): void {
  const before = useRef(job.state);
  useEffect(() => {
    if (before.current !== 'finished' && job.state === 'finished')
      void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'imports.read' });
    before.current = job.state;
  }, [job.state]);
}

function Summary({ job }: { job: ImportJob }) {
  return (
    <div className="mb-4 shrink-0 overflow-hidden rounded-card border border-default bg-raised">
      <div className="grid grid-cols-2 sm:grid-cols-4 [&>*]:border-subtle max-sm:[&>*:nth-child(even)]:border-l max-sm:[&>*:nth-child(n+3)]:border-t sm:[&>*+*]:border-l">
        <Stat label="Rows" value={job.totalRows} />
        <Stat
          label={job.state === 'previewed' ? 'Ready' : 'Done'}
          value={job.state === 'previewed' ? job.validRows : job.processedRows}
          note={
            job.state === 'running' &&
            `${Math.floor((job.processedRows / Math.max(1, job.totalRows)) * 100)}%`
          }
        />
        {job.state === 'previewed' ? (
          <Stat label="With a problem" value={job.problemRows} />
        ) : (
          <Stat
            label="Skipped"
            value={job.problemRows}
            note={job.problemRows > 0 && 'each with its reason below'}
          />
        )}
        {job.state === 'previewed' ? (
          <div className="flex items-center px-4 py-3.5">
            {job.validRows === 0 ? (
              <Badge meaning="danger" dot>
                Nothing to import
              </Badge>
            ) : (
              <Badge meaning={job.problemRows > 0 ? 'warning' : 'success'} dot>
                {job.problemRows > 0 ? 'Some are skipped' : 'Every row is ready'}
              </Badge>
            )}
          </div>
        ) : (
          <Stat
            label="Accounts created"
            value={job.createdUsers}
            note={`${job.addedMembers.toLocaleString()} memberships`}
          />
        )}
      </div>
      <Progress done={job.processedRows} total={job.totalRows} />
    </div>
  );
}
