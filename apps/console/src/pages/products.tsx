import type { Product } from '@castellan/contract';
import { Badge, buttonClasses, type Column, DataTable, EmptyState, ErrorState } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Database } from 'lucide-react';
import { failureOf } from '../api/failure.ts';
import { queryClient } from '../api/queries.ts';
import { Page } from '../frame/page.tsx';
import { productsQuery } from '../products/queries.ts';
import { roleLabels } from '../products/rights.ts';

/** Starts what the page shows, while its code is still on its way. */
export function load(): void {
  void queryClient.prefetchQuery(productsQuery);
}

const columns: readonly Column<Product>[] = [
  {
    id: 'name',
    header: 'Product',
    cell: ({ serviceId, name, description, problem }) => (
      <div className={problem ? 'py-2' : undefined}>
        <Link
          data-row-link
          to="/products/$id"
          params={{ id: serviceId }}
          className="block truncate rounded-[4px] font-medium"
        >
          {name}
        </Link>
        <span className="block truncate text-12 text-muted">{description || 'No description'}</span>
        {problem && (
          <span className="block text-12 whitespace-normal text-danger [overflow-wrap:anywhere]">
            {problem}.
          </span>
        )}
      </div>
    ),
  },
  { id: 'role', header: 'Your role', width: '120px', cell: ({ role }) => <Badge>{roleLabels[role]}</Badge> },
  {
    id: 'state',
    header: 'Data',
    width: '160px',
    from: 'sm',
    cell: ({ state, problem }) =>
      state === 'ready' ? (
        <Badge dot meaning="success">
          Ready
        </Badge>
      ) : state === 'address_refused' ? (
        <span title={problem ?? undefined}>
          <Badge dot meaning="danger">
            Address refused
          </Badge>
        </span>
      ) : (
        <Badge dot>No admin address</Badge>
      ),
  },
];

/** The products whose data this operator may reach. */
export function ProductsPage() {
  const { data, error, refetch } = useQuery(productsQuery);
  return (
    <Page fill title="Products" count={data?.items.length.toLocaleString()}>
      <DataTable
        label="Products"
        columns={columns}
        rows={data?.items}
        rowId={({ serviceId }) => serviceId}
        rowsAreLinks
        rowsGrow
        instead={
          error && !data ? (
            <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
          ) : data?.items.length === 0 ? (
            <EmptyState
              icon={Database}
              title="You reach no product yet"
              action={
                <Link to="/services" className={buttonClasses('secondary')}>
                  Look at the services
                </Link>
              }
            >
              A product stands here once its service is registered with an admin address and you hold a role
              at it.
            </EmptyState>
          ) : undefined
        }
      />
    </Page>
  );
}
