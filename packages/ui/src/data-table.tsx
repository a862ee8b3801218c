import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import { type MouseEvent, type ReactNode, useEffect, useRef } from 'react';
import { Checkbox } from './choice.tsx';
import { classNames } from './class-names.ts';
import { Skeleton } from './skeleton.tsx';

/** One column: what heads it, what it shows, how wide it is. */
export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** Any CSS width; columns without one share what is left. */
  readonly width?: string;
  /** The list's own name of this order; the header becomes a button. */
  readonly sort?: string;
  readonly align?: 'end';
  /** From which width of the window on it is shown; always, unless given. */
  readonly from?: 'sm' | 'md' | 'lg' | 'xl';
}

/** Which rows are chosen, held by the page so that its bar can act on them. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly onChange: (ids: ReadonlySet<string>) => void;
  /** Names one row for readers: "Select Ada Lovelace". */
  readonly label: (id: string) => string;
}

export interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** Nothing while the first rows are on their way. */
  readonly rows: readonly Row[] | undefined;
  readonly rowId: (row: Row) => string;
  /** Each row holds a link marked `data-row-link`; a click anywhere in the row follows it. */
  readonly rowsAreLinks?: boolean;
  /** As in the list's query: `name`, `-name`. */
  readonly sort?: string | undefined;
  readonly onSort?: (sort: string) => void;
  readonly selection?: Selection | undefined;
  readonly total?: number | undefined;
  readonly hasMore?: boolean;
  readonly onMore?: () => void;
  /** Row height in pixels; 52 for two lines, 40 for one. */
  readonly rowHeight?: number;
  /** Takes the place of the rows: empty, no match, error. */
  readonly instead?: ReactNode;
  /** Names this place in the history; coming back to it finds the list where it was left. */
  readonly scrollKey?: string;
}

const visibility = {
  sm: 'hidden sm:table-cell',
  md: 'hidden md:table-cell',
  lg: 'hidden lg:table-cell',
  xl: 'hidden xl:table-cell',
};
const waitingRows = 12;
// Where lists were scrolled to, by place in the history, for as long as the page lives.
const offsets = new Map<string, number>();

/**
 * A list as a real table that fills its parent and scrolls inside it. Only the rows in sight are in the
 * document, so a hundred thousand cost as much as thirty; two empty rows hold the place of the others.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { columns, rows, rowId, selection, hasMore = false, onMore, rowHeight = 52 } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const loaded = rows?.length ?? 0;
  const count = rows === undefined ? waitingRows : loaded + (hasMore ? waitingRows : 0);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    scrollPaddingStart: 36,
    initialOffset: () => (props.scrollKey ? (offsets.get(props.scrollKey) ?? 0) : 0),
  });
  const shown = virtualizer.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;

  useEffect(() => {
    if (rows && hasMore && last >= loaded - 30) onMore?.();
  }, [rows, hasMore, last, loaded, onMore]);

  const before = shown[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (shown.at(-1)?.end ?? 0);

  return (
    <div className="relative flex min-h-0 flex-col overflow-hidden rounded-card border border-default bg-raised">
      <div
        ref={scroller}
        className="min-h-0 overflow-auto overscroll-contain"
        onScroll={(event) => {
          if (props.scrollKey) offsets.set(props.scrollKey, event.currentTarget.scrollTop);
        }}
      >
        <table
          aria-label={props.label}
          aria-rowcount={(props.total ?? count) + 1}
          aria-busy={rows === undefined || undefined}
          className="w-full table-fixed border-separate border-spacing-0 text-14"
        >
          <TableHead {...props} />
          {!props.instead && (
            <tbody>
              {before > 0 && <SpaceRow height={before} />}
              {shown.map(({ index }) => {
                const row = rows?.[index];
                return row === undefined ? (
                  <WaitingRow
                    key={`waiting-${index}`}
                    columns={columns}
                    height={rowHeight}
                    box={!!selection}
                  />
                ) : (
                  <BodyRow key={rowId(row)} {...props} row={row} index={index} height={rowHeight} />
                );
              })}
              {after > 0 && <SpaceRow height={after} />}
            </tbody>
          )}
        </table>
        {props.instead}
      </div>
    </div>
  );
}

const headCell =
  'sticky top-0 z-20 h-9 border-b border-default bg-raised px-3 text-left text-12 font-medium text-muted';

function TableHead<Row>({ columns, rows, rowId, sort, onSort, selection }: DataTableProps<Row>) {
  const every = rows !== undefined && rows.length > 0 && rows.every((row) => selection?.ids.has(rowId(row)));
  return (
    <thead>
      <tr aria-rowindex={1}>
        {selection && (
          <th scope="col" className={classNames(headCell, 'w-9 pr-0')}>
            <Checkbox
              hideLabel
              label="Select all that are loaded"
              disabled={!rows?.length}
              checked={every ? true : selection.ids.size > 0 ? 'indeterminate' : false}
              onChange={(checked) => selection.onChange(new Set(checked ? rows?.map(rowId) : []))}
              className="align-middle"
            />
          </th>
        )}
        {columns.map((column) => {
          const direction =
            column.sort === undefined
              ? undefined
              : sort === column.sort
                ? 'ascending'
                : sort === `-${column.sort}`
                  ? 'descending'
                  : 'none';
          const Arrow =
            direction === 'ascending' ? ArrowUp : direction === 'descending' ? ArrowDown : ChevronsUpDown;
          return (
            <th
              key={column.id}
              scope="col"
              aria-sort={direction}
              style={{ width: column.width }}
              className={classNames(
                headCell,
                column.from && visibility[column.from],
                column.align === 'end' && 'text-right',
              )}
            >
              {column.sort === undefined ? (
                column.header
              ) : (
                <button
                  type="button"
                  onClick={() =>
                    onSort?.(direction === 'ascending' ? `-${column.sort}` : (column.sort as string))
                  }
                  className={classNames(
                    'group/sort -mx-1 inline-flex items-center gap-1 rounded-[4px] px-1 py-0.5 hover:text-primary',
                    direction !== 'none' && 'text-primary',
                  )}
                >
                  {column.header}
                  <Arrow
                    size={12}
                    aria-hidden
                    className={direction === 'none' ? 'opacity-0 group-hover/sort:opacity-100' : ''}
                  />
                </button>
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

const bodyCell = 'overflow-hidden border-b border-subtle px-3 text-ellipsis whitespace-nowrap';

/** Hands a click that landed beside the row's link on to it, with its modifiers: a new tab stays a new tab. */
function followRow(event: MouseEvent<HTMLTableRowElement>): void {
  const inside = (event.target as HTMLElement).closest('a, button, input, label, select');
  if (inside || getSelection()?.toString()) return;
  const link = event.currentTarget.querySelector<HTMLAnchorElement>('a[data-row-link]');
  if (event.type === 'auxclick') {
    if (event.button === 1 && link) open(link.href, '_blank', 'noopener');
    return;
  }
  const { ctrlKey, metaKey, shiftKey } = event;
  link?.dispatchEvent(
    new window.MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }),
  );
}

