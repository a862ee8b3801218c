import type { AdminModel } from '@castellan/contract';
import {
  buttonClasses,
  type Column,
  DataTable,
  EmptyState,
  ErrorState,
  NoMatch,
  SearchBox,
} from '@castellan/ui';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Table2 } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { CallError } from '../api/call.ts';
import { queryClient } from '../api/queries.ts';
import { Page, Toolbar } from '../frame/page.tsx';
import { productFailure } from '../products/failure.ts';
import { productsQuery, schemaQuery } from '../products/queries.ts';
import { customActionsFor, may } from '../products/rights.ts';
import { productCrumbs, RoleBadge } from '../products/switcher.tsx';
import { useProduct } from '../products/use-product.tsx';

/** Starts what the page shows, while its code is still on its way. */
export function load(id: string): void {
  void queryClient.prefetchQuery(productsQuery);
  void queryClient.prefetchQuery(schemaQuery(id));
}

const route = getRouteApi('/frame/products/$id');

/** One product: the models that it shows. */
export function ProductPage() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { name, place, error, retry } = useProduct(id);
  const onSearch = useCallback(
    (text: string) => void navigate({ search: { search: text || undefined }, replace: true }),
    [navigate],
  );
  const reached = useMemo(
    () =>
      place?.document.models.filter(
        (model) => may(model, place.role, 'list') || customActionsFor(model, place.role, 'list').length > 0,
      ),
    [place],
  );
  const models = useMemo(() => {
    const wanted = (search.search ?? '').toLowerCase();
    return reached?.filter((model) => `${model.name} ${model.labelPlural}`.toLowerCase().includes(wanted));
  }, [reached, search.search]);
  const columns = useMemo<readonly Column<AdminModel>[]>(
    () => [
      {
        id: 'model',
        header: 'Model',
        cell: (model) => (
          <Link
            data-row-link
            to="/products/$id/$model"
            params={{ id, model: model.name }}
            search={{}}
            className="block truncate rounded-[4px] font-medium"
          >
            {model.labelPlural}
          </Link>
        ),
      },
      {
        id: 'may',
        header: 'You may',
        width: '46%',
        cell: (model) => (
          <span className="block truncate text-13 text-muted">{place && rightsOf(model, place.role)}</span>
        ),
      },
      {
        id: 'fields',
        header: 'Fields',
        width: '80px',
        align: 'end',
        from: 'sm',
        cell: (model) => model.fields.length.toLocaleString(),
      },
    ],
    [id, place],
  );
  return (
    <Page
      fill
      title={name}
      breadcrumb={productCrumbs({ id, name })}
      count={reached && `${reached.length.toLocaleString()} ${reached.length === 1 ? 'model' : 'models'}`}
      badges={place && <RoleBadge at={place} />}
    >
      {reached && reached.length > 8 && (
        <Toolbar>
          <SearchBox label="Search models" value={search.search ?? ''} onChange={onSearch} />
        </Toolbar>
      )}
      <DataTable
        label={`Models of ${name}`}
        columns={columns}
        rows={models}
        rowId={(model) => model.name}
        rowsAreLinks
        rowHeight={40}
        instead={
          error ? (
            error instanceof CallError && error.code === 'product_no_address' ? (
              <NoAddress id={id} name={name} />
            ) : (
              <ErrorState failure={productFailure(error, name)} onRetry={retry} />
            )
          ) : models?.length !== 0 ? undefined : search.search ? (
            <NoMatch what="models" onClear={() => onSearch('')} />
          ) : (
            <EmptyState icon={Table2} title={`${name} shows no model to you`}>
              Its team names the models that operators may see, and your role has to reach them.
            </EmptyState>
          )
        }
      />
    </Page>
  );
}

function NoAddress({ id, name }: { id: string; name: string }) {
  return (
    <EmptyState
      icon={Table2}
      title={`${name} has no admin address`}
      action={
        <Link to="/services/$id" params={{ id }} className={buttonClasses('secondary')}>
          Open the service
        </Link>
      }
    >
      Its data stands here once the service says where its admin surface is.
    </EmptyState>
  );
}

/** What a role may do with a model, in verbs. */
function rightsOf(model: AdminModel, role: 'owner' | 'admin' | 'support'): string {
  const verbs = (['create', 'update', 'delete'] as const)
    .filter((action) => may(model, role, action))
    .map((action) => ({ create: 'create', update: 'edit', delete: 'delete' })[action]);
  const own = [...customActionsFor(model, role, 'row'), ...customActionsFor(model, role, 'list')];
  const said = [
    'View',
    ...verbs,
    ...own.slice(0, 4).map(({ label }) => label.charAt(0).toLowerCase() + label.slice(1)),
    ...(own.length > 4 ? [`${own.length - 4} more`] : []),
  ];
  return said.join(', ');
}
