import { type ImportJob, importPreview, importsList, importTemplate } from '@castellan/contract';
import { buttonClasses, type Column, DataTable, EmptyState, ErrorState, RelativeTime } from '@castellan/ui';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Download, FileUp } from 'lucide-react';
import { useState } from 'react';
import { addressOf } from '../api/call.ts';
import { failureOf } from '../api/failure.ts';
import { listing, queryClient } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { useList } from '../api/use-list.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { Page } from '../frame/page.tsx';
import { DropZone } from '../imports/drop-zone.tsx';
import { JobState } from '../imports/job-state.tsx';

const earlier = () => listing(importsList, { query: {} });

/** Starts what the page shows, while its code is still on its way. */
export function load(): void {
  void queryClient.prefetchInfiniteQuery(earlier());
}

const columns: readonly Column<ImportJob>[] = [
  {
    id: 'file',
    header: 'File',
    cell: (job) => (
      <Link
        data-row-link
        to="/import/$id"
        params={{ id: job.id }}
        className="block truncate rounded-[4px] font-medium"
      >
        {job.fileName}
      </Link>
    ),
  },
  { id: 'state', header: 'State', width: '128px', cell: (job) => <JobState state={job.state} /> },
  {
    id: 'rows',
    header: 'Rows',
    width: '96px',
    align: 'end',
    from: 'sm',
    cell: (job) => job.totalRows.toLocaleString(),
  },
  {
    id: 'problems',
    header: 'Problems',
    width: '96px',
    align: 'end',
    from: 'md',
    cell: (job) => job.problemRows.toLocaleString(),
  },
  {
    id: 'created',
    header: 'Uploaded',
    width: '152px',
    from: 'sm',
    cell: (job) => <RelativeTime at={job.createdAt} />,
  },
];

const route = getRouteApi('/frame/import');

/** The first step of an import, and the imports before it. */
export function ImportsPage() {
  const navigate = route.useNavigate();
  const list = useList(earlier());
  const [fileName, setFileName] = useState<string>();
  const preview = useAction(importPreview, {
    showsErrors: true,
    onDone: ({ job }) => void navigate({ to: '/import/$id', params: { id: job.id } }),
  });
  return (
    <Page
      title="Import people"
      description="Upload a file, look at what would happen to each row, then start it. Nothing is created before that."
      actions={
        <a href={addressOf(importTemplate, {})} download className={buttonClasses('secondary')}>
          <Download size={16} aria-hidden />
          Template
        </a>
      }
    >
      <div className="flex flex-col gap-6">
        <div className="flex flex-col gap-3">
          <DropZone
            busy={preview.isPending}
            fileName={fileName}
            onFile={(file) => {
              setFileName(file.name);
              preview.mutate({ query: { fileName: file.name.slice(0, 200) }, file });
            }}
          />
          <FormProblem error={preview.error} />
        </div>
        <section className="flex flex-col gap-3">
          <h2 className="text-14 font-semibold">Earlier imports</h2>
          <div className="flex max-h-[560px] flex-col">
            <DataTable
              label="Earlier imports"
              columns={columns}
              rows={list.rows}
              rowId={(job) => job.id}
              rowsAreLinks
              rowHeight={40}
              total={list.total}
              hasMore={list.hasMore}
              onMore={list.more}
              instead={
                list.error ? (
                  <ErrorState failure={failureOf(list.error)} onRetry={list.retry} />
                ) : list.rows?.length === 0 ? (
                  <EmptyState compact icon={FileUp} title="Nothing was imported yet">
                    Each upload stays here with its report: who was created, which rows were skipped, and why.
                  </EmptyState>
                ) : undefined
              }
            />
          </div>
        </section>
      </div>
    </Page>
  );
}
