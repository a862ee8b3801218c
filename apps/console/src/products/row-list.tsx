import type { AdminField } from '@castellan/contract';
import {
  Button,
  buttonClasses,
  type Column,
  DataTable,
  EmptyState,
  ErrorState,
  NoMatch,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronLeft, ChevronRight, Info, Table2 } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { CallError } from '../api/call.ts';
import { queryClient } from '../api/queries.ts';
import { useHistoryKey } from '../frame/page.tsx';
import { askedFields, type ListState, sortText } from './address.ts';
import { productFailure } from './failure.ts';
import {
  fieldNamed,
  idOf,
  type Labels,
  type ListAnswer,
  listQuery,
  type ModelPlace,
  nameOf,
  type Row,
} from './queries.ts';
import { CellValue } from './value.tsx';
import { isNumeric } from './values.ts';
import { fittedWidths } from './widths.ts';

/** Rows of one page. */
export const pageSize = 50;

/** The question behind one page of a list; the first page counts, too. */
export function listQuestion(at: ModelPlace, state: ListState) {
  return listQuery(at.id, {
    model: at.model.name,
    filter: state.filter,
    search: state.search,
    sort: state.sort,
    fields: askedFields(at.model, state.columns),
    limit: pageSize,
    ...(state.cursor ? { cursor: state.cursor } : { count: true }),
  });
}

/** A page of rows, and what the list says as a whole. */
export function useRows(at: ModelPlace, state: ListState) {
  const page = useQuery(listQuestion(at, state));
  // The total belongs to the first page, which is mostly held already.
  const first = useQuery(listQuestion(at, { ...state, cursor: undefined }));
  const next = page.data?.next_cursor;
  useEffect(() => {
    if (next) void queryClient.prefetchQuery(listQuestion(at, { ...state, cursor: next }));
  }, [at, state, next]);
  return { page, total: first.data?.total };
}

/** The column of boxes, where rows are selected. */
const boxWidth = 36;

interface RowListProps {
  readonly at: ModelPlace;
  readonly state: ListState;
  readonly page: ReturnType<typeof useRows>['page'];
  readonly total: ListAnswer['total'];
  readonly selected: ReadonlySet<string> | undefined;
  readonly onSelect: (ids: ReadonlySet<string>) => void;
  readonly onSort: (sort: string) => void;
  readonly onClear: () => void;
  readonly create: ReactNode;
}

/** The rows of a model: the columns that are asked for, paged by key, each row a link to its detail. */
export function RowList(props: RowListProps) {
  const { at, state, page, total, selected } = props;
  const historyKey = useHistoryKey();
  const labels = page.data?.labels;
  const beside = selected ? boxWidth : 0;
  const columns = useMemo(
    () => columnsOf(at, state.columns, labels ?? {}, beside),
    [at, state.columns, labels, beside],
  );
  const narrowed = Boolean(state.search || state.filter);
  const sortable = new Set(at.model.fields.filter(({ isSortable }) => isSortable).map(({ name }) => name));
  return (
    <>
      {page.data?.notes.map((note) => (
        <p key={note} className="flex items-start gap-1.5 pb-2 text-12 text-muted">
          <Info size={14} aria-hidden className="mt-px shrink-0" />
          {note}
        </p>
      ))}
      <DataTable
        key={JSON.stringify([state.search, state.filter, state.sort, state.cursor, state.columns])}
        scrollKey={historyKey}
        label={at.model.labelPlural}
        columns={columns.map(({ sort, ...column }) =>
          sort && sortable.has(sort) ? { ...column, sort } : column,
        )}
        rows={page.data?.items}
        rowId={(row) => idOf(at.model, row)}
        rowsAreLinks
        rowHeight={40}
        total={total?.isEstimate ? undefined : total?.count}
        sort={sortText(state.sort)}
        onSort={props.onSort}
        selection={
          selected && {
            ids: selected,
            onChange: props.onSelect,
            label: (row) => `Select ${nameOf(at.model, row)}`,
          }
        }
        instead={
          page.error && !page.data ? (
            page.error instanceof CallError && page.error.productCode === 'INVALID_CURSOR' ? (
              <EmptyState
                icon={Table2}
                title="This place in the list is gone"
                action={<PageLink cursor={undefined}>Go to the first page</PageLink>}
              >
                The link is older than the list as it is sorted now.
              </EmptyState>
            ) : (
              <ErrorState failure={productFailure(page.error, at.name)} onRetry={() => void page.refetch()} />
            )
          ) : page.data?.items.length !== 0 ? undefined : narrowed ? (
            <NoMatch what={at.model.labelPlural.toLowerCase()} onClear={props.onClear} />
          ) : state.cursor ? (
            <EmptyState
              icon={Table2}
              title="There is nothing more"
              action={<PageLink cursor={undefined}>Go to the first page</PageLink>}
            >
              The rows that stood here are gone.
            </EmptyState>
          ) : (
            <EmptyState
              icon={Table2}
              title={`There are no ${at.model.labelPlural.toLowerCase()} yet`}
              action={props.create}
            >
              Rows stand here as soon as {at.name} has some.
            </EmptyState>
          )
        }
      />
      {page.isPending && <Waiting product={at.name} />}
      <Pager page={page.data} count={page.data?.items.length ?? 0} />
    </>
  );
}

