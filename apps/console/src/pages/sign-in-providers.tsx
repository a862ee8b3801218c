import { type IdentityProvider, identityProvidersList } from '@castellan/contract';
import { Badge, Button, type Column, EmptyState, RelativeTime, SearchBox } from '@castellan/ui';
import { getRouteApi, Link } from '@tanstack/react-router';
import { KeyRound, Plus } from 'lucide-react';
import { useCallback } from 'react';
import { listing, queryClient } from '../api/queries.ts';
import { useList } from '../api/use-list.ts';
import { ListTable } from '../frame/list-table.tsx';
import { Page, Toolbar, useHistoryKey } from '../frame/page.tsx';
import { kinds } from '../providers/kinds.ts';
import { AddProviderPanel } from '../providers/provider-panels.tsx';

interface Search {
  readonly search?: string | undefined;
}

const providersOf = ({ search }: Search) =>
  listing(identityProvidersList, { query: { search: search || undefined } });

/** Starts what the page shows, while its code is still on its way. */
export function load(search: Search): void {
  void queryClient.prefetchInfiniteQuery(providersOf(search));
}

const columns: readonly Column<IdentityProvider>[] = [
  {
    id: 'name',
    header: 'Name',
    cell: (provider) => (
      <>
        <Link
          data-row-link
          to="/settings/sign-in/$id"
          params={{ id: provider.id }}
          className="block truncate rounded-[4px] font-medium"
        >
          {provider.name}
        </Link>
        <span className="block truncate font-mono text-12 text-muted">{provider.slug}</span>
      </>
    ),
  },
  {
    id: 'state',
    header: 'State',
    width: '104px',
    cell: ({ enabled }) => (
      <Badge meaning={enabled ? 'success' : 'neutral'} dot>
        {enabled ? 'Enabled' : 'Disabled'}
      </Badge>
    ),
  },
  {
    id: 'kind',
    header: 'Kind',
    width: '160px',
    from: 'sm',
    cell: ({ kind }) => kinds[kind].label,
  },
  {
    id: 'issuer',
    header: 'Issuer',
    from: 'lg',
    cell: ({ issuer }) => (
      <span className="block truncate font-mono text-12 text-muted" title={issuer}>
        {issuer}
      </span>
    ),
  },
  {
    id: 'for',
    header: 'For',
    width: '184px',
    from: 'md',
    cell: ({ adminAllowed }) => (adminAllowed ? 'People and operators' : 'People'),
  },
  {
    id: 'linked',
    header: 'Linked',
    width: '88px',
    align: 'end',
    from: 'sm',
    cell: ({ identityCount }) => identityCount.toLocaleString(),
  },
  {
    id: 'changed',
    header: 'Changed',
    width: '144px',
    from: 'xl',
    cell: ({ updatedAt }) => <RelativeTime at={updatedAt} />,
  },
];

const route = getRouteApi('/frame/settings/sign-in');

/** The providers that people can sign in at. */
export function SignInProvidersPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const historyKey = useHistoryKey();
  const setAdding = (open: boolean) =>
    void navigate({ search: (held) => ({ ...held, add: open || undefined }), replace: !open });
  const list = useList(providersOf(search));
  const onSearch = useCallback(
    (text: string) =>
      void navigate({ search: (held) => ({ ...held, search: text || undefined }), replace: true }),
    [navigate],
  );
  return (
    <Page
      fill
      title="Sign-in"
      count={list.count}
      actions={
        <Button kind="primary" icon={Plus} onClick={() => setAdding(true)}>
          Add a provider
        </Button>
      }
    >
      <Toolbar>
        <SearchBox label="Search by name or kind" value={search.search ?? ''} onChange={onSearch} />
      </Toolbar>
      <ListTable
        // Another search is another list, from its top.
        key={search.search}
        scrollKey={historyKey}
        label="Providers"
        columns={columns}
        rowId={(provider) => provider.id}
        rowsAreLinks
        list={list}
        what="providers"
        onClear={search.search ? () => onSearch('') : undefined}
        empty={
          <EmptyState
            icon={KeyRound}
            title="People sign in with what they have here"
            action={<Button onClick={() => setAdding(true)}>Add the first provider</Button>}
          >
            With a provider they can use the account of their company, Google, GitHub or Microsoft instead. An
            account is never linked by its e-mail address alone.
          </EmptyState>
        }
      />
      {search.add && <AddProviderPanel onClose={() => setAdding(false)} />}
    </Page>
  );
}
