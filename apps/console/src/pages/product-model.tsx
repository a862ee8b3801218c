import type { AdminAction } from '@castellan/contract';
import {
  Button,
  EmptyState,
  ErrorState,
  Menu,
  MenuItem,
  MenuSeparator,
  SearchBox,
  SidePanel,
} from '@castellan/ui';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Download, Plus, SearchX } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { queryClient } from '../api/queries.ts';
import { Page, Toolbar } from '../frame/page.tsx';
import { ActionPanel } from '../products/action-panel.tsx';
import { type ListAddress, readAddress } from '../products/address.ts';
import { BulkBar, hasBulkActions } from '../products/bulk.tsx';
import type { Chosen } from '../products/bulk-rows.tsx';
import { ColumnChooser } from '../products/column-chooser.tsx';
import { ExportDialog } from '../products/export.tsx';
import { productFailure } from '../products/failure.ts';
import { FilterBar } from '../products/filter-bar.tsx';
import { readFilter } from '../products/filters.ts';
import { NoSearch } from '../products/no-search.tsx';
import { idOf, type ModelPlace, modelNamed, productsQuery, schemaQuery } from '../products/queries.ts';
import { customActionsFor, may } from '../products/rights.ts';
import { type DrawerTab, RowDrawer } from '../products/row-drawer.tsx';
import { CreateForm } from '../products/row-form.tsx';
import { RowList, useRows } from '../products/row-list.tsx';
import { ModelSwitcher, productCrumbs, RoleBadge } from '../products/switcher.tsx';
import { useProduct } from '../products/use-product.tsx';
import { countText } from '../products/values.ts';
import { Views } from '../products/views.tsx';

/** Starts what the page shows, while its code is still on its way. */
export function load(id: string): void {
  void queryClient.prefetchQuery(productsQuery);
  void queryClient.prefetchQuery(schemaQuery(id));
}

const route = getRouteApi('/frame/products/$id/$model');

/** One model of a product: its rows, and over them one row, a form or an action. */
export function ProductModelPage() {
  const { id, model: modelName } = route.useParams();
  const { name, place, error, retry } = useProduct(id);
  const model = place && modelNamed(place.document, modelName);
  const at = useMemo<ModelPlace | undefined>(
    () => (place && model ? { ...place, model } : undefined),
    [place, model],
  );
  if (at && may(at.model, at.role, 'list')) return <ModelView key={`${id}/${modelName}`} at={at} />;
  return (
    <Page fill={!error} title={model?.labelPlural ?? modelName} breadcrumb={productCrumbs({ id, name })}>
      {error ? (
        <ErrorState failure={productFailure(error, name)} onRetry={retry} />
      ) : at ? (
        <ErrorState
          failure={{
            title: 'Your role does not reach these rows',
            fix: `Whoever is ${at.model.actions.list?.minRole ?? 'owner'} at ${name} can see them.`,
            forbidden: true,
          }}
        />
      ) : place ? (
        <EmptyState
          icon={SearchX}
          title={`${name} has no model ${modelName}`}
          action={
            <Link to="/products/$id" params={{ id }} className="text-link hover:underline">
              See its models
            </Link>
          }
        >
          The link may be older than the product.
        </EmptyState>
      ) : null}
    </Page>
  );
}