function columnsOf(
  at: ModelPlace,
  names: readonly string[],
  labels: Labels,
  beside: number,
): readonly Column<Row>[] {
  const { model } = at;
  // The column that names the row is its link; else the first.
  const linked = names.includes(model.labelField) ? model.labelField : names[0];
  const shown = names.flatMap((name) => {
    const field = fieldNamed(model, name);
    return field ? [{ field, isLink: name === linked }] : [];
  });
  const widths = fittedWidths(shown, beside);
  return shown.map(({ field, isLink }, index): Column<Row> => {
    const { name } = field;
    return {
      id: name,
      header: field.label,
      width: widths[index] ?? '',
      sort: name,
      ...(isNumeric(field.type) && !isLink && !field.references && !field.isKey
        ? { align: 'end' as const }
        : {}),
      cell: (row) =>
        isLink ? (
          <Link
            data-row-link
            from="/products/$id/$model"
            to="/products/$id/$model"
            params={{ id: at.id, model: model.name }}
            search={(held) => ({ ...held, row: idOf(model, row), panel: undefined })}
            className="block truncate rounded-[4px] font-medium"
          >
            {nameOrValue(at, field, row)}
          </Link>
        ) : (
          <CellValue at={at} field={field} value={row[name]} labels={labels} />
        ),
    };
  });
}

function nameOrValue(at: ModelPlace, field: AdminField, row: Row): ReactNode {
  const value = row[field.name];
  return value === null || value === undefined || value === '' ? nameOf(at.model, row) : String(value);
}

const patienceMs = 3000;

/** Says after a while whom the page waits for: it is not the console that is slow. */
function Waiting({ product }: { product: string }) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p aria-live="polite" className="h-8 shrink-0 pt-3 text-12 text-muted">
      {isLong && `${product} takes longer than usual to answer…`}
    </p>
  );
}

/** A link to another page of the same list. */
function PageLink({ cursor, children }: { cursor: string | undefined; children: ReactNode }) {
  return (
    <Link
      from="/products/$id/$model"
      to="/products/$id/$model"
      search={(held) => ({ ...held, cursor, row: undefined, panel: undefined })}
      className={buttonClasses('secondary', true)}
    >
      {children}
    </Link>
  );
}

function Pager({ page, count }: { page: ListAnswer | undefined; count: number }) {
  if (!page?.next_cursor && !page?.previous_cursor) return null;
  return (
    <nav aria-label="Pages" className="flex shrink-0 items-center justify-end gap-2 pt-3">
      <span className="mr-auto text-12 text-muted tabular-nums">{count.toLocaleString()} on this page</span>
      {page.previous_cursor ? (
        <PageLink cursor={page.previous_cursor}>
          <ChevronLeft size={14} aria-hidden />
          Previous
        </PageLink>
      ) : (
        <Button small disabled icon={ChevronLeft}>
          Previous
        </Button>
      )}
      {page.next_cursor ? (
        <PageLink cursor={page.next_cursor}>
          Next
          <ChevronRight size={14} aria-hidden />
        </PageLink>
      ) : (
        <Button small disabled>
          Next
          <ChevronRight size={14} aria-hidden />
        </Button>
      )}
    </nav>
  );
}
