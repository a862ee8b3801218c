import type { Page, RouteDefinition, RouteQuery, RouteResult } from '@castellan/contract';
import {
  type InfiniteData,
  MutationCache,
  type Query,
  QueryCache,
  QueryClient,
  queryOptions,
} from '@tanstack/react-query';
import { CallError, type CallInput, call } from './call.ts';

let onSignedOut: (hadSession: boolean) => void = () => {};
/** Says what happens when there is no session: the router shows the sign-in page. `hadSession`: there was one before. */
export function whenSignedOut(handler: (hadSession: boolean) => void): void {
  onSignedOut = handler;
}

/** Refusals of what somebody proved themselves by, which say nothing of the session. */
const ofTheProof: ReadonlySet<string> = new Set([
  'invalid_credentials',
  'mfa_required',
  'mfa_code_wrong',
  'passkey_refused',
]);

const isSession = ({ queryKey }: Pick<Query, 'queryKey'>) => queryKey[0] === 'admin_session.read';

/** Somebody was refused for their role: what the frame offers is asked anew, and without any role there is no session. */
function watchRole(error: Error, query: AnyQuery): void {
  if (!(error instanceof CallError) || (error.code !== 'not_admin' && error.code !== 'operator_role_missing'))
    return;
  if (isSession(query)) {
    // The first answer of all is read by the router, which says why.
    if (query.state.data !== undefined) onSignedOut(true);
  } else void queryClient.invalidateQueries({ predicate: isSession });
}

function watchSession(error: Error): void {
  if (!(error instanceof CallError) || error.status !== 401 || ofTheProof.has(error.code)) return;
  // A cookie that ran out is not sent any more; that there was one shows in the answers that are held.
  const answered = queryClient
    .getQueryCache()
    .getAll()
    .some((query) => query.state.data !== undefined);
  onSignedOut(error.code !== 'unauthenticated' || answered);
}

/** Every answer that the console holds. Refusals are not asked again; a lost connection is, twice. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      watchSession(error);
      watchRole(error, query);
    },
  }),
  mutationCache: new MutationCache({ onError: watchSession }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      networkMode: 'always',
      retry: (failures, error) =>
        failures < 2 && !(error instanceof CallError && error.status > 0 && error.status < 500),
      retryDelay: (failures) => 500 * 2 ** failures,
    },
    mutations: { networkMode: 'always' },
  },
});

/** The query of one reading route. */
export function reading<R extends RouteDefinition>(route: R, input: CallInput<R>) {
  return queryOptions({
    queryKey: [route.id, input],
    queryFn: ({ signal }): Promise<RouteResult<R>> => call(route, input, signal),
  });
}

type ListRoute = RouteDefinition & { readonly query: NonNullable<RouteDefinition['query']> };
type ItemOf<R extends RouteDefinition> = RouteResult<R> extends { items: (infer T)[] } ? T : never;

// The cache is asked about queries of every shape; only the pages of lists are looked at.
// biome-ignore lint/suspicious/noExplicitAny: the library's own type for "any query"
type AnyQuery = Query<any, any, any, any>;

/** A list of at most this many pages is asked again as a whole; one that is longer is not. */
const pagesWorthAsking = 3;

function isShort(query: AnyQuery): boolean {
  const data = query.state.data as { pages?: unknown[] } | undefined;
  return (data?.pages?.length ?? 0) <= pagesWorthAsking;
}

/** What the query of a list is made of. */
export interface Listing<Row> {
  readonly queryKey: readonly unknown[];
  readonly queryFn: (context: { signal: AbortSignal; pageParam: string | undefined }) => Promise<Page<Row>>;
  readonly initialPageParam: string | undefined;
  readonly getNextPageParam: (last: Page<Row>) => string | undefined;
  readonly structuralSharing: false;
  /** How often it is asked again by itself, in milliseconds, where it is. */
  readonly refetchInterval?: number;
  readonly refetchOnMount: (query: AnyQuery) => boolean;
  readonly refetchOnWindowFocus: (query: AnyQuery) => boolean;
}

/** The query of one list that goes on as it is scrolled, `pageSize` rows at a time, by cursor. */
export function listing<R extends ListRoute>(
  route: R,
  input: CallInput<R>,
  pageSize = 100,
): Listing<ItemOf<R>> {
  const { query } = input as { query?: RouteQuery<R> };
  return {
    queryKey: [route.id, 'list', input],
    queryFn: ({ signal, pageParam }) =>
      call(
        route,
        { ...input, query: { ...(query as object), pageSize, cursor: pageParam } } as CallInput<R>,
        signal,
      ) as Promise<unknown> as Promise<Page<ItemOf<R>>>,
    initialPageParam: undefined,
    getNextPageParam: (last) => last.nextCursor,
    // Rows are new objects with each answer anyway; comparing a hundred thousand of them costs frames.
    structuralSharing: false,
    // Coming back to a list that was scrolled far shows it as it was left.
    refetchOnMount: isShort,
    refetchOnWindowFocus: isShort,
  };
}

/** A change that is made to listed rows in place, so that a list scrolled far stays where it is. */
export interface RowPatch {
  readonly routeId: string;
  readonly patch: (row: unknown) => unknown;
}

type Listed = InfiniteData<Page<unknown>, string | undefined>;

/**
 * After a write: what is on the screen is asked again, what is not is forgotten. A list that was
 * scrolled far is patched where that is enough, or starts again from its first pages, instead of
 * asking for every page that it held.
 */
export async function afterWrite(rowPatch?: RowPatch): Promise<void> {
  const keepSession = (query: Query) => !isSession(query);
  const patched = new Set<Query>();
  for (const query of queryClient.getQueryCache().findAll()) {
    const data = query.state.data as Listed | undefined;
    if (!Array.isArray(data?.pages) || data.pages.length <= pagesWorthAsking) continue;
    if (rowPatch && query.queryKey[0] === rowPatch.routeId) {
      const { patch } = rowPatch;
      const pages = data.pages.map((page) => ({ ...page, items: page.items.map(patch) }));
      query.setData({ ...data, pages });
      patched.add(query);
    } else if (query.isActive()) {
      query.setData({
        pages: data.pages.slice(0, pagesWorthAsking),
        pageParams: data.pageParams.slice(0, pagesWorthAsking),
      });
    }
  }
  queryClient.removeQueries({
    type: 'inactive',
    predicate: (query) => keepSession(query) && !patched.has(query),
  });
  await queryClient.invalidateQueries({ predicate: (query) => keepSession(query) && !patched.has(query) });
}
