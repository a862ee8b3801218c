import { openApi } from '@castellan/contract';
import { buttonClasses, Card, ErrorState, NoMatch, SearchBox, Skeleton } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useLocation } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useCallback, useEffect } from 'react';
import { addressOf } from '../api/call.ts';
import { failureOf } from '../api/failure.ts';
import { queryClient, reading } from '../api/queries.ts';
import { Page, Toolbar } from '../frame/page.tsx';
import { type OpenApiDocument, type Operation, operationsByTag } from '../reference/open-api.ts';
import { OperationEntry } from '../reference/operation.tsx';

const contract = reading(openApi, {});

/** Starts what the page shows, while its code is still on its way. */
export function load(): void {
  void queryClient.prefetchQuery(contract);
}

const route = getRouteApi('/frame/reference');

/** The API of this installation, read from its own contract. */
export function ReferencePage() {
  const { search = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const { hash } = useLocation();
  const { data, error, refetch } = useQuery({ ...contract, staleTime: Number.POSITIVE_INFINITY });
  const onSearch = useCallback(
    (text: string) => void navigate({ search: { search: text || undefined }, replace: true }),
    [navigate],
  );
  // The document, as the contract's own openapi.json describes it.
  const groups = data && matching(operationsByTag(data as unknown as OpenApiDocument), search);

  useEffect(() => {
    if (data && hash) document.getElementById(hash)?.scrollIntoView();
  }, [data, hash]);

  return (
    <Page
      title="API reference"
      description="What this installation answers, made from the contract that it checks every request against."
      actions={
        <a href={addressOf(openApi, {})} download="openapi.json" className={buttonClasses('secondary')}>
          <Download size={16} aria-hidden />
          OpenAPI 3.1
        </a>
      }
    >
      <Toolbar>
        <SearchBox label="Search by path or words" value={search} onChange={onSearch} />
      </Toolbar>
      {error ? (
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      ) : !groups ? (
        <Skeleton className="h-96 w-full" />
      ) : groups.size === 0 ? (
        <NoMatch what="operations" onClear={() => onSearch('')} />
      ) : (
        <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_176px]">
          <div className="flex min-w-0 flex-col gap-4">
            {[...groups].map(([tag, operations]) => (
              <div key={tag} id={`tag-${tag}`} className="scroll-mt-16 md:scroll-mt-4">
                <Card flush title={labelOf(tag)}>
                  {operations.map((operation) => (
                    <OperationEntry
                      key={operation.operationId}
                      operation={operation}
                      open={operation.operationId === hash}
                    />
                  ))}
                </Card>
              </div>
            ))}
          </div>
          <nav aria-label="On this page" className="sticky top-6 hidden flex-col gap-1 text-13 lg:flex">
            {[...groups].map(([tag, operations]) => (
              <a
                key={tag}
                href={`#tag-${tag}`}
                className="flex justify-between rounded-[4px] text-muted hover:text-primary"
              >
                {labelOf(tag)}
                <span className="text-faint tabular-nums">{operations.length}</span>
              </a>
            ))}
          </nav>
        </div>
      )}
    </Page>
  );
}

function labelOf(tag: string): string {
  const words = tag.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function matching(groups: ReadonlyMap<string, readonly Operation[]>, search: string) {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = new Map<string, readonly Operation[]>();
  for (const [tag, operations] of groups) {
    const kept = operations.filter(({ method, path, summary, operationId }) => {
      const text = `${method} ${path} ${summary} ${operationId}`.toLowerCase();
      return wanted.every((word) => text.includes(word));
    });
    if (kept.length > 0) found.set(tag, kept);
  }
  return found;
}