function ModelView({ at }: { at: ModelPlace }) {
  const address = route.useSearch();
  const navigate = route.useNavigate();
  const { model, role } = at;
  // Opening a row or a form is no other list.
  const { search, filter, sort, columns, cursor } = address;
  const state = useMemo(
    () => readAddress(model, { search, filter, sort, columns, cursor }),
    [model, search, filter, sort, columns, cursor],
  );
  const { page, total } = useRows(at, state);
  const [chosen, setChosen] = useState<Chosen>({ ids: new Set() });
  const [action, setAction] = useState<AdminAction>();
  const [exporting, setExporting] = useState(false);

  /** Another list: from its first page, with nothing chosen. */
  const show = useCallback(
    (change: ListAddress) => {
      setChosen({ ids: new Set() });
      void navigate({
        search: (held) => ({ ...held, ...change, cursor: undefined }) as typeof held,
        replace: true,
      });
    },
    [navigate],
  );
  const onSearch = useCallback((text: string) => show({ search: text || undefined }), [show]);
  const open = (change: { row?: string; panel?: 'new' | 'edit'; tab?: DrawerTab }) =>
    void navigate({
      search: (held) => ({ ...held, row: undefined, panel: undefined, tab: undefined, ...change }),
    });

  const ids = 'ids' in chosen ? chosen.ids : undefined;
  const items = page.data?.items;
  const pageIds = useMemo(() => items?.map((row) => idOf(model, row)) ?? [], [items, model]);
  const everyHere = pageIds.length > 0 && pageIds.every((id) => !ids || ids.has(id));
  const shownIds = useMemo<ReadonlySet<string>>(() => ids ?? new Set(pageIds), [ids, pageIds]);
  const hasChosen = !ids || ids.size > 0;
  const listActions = customActionsFor(model, role, 'list');
  const mayCreate = may(model, role, 'create');
  const create = mayCreate && (
    <Button kind="primary" icon={Plus} onClick={() => open({ panel: 'new' })}>
      New {model.label.toLowerCase()}
    </Button>
  );
  const unread = address.filter !== undefined && !readFilter(address.filter);
  return (
    <Page
      fill
      title={model.labelPlural}
      breadcrumb={productCrumbs(at)}
      count={countText(total)}
      badges={
        <>
          <ModelSwitcher at={at} />
          <RoleBadge at={at} />
        </>
      }
      actions={
        <>
          {create}
          <Menu label={`More for ${model.labelPlural}`}>
            {listActions.map((one) => (
              <MenuItem key={one.name} onSelect={() => setAction(one)}>
                {one.label}
              </MenuItem>
            ))}
            {listActions.length > 0 && <MenuSeparator />}
            <MenuItem icon={Download} onSelect={() => setExporting(true)}>
              Export as CSV
            </MenuItem>
          </Menu>
        </>
      }
    >
      <Toolbar>
        {hasChosen ? (
          <BulkBar
            at={at}
            chosen={chosen}
            filter={state.filter}
            search={state.search}
            total={total}
            offersEverything={everyHere && (total?.count ?? 0) > pageIds.length}
            onEverything={() => setChosen({ everything: true })}
            onClear={() => setChosen({ ids: new Set() })}
          />
        ) : (
          <>
            {model.searchFields.length > 0 ? (
              <SearchBox
                label={`Search ${model.labelPlural.toLowerCase()}`}
                placeholder="Begins with…"
                value={address.search ?? ''}
                onChange={onSearch}
              />
            ) : (
              <NoSearch at={at} />
            )}
            <FilterBar
              at={at}
              filter={state.filter}
              labels={page.data?.labels ?? {}}
              onChange={(filter) => show({ filter })}
            />
            <span className="ml-auto flex items-center gap-1">
              <Views
                at={at}
                address={address}
                current={address.view}
                onOpen={(view) => {
                  setChosen({ ids: new Set() });
                  void navigate({ search: { ...viewAddress(view.state), view: view.id } });
                }}
                onSaved={(view) => void navigate({ search: (held) => ({ ...held, view }), replace: true })}
              />
              <ColumnChooser
                model={model}
                columns={state.columns}
                onChange={(columns) =>
                  void navigate({
                    search: (held) => ({ ...held, columns: columns && [...columns] }),
                    replace: true,
                  })
                }
              />
            </span>
          </>
        )}
      </Toolbar>
      {(unread || state.unknown.length > 0) && (
        <p className="pb-2 text-12 text-warning">
          {unread
            ? 'The filter of this link can not be read; all rows are shown.'
            : `This link asks for what ${at.name} does not show: ${state.unknown.join(', ')}.`}
        </p>
      )}
      <RowList
        at={at}
        state={state}
        page={page}
        total={total}
        selected={hasBulkActions(at) ? shownIds : undefined}
        onSelect={(next) => {
          // A page's box ticks its own rows and leaves those of other pages.
          const elsewhere = [...(ids ?? [])].filter((id) => !pageIds.includes(id));
          const isWhole = next.size === 0 || pageIds.every((id) => next.has(id));
          setChosen({ ids: isWhole ? new Set([...elsewhere, ...next]) : next });
        }}
        onSort={(sort) => show({ sort })}
        onClear={() => show({ search: undefined, filter: undefined })}
        create={create}
      />
      {address.row !== undefined && (
        <RowDrawer
          key={address.row}
          at={at}
          id={address.row}
          tab={address.tab ?? 'details'}
          isEditing={address.panel === 'edit' && may(model, role, 'update')}
          onTab={(tab) =>
            void navigate({
              search: (held) => ({ ...held, tab: tab === 'details' ? undefined : tab }),
              replace: true,
            })
          }
          onEdit={(isEditing) =>
            void navigate({
              search: (held) => ({ ...held, panel: isEditing ? ('edit' as const) : undefined }),
              replace: !isEditing,
            })
          }
          onClose={() => open({})}
        />
      )}
      <SidePanel
        wide
        open={address.panel === 'new' && mayCreate && address.row === undefined}
        onOpenChange={(isOpen) => !isOpen && open({})}
        title={`New ${model.label.toLowerCase()}`}
        description={at.name}
      >
        <CreateForm at={at} onCancel={() => open({})} onCreated={(row) => open({ row })} />
      </SidePanel>
      {action && <ActionPanel at={at} action={action} onClose={() => setAction(undefined)} />}
      {exporting && <ExportDialog at={at} state={state} total={total} onClose={() => setExporting(false)} />}
    </Page>
  );
}

/** What a saved view puts into the address; anything that it should not hold is dropped. */
function viewAddress(state: Readonly<Record<string, unknown>>) {
  const { search, filter, sort, columns } = state;
  return {
    ...(typeof search === 'string' && { search }),
    ...(readFilter(filter) && { filter: readFilter(filter) }),
    ...(typeof sort === 'string' && { sort }),
    ...(Array.isArray(columns) && { columns: columns.filter((one) => typeof one === 'string') }),
  };
}
