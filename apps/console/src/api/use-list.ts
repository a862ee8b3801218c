import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { Listing } from './queries.ts';

/** What a list page needs of its query: rows that grow, a total, the next page, and what failed. */
export interface List<Row> {
  /** Nothing while the first page is on its way. */
  readonly rows: readonly Row[] | undefined;
  readonly total: number | undefined;
  /** The total in words, an estimate marked with `~`. */
  readonly count: string | undefined;
  readonly hasMore: boolean;
  readonly more: () => void;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** Follows a listing of `queries.ts`. */
export function useList<Row>(options: Listing<Row>): List<Row> {
  const query = useInfiniteQuery(options);
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, refetch } = query;
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data]);
  const more = useCallback(() => {
    if (!isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  const first = query.data?.pages[0];
  return {
    rows,
    total: first?.total,
    count:
      first?.total === undefined
        ? undefined
        : `${first.totalIsEstimate ? '~' : ''}${first.total.toLocaleString()}`,
    hasMore: hasNextPage,
    more,
    error: rows === undefined ? query.error : null,
    retry: useCallback(() => void refetch(), [refetch]),
  };
}