function BodyRow<Row>(
  props: DataTableProps<Row> & { readonly row: Row; readonly index: number; readonly height: number },
) {
  const { row, index, height, columns, rowId, selection, rowsAreLinks } = props;
  const id = rowId(row);
  const selected = selection?.ids.has(id) ?? false;
  return (
    // The row's own link serves keyboard and readers; this only widens where a click counts.
    <tr
      aria-rowindex={index + 2}
      aria-selected={selection ? selected : undefined}
      style={{ height }}
      onClick={rowsAreLinks ? followRow : undefined}
      onAuxClick={rowsAreLinks ? followRow : undefined}
      className={classNames(rowsAreLinks && 'cursor-pointer', selected ? 'bg-selected' : 'hover:bg-hover')}
    >
      {selection && (
        <td className={classNames(bodyCell, 'pr-0')}>
          <Checkbox
            hideLabel
            label={selection.label(id)}
            checked={selected}
            onChange={(checked) => {
              const ids = new Set(selection.ids);
              if (checked) ids.add(id);
              else ids.delete(id);
              selection.onChange(ids);
            }}
            className="align-middle"
          />
        </td>
      )}
      {columns.map((column) => (
        <td
          key={column.id}
          className={classNames(
            bodyCell,
            column.from && visibility[column.from],
            column.align === 'end' && 'text-right tabular-nums',
          )}
        >
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

function WaitingRow<Row>(props: {
  readonly columns: readonly Column<Row>[];
  readonly height: number;
  readonly box: boolean;
}) {
  return (
    <tr aria-hidden style={{ height: props.height }}>
      {props.box && <td className={bodyCell} />}
      {props.columns.map((column, index) => (
        <td key={column.id} className={classNames(bodyCell, column.from && visibility[column.from])}>
          {index === 0 && props.height > 44 ? (
            <span className="flex items-center gap-3">
              <Skeleton className="size-8 shrink-0 rounded-full" />
              <span className="flex flex-1 flex-col gap-2">
                <Skeleton className="h-3.5 w-2/5" />
                <Skeleton className="h-3 w-3/5" />
              </span>
            </span>
          ) : (
            <Skeleton className={classNames('h-3.5 w-1/2', column.align === 'end' && 'ml-auto')} />
          )}
        </td>
      ))}
    </tr>
  );
}

function SpaceRow({ height }: { height: number }) {
  return (
    <tr aria-hidden style={{ height }}>
      <td className="p-0" />
    </tr>
  );
}

export interface SelectionBarProps {
  readonly count: number;
  readonly onClear: () => void;
  /** The bulk actions. */
  readonly children: ReactNode;
}

/** Stands in the place of search and filters while rows are selected, so nothing moves. */
export function SelectionBar({ count, onClear, children }: SelectionBarProps) {
  return (
    <div
      role="toolbar"
      aria-label="Selected rows"
      className="flex min-h-8 flex-1 flex-wrap items-center gap-2 text-13"
    >
      <span aria-live="polite" className="font-medium tabular-nums">
        {count.toLocaleString()} selected
      </span>
      <button type="button" onClick={onClear} className="rounded-[4px] px-1 text-link hover:underline">
        Clear
      </button>
      <span aria-hidden className="mx-1 h-4 w-px bg-default" />
      {children}
    </div>
  );
}
