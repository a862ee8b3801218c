import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useRef } from 'react';
import { Checkbox } from './choice.tsx';
import { classNames } from './class-names.ts';
import { BodyRow, type Column, moveBetweenRows, SpaceRow, visibility, WaitingRow } from './data-rows.tsx';

/** Which rows are ticked, by id. */
export interface Selection<Row> {
  readonly ids: ReadonlySet<string>;
  readonly onChange: (ids: ReadonlySet<string>) => void;
  /** Names one row for readers: "Select Ada Lovelace". */
  readonly label: (row: Row) => string;
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
  readonly selection?: Selection<Row> | undefined;
  readonly total?: number | undefined;
  readonly hasMore?: boolean;
  readonly onMore?: () => void;
  /** Row height in pixels; 52 for two lines, 40 for one. */
  readonly rowHeight?: number;
  /** Cells may wrap: each row is as tall as what it holds, and at least `rowHeight`. */
  readonly rowsGrow?: boolean;
  /** Takes the place of the rows: empty, no match, error. */
  readonly instead?: ReactNode;
  /** Names this place in the history; coming back to it finds the list where it was left. */
  readonly scrollKey?: string;
}

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

  // Rows keep one handler for good, so that ticking one does not render the others.
  const held = useRef(selection);
  useEffect(() => {
    held.current = selection;
  });
  const onSelect = useCallback((id: string, selected: boolean) => {
    const ids = new Set(held.current?.ids);
    if (selected) ids.add(id);
    else ids.delete(id);
    held.current?.onChange(ids);
  }, []);

  const before = shown[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (shown.at(-1)?.end ?? 0);

  return (
    <div className="relative flex min-h-0 flex-col overflow-hidden rounded-card border border-default bg-raised">
      <div
        ref={scroller}
        // What scrolls has to take the focus, where nothing in it does.
        {...(!props.rowsAreLinks && !selection && { tabIndex: 0, role: 'group', 'aria-label': props.label })}
        // Widths of columns may be given in parts of the list's own (`cqw`).
        className="@container min-h-0 overflow-auto overscroll-contain"
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
            <tbody onKeyDown={props.rowsAreLinks ? moveBetweenRows : undefined}>
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
                  <BodyRow
                    key={rowId(row)}
                    row={row}
                    id={rowId(row)}
                    index={index}
                    height={rowHeight}
                    columns={columns}
                    rowsAreLinks={props.rowsAreLinks ?? false}
                    selected={selection?.ids.has(rowId(row))}
                    selectLabel={selection?.label(row) ?? ''}
                    onSelect={onSelect}
                    measure={props.rowsGrow ? virtualizer.measureElement : undefined}
                  />
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
                <span className={column.hideHeader ? 'sr-only' : undefined}>{column.header}</span>
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
