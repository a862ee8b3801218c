import { DataTable, type DataTableProps, ErrorState, NoMatch } from '@castellan/ui';
import type { ReactNode } from 'react';
import { failureOf } from '../api/failure.ts';
import type { List } from '../api/use-list.ts';

interface ListTableProps<Row>
  extends Omit<DataTableProps<Row>, 'rows' | 'total' | 'hasMore' | 'onMore' | 'instead'> {
  readonly list: List<Row>;
  /** What the rows are, for a list in which none matches. */
  readonly what: string;
  /** Takes away what the list is narrowed by; nothing where it is not. */
  readonly onClear: (() => void) | undefined;
  /** Takes the place of the rows where there are none at all. */
  readonly empty: ReactNode;
}

/** The table of a list that grows as it is scrolled: its rows, or why there are none. */
export function ListTable<Row>({ list, what, onClear, empty, ...table }: ListTableProps<Row>) {
  return (
    <DataTable
      {...table}
      rows={list.rows}
      total={list.total}
      hasMore={list.hasMore}
      onMore={list.more}
      instead={
        list.error ? (
          <ErrorState failure={failureOf(list.error)} onRetry={list.retry} />
        ) : list.rows?.length !== 0 ? undefined : onClear ? (
          <NoMatch what={what} onClear={onClear} />
        ) : (
          empty
        )
      }
    />
  );
}
